"""One script, two configs, two vendors: who speaks stands in deepgram.toml and in deepdub.toml, and nowhere below."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path

from voxbridge import Client
from voxbridge.testing import emulate


def announce(config):
    with Client(config=config) as client:
        speech = client.synthesize("The museum closes in ten minutes.", voice="narrator")
    path = speech.save(f"announcement-{speech.backend}.wav")
    print(f"{Path(config).name}: {speech.voice} said it in {speech.duration:.2f} s, {speech.format}: {path}")


def rehearse(stack):
    """Have an emulator stand in for each vendor whose key is not set."""
    for vendor in ("deepgram", "deepdub"):
        if f"{vendor.upper()}_API_KEY" not in os.environ:
            os.environ.update(stack.enter_context(emulate(vendor)).env)


here = Path(__file__).parent
with ExitStack() as stack:
    rehearse(stack)
    for config in sys.argv[1:] or (here / "deepgram.toml", here / "deepdub.toml"):
        announce(config)
