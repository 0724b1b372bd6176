"""When one backend dies in mid-sentence the next one goes on, in the same format and with no word lost."""

from voxbridge import Client, TruncatedSpeech
from voxbridge.testing import Cut, ScriptedBackend


# It speaks one sentence, and breaks off in the midst of the second. In your application: Client(["deepgram", "espeak"])
unlucky = ScriptedBackend([None, Cut(0.5, TruncatedSpeech("the line went dead", retryable=False))], name="unlucky")


def tell(attempt):
    print(f"  {attempt.error or f'{attempt.backend}: done'}")


with (
    Client([unlucky, "espeak"], on_attempt=tell) as client,
    client.stream("The first sentence is fine. The second is cut. The third nobody should miss.") as stream,
):
    for chunk in stream:
        if chunk.discontinuity:
            print(f"  at {chunk.offset:.2f} s {chunk.backend} says unit {chunk.unit} again")
for unit in stream.report.units:
    print(f"{unit.start:5.2f} s to {unit.end:5.2f} s, {unit.backend}: {unit.text}")
