"""Recordings of a voice, made here; and calls that are answered without a network."""

from __future__ import annotations

import json
import math
import struct

from voxbridge import AudioFormat, HttpRequest, HttpResponse, Pause, Sample
from voxbridge.audio import wav_header


def sample(seconds=4.0, rate=16000, channels=1):
    """Return a sample: a hum."""
    tone = [round(8000 * math.sin(2 * math.pi * 200 * index / rate)) for index in range(round(seconds * rate))]
    sound = b"".join(struct.pack("<h", value) * channels for value in tone)
    return Sample(wav_header(AudioFormat("wav", rate, channels), len(sound)) + sound)


def drive(call, *answers):
    """Answer a call's requests in turn, each by ``(status, body)``; return requests and pauses, and its value."""
    asked, left, answer = [], list(answers), None
    try:
        while True:
            asked.append(call.send(answer))
            answer = None
            if isinstance(asked[-1], HttpRequest):
                status, body, *headers = left.pop(0)
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                answer = HttpResponse(status=status, headers=headers[0] if headers else {}, body=body)
            else:
                assert isinstance(asked[-1], Pause)
    except StopIteration as done:
        assert not left, "an answer was not asked for"
        return asked, done.value
