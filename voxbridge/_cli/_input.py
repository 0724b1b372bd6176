"""Text from standard input, as it arrives."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterator

from voxbridge.exceptions import InvalidText


__all__ = ["read_stdin"]


def read_stdin() -> Iterator[str]:
    """Yield the text of standard input, as it arrives; a byte order mark is no part of it.

    Raises:
        InvalidText: it is not UTF-8, or cannot be read.
    """
    if sys.stdin is None:
        raise InvalidText("standard input is closed: give the text as an argument, or pipe it in")
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    read = 0
    try:
        # Below Python's buffer: its lock, held by a thread that waits here, would abort the end of the process.
        while data := os.read(0, 65536):
            yield decoder.decode(data)
            read += len(data)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise InvalidText(f"standard input is not UTF-8, near byte {read + error.start}: {error.reason}") from None
    except OSError as error:
        raise InvalidText(f"standard input cannot be read: {error.strerror}") from None
