"""What is to be said, independent of any vendor's markup."""

from __future__ import annotations

from typing import Any

from attrs import evolve, field, frozen

from voxbridge.exceptions import InvalidText

from ._markup import read_markup
from ._segments import Break, Mark, Pronunciation, SayAs, Segment, Substitution, Words, check_text, joined, plain
from ._values import emphasis_level, language_tag, pause_seconds, speed_factor


__all__ = ["Utterance"]


@frozen
class Utterance:
    """What is to be said, as a tuple of segments. Every call returns a new one.

    ``Utterance().text("Take ").pronounce("dupilumab", "duːˈpɪljuːmæb").pause(0.5)``

    Words that stand together, with nothing else to be said of them, are one segment.
    """

    segments: tuple[Segment, ...] = field(default=(), converter=joined)

    @classmethod
    def from_ssml(cls, text: str) -> Utterance:
        """Read W3C SSML 1.1; see `voxbridge.text` for what becomes of each element.

        Raises:
            InvalidText: it is not SSML, or says what cannot be said; with its position.
        """
        from ._ssml import read_ssml

        return cls(read_ssml(text))

    @classmethod
    def from_speechmarkdown(cls, text: str) -> Utterance:
        """Read Speech Markdown, in its standard and its short form.

        Raises:
            InvalidText: a mark is not closed, or says what cannot be said; with its position.
        """
        from ._speechmarkdown import read_speechmarkdown

        return cls(read_speechmarkdown(text))

    @classmethod
    def from_deepgram(cls, text: str) -> Utterance:
        r"""Read Deepgram's inline form, ``\{"word": "Mr.", "pronounce": "ˈmɪstɚ"\}``, and its older one without ``\``.

        Raises:
            InvalidText: an object is not whole, or not understood; with its position.
            UsageError: the plugin that reads it is not installed.
        """
        return cls.from_markup("deepgram", text)

    @classmethod
    def from_markup(cls, markup: str, text: str) -> Utterance:
        """Read a markup that a plugin knows.

        Args:
            markup: its name.
            text: what is written in it.

        Raises:
            InvalidText: it is wrong; with its position.
            UsageError: no plugin reads it.
        """
        return read_markup(markup, text)

    def to_ssml(self) -> str:
        """Return it as SSML 1.1, from which `from_ssml` reads the same.

        What a markup wanted that no segment can hold is left out. Control characters become spaces: XML has none.
        """
        from ._ssml_writer import write_ssml

        return write_ssml(self.segments)

    def text(self, words: str) -> Utterance:
        """Add plain words. They are joined as they are: no space is added.

        Raises:
            InvalidText: NUL or half of a surrogate pair, with its position.
        """
        return self._with(Words(check_text(words)))

    def pronounce(self, word: str, ipa: str) -> Utterance:
        """Add a word that is said as *ipa*.

        Raises:
            InvalidText: the word or its pronunciation is empty or cannot be sent.
        """
        return self._with(Pronunciation(*_both(word, ipa, "a pronunciation needs a word and its IPA")))

    def substitute(self, words: str, alias: str) -> Utterance:
        """Add words for which *alias* is said: ``substitute("W3C", "World Wide Web Consortium")``.

        Raises:
            InvalidText: one of them is empty or cannot be sent.
        """
        return self._with(Substitution(*_both(words, alias, "a substitution needs words and what is said for them")))

    def say_as(self, words: str, interpret_as: str, format: str = "") -> Utterance:
        """Add words of some kind: ``say_as("10/11/12", "date", "mdy")``.

        Args:
            words: what is written.
            interpret_as: the kind, in the words of SSML, such as ``"date"``, ``"characters"``, ``"telephone"``.
            format: details of the kind.

        Raises:
            InvalidText: the words or the kind are empty or cannot be sent.
        """
        words, kind = _both(words, interpret_as, "say-as needs words and their kind")
        return self._with(SayAs(words, kind, check_text(format)))

    def pause(self, seconds: float | str) -> Utterance:
        """Add silence: seconds, or a str such as ``"200ms"``; at most 30 s.

        Raises:
            UsageError: negative, not a time, or longer than 30 s.
        """
        return self._with(Break(pause_seconds(seconds)))

    def mark(self, name: str) -> Utterance:
        """Add a named place.

        Raises:
            InvalidText: the name is empty or cannot be sent.
        """
        if not check_text(name).strip():
            raise InvalidText(f"a mark needs a name, not {name!r}")
        return self._with(Mark(name))

    def emphasize(self, words: str | Utterance, level: str = "moderate") -> Utterance:
        """Add words with emphasis: ``strong``, ``moderate``, ``reduced`` or ``none``.

        Words that have one already keep it, here and in `speed` and `language`: the innermost holds.

        Raises:
            InvalidText: the words cannot be sent.
            UsageError: there is no such level.
        """
        return self._spanning(words, emphasis=emphasis_level(level))

    def speed(self, words: str | Utterance, speed: float) -> Utterance:
        """Add words at a speed: 1.0 is the voice's own pace, 2.0 twice as fast.

        Raises:
            InvalidText: the words cannot be sent.
            UsageError: it is no speed.
        """
        return self._spanning(words, speed=speed_factor(speed))

    def language(self, words: str | Utterance, language: str) -> Utterance:
        """Add words in another language, BCP 47.

        Raises:
            InvalidText: the words cannot be sent.
            UsageError: it is no language tag.
        """
        return self._spanning(words, language=language_tag(language))

    def _with(self, *segments: Segment) -> Utterance:
        return evolve(self, segments=(*self.segments, *segments))

    def _spanning(self, words: str | Utterance, **manner: Any) -> Utterance:
        inner = words if isinstance(words, Utterance) else Utterance().text(words)
        ((name, _),) = manner.items()
        return self._with(
            *(
                evolve(each, **manner) if isinstance(each, Words) and getattr(each, name) is None else each
                for each in inner.segments
            )
        )

    def __add__(self, other: Utterance | str) -> Utterance:
        more = other if isinstance(other, Utterance) else Utterance().text(other)
        return self._with(*more.segments)

    def __str__(self) -> str:
        """Return the words alone, as they are written."""
        return plain(self.segments)


def _both(one: str, other: str, need: str) -> tuple[str, str]:
    if not check_text(one).strip() or not check_text(other).strip():
        raise InvalidText(f"{need}, not {one!r} and {other!r}")
    return one, other
