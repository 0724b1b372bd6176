"""What is cut out of the stream is what the library's own parser would have found there."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.exceptions import PayloadTooBig
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from voxbridge._splitter import split


URL = parse_uri("ws://127.0.0.1/")


def shaken(*, quick: bool, max_size: int | None = 2**20) -> tuple[ClientProtocol, bytes]:
    """Return a client that has asked for a connection, and the server's answer."""
    client, server = ClientProtocol(URL, max_size=max_size), ServerProtocol()
    if quick:
        split(client)
    client.send_request(client.connect())
    server.receive_data(b"".join(client.data_to_send()))
    [request] = server.events_received()
    server.send_response(server.accept(request))
    return client, b"".join(server.data_to_send())


def connected(*, quick: bool = True, max_size: int | None = 2**20) -> ClientProtocol:
    client, answer = shaken(quick=quick, max_size=max_size)
    client.receive_data(answer)
    client.events_received()
    assert client.state is State.OPEN
    return client


def seen(client: ClientProtocol) -> list[tuple[int, bool, bytes]]:
    """Return the frames that came of it, one by one, whoever found them."""
    found: list[tuple[int, bool, bytes]] = []
    for event in client.events_received():
        if isinstance(event, list):
            found += [(Opcode.BINARY, True, bytes(frame)) for frame in event]
        elif isinstance(event, Frame):
            found.append((event.opcode, event.fin, bytes(event.data)))
    return found


def wire(*frames: Frame) -> bytes:
    return b"".join(frame.serialize(mask=False) for frame in frames)


def binary(size: int) -> Frame:
    return Frame(Opcode.BINARY, bytes(index % 251 for index in range(size)))


MESSAGES = st.one_of(
    st.sampled_from([0, 1, 125, 126, 127, 300, 65535, 65536, 70000]).map(lambda size: [binary(size)]),
    st.text(max_size=300).map(lambda text: [Frame(Opcode.TEXT, text.encode())]),
    st.binary(max_size=20).map(lambda data: [Frame(Opcode.PING, data)]),
    st.binary(max_size=20).map(
        lambda data: [Frame(Opcode.BINARY, data, fin=False), Frame(Opcode.PING, b""), Frame(Opcode.CONT, data)]
    ),
)
ENDINGS = st.sampled_from(
    [
        b"",
        wire(Frame(Opcode.CLOSE, Close(1000, "").serialize()), binary(5)),  # nothing counts after a close
        wire(Frame(Opcode.BINARY, b"a", fin=False), binary(5)),  # a message amid another
        wire(Frame(Opcode.CONT, b"a")),
        binary(5).serialize(mask=True),  # a server masks nothing
        b"\xf2\x05hello",  # reserved bits
        wire(binary(2**20 + 1)),  # too long
        wire(binary(500))[:300],  # cut
    ]
)


@given(messages=st.lists(MESSAGES, max_size=6), ending=ENDINGS, cuts=st.lists(st.integers(0, 400_000), max_size=8))
def test_however_it_is_read_the_frames_the_answers_and_the_end_are_the_librarys(messages, ending, cuts):
    data = wire(*(frame for message in messages for frame in message)) + ending
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    outcomes = []
    for quick in (False, True):
        client = connected(quick=quick)
        found: list[tuple[int, bool, bytes]] = []
        for start, stop in pairwise(places):
            client.receive_data(data[start:stop])
            found += seen(client)
        client.receive_eof()
        answers = [reply.hex() for reply in client.data_to_send()]
        ended = (client.state, client.close_code, client.close_reason, type(client.parser_exc))
        outcomes.append((found, len("".join(answers)), ended))
    assert outcomes[0] == outcomes[1]


@given(cut=st.integers(0, 400))
def test_frames_that_come_with_the_answer_to_the_handshake_are_found(cut):
    client, answer = shaken(quick=True)
    data = answer + wire(binary(200), Frame(Opcode.TEXT, b"hello"))
    client.receive_data(data[:cut])
    client.receive_data(data[cut:])
    assert seen(client) == [(Opcode.BINARY, True, binary(200).data), (Opcode.TEXT, True, b"hello")]


@given(cut=st.integers(0, 200))
def test_the_body_of_a_refused_handshake_reaches_the_library_whole(cut):
    client, _ = shaken(quick=True)
    body = b"\x82\x05hello, no frame of a socket"
    data = b"HTTP/1.1 402 Payment Required\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    client.receive_data(data[:cut])
    client.receive_data(data[cut:])
    [response] = client.events_received()
    assert (response.status_code, response.body) == (402, body)


def test_frames_that_are_read_together_are_one_event_and_copy_nothing():
    client = connected()
    client.receive_data(wire(binary(10), binary(20), Frame(Opcode.TEXT, b"between"), binary(30)))
    first, text, second = client.events_received()
    assert [type(frame) for frame in first] == [memoryview, memoryview]
    assert (text.opcode, len(second)) == (Opcode.TEXT, 1)


def test_a_long_frame_in_many_pieces_is_copied_once_each():
    client = connected(max_size=2**24)
    data = wire(binary(100))[:1] + b"\x7f" + (2**23).to_bytes(8) + bytes(2**23)
    for at in range(0, len(data), 1024):
        client.receive_data(data[at : at + 1024])
    [event] = client.events_received()
    assert len(event.data) == 2**23


@pytest.mark.parametrize("size", [101, 65600])
def test_a_message_above_the_limit_is_refused_by_the_library(size):
    client = connected(max_size=100)
    client.receive_data(wire(binary(size)))
    assert (seen(client), client.state) == ([], State.CLOSING)
    assert isinstance(client.parser_exc, PayloadTooBig)
