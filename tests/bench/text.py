"""Print what reading text costs: a megabyte, a stream of tokens as a language model sends them, and lexicons.

Run it as ``python tests/bench/text.py``. Time to load sentencex is in none of the figures but its own.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from itertools import product
from statistics import median

from voxbridge.text import Lexicon, LexiconReader, Units


PROSE = (
    "Dr. Smith went to the market, and bought 3.5 kilos of apples for $5.20. Then he left! “Why?” she asked, but none "
    "knew. The U.S. economy grew by approx. 10 percent in Q3, e.g. in cars. We met at 5 p.m. on Jan. 5. It was fine. "
)
MEGABYTE = (PROSE * (1_000_000 // len(PROSE) + 1))[:1_000_000]
STREAM = MEGABYTE[:100_000]
TOKENS = re.findall(r"\s?\w+|\s|[^\w\s]", STREAM)
ROUNDS = 5
LIVE = {"max_words": 30}
MILLISECOND = 1000  # us; a unit is out within it of the token that completes it
CHARACTER = 2.0  # us
SECOND = 1.0  # in which a megabyte is rendered with a lexicon of so many entries
ENTRIES = 20_000
SYLLABLES = [a + b for a in "bdfghjklmnprstvw" for b in ("a", "e", "i", "ou", "en", "ul")]


def best(run: Callable[[], object]) -> float:
    """Return the processor time of the best of a few rounds, in seconds."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        run()
        times.append(time.process_time() - began)
    return min(times)


def fed(pieces: list[str]) -> int:
    """Return how many units come of *pieces*."""
    units = Units(**LIVE)
    return sum(len(units.feed(piece)) for piece in pieces) + len(units.flush())


def lexicon() -> Lexicon:
    """Return entries of one and two words, some of which are in the prose: 14,000 times in a megabyte of it."""
    made = ("".join(parts) for parts in product(SYLLABLES, repeat=3))
    names = [f"{word} {word}" if number % 5 == 0 else word for number, word in zip(range(ENTRIES), made, strict=False)]
    names[:3] = ["Dr. Smith", "U.S. economy", "cars"]
    return Lexicon.of(*({"text": name, "ipa": "duːˈpɪljuːmæb"} for name in names))


def rendered(known: Lexicon, text: str) -> int:
    """Return how many segments a backend is given."""
    units, reader = Units(**LIVE), LexiconReader([known], "en")
    made = [*units.feed(reader.feed(text, last=True)), *units.flush()]
    return sum(len(unit.given_to("deepgram").segments) for unit in made)


def slowest(pieces: list[str]) -> tuple[float, float]:
    """Return the median and the longest time of a token that completed a unit, each the best of a few rounds, in us."""
    times: dict[int, float] = {}
    for _ in range(ROUNDS):
        units = Units(**LIVE)
        for at, piece in enumerate(pieces):
            began = time.perf_counter()
            if units.feed(piece):
                times[at] = min(times.get(at, 1), time.perf_counter() - began)
    return median(times.values()) * 1e6, max(times.values()) * 1e6


def main() -> int:
    """Print the figures; return 1 if one of them misses its bar."""
    began = time.perf_counter()
    Units()
    print(f"load sentencex and its lists, once    {(time.perf_counter() - began) * 1000:8.1f} ms")
    print(f"cut 1 MB that is whole                {best(lambda: fed([MEGABYTE])) * 1000:8.0f} ms")
    token = best(lambda: fed(TOKENS)) / len(TOKENS) * 1e6
    print(f"feed a token                          {token:8.2f} us")
    character = best(lambda: fed(list(STREAM))) / len(STREAM) * 1e6
    print(f"feed a character                      {character:8.2f} us")
    usual, longest = slowest(TOKENS)
    print(f"give a unit, after its last token     {usual:8.1f} us, at most {longest:.0f} us")
    began = time.perf_counter()
    known = lexicon()
    print(f"make a lexicon of {ENTRIES} entries      {(time.perf_counter() - began) * 1000:8.0f} ms")
    began = time.perf_counter()
    LexiconReader([known], "en")
    print(f"sort it, once                         {(time.perf_counter() - began) * 1000:8.0f} ms")
    found = best(lambda: LexiconReader([known], "en").feed(MEGABYTE, last=True))
    print(f"find its words in 1 MB                {found * 1000:8.0f} ms")
    whole = best(lambda: rendered(known, MEGABYTE))
    print(f"render 1 MB with it, cut into units   {whole * 1000:8.0f} ms")
    reached = whole < SECOND and longest < MILLISECOND and character < CHARACTER
    bars = f"within {MILLISECOND} us of its token, {CHARACTER:g} us a character, {SECOND:g} s a megabyte"
    print(f"{bars}: {'yes' if reached else 'NO'}")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
