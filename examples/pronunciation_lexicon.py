"""Say brands and names as they are said: one lexicon for every voice, whatever text they come in."""

from pathlib import Path

from voxbridge import Client
from voxbridge.testing import emulate
from voxbridge_deepdub import Deepdub
from voxbridge_deepgram import Deepgram


LEXICON = Path(__file__).parent / "brands.toml"
TEXT = "Take dupilumab, and look it up with SQL."

with emulate("deepgram") as deepgram, emulate("deepdub") as deepdub:
    for backend in (
        "espeak",  # has phonemes of its own
        Deepgram(deepgram.api_key, base_url=deepgram.url),  # takes IPA within the text
        Deepdub(deepdub.api_key, base_url=deepdub.url),  # has neither, and gets a respelling
    ):
        with Client(backend, lexicon=LEXICON) as client:
            speech = client.synthesize(TEXT)
        print(f"{speech.backend}: {speech.duration:.2f} s as written in {LEXICON.name}")
        for degradation in speech.degradations:
            print(f"  {degradation.feature} of {degradation.text!r}: {degradation.done}")
    print("Deepgram was sent", deepgram.requests[-1].body.decode())
