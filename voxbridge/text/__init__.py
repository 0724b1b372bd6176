"""Text: utterances, their markups, and how they are cut into units."""

from ._cleaning import Cleaner, clean
from ._cleaning_line import LeftOut
from ._markup import Markup, misread
from ._said import losses, said
from ._segments import Break, Mark, Pronunciation, SayAs, Segment, Substitution, Words, check_text
from ._units import TextUnit, Units
from ._utterance import Utterance
from .lexicons import Lexicon, LexiconReader, LexiconSource, lexicons


__all__ = [
    "Break",
    "Cleaner",
    "LeftOut",
    "Lexicon",
    "LexiconReader",
    "LexiconSource",
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
    "clean",
    "lexicons",
    "losses",
    "misread",
    "said",
]
