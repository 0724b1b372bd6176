"""Lexicons: words, how they are said, and where they stand in a text."""

from ._entry import LexiconEntry, Saying
from ._lexicon import Lexicon, LexiconSource, lexicons
from ._reader import LexiconReader


__all__ = ["Lexicon", "LexiconEntry", "LexiconReader", "LexiconSource", "Saying", "lexicons"]
