"""Compare three voices without a key: Deepgram and Deepdub, both emulated on this machine, and espeak.

Prints the medians, and leaves comparison.html: open it to listen, to look, and to vote blindly.
"""

from __future__ import annotations

from voxbridge import compare
from voxbridge.testing import emulate
from voxbridge_deepdub import Deepdub
from voxbridge_deepgram import Deepgram


TEXTS = [
    "Your train leaves at 7:45, and the ticket is $12.50.",
    "I read the book that you will read; did you really say no?",
    "Call 020 7946 0958 on Friday, 3 July 2026.",
]

with emulate("deepgram", delay=0.15) as deepgram, emulate("deepdub", delay=0.3) as deepdub:
    targets = [
        Deepgram(deepgram.api_key, base_url=deepgram.url),
        Deepdub(deepdub.api_key, base_url=deepdub.url),
        "espeak",
    ]
    comparison = compare(TEXTS, targets)

for target, facts in comparison.summary.items():
    first = facts["first_audio"]
    print(f"{target}: first audio after {first['median']:.3f} s (95th percentile {first['p95']:.3f} s)")
print(f"now open {comparison.to_html('comparison.html')}")
