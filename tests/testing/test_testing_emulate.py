"""Emulators are found as plugins, begin and end cleanly, and are what pytest and the command start."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.planted import installed, plant
from voxbridge import InvalidConfig, UnsupportedFeature, UsageError
from voxbridge.testing import emulate, words_text


TINY = """
    from voxbridge import hookimpl
    from voxbridge.testing import Emulator
    from attrs import frozen

    @frozen
    class Limits:
        things: int | None = 3

    class Tiny(Emulator):
        name = "tiny"
        path = "/api/v1"
        limits_of_vendor = Limits

        def variables(self):
            return {"TINY_KEY": self.api_key, "TINY_URL": self.url}

        def app(self):
            async def app(scope, receive, send):
                if scope["path"] == "/broken":
                    raise KeyError("tiny")
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": b"tiny"})
            return app

    @hookimpl
    def voxbridge_emulators():
        return [Tiny]
"""
COMMAND = [sys.executable, "-c", "from voxbridge._cli import main; main()", "emulate"]


@pytest.fixture
def tiny(tmp_path):
    plant(tmp_path, "tiny-tts", TINY)
    with installed(tmp_path) as folder:
        yield folder


def test_a_strangers_emulator_is_found_and_serves(tiny):
    with emulate("tiny") as server:
        assert httpx.get(server.url + "/x?a=1&a=&b=%20", headers={"X-Key": "k"}).text == "tiny"
        assert server.url.startswith("http://127.0.0.1:")
        assert server.url.endswith("/api/v1")
        assert server.env == {"TINY_KEY": "tiny-emulator", "TINY_URL": server.url}
    (request,) = server.requests
    assert (request.method, request.path, request.status) == ("GET", "/api/v1/x", 200)
    assert request.query == (("a", "1"), ("a", ""), ("b", " "))
    assert request.headers["x-key"] == "k"
    assert "k'" not in repr(request)
    assert (server.connections, server.handshakes) == (1, 0)


def test_an_error_of_the_emulator_itself_is_raised_at_the_end(tiny):
    with pytest.raises(KeyError, match="tiny"), emulate("tiny") as server:
        assert httpx.get(server.origin + "/broken").status_code == 500


def test_an_error_in_the_block_is_not_hidden_by_it(tiny):
    def use():
        with emulate("tiny") as server:
            httpx.get(server.origin + "/broken")
            raise LookupError("own")

    with pytest.raises(LookupError, match="own"):
        use()


def test_two_emulators_of_one_name_are_refused(tiny):
    plant(tiny, "other-tts", TINY)
    with pytest.raises(InvalidConfig, match=r"an emulator 'tiny': (other|tiny)-tts 1.0 and"), emulate("tiny"):
        pass


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vendor": "deepgran"}, "no emulator of 'deepgran' is installed. Did you mean 'deepgram'?"),
        ({"habits": {"opcode": "text"}}, "there is no habit 'opcode'"),
        ({"limits": {"flushs": 3}}, "there is no limit 'flushs'. Did you mean 'flushes'"),
        ({"keys": "secret"}, "keys is a list"),
        ({"delay": -1}, "delay is 0 or more"),
        ({"pace": 0}, "pace above 0"),
        ({"voice": "oracel"}, "no voice 'oracel' for an emulator. Did you mean 'oracle'?"),
        ({"faults": [{"kind": "x"}]}, "faults, fault 0: no fault 'x'"),
        ({"port": 70000}, "port 70000 of 127.0.0.1"),
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_served(options, message):
    threads = threading.active_count()
    with pytest.raises(UsageError) as caught, emulate(options.pop("vendor", "deepgram"), **options):
        pass
    assert message in str(caught.value)
    assert threading.active_count() == threads


def test_a_taken_port_is_refused():
    with emulate("deepgram") as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(UsageError, match=f"port {port} of 127.0.0.1"), emulate("deepgram", port=port):
            pass
    with emulate("deepgram", port=port) as again:
        assert again.url == server.url


def test_a_missing_extra_is_named_with_what_installs_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UnsupportedFeature, match=r"pip install 'voxbridge-tts\[server\]'"), emulate("deepgram"):
        pass


def test_the_end_closes_every_socket_and_joins_the_thread():
    threads = threading.active_count()
    stall = [{"kind": "stall", "on": n, "at": 0} for n in range(2)]
    with ExitStack() as clients:
        idle = clients.enter_context(httpx.Client())
        _end_with_open_sockets(clients, idle, stall)
    assert threading.active_count() == threads


def _end_with_open_sockets(clients, idle, stall):
    headers = {"Authorization": "Token k"}
    with emulate("deepgram", voice="oracle", faults=stall) as server:
        idle.get(server.url + "/v1/models", headers=headers)
        url = server.url.replace("http", "ws") + "/v1/speak"
        socket = clients.enter_context(connect(url, additional_headers=headers))
        socket.send('{"type": "Speak", "text": "a"}')
        socket.send('{"type": "Flush"}')
        socket.recv()
        waiting = threading.Thread(target=_ignore, args=(server.url + "/v1/speak", headers))
        waiting.start()
        while len(server.texts) < 2:
            time.sleep(0.01)
        began = time.monotonic()
    assert time.monotonic() - began < 1
    waiting.join(5)  # a thread of this test's own, which the end of the server lets go of
    assert not server.lines
    with pytest.raises(ConnectionClosed):
        socket.recv()
    waiting.join()


def _ignore(url, headers):
    with pytest.raises(httpx.HTTPError):
        httpx.post(url, headers=headers, json={"text": "b"})


def test_fifty_begin_and_end_quickly():
    began = time.monotonic()
    for _ in range(50):
        with emulate("deepgram", voice="oracle"):
            pass
    assert time.monotonic() - began < 5


def test_small_answers_are_sent_at_once():
    """Nagle's algorithm and delayed acknowledgement would make 40 ms of each."""
    with emulate("deepgram", voice="oracle") as server, httpx.Client(headers={"Authorization": "Token k"}) as client:
        began = time.monotonic()
        for _ in range(50):
            client.post(server.url + "/v1/speak?encoding=linear16", json={"text": "a"})
        assert time.monotonic() - began < 1.8


def test_a_delay_comes_before_the_first_audio():
    with emulate("deepgram", voice="oracle", delay=0.2) as server:
        began = time.monotonic()
        httpx.post(server.url + "/v1/speak", headers={"Authorization": "Token k"}, json={"text": "a"})
        assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(("pace", "least", "most"), [(None, 0, 8), (20, 0.35, 8)])
def test_no_pace_is_faster_than_speech_and_a_pace_is_kept(pace, least, most):
    with emulate("deepgram", voice="oracle", pace=pace) as server:
        began = time.monotonic()
        httpx.post(server.url + "/v1/speak", headers={"Authorization": "Token k"}, json={"text": words_text(40)})
        assert least <= time.monotonic() - began < most


def test_no_key_of_a_client_is_logged(caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpcore").setLevel(logging.WARNING)  # the client's own
    headers = {"Authorization": "Token canary-key"}
    with emulate("deepgram", voice="oracle", keys=["other"]) as server:
        assert httpx.post(server.url + "/v1/speak", headers=headers, json={"text": "a"}).status_code == 401
        caplog.clear()
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as raw:
            raw.sendall(
                b"GET /v1/speak HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                b"Authorization: Token canary-key\r\n\r\n"
            )
            assert b"401" in raw.recv(65536)
    assert "canary" not in caplog.text


def test_the_fixture_starts_what_a_test_asks_for(voxbridge_emulator):
    first, second = voxbridge_emulator("deepgram"), voxbridge_emulator("deepgram", keys=["k"])
    assert first.url != second.url
    assert second.api_key == "k"
    assert httpx.get(second.url + "/v1/models", headers={"Authorization": "Token x"}).status_code == 401


def test_the_fixture_costs_those_nothing_who_do_not_use_it():
    code = "import sys, voxbridge.testing._fixture; print({'asyncio', 'numpy', 'uvicorn', 'attrs'} & set(sys.modules))"
    code = "import pytest, sys; before = set(sys.modules); " + code.replace(
        "set(sys.modules)", "set(sys.modules) - before"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


@pytest.fixture
def start():
    processes = []

    def start(*args):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        processes.append(subprocess.Popen([*COMMAND, *args], **pipes))
        return processes[-1]

    yield start
    for process in processes:
        with process:
            process.kill()


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_the_command_prints_exports_serves_and_ends_with_ctrl_c(start, tmp_path):
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nkind = "status"\ncode = 429\nretry_after = 2\n')
    process = start("deepgram", "--port", "0", "--faults", str(faults))
    lines = [process.stdout.readline().split() for _ in range(2)]
    assert [line[0] for line in lines] == ["export", "export"]
    env = dict(line[1].split("=", 1) for line in lines)
    answer = httpx.post(
        env["DEEPGRAM_BASE_URL"] + "/v1/speak",
        headers={"Authorization": f"Token {env['DEEPGRAM_API_KEY']}"},
        json={"text": "Hello."},
    )
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, "")
    assert err == f"deepgram is emulated at {env['DEEPGRAM_BASE_URL']}; Ctrl-C ends it\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["deepgram", "--port", "0", "--faults", "absent.toml"], "voxbridge: absent.toml: No such file or directory\n"),
        (["nobody", "--port", "0"], "voxbridge: no emulator of 'nobody' is installed. Installed: "),
    ],
)
def test_the_command_refuses_what_is_wrong_in_one_line(start, args, message):
    process = start(*args)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (2, "")
    assert err.startswith(message)
    assert err.count("\n") == 1
