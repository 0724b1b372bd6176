"""What is said of one line of Markdown, piece by piece."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Callable
from typing import Final, Literal

from attrs import frozen


__all__ = ["SPACE", "LeftOut", "Line"]

SPACE: Final = " \t\r"
# Where Unicode has emoji and pictures like them, and what joins, colours and presents these. Letters and digits in
# circles and squares are none.
_PICTURE: Final = (
    "\u200d\u20e3\u2300-\u23ff\u2600-\u2775\u2794-\u27bf\u2b00-\u2bff\ufe0e\ufe0f"
    "\U0001f000-\U0001f0ff\U0001f110-\U0001faff\U000e0020-\U000e007f"
)
_PICTURES: Final = re.compile(f"[{_PICTURE}]+")
_UNSEEN: Final = re.compile("[\u200d\u20e3\ufe0e\ufe0f\U000e0020-\U000e007f]+")  # alone they show nothing
_LONGEST_RUN: Final = 16  # of the same sign; more are a prank
_TOKEN: Final = re.compile(
    rf"""
      (?P<words>[^\\`*_~!\[\]|{SPACE}{_PICTURE}\n]+)
    | (?P<gap>[{SPACE}{_PICTURE}]+|\\(?=\n))
    | (?P<cell>\|)
    | (?P<bracket>!?\[)
    | (?P<close>\])
    | (?P<escape>\\[!-/:-@\[-`{{-~]?)
    | (?P<ticks>`{{1,{_LONGEST_RUN}}})
    | (?P<run>\*{{1,{_LONGEST_RUN}}}|_{{1,{_LONGEST_RUN}}}|~{{1,{_LONGEST_RUN}}})
    | (?P<sign>!)
    """,
    re.VERBOSE,
)
_WAITING: Final = frozenset({"close", "escape", "run", "sign", "ticks"})  # for the character after them
_MOST_BRACKETS: Final = 8  # in each other
_LONGEST_WORDS: Final = 300  # characters of a link's words
_LONGEST_ADDRESS: Final = 2000
_ADDRESS: Final = re.compile(
    rf"\]\((?P<address>(?:[^\s()<>\[]|\([^\s()<>\[]*+\)?)*+(?:[{SPACE}]+(?:\"[^\"\n]*+(?:\"[{SPACE}]*+)?)?)?)(?P<end>\))?"
)
_ENDED: Final = re.compile(r"[.!?…:;,。！？：；，、।؟۔][\"'”’»)\]」』]{0,2}\Z")
_CLINGING: Final = frozenset(".,;:!?…)]}”’»。！？：；，、")  # no space goes before them


@frozen
class LeftOut:
    """What a `Cleaner` has no words for."""

    kind: Literal["address", "code", "emoji"]
    text: str
    """As it was written; of code all of the block, with its fences."""


class Line:
    """Read the words of a line, after the marks at its beginning.

    Args:
        tell: called with what is left out.
        stops: whether it gets a full stop where it has no mark at its end.
        cells: whether it is a row of a table.
    """

    def __init__(self, tell: Callable[[LeftOut], object], *, stops: bool, cells: bool) -> None:
        self._tell, self._stops, self._cells = tell, stops, cells
        self._out: list[str] = []
        self._given = 0  # parts of the output that are no longer here
        self._read = 0  # characters
        self._before = "\n"  # the last one of them
        self._said = ""  # the last three characters that are said
        self._gap: list[str] = []  # spaces and pictures since then
        self._next_cell = False
        self._ticks = ""  # those around inline code
        self._open = 0  # signs of emphasis that may still be closed
        self._bold: list[int] = []  # parts of the output before each mark of bold
        self._brackets: deque[tuple[int, int]] = deque(maxlen=_MOST_BRACKETS)  # where in the output, and in the line

    def read(self, text: str, at: int, *, last: bool) -> int | None:
        """Read on at *at*, and return where to go on, or None while that takes more text."""
        token = _TOKEN.match(text, at)
        assert token  # noqa: S101  # but for line feeds, which are never read, everything is one
        if token.end() == len(text) and not last and token.lastgroup in _WAITING:
            return None
        end = self._take(token, last=last)
        if end is not None:
            self._before = text[end - 1]
            self._read += end - at
        return end

    def _take(self, token: re.Match[str], *, last: bool) -> int | None:
        mark, kind, after = token[0], token.lastgroup, token.string[token.end() : token.end() + 1]
        match kind:
            case "gap":
                self._gap.append(mark)
            case "cell" if self._cells:
                self._next_cell = True
            case "ticks" if self._ticks in {"", mark}:
                self._ticks = "" if self._ticks else mark
            case "escape" if self._ticks:  # nothing is escaped in code
                self._say("\\")
                return token.start() + 1
            case "escape":
                self._say(mark[1:] or mark)
            case "close" if self._may_link() and not self._ticks:
                return self._close(token, last=last)
            case "run" if not self._ticks and self._emphasizes(mark, after):
                if len(mark) > 1:
                    self._bold.append(self._parts)
            case _:
                self._say(mark)
                if kind == "bracket" and not self._ticks:
                    self._brackets.append((self._parts - 1, self._read))
        return token.end()

    def end(self) -> None:
        """Take note that the line is over."""
        self._leave_out("".join(self._gap))
        self._gap.clear()
        self._brackets.clear()
        stops = self._stops or self._bold == [0, self._parts]
        if stops and self._said and not _ENDED.search(self._said):
            self._out.append(".")

    def give(self) -> str:
        """Return what is sure to be said, but for what was given before."""
        upto = self._brackets[0][0] - self._given if self._may_link() else len(self._out)
        given = "".join(self._out[:upto])
        del self._out[:upto]
        self._given += upto
        return given

    @property
    def _parts(self) -> int:
        """How many parts the output has had."""
        return self._given + len(self._out)

    def _say(self, words: str) -> None:
        if self._gap or self._next_cell:
            self._out.append(self._space(words))
        self._out.append(words)
        self._said = (self._said + words[-3:])[-3:]

    def _space(self, words: str) -> str:
        """Return what goes between what was said and *words*."""
        gap = "".join(self._gap)
        pictures = self._leave_out(gap)
        next_cell, self._next_cell = self._next_cell, False
        self._gap.clear()
        if not self._said or (pictures and words[0] in _CLINGING):
            return ""
        if next_cell:
            return " " if _ENDED.search(self._said) else ", "
        return " " if pictures else _PICTURES.sub("", gap)

    def _leave_out(self, gap: str) -> bool:
        """Tell of the pictures in *gap*; return whether there are any."""
        pictures = [LeftOut("emoji", each) for each in _PICTURES.findall(gap) if not _UNSEEN.fullmatch(each)]
        for picture in pictures:
            self._tell(picture)
        return bool(pictures)

    def _may_link(self) -> bool:
        """Return whether there is a bracket that may still be a link's."""
        while self._brackets and self._read - self._brackets[0][1] > _LONGEST_WORDS:
            self._brackets.popleft()
        return bool(self._brackets)

    def _close(self, bracket: re.Match[str], *, last: bool) -> int | None:
        """Take a closing bracket: the end of a link's words, if an address follows."""
        text, at = bracket.string, bracket.start()
        link = _ADDRESS.match(text, at, at + _LONGEST_ADDRESS)
        if link and not link["end"] and link.end() == len(text) and not last:
            return None
        place, _ = self._brackets.pop()
        if not link or not link["end"]:
            self._say("]")
            return at + 1
        self._out[place - self._given] = ""
        if link["address"]:
            self._tell(LeftOut("address", link["address"]))
        return link.end()

    def _emphasizes(self, run: str, after: str) -> bool:
        """Take a run of signs, and return whether it is a mark: what CommonMark calls flanking (6.2)."""
        left, right = _kind(self._before), _kind(after)
        if run == "~" or left == right == _SPACE or (left == right == _LETTER and run[0] == "_"):  # snake_case
            return False
        if left > right or (left == right and self._open):  # it closes: two signs also what an earlier line has opened
            emphasizes = self._open > 0 or len(run) > 1
            self._open = max(0, self._open - len(run))
            return emphasizes
        if left == right and not self._opens_amid(run, after):
            return False
        self._open += len(run)
        return True

    def _opens_amid(self, run: str, after: str) -> bool:
        """Return whether a run opens emphasis within a word, or between signs: 2*3 and 2**8 are none."""
        unspaced = not (self._before + after).isascii()
        numbers = self._before.isdigit() or after.isdigit()
        return run[0] != "_" and (unspaced or (len(run) > 1 and not numbers))


_SPACE, _SIGN, _LETTER = range(3)


def _kind(character: str) -> int:
    """Return what a character is to emphasis beside it; nothing is as a space."""
    if not character or character.isspace():
        return _SPACE
    return _SIGN if unicodedata.category(character)[0] in "PS" else _LETTER
