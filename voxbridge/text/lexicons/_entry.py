"""Entries of lexicons, and what may be wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from attrs import field, frozen

from voxbridge.exceptions import InvalidConfig, InvalidText, UsageError, nearest
from voxbridge.text._cuts import first_word
from voxbridge.text._segments import Choice, Pronunciation, Substitution, Words, check_text
from voxbridge.text._values import language_tag

from ._atoms import spelled


__all__ = ["KEYS", "SAYINGS", "LexiconEntry", "Mistake", "Row", "Saying", "raise_mistakes", "read_entry"]

_LONGEST = 200  # characters of an entry; the longest name of a place has 85
_SHOWN = 20  # mistakes that one error tells
_LONGEST_SAID = 1000  # characters of what is said for it
_KEY = r"(?:^|[{{,.\[])[ \t]*[\"']?{}[\"']?[ \t]*[=.\]]"  # as TOML writes it
_BACKEND = re.compile(r"[a-z][a-z0-9_]*")


def _seen(text: str) -> str:
    if not spelled(check_text(text)):
        raise InvalidText("there is nothing in it")
    return text


def _said(text: str) -> str:
    if first_word(check_text(text)) is None:
        raise InvalidText(f"there is nothing to say in {text!r}")
    return text


def _ipa(alphabet: str, text: str) -> str:
    from voxbridge.text import phonetics  # it has tables to read

    match alphabet:
        case "xsampa":
            return phonetics.from_xsampa(text)
        case "arpabet":
            return phonetics.from_arpabet(text)
    phonetics.parse_ipa(text)
    return text


SAYINGS = ("ipa", "xsampa", "arpabet", "say")
KEYS = ("text", *SAYINGS, "language", "case", "aliases", "backends")


@frozen
class Saying:
    """How a word is said: in the International Phonetic Alphabet, or in other words."""

    ipa: str = ""
    say: str = ""

    def of(self, words: Words) -> Words:
        """Return *words* with it, and with all else that holds for them."""
        emphasis, speed, language, ignored = words.emphasis, words.speed, words.language, words.ignored
        kind, said = (Pronunciation, self.ipa) if self.ipa else (Substitution, self.say)
        return kind(words.text, said, emphasis=emphasis, speed=speed, language=language, ignored=ignored)


@frozen(kw_only=True)
class LexiconEntry:
    """A word, or a few, and how they are said."""

    text: str
    saying: Saying
    language: str | None = None
    """Of the text that it is for, BCP 47: ``"en"`` stands for all kinds of English; None: of any text."""
    case: bool = False
    """Whether it is for words of the same case only."""
    aliases: tuple[str, ...] = ()
    """Other spellings, which are said in the same way."""
    backends: tuple[tuple[str, Saying], ...] = ()
    """How backends say it that do so in another way, each with its name."""
    place: str = field(default="", eq=False)
    """Where it stands: file and line."""

    @property
    def texts(self) -> tuple[str, ...]:
        """All of its spellings."""
        return (self.text, *self.aliases)

    def of(self, words: Words) -> Words:
        """Return *words* as they are said."""
        usual = self.saying.of(words)
        if not self.backends:
            return usual
        others = tuple((backend, saying.of(words)) for backend, saying in self.backends)
        return Choice(words.text, usual, others)


Mistake = tuple[int, str]
"""A line, and what is wrong in it."""


@frozen
class Row:
    """An entry as it stands in a file."""

    values: Mapping[str, object]
    source: str
    """The file's name."""
    line: int
    within: str = ""
    """Its lines, in which each key may be found."""

    def line_of(self, key: str | None) -> int:
        """Return where one of its keys stands."""
        found = key and re.search(_KEY.format(re.escape(key)), self.within, re.MULTILINE)
        return self.line + (self.within.count("\n", 0, found.end()) if found else 0)


class _Table:
    """A row that is being read, with what is wrong with it."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.mistakes: list[Mistake] = []

    def wrong(self, key: str | None, mistake: str) -> None:
        self.mistakes.append((self.row.line_of(key), mistake))

    def keys(self, values: Mapping[str, object], known: Iterable[str], where: str = "") -> None:
        """Find keys that nobody knows."""
        for key in values:
            if key not in known:
                self.wrong(key, f"unknown key {key!r}{where}: give {', '.join(known)}.{nearest(key, known)}")

    def text(self, key: str, value: object, check: Callable[[str], str] = _seen, longest: int = _LONGEST) -> str:
        """Read words; empty where they are wrong."""
        if isinstance(value, str) and len(value) > longest:
            self.wrong(key, f"{key} has {len(value)} characters, at most {longest} are taken")
            return ""
        return self._checked(key, check, value)

    def saying(self, values: Mapping[str, object], key: str | None, whose: str) -> Saying | None:
        """Read how it is said: in exactly one way."""
        given = [name for name in SAYINGS if name in values]
        if len(given) != 1:
            has = f"has {' and '.join(given)}" if given else "does not say how it is said"
            self.wrong(given[-1] if given else key, f"{whose} {has}: give one of {', '.join(SAYINGS)}")
            return None
        name, value = given[0], values[given[0]]
        if name == "say":
            say = self.text(name, value, _said, _LONGEST_SAID)
            return Saying(say=say) if say else None
        ipa = self._checked(name, partial(_ipa, name), value)
        return Saying(ipa=ipa) if ipa else None

    def language(self, value: object) -> str | None:
        """Read a language."""
        return None if value is None else self._checked("language", language_tag, value)

    def case(self, value: object) -> bool:
        """Read whether the case counts."""
        if not isinstance(value, bool):
            self.wrong("case", f"case is {value!r}: give true, if only the same capital letters are meant, or false")
        return value is True

    def aliases(self, values: object) -> Iterator[str]:
        """Read other spellings."""
        if not isinstance(values, (list, tuple)):
            self.wrong("aliases", f"aliases is {values!r}: give a list of other spellings")
            return
        for value in values:
            yield self.text("aliases", value)

    def backends(self, values: object) -> Iterator[tuple[str, Saying]]:
        """Read how backends say it that have a way of their own."""
        for name, value in values.items() if isinstance(values, Mapping) else [("NAME", values)]:
            if not isinstance(value, Mapping) or not _BACKEND.fullmatch(name):
                self.wrong("backends", f"backends.{name} is {value!r}: give a backend's name, and how it says the word")
                continue
            self.keys(value, SAYINGS, f" of backends.{name}")
            if saying := self.saying(value, name, f"backends.{name}"):
                yield name, saying

    def _checked(self, key: str, check: Callable[[str], str], value: object) -> str:
        if not isinstance(value, str):
            self.wrong(key, f"{key} is {value!r}: give it in quotes")
            return ""
        try:
            return check(value.strip())
        except UsageError as error:
            mistake = str(error)
            self.wrong(key, mistake if mistake.startswith(key) else f"{key}: {mistake}")
            return ""


def read_entry(row: Row) -> tuple[LexiconEntry | None, list[Mistake]]:
    """Return the entry that stands in a row, or None, and all that is wrong with it."""
    table, values = _Table(row), row.values
    table.keys(values, KEYS)
    if "text" in values:
        text = table.text("text", values["text"])
    else:
        text = ""
        table.wrong(None, "a word has no text")
    saying = table.saying(values, None, repr(text) if text else "a word")
    language = table.language(values.get("language"))
    case = table.case(values.get("case", False))
    aliases = tuple(table.aliases(values.get("aliases", ())))
    backends = tuple(table.backends(values.get("backends", {})))
    if table.mistakes or not saying:
        return None, table.mistakes
    place = f"{row.source}:{row.line}"
    entry = LexiconEntry(
        text=text, saying=saying, language=language, case=case, aliases=aliases, backends=backends, place=place
    )
    return entry, []


def raise_mistakes(what: str, mistakes: Sequence[str]) -> None:
    """Raise `InvalidConfig` with all mistakes, if there are any."""
    if not mistakes:
        return
    shown = [*mistakes[:_SHOWN]]
    if len(mistakes) > _SHOWN:
        shown.append(f"and {len(mistakes) - _SHOWN} more")
    raise InvalidConfig("\n  ".join((f"{what}:", *shown)) if len(shown) > 1 else shown[0])
