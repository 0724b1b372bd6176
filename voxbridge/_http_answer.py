"""Answers to the blocking client's own requests: http.client reads their heads, and guesses where it should refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse, IncompleteRead, RemoteDisconnected


__all__ = ["Answer"]

_AT_ONCE = 65536  # bytes of a body
_LONGEST_LINE = 65536  # bytes before a chunk, or after the last one
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")  # RFC 9112, 7.1


class Answer(HTTPResponse):
    """An answer whose bounds are sure, or it is refused, as h11 does. Both methods raise `HTTPException`.

    What it reads from has `raw.ended`: whether the end of the connection has come.
    """

    whole = False
    """Whether the body was read to its end."""

    def begin(self) -> None:
        """Read the head."""
        super().begin()
        while self.status < 200:  # RFC 9110, 15.2: an interim answer, such as 103; http.client knows but 100
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        if self.fp.raw.ended:  # type: ignore[attr-defined]  # ours
            raise RemoteDisconnected("the head of the answer was cut")
        if self.headers.defects:
            raise HTTPException(f"the head of the answer: {self.headers.defects[0]}")
        self._frame()

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes. It raises `IncompleteRead` where that is cut."""
        if self.chunked:
            while size := self._chunk_size():
                while size:
                    size -= len(data := self._some(size))
                    yield data
                if len(end := self.fp.read(2)) < 2:
                    raise IncompleteRead(end)
                if end != b"\r\n":
                    raise HTTPException("a chunk is longer than it says, or shorter")
            while self._line() not in {b"\r\n", b"\n"}:
                pass  # trailers, which say nothing of speech
        elif self.length is None:
            while data := self.fp.read1(_AT_ONCE):
                yield data
        else:
            while self.length:
                self.length -= len(data := self._some(self.length))
                yield data
        self.whole = True

    def _frame(self) -> None:
        """Find out where the body ends: RFC 9112, 6.3."""
        codings = self._listed("transfer-encoding")
        lengths = set(self._listed("content-length"))
        if codings:
            if codings != ["chunked"]:
                raise HTTPException(f"unknown transfer coding: {', '.join(codings)}")
            self.chunked = True
        elif lengths:
            [length, *others] = lengths
            if others or not (length.isascii() and length.isdigit()):
                raise HTTPException(f"impossible length: {', '.join(sorted(lengths))}")
            if self.length != 0:  # else there is none whatever it says, as with 204
                self.length = int(length)

    def _listed(self, name: str) -> list[str]:
        return [part.strip().lower() for value in self.headers.get_all(name, ()) for part in value.split(",")]

    def _some(self, most: int) -> bytes:
        if not (data := self.fp.read1(min(most, _AT_ONCE))):
            raise IncompleteRead(b"", most)
        return data

    def _chunk_size(self) -> int:
        if not (size := _CHUNK_SIZE.fullmatch(line := self._line())):
            raise HTTPException(f"impossible size of a chunk: {line[:80]!r}")
        return int(size[1], 16)

    def _line(self) -> bytes:
        line = self.fp.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise IncompleteRead(line)
        return line
