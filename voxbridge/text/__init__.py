"""Text: utterances, their markups, and how they are cut into units."""

from ._markup import Markup, misread
from ._segments import Break, Mark, Pronunciation, SayAs, Segment, Substitution, Words, check_text, losses
from ._units import TextUnit, Units
from ._utterance import Utterance


__all__ = [
    "Break",
    "Mark",
    "Markup",
    "Pronunciation",
    "SayAs",
    "Segment",
    "Substitution",
    "TextUnit",
    "Units",
    "Utterance",
    "Words",
    "check_text",
    "losses",
    "misread",
]
