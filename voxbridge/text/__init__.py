"""Text: utterances, and how they are cut into units."""

from ._units import TextUnit, Units
from ._utterance import Break, Pronunciation, Segment, Utterance, Words, check_text


__all__ = ["Break", "Pronunciation", "Segment", "TextUnit", "Units", "Utterance", "Words", "check_text"]
