"""Lexicons: how words are said that no vendor can know."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from attrs import Factory, define, field, frozen

from voxbridge.exceptions import InvalidConfig, UsageError

from ._atoms import folded, signs, spelled, split
from ._entry import LexiconEntry, Mistake, Row, raise_mistakes, read_entry


__all__ = ["Lexicon", "LexiconSource", "Node", "lexicons"]

_Word = tuple[str, str, str]
"""What makes two entries the same: the word, folded; its spelling, where the case counts; the language."""


@define
class Node:
    """What may follow the first atoms of entries, and the entries that end with these."""

    following: dict[str, Node] = Factory(dict)
    entries: list[tuple[str, str, LexiconEntry]] = Factory(list)
    """Each with its spelling, where the case counts, and its language; the most particular first."""

    def entry(self, text: str, language: str) -> LexiconEntry | None:
        """Return the entry for *text*, whose atoms led here, in a language (lower case)."""
        for spelling, spoken, entry in self.entries:
            fits = not spoken or f"{language}-".startswith(f"{spoken}-")
            if fits and (not spelling or spelling == spelled(text)):
                return entry
        return None


def _entries(entries: Iterable[LexiconEntry]) -> tuple[LexiconEntry, ...]:
    return tuple(entries)


@frozen
class Lexicon:
    """Words, and how they are said: ``Lexicon.load("brands.toml")``.

    Only whole words are meant, a longer entry comes before a shorter one, and nothing is replaced within a
    pronunciation, a URL or an e-mail address. Where several lexicons have the word, a call's comes first, then the
    client's.

    Args:
        entries: as `load` and `of` make them.

    Raises:
        InvalidConfig: the same word is there twice.
    """

    entries: tuple[LexiconEntry, ...] = field(default=(), converter=_entries)

    def __attrs_post_init__(self) -> None:
        seen: dict[_Word, LexiconEntry] = {}
        raise_mistakes(
            "a lexicon says them twice",
            [
                _twice(word, entry, seen[word])
                for word, entry in self._keyed
                if seen.setdefault(word, entry) is not entry
            ],
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Lexicon:
        """Read a lexicon from a file: ``.toml``, ``.csv`` or W3C ``.pls``.

        Raises:
            InvalidConfig: it cannot be read, or is wrong; all mistakes at once, each with its line.
        """
        source = Path(path)
        try:
            content = source.read_bytes()
        except OSError as error:
            raise InvalidConfig(f"cannot read the lexicon {source}: {error.strerror or error}") from error
        return cls._read(str(source), *_rows(source, content))

    @classmethod
    def of(cls, *words: Mapping[str, object]) -> Lexicon:
        """Make a lexicon of tables such as a file has: ``Lexicon.of({"text": "SQL", "say": "sequel"})``.

        Raises:
            InvalidConfig: some are wrong; all mistakes at once.
        """
        return cls._read("word", [Row(word, "word", number) for number, word in enumerate(words, 1)], [])

    @classmethod
    def _read(cls, source: str, rows: Iterable[Row], mistakes: Iterable[Mistake]) -> Lexicon:
        entries: list[LexiconEntry] = []
        wrong = list(mistakes)
        for row in rows:
            entry, more = read_entry(row)
            wrong += more
            if entry:
                entries.append(entry)
        raise_mistakes(f"the lexicon {source}", [f"{source}:{line}: {mistake}" for line, mistake in sorted(wrong)])
        return cls(entries)

    @cached_property
    def _keyed(self) -> tuple[tuple[_Word, LexiconEntry], ...]:
        return tuple(
            ((folded(spelled(text)), spelled(text) if entry.case else "", (entry.language or "").lower()), entry)
            for entry in self.entries
            for text in entry.texts
        )

    @cached_property
    def words(self) -> Mapping[_Word, LexiconEntry]:
        """The entries by their words."""
        return dict(self._keyed)

    @cached_property
    def signs(self) -> str:
        """The signs that entries begin with."""
        return signs(text for entry in self.entries for text in entry.texts)

    @cached_property
    def root(self) -> Node:
        """The entries by their atoms."""
        root = Node()
        for entry in self.entries:
            for text in entry.texts:
                node = root
                for atom in split(text):
                    node = node.following.setdefault(atom, Node())
                node.entries.append((spelled(text) if entry.case else "", (entry.language or "").lower(), entry))
                node.entries.sort(key=lambda known: (not known[0], -len(known[1])))
        return root


LexiconSource = Lexicon | str | os.PathLike[str] | Sequence[Lexicon | str | os.PathLike[str]] | None


def lexicons(source: LexiconSource) -> tuple[Lexicon, ...]:
    """Return the lexicons that a caller gives: one, a path, a list of these, or none.

    Raises:
        InvalidConfig: a file is wrong, or two of them have the same word.
        UsageError: it is something else.
    """
    if source is None:
        return ()
    listed = source if isinstance(source, (list, tuple)) else (source,)
    found = tuple(map(_one, listed))
    seen: dict[_Word, LexiconEntry] = {}
    mistakes: list[str] = []
    for lexicon in found:
        mistakes += (_twice(word, lexicon.words[word], seen[word]) for word in lexicon.words.keys() & seen.keys())
        seen.update(lexicon.words)
    raise_mistakes("lexicons have the same words", sorted(mistakes))
    return found


def _one(source: object) -> Lexicon:
    if isinstance(source, Lexicon):
        return source
    if isinstance(source, (str, os.PathLike)):
        return Lexicon.load(source)
    raise UsageError(f"lexicon is of type {type(source).__name__}: give a Lexicon, a path, or a list of these")


def _twice(word: _Word, entry: LexiconEntry, before: LexiconEntry) -> str:
    where = f" in {word[2]}" if word[2] else ""
    return (
        f"{entry.place or 'an entry'}: {word[1] or word[0]!r}{where} is also at {before.place or 'an entry'}: keep one"
    )


def _rows(path: Path, content: bytes) -> tuple[list[Row], list[Mistake]]:
    """Return what stands in a file, and what is wrong with it."""
    suffix, source = path.suffix.lower(), str(path)
    if suffix == ".pls":
        from ._pls import read_pls

        return read_pls(content, source)
    if suffix not in {".toml", ".csv"}:
        raise InvalidConfig(f"{source}: a lexicon is a .toml, .csv or .pls file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return [], [(line, f"byte {content[error.start]:#x} is not UTF-8: save the file as UTF-8")]
    if suffix == ".toml":
        from ._toml import read_toml

        return read_toml(text, source)
    from ._csv import read_csv

    return read_csv(text, source)
