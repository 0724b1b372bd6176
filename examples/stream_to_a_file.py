"""Write audio as it comes, long before the last word is spoken: into a file here, into a player or a call elsewhere."""

from pathlib import Path
from time import perf_counter

from voxbridge import Client


STORY = "Once upon a time there was a small robot. It could not sing. " * 20

with Client("espeak") as client, Path("hello.pcm").open("wb") as file:
    began = perf_counter()
    with client.stream(STORY, format="linear16/16000") as stream:
        for number, chunk in enumerate(stream):
            if number == 0:
                print(f"first audio after {(perf_counter() - began) * 1000:.0f} ms")
            file.write(chunk.data)  # whole samples, always
    report = stream.report
    print(f"{report.duration:.1f} s of speech in {len(report.units)} units after {perf_counter() - began:.2f} s")
