"""A client of the emulator's sockets: sends fields, and collects what comes."""

from __future__ import annotations

import base64
import io
import json
from contextlib import contextmanager

import av
import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from voxbridge.audio import AudioFormat, conversion
from voxbridge.testing import hear_words


KEY = {"x-api-key": "secret"}
VOICE = "bd1b00bb-be1c-4679-8eaa-0fcbfd4ff773"


class Talk:
    """One socket."""

    def __init__(self, socket):
        self.socket = socket
        self.frames = []

    def say(self, action, **fields):
        self.socket.send(json.dumps({"action": action, **fields}))

    def hear(self, timeout=5):
        """Return the next frame; sound is bytes."""
        frame = json.loads(self.socket.recv(timeout=timeout))
        if frame.get("data"):
            frame["data"] = base64.b64decode(frame["data"])
        self.frames.append(frame)
        return frame

    def until(self, **fields):
        """Return all frames up to one that has these fields."""
        frames = [self.hear()]
        while fields.items() - frames[-1].items():
            frames.append(self.hear())
        return frames

    def closed(self):
        """Return how it closed; 1006 is without a word."""
        try:
            while True:
                self.hear()
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


@contextmanager
def talking(server, path, **options):
    options = {"additional_headers": KEY, "proxy": None, "max_size": None} | options
    with connect(server.origin.replace("http", "ws") + path, **options) as socket:
        yield Talk(socket)


def sound(frames, id=None):
    """Return all sound of frames, or of those of one generation."""
    wanted = [frame for frame in frames if id is None or frame.get("generationId") == id]
    return b"".join(frame.get("data") or b"" for frame in wanted)


def words(audio, format="wav/48000"):
    """Return the indices of the words in some audio."""
    format = AudioFormat.parse(format)
    rate = format.sample_rate
    way = conversion(format, AudioFormat("linear16", rate))
    return [word.index for word in hear_words(way.feed(audio) + way.flush(), rate)]


def decoded(data, raw=None, rate=None):
    """Return samples and their rate as ffmpeg finds them, which has to be told what raw data is."""
    options = {"sample_rate": str(rate)} if raw else {}
    with av.open(io.BytesIO(data), format=raw, options=options) as file:
        to_mono = av.AudioResampler(format="s16", layout="mono")
        frames = [each.to_ndarray() for frame in file.decode(audio=0) for each in to_mono.resample(frame)]
        return np.concatenate(frames, axis=1)[0], file.streams.audio[0].rate
