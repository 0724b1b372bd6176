"""Answers of http.client, read as strictly as h11 reads them: by itself it guesses where it should refuse."""

from __future__ import annotations

import re
from http.client import HTTPException, HTTPResponse, IncompleteRead, RemoteDisconnected


__all__ = ["Answer"]

_LONGEST_LINE = 65536  # bytes of what stands before a chunk
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")  # RFC 9112, 7.1


class Answer(HTTPResponse):
    """An answer whose bounds are sure. Reading it raises `HTTPException`, and `IncompleteRead` where it is cut.

    What it reads from has `raw.ended`: whether the end of the connection has come.
    """

    def begin(self) -> None:
        super().begin()
        while self.status < 200:  # RFC 9110, 15.2: an interim answer, such as 103; http.client knows but 100
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        if self.fp.raw.ended:  # type: ignore[attr-defined]  # ours
            raise RemoteDisconnected("the head of the answer was cut")
        if self.headers.defects:
            raise HTTPException(f"the head of the answer: {self.headers.defects[0]}")
        self._frame()

    def _frame(self) -> None:
        """Find out where the body ends: RFC 9112, 6.3."""
        codings = self._listed("transfer-encoding")
        lengths = set(self._listed("content-length"))
        if codings:
            if codings != ["chunked"]:
                raise HTTPException(f"unknown transfer coding: {', '.join(codings)}")
            self.chunked, self.chunk_left, self.length = True, None, None
        elif lengths:
            [length, *others] = lengths
            if others or not (length.isascii() and length.isdigit()):
                raise HTTPException(f"impossible length: {', '.join(sorted(lengths))}")
            if self.length != 0:  # else there is none whatever it says, as with 204
                self.length = int(length)

    def _listed(self, name: str) -> list[str]:
        return [part.strip().lower() for value in self.headers.get_all(name, ()) for part in value.split(",")]

    def _read_next_chunk_size(self) -> int:
        line = self.fp.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise IncompleteRead(line)
        if not (size := _CHUNK_SIZE.fullmatch(line)):
            raise HTTPException(f"impossible size of a chunk: {line[:80]!r}")
        return int(size[1], 16)

    def _safe_read(self, amt: int) -> bytes:
        data: bytes = super()._safe_read(amt)  # type: ignore[misc]
        if data != b"\r\n":  # nothing else is read by this: what ends a chunk
            raise HTTPException("a chunk is longer than it says")
        return data
