"""Clone a voice in the European Union: with `region="eu"` nothing goes anywhere else, whatever the environment says.

Needs Deepdub's key of the EU in DEEPDUB_API_KEY; without one an emulator and a recording of espeak stand in.
"""

import os
import sys
from contextlib import ExitStack

from voxbridge import Client, Consent, Sample
from voxbridge.testing import emulate
from voxbridge_deepdub import Deepdub


WORDS = "This is how I speak, every day, and I have agreed to it that my voice is copied."

with ExitStack() as stack:
    if "DEEPDUB_API_KEY" in os.environ:
        deepdub = Deepdub(region="eu")
    else:
        server = stack.enter_context(emulate("deepdub"))
        deepdub = Deepdub(server.api_key, base_url=server.url, region="eu")
    client = stack.enter_context(Client(deepdub, region="eu"))

    # Your recording: 3 to 60 seconds of one speaker, of whom you have the consent.
    sample = Sample(sys.argv[1]) if sys.argv[1:] else Sample(Client("espeak").synthesize(WORDS).audio)
    agreed = Consent("Maria Lopez", evidence="contract 17", date="2026-03-01")
    voice = client.clone_voice("Maria", sample, backend="deepdub", language="en-US", gender="female", consent=agreed)
    try:
        speech = client.synthesize("Hello, this is my cloned voice.", voice=voice)
        print(f"{speech.save('clone.wav')}: {speech.duration:.2f} s by {voice.name}, with {voice.consent.evidence}")
        print("asked:", ", ".join(f"{attempt.host} in {attempt.region}" for attempt in speech.attempts))
    finally:
        client.delete_voice(voice)  # a voice is somebody's: keep it no longer than you need it
