"""What the vendor's own SDK was recorded to send over its sockets, and what we send for the same speech.

Compared are address, key and messages, where null is the same as absent (the service's rule). Where we differ it is
written down here with the reason; a recording that is nowhere in this file fails a test.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from attrs import field, frozen

from tests.deepdub.exchanges import VECTORS, Line, exchange, sent, sound, unit
from voxbridge import RejectedRequest, Whole


RATE = "the rate is always said: what the service takes when it is not differs by format"
PCM = "PCM is asked for as s16le, which has no header to misread"
LEAK = "an argument of Python's that leaks into the message"
CLONE = "a sample goes by request or over /ws: nothing says that /open takes one"
PLAIN = "emoji are text unless that is asked for: it is the default"
MODEL = "the recording's model is none there is; ours is the pinned one"
LATER = "0.1.27 sent what the service does not take there; 0.1.29 does not"


@frozen(kw_only=True)
class Ours:
    """How the same is asked of us, and what differs, with the reason."""

    said: dict = field(factory=dict)
    options: dict = field(factory=dict)
    text: str = "Hi"
    different: dict = field(factory=dict)
    """Fields that we say otherwise, or not."""


OPEN = {
    "ws_open_minimal_wav": Ours(text="Hello.", different={"format": PCM, "sampleRate": RATE}),
    "ws_open_maximal": Ours(
        said={"language": "fr-FR", "speed": 1.1},
        options={
            "model": "dd-etts-3.5", "temperature": 0.7, "variance": 0.6, "seed": 42, "prompt_boost": False,
            "accent": {"base": "en-US", "target": "fr-FR", "ratio": 0.3}, "target_gender": "male", "realtime": True,
            "clean_audio": True,
        },
        text="Bonjour",
        different={"voiceReference": CLONE},
    ),
    "ws_open_headerless": Ours(said={"format": "linear16/16000"}, different={"format": PCM}),
    "ws_open_audio_on_last": Ours(different={"sampleRate": RATE}),
    "ws_open_mulaw": Ours(said={"format": "mulaw/8000"}),
    "ws_open_doc_verbose": Ours(different={"format": PCM, "sampleRate": RATE, "verbose": LEAK}),
    "ws_open_error_with_id": Ours(different={"format": PCM, "sampleRate": RATE}),
    "ws_open_frame_over_1MiB": Ours(different={"sampleRate": RATE}),
}  # fmt: skip
CONFIGS = {
    "ws_stream_minimal": Ours(said={"format": "linear16/16000"}, different={"format": PCM, "acceptEmojis": PLAIN}),
    "ws_stream_maximal": Ours(
        said={"language": "he-IL"},
        options={
            "model": "dd-etts-3.5", "accept_emojis": True, "target_gender": "female", "first_audio_timeout": 50,
            "realtime": True,
        },
    ),
    "ws_stream_session_error": Ours(
        said={"format": "linear16/16000"},
        options={"model": "nope"},
        different={"format": PCM, "acceptEmojis": PLAIN},
    ),
    "ws_stream_ping_race": Ours(
        said={"format": "linear16/16000"}, different={"model": MODEL, "acceptEmojis": PLAIN}
    ),
    "ws_stream_config_sdk_0_1_27": Ours(
        said={"format": "linear16/16000"}, different={"format": PCM, "acceptEmojis": PLAIN, "promptBoost": LATER}
    ),
}  # fmt: skip
ELSEWHERE = {
    "ws_open_multiplex": "test_two_of_the_vendors_generations_on_one_socket_are_told_apart",
    "ws_open_handshake_401": "test_deepdub_open: a refused handshake",
    "ws_open_client_reject_bad_format": "test_deepdub_matrix: refused before anything is sent",
    "ws_open_client_reject_bad_rate": "36000 is in the vendor's documents: its SDK is behind them",
    "ws_stream_worker_error": "test_deepdub_streaming: errors, with an id and without",
    "ws_stream_recv_audio_none": "test_deepdub_streaming: a generation that goes on after its end",
    "ws_stream_async_stream_broken": "the SDK's own fault; the frames are those of ws_stream_wav_header_kept",
    "ws_stream_wav_header_kept": "we ask for no WAV there, and refuse what was not asked for",
}


def theirs(name, direction="client->server"):
    return [frame["payload"] for frame in VECTORS[name]["frames"] if frame["dir"] == direction]


def same(ours, others, different):
    """Compare two messages but for what is known to differ; what is null is absent."""
    kept = {key: value for key, value in others.items() if value is not None and key not in different}
    assert {key: value for key, value in ours.items() if key not in different} == kept
    assert all(ours.get(key) != others.get(key) for key in different), "this does not differ: take it out"


def test_no_recording_of_the_sockets_is_forgotten():
    recorded = {name for name in VECTORS if name.startswith("ws_") and "gender" not in name}
    assert recorded == OPEN.keys() | CONFIGS.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize(("transport", "name"), [("websocket", "ws_open_mulaw"), ("streaming", "ws_stream_minimal")])
def test_the_handshake_is_the_sdks(transport, name):
    talk, _ = exchange(transport)
    (handshake,) = VECTORS[name]["handshake"]
    assert urlsplit(talk.socket.url).path == handshake["path"]
    assert set(talk.socket.headers) == {"x-api-key"} <= {key.lower() for key, _ in handshake["headers"]}


@pytest.mark.parametrize("name", OPEN)
def test_a_generation_is_asked_for_as_the_sdk_does(name):
    ours, others = OPEN[name], theirs(name)[0]
    talk, _ = exchange("websocket", options={"generation_id": others["generationId"], **ours.options}, **ours.said)
    (message,) = sent(talk.send_unit(unit(ours.text)))
    same(message, others, ours.different)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_session_is_configured_as_the_sdk_does(name):
    ours, others = CONFIGS[name], theirs(name)[0]
    _, said = exchange("streaming", options=ours.options, **ours.said)
    (message,) = sent(said)
    assert message["action"] == others["action"] == "stream-config"
    same(message["config"], others["config"], ours.different)


def test_a_turn_is_said_as_the_sdk_does():
    """A sentence is one message to us; the SDK is given its pieces."""
    _, first, second, end = theirs("ws_stream_minimal")
    talk, _ = exchange("streaming")
    text = first["data"]["text"] + second["data"]["text"]
    assert sent(talk.send_unit(unit(text))) == [{"action": "stream-text", "data": {"text": text}}, end]


def test_cancel_and_ping_are_the_sdks():
    *_, cancel, ping = theirs("ws_stream_maximal")
    talk, _ = exchange("streaming")
    assert sent(talk.receive_timer()) == [ping]
    talk.send_unit(unit("Hi"))
    assert sent(talk.send_clear()) == [cancel]


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("ws_open_minimal_wav", "linear16/48000"),
        ("ws_open_headerless", "linear16/48000"),
        ("ws_open_audio_on_last", "linear16/24000"),
        ("ws_open_mulaw", "mulaw/8000"),
    ],
)
def test_what_the_service_is_thought_to_answer_is_heard_to_its_end(name, format):
    messages = theirs(name, "server->client")
    talk, _ = exchange("websocket", format=format, options={"generation_id": messages[0]["generationId"]})
    talk.send_unit(unit("Hi"))
    actions = [action for message in messages for action in talk.receive_frame(message)]
    headers = 136 if "minimal" in name else 0  # two, which the SDK leaves where they are
    assert len(sound(actions)) == sum(VECTORS[name]["sdk_outcome"]["returned"]["chunks"]) - headers
    assert isinstance(actions[-1], Whole)


def test_a_turn_that_the_service_is_thought_to_answer_is_heard_to_its_end():
    talk, _ = exchange("streaming")
    talk.send_unit(unit("Hi"))
    first, *rest = theirs("ws_stream_recv_audio_none", "server->client")
    assert first["action"] == "status"
    actions = [action for message in (first, *rest) for action in talk.receive_frame(json.dumps(message))]
    assert (sound(actions), type(actions[-1])) == (b"\1\0", Whole)


def test_an_error_of_the_session_which_the_sdk_returns_is_raised():
    talk, _ = exchange("streaming")
    for message in theirs("ws_stream_session_error", "server->client"):
        talk.receive_frame(json.dumps(message))
    (error,) = talk.send_unit(unit("Hi"))
    assert isinstance(error, RejectedRequest)
    assert "queue route not found for model: nope" in str(error)


def test_two_of_the_vendors_generations_on_one_socket_are_told_apart():
    line = Line("websocket", 2)
    line.say("Hello.")
    ids = dict(zip(("5", "6"), line.ids, strict=True))
    for message in theirs("ws_open_multiplex", "server->client"):
        line.answer({**message, "generationId": ids[message["generationId"][0]]})
    assert [heard.hex() for heard in line.heard] == VECTORS["ws_open_multiplex"]["sdk_outcome"]["returned"]
