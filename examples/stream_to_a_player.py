"""Stream into a player as it is spoken: `python stream_to_a_player.py aplay -q -f S16_LE -r 24000`.

Without a player as argument something that only counts stands in for it.
"""

import sys
from subprocess import PIPE, Popen
from time import perf_counter

from voxbridge import Client


COUNT = "import sys; print(f'a player got {len(sys.stdin.buffer.read()) / 48000:.1f} s of sound')"
player = sys.argv[1:] or [sys.executable, "-c", COUNT]
story = "Once upon a time there was a small robot. It could not sing. " * 10

with Client("espeak") as client, Popen(player, stdin=PIPE) as process:
    began = perf_counter()
    with client.stream(story, format="linear16/24000") as stream:  # raw samples, 48000 bytes a second
        for number, chunk in enumerate(stream):
            if number == 0:
                print(f"first audio after {(perf_counter() - began) * 1000:.0f} ms", flush=True)
            process.stdin.write(chunk.data)  # waits when the player has enough, and so does the stream
    process.stdin.close()
