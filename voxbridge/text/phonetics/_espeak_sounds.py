"""The phonemes of espeak-ng 1.52 by language: IPA, and the mnemonic that sounds so in that language's voices.

A mnemonic means another sound from one language to the next, and one that a language does not have ends the word
without a message. So each line was taken from the engine's own answer, and tests ask it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ._spelling import english, table


__all__ = ["SOUNDS"]

_ALL: Final = (
    "p=p b=b t=t d=d t̪=t[ d̪=d[ c=c ɟ=J k=k ɡ=g q=q ʔ=? m=m n=n ɲ=n^ ɳ=n. ŋ=N β=B f=f v=v ʋ=v# θ=T ð=D s=s z=z ʃ=S "
    'ʒ=Z ʂ=s. ʐ=z. ɕ=S; ʑ=Z; ç=C ʝ=J^ x=x ɣ=Q χ=X ʁ=Q" h=h l=l ɭ=l. ʎ=l^ ɫ=L ɬ=l# ʀ=r" ɾ=** j=j w=w tʃ=tS dʒ=dZ '
    "tɕ=tS; dʑ=dZ; ə=@ n̩=n- m̩=m- ŋ̩=N- i̯=j u̯=w "
)
_ENGLISH: Final = (
    "ɹ=r ʍ=w# l̩=l- ə=@ ɐ=V ɚ=3 ʌ=V ɪ=I i=i iː=i: e=E eː=e: ɛ=E ɔ=O ɔː=O: o=o oː=o: ʊ=U u=u uː=u: ɜː=3: ɜ=3: ɝ=3: "
    "ɑː=A: ɑ=A: ɒ=0 æ=a ɑ̃=A~ ɔ̃=O~ eɪ=eI aɪ=aI ɔɪ=OI aʊ=aU oʊ=oU əʊ=oU əl=@L "
)
_AMERICAN: Final = "ɨ=I2# ɜːɹ=3: ɜɹ=3: ɝɹ=3: ɑːɹ=A@ ɑɹ=A@ ɔːɹ=O@ ɔɹ=O@ ɛɹ=e@ ɪɹ=i@3 ɪə=i@ iə=i@ ʊɹ=U@ aɪə=aI@ aɪɚ=aI3"
_BRITISH: Final = "a=a ɪə=i@ iə=i@ eə=e@ ɛə=e@ ʊə=U@ aɪə=aI@ aʊə=aU@"
_GERMAN: Final = (
    "r=R l̩=l- a=a aː=A: ɑː=A: ɑ=A ɐ=3 ɐ̯=3 ɛ=E ɛː=E: e=e eː=e: ɪ=I i=i2 iː=i: ɔ=O o=o oː=o: ʊ=U u=u uː=u: ʏ=y yː=y: "
    "øː=Y: œ=W ɑ̃=A~ ɔ̃=O~ œ̃=W~ aɪ=aI aʊ=aU ɔʏ=OY ɔɪ=OY ɔø=OY ɛɪ=EI oʊ=oU ts=ts pf=pF"
)
_FRENCH: Final = "r=R ʁ=r l̩=l- a=a e=e ɛ=E i=i ɪ=I o=o ɔ=O u=u uː=u: y=y ø=Y œ=W ʌ=V ɑ̃=A~ ɛ̃=E~ œ̃=W~ ɔ̃=O~ ɥ=j."
_SPANISH: Final = (
    "r=R2 l̩=l- a=a e=e ɛ=E i=i o=o ɔ=O u=u ʊ=U y=y ø=Y ts=ts aɪ=aI ai=aI eɪ=eI ei=eI oɪ=oI oi=oI uɪ=uI ui=uI aʊ=aU "
    "au=aU eʊ=eU eu=eU"
)
_ITALIAN: Final = (
    "r=R l̩=l- a=a e=e ɛ=E i=i ɪ=I o=o ɔ=O u=u ʊ=U y=y ø=Y ts=ts2 dz=dz aɪ=aI ai=aI eɪ=eI ei=eI oɪ=oI oi=oI uɪ=uI ui=uI "
    "aʊ=aU au=aU eʊ=eU eu=eU"
)
SOUNDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "en": table(_ALL) | english(_ENGLISH + _BRITISH),
        "en-us": table(_ALL) | english(_ENGLISH + _AMERICAN),
        "de": table(_ALL + _GERMAN),
        "fr": table(_ALL + _FRENCH),
        "es": table(_ALL + _SPANISH),
        "it": table(_ALL + _ITALIAN),
    }
)
"""By language tag in lower case; of tags that begin alike the longest counts."""
