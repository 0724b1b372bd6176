"""Plain text, cut anywhere, is words to each vendor's emulator: 200 texts over each kind of socket, 50 by requests."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import partial

import pytest
from hypothesis import Phase, given, settings

from tests.clients import conftest as clients
from tests.text.controls import CUTS, TEXT, letters, pieces
from voxbridge import Client
from voxbridge.testing import emulate
from voxbridge_deepdub import Deepdub
from voxbridge_deepdub import _text as deepdub
from voxbridge_deepgram import Deepgram
from voxbridge_deepgram import _markup as deepgram
from voxbridge_deepgram.emulator._text import read_text


no_proxies, leaves_nothing = clients.no_proxies, clients.leaves_nothing

BACKENDS = {"deepgram": Deepgram, "deepdub": Deepdub}
WAYS = [
    *(("deepgram", "http", 50), ("deepgram", "websocket", 200)),
    *(("deepdub", "http", 50), ("deepdub", "websocket", 200), ("deepdub", "streaming", 200)),
]
EMOJIS = {"deepdub": {"accept_emojis": True}}  # makes controls of them over "streaming"


@contextmanager
def spoken(vendor, transport):
    """Give what speaks pieces of text through one client, and asserts that its emulator saw nothing but words."""
    with emulate(vendor, voice="oracle", limits=False) as server:
        backend = BACKENDS[vendor](server.api_key, base_url=server.url, transport=transport)
        with Client(backend, format="linear16/8000", retries=0, timeouts=2) as client:
            options = EMOJIS if transport == "streaming" else None
            yield partial(check, server, partial(client.stream, options=options))


def check(server, stream, text, cuts):
    del server.texts[:]
    try:
        with stream(pieces(text, cuts)) as speech:
            for _ in speech:
                pass
    finally:
        assert controls(server) == []  # also where nothing else was left to be spoken
    sent = "".join(server.texts)
    assert sorted(letters(sent)) == sorted(letters(text))  # of two requests the second may be there first


def controls(server):
    """Return what an emulator obeyed in its texts."""
    if server.name == "deepgram":
        return [each for text in server.texts for each in read_text(text, controls=True).pronunciations]
    return server.controls


def speak_texts(vendor, transport, examples, **how):
    with spoken(vendor, transport) as speaks:

        @settings(max_examples=examples, deadline=None, phases=[Phase.generate], report_multiple_bugs=False, **how)
        @given(text=TEXT, cuts=CUTS)
        def holds(text, cuts):
            speaks(text, cuts)

        holds()


@pytest.mark.parametrize(("vendor", "transport", "examples"), WAYS)
def test_a_vendor_is_sent_the_words_and_no_control(vendor, transport, examples):
    speak_texts(vendor, transport, examples)


@pytest.mark.parametrize(
    ("vendor", "transport", "bug"),
    [
        ("deepgram", "websocket", (deepgram, "_BRACES", {})),
        ("deepgram", "http", (deepgram, "_BRACES", {})),
        ("deepdub", "http", (deepdub, "_BRACKETS", str.maketrans("<>", "()"))),  # requests read [sigh] too
        ("deepdub", "streaming", (deepdub, "_BRACKETS", {})),
        ("deepdub", "streaming", (deepdub, "_EMOJI", re.compile("\0"))),
    ],
)
def test_a_planted_bug_is_found(monkeypatch, vendor, transport, bug):
    monkeypatch.setattr(*bug)
    with pytest.raises(AssertionError):
        speak_texts(vendor, transport, 200, derandomize=True)
