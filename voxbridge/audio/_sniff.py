"""What bytes that should have been something else look like, for error messages."""

from __future__ import annotations

from typing import Final


__all__ = ["looks_like"]

_MAGIC: Final = (
    (b"ID3", "mp3 with an ID3 tag"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b"RIFF", "WAV"),
    (b"RF64", "RF64, a WAV of more than 4 GB"),
    (b"RIFX", "RIFX, a big-endian WAV"),
    (b"FORM", "AIFF"),
    (b"\x1aE\xdf\xa3", "WebM"),
    (b"\x1f\x8b", "gzip"),
    (b"\xff\xf1", "AAC in ADTS"),
    (b"\xff\xf9", "AAC in ADTS"),
    *((bytes((0xFF, second)), "mp3") for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2)),
)


def looks_like(data: bytes) -> str:
    """Return a few words on what *data*, the beginning of a stream, seems to be."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    if data[4:8] == b"ftyp":
        return "MP4"
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"<"):
        return "HTML or XML"
    if text.startswith((b"{", b"[")):
        return "JSON"
    return f"nothing known (it begins with {data[:4].hex(' ')})"
