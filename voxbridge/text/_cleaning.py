"""Cleaning text for speech: what language models write for a screen becomes words to be said.

Text comes in pieces, and no word waits for the end of its paragraph. So a mark is known by what stands on either side
of it, not by its partner: an opening one is left out whether or not it is closed later. Only the words of a link wait
for its address. What is no mark for certain is words, as it is written.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Final, overload

from ._cleaning_line import SPACE, LeftOut, Line
from ._segments import check_text


__all__ = ["Cleaner", "clean"]

_LONGEST_START: Final = 200  # characters of a line in which it is told what the line is
_MARGIN: Final = rf"(?P<margin>(?:[>{SPACE}]|[-*+](?=[{SPACE}]))*+)"  # of quotes, and of items in items
_UNSAID: Final = re.compile(  # empty lines, rules, and what stands under titles and under the heads of tables
    rf"[>{SPACE}]*+(?:(?:-[{SPACE}]*+){{3,}}|(?:\*[{SPACE}]*+){{3,}}|(?:_[{SPACE}]*+){{3,}}|=+[{SPACE}]*|\|[-:|{SPACE}]*)?"
)
_FENCE: Final = re.compile(rf"{_MARGIN}(?P<fence>`{{3,}}(?!.*`)|~{{3,}}).*")
_START: Final = re.compile(
    rf"{_MARGIN}(?:(?P<heading>\#{{1,6}}(?:[{SPACE}]+|\Z))|(?P<row>\|)|(?P<number>(?=\d{{1,9}}[.)][{SPACE}])))?"
)
# While a line is no more than this, it may still become any of these.
_UNDECIDED: Final = re.compile(rf"[-*+_=#>|:~`{SPACE}]*+(?:\d{{1,9}}[.)]?)?|[-*+>{SPACE}]*+(?:```|~~~).*")


class Cleaner:
    """Make words to be said of Markdown as language models write it. A stage: the pieces may be cut anywhere.

    Marks are left out, and their words kept: of headings, emphasis, links, pictures, lists, quotes, tables and inline
    code. A heading, an item, a row and a line all in bold get a full stop where they have no mark at their end, and
    cells commas between them. The numbers of items stay. Blocks of code in fences, the addresses of links and emoji
    have no words: each is left out, and told. HTML, formulas, footnotes and code that is only indented are no marks
    here.

    Args:
        on_left_out: called with each `LeftOut`, once all of it is known.
    """

    def __init__(self, on_left_out: Callable[[LeftOut], object] | None = None) -> None:
        self._tell = on_left_out or (lambda left_out: None)
        self._held = ""  # what waits for more
        self._line: Line | None = None  # that is being said
        self._fence = ""  # that the block of code began with
        self._code: list[str] = []
        self._amid = False  # whether a line of the code has begun
        self._out: list[str] = []

    def feed(self, piece: str) -> str:
        """Take a piece of text, and return what is now sure to be said.

        Raises:
            InvalidText: it is no text, or cannot be sent to a vendor; with its position.
        """
        self._held = self._read(self._held + check_text(piece), last=False)
        return self._give()

    def flush(self) -> str:
        """End the text, and return what is left of it; the next piece begins another."""
        self._read(self._held, last=True)
        self._held = ""
        if self._line:
            self._end_line(self._line)
        if self._fence:
            self._end_code()
        return self._give()

    def _give(self) -> str:
        if self._line:
            self._out.append(self._line.give())
        given = "".join(self._out)
        self._out.clear()
        return given

    def _read(self, text: str, *, last: bool) -> str:
        """Read what can be read of *text*, and return the rest."""
        at = 0
        while at < len(text):
            if self._line:
                end = self._say(self._line, text, at, last=last)
            elif self._fence:
                end = self._pass_code(text, at, last=last)
            else:
                end = self._begin(text, at, last=last)
            if end is None:  # it waits for more
                break
            at = end
        return text[at:]

    def _begin(self, text: str, at: int, *, last: bool) -> int | None:
        """Read the marks at the beginning of a line, and return where its words begin."""
        line, whole = _line(text, at, last=last)
        if whole and _UNSAID.fullmatch(line):
            self._out.append("\n")
            return at + len(line) + 1
        if whole and (code := _FENCE.fullmatch(line)):
            self._out.append("\n")  # what comes before it is over, and does not wait for the end of the code
            self._fence = code["fence"]
            self._code.append(f"{line[code.start('fence') :]}\n")
            return at + len(line) + 1
        if not whole and len(line) < _LONGEST_START and _UNDECIDED.fullmatch(line):
            return None
        start = _START.match(line)
        assert start  # noqa: S101  # it may be empty
        item = start["margin"].strip(f">{SPACE}") or start["number"] is not None
        row = start["row"] is not None
        self._line = Line(self._tell, stops=bool(item or row or start["heading"]), cells=row)
        return at + start.end()

    def _say(self, line: Line, text: str, at: int, *, last: bool) -> int | None:
        if text[at] != "\n":
            return line.read(text, at, last=last)
        self._end_line(line)
        self._out.append("\n")
        return at + 1

    def _end_line(self, line: Line) -> None:
        line.end()
        self._out.append(line.give())
        self._line = None

    def _pass_code(self, text: str, at: int, *, last: bool) -> int | None:
        if not self._amid:
            line, whole = _line(text, at, last=last)
            mark = line.strip(f">{SPACE}")
            closes = len(mark) >= len(self._fence) and not mark.strip(self._fence[0])
            if not whole and len(line) < _LONGEST_START and not mark.strip(self._fence[0]):
                return None
            if whole and closes:
                self._code.append(line)
                self._end_code()
                return at + len(line) + 1
        end = text.find("\n", at) + 1
        self._amid = not end
        self._code.append(text[at : end or len(text)])
        return end or len(text)

    def _end_code(self) -> None:
        self._tell(LeftOut("code", "".join(self._code)))
        self._fence, self._amid = "", False
        self._code.clear()


def _line(text: str, at: int, *, last: bool) -> tuple[str, bool]:
    """Return the line at *at*, no more of it than is looked at, and whether that is all of it."""
    upto = at + _LONGEST_START
    end = text.find("\n", at, upto)
    if end >= 0:
        return text[at:end], True
    return text[at:upto], last and len(text) < upto


@overload
def clean(text: str, on_left_out: Callable[[LeftOut], object] | None = None) -> str: ...  # type: ignore[overload-overlap]  # a str is one text, no pieces
@overload
def clean(text: Iterable[str], on_left_out: Callable[[LeftOut], object] | None = None) -> Iterator[str]: ...
@overload
def clean(text: AsyncIterable[str], on_left_out: Callable[[LeftOut], object] | None = None) -> AsyncIterator[str]: ...
def clean(
    text: str | Iterable[str] | AsyncIterable[str], on_left_out: Callable[[LeftOut], object] | None = None
) -> str | Iterator[str] | AsyncIterator[str]:
    """Return what is to be said of a language model's Markdown: ``client.stream(clean(tokens))``.

    What stays, and what is left out, is said at `Cleaner`, which serves a conversation.

    Args:
        text: all of it, or its pieces as the model writes them, also asynchronously; they may be cut anywhere.
        on_left_out: called with each block of code, address and emoji that has no words, as a `LeftOut`.

    Returns:
        The same kind: all of it, or its pieces, each as soon as it is sure. Closing these closes *text*.

    Raises:
        InvalidText: a piece is no text, or cannot be sent to a vendor; with its position.
    """
    cleaner = Cleaner(on_left_out)
    match text:
        case str():
            return cleaner.feed(text) + cleaner.flush()
        case AsyncIterable():
            return _clean_later(text, cleaner)
        case _:
            return _clean_each(text, cleaner)


def _clean_each(text: Iterable[str], cleaner: Cleaner) -> Iterator[str]:
    pieces = iter(text)
    try:
        for piece in pieces:
            yield cleaner.feed(piece)
        yield cleaner.flush()
    finally:
        if close := getattr(pieces, "close", None):
            close()


async def _clean_later(text: AsyncIterable[str], cleaner: Cleaner) -> AsyncIterator[str]:
    pieces = aiter(text)
    try:
        async for piece in pieces:
            yield cleaner.feed(piece)
        yield cleaner.flush()
    finally:
        if close := getattr(pieces, "aclose", None):
            await close()
