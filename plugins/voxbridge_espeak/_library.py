"""Loading espeak-ng out of the package espeakng-loader, and its C interface (speak_lib.h of espeak-ng 1.52)."""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from voxbridge.exceptions import UnsupportedFeature


__all__ = ["SynthCallback", "VoiceStruct", "load"]

SYNCHRONOUS: Final = 2  # audio goes to the callback, in the thread that called espeak_Synth
DONT_EXIT: Final = 0x8000  # or a missing data file would end the process
BUFFER: Final = 60  # milliseconds of audio a callback; the engine takes no less
LONGEST_PATH: Final = 159  # bytes; above it the engine looks elsewhere and finds nothing

SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class VoiceStruct(ctypes.Structure):
    """``espeak_VOICE``."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),  # (priority byte, text, NUL) again and again, ended by a priority of 0
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


def load(*, private: bool) -> tuple[ctypes.CDLL, int]:
    """Return the library, initialised, and its sample rate in Hz.

    Args:
        private: load a copy of its own, for a process whose inherited one may be in the middle of a sentence.

    Raises:
        UnsupportedFeature: the extra is not installed, or the engine does not work here.
    """
    try:
        import espeakng_loader
    except ImportError:
        message = "the espeak voices need an extra that is not installed: pip install 'voxbridge-tts[espeak]'"
        raise UnsupportedFeature(message) from None
    try:
        library = _load(Path(espeakng_loader.get_library_path()), private=private)
        data = _short(espeakng_loader.get_data_path())
    except (OSError, RuntimeError) as error:
        raise UnsupportedFeature(
            f"espeakng-loader is installed, but its engine cannot be loaded on this machine: {error}. "
            "Try: pip install --force-reinstall espeakng-loader"
        ) from error
    rate = int(library.espeak_Initialize(SYNCHRONOUS, BUFFER, data, DONT_EXIT))
    if rate <= 0:
        raise UnsupportedFeature(
            f"espeak-ng finds no voices in {os.fsdecode(data)!r} (its answer: {rate}). "
            "Try: pip install --force-reinstall espeakng-loader"
        )
    return library, rate


def _load(path: Path, *, private: bool) -> ctypes.CDLL:
    if not private:
        library = ctypes.CDLL(str(path))
    else:
        folder = tempfile.mkdtemp(prefix="voxbridge-")
        try:
            library = ctypes.CDLL(shutil.copy(path, folder))
        finally:
            shutil.rmtree(folder)  # what is mapped stays
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(VoiceStruct))
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    return library


def _short(data: str) -> bytes:
    """Return the path of *data*, or of a link to it where it is too long for the engine."""
    path = os.fsencode(data)
    if len(path) <= LONGEST_PATH:
        return path
    folder = tempfile.mkdtemp(prefix="voxbridge-")
    atexit.register(_remove, folder, os.getpid())
    link = Path(folder, "espeak-ng-data")
    link.symlink_to(data, target_is_directory=True)
    return os.fsencode(link)


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # a forked child inherits this, and must leave the folder to its parent
        shutil.rmtree(folder, ignore_errors=True)
