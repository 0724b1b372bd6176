"""A service on this machine that clones voices, and the backend for it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from voxbridge import (
    Backend,
    Call,
    Capabilities,
    Consent,
    Exchange,
    Fetch,
    Gender,
    HttpExchange,
    HttpRequest,
    HttpResponse,
    Job,
    MissingCredentials,
    Sample,
    TextUnit,
    Voice,
    VoiceNotFound,
    refusal,
)
from voxbridge.testing import WordVoice


STOCK, CLONED = 1, 2
"""Which voice of the word oracle speaks for an ordinary voice, and for one that was cloned."""


class StudioServer:
    """Keeps voices in memory, and every request's head and body as they came."""

    def __init__(self, *, status: int = 200, words: str = "") -> None:
        self.voices: dict[str, dict[str, Any]] = {}
        self.raw: list[bytes] = []
        self.asked: list[tuple[str, str, Any]] = []
        self.connections = 0
        self.status, self.words = status, words
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"studio": self}))
        self._http.daemon_threads = False
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def answer(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        """Return a status and what is said with it."""
        match method, path.strip("/").split("/"):
            case "POST", ["voices"]:
                id = f"v{len(self.voices)}"
                self.voices[id] = {"id": id, **body}
                return 200, json.dumps({"id": id}).encode()
            case "GET", ["voices"]:
                kept = [{key: value for key, value in voice.items() if key != "data"} for voice in self.voices.values()]
                return 200, json.dumps(kept).encode()
            case "DELETE", ["voices", id]:
                return (200, b"{}") if self.voices.pop(id, None) else (404, b"no such voice")
            case "POST", ["gender"]:
                return 200, b'{"label": "female", "confidence": 0.97}'
            case "POST", ["speak"]:
                cloned = body["voice"] in self.voices or "sample" in body
                return 200, WordVoice(vendor=CLONED if cloned else STOCK).speak(body["text"], 24000)
        return 405, b"what?"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    studio: StudioServer

    def setup(self) -> None:
        super().setup()
        self.studio.connections += 1

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.studio.raw.append(f"{self.requestline}\r\n{self.headers}".encode() + body)
        said = json.loads(body) if body else None
        self.studio.asked.append((self.command, self.path, said))
        refused = self.studio.status, self.studio.words.encode()
        status, answer = refused if refused[0] != 200 else self.studio.answer(self.command, self.path, said)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815  # as the standard library has it

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


class StudioExchange(HttpExchange):
    """A request a unit; the sample goes with each."""

    def __init__(self, job: Job, url: str) -> None:
        super().__init__(job)
        self._url = url

    def launch(self, tag: int, units: Sequence[TextUnit]) -> Fetch:
        body = {"text": "".join(unit.text for unit in units), "voice": self.job.voice.id}
        if self.job.sample:
            body["sample"] = _base64(self.job.sample.as_wav(48000))
        return Fetch(tag, HttpRequest(method="POST", url=f"{self._url}/speak", body=json.dumps(body).encode()))


class Studio(Backend):
    """Clones voices from WAV and mp3."""

    name = "studio"
    clone_options = frozenset({"publish", "style"})

    def __init__(self, server: StudioServer, *, ready: bool = True) -> None:
        self._url, self._ready = server.url, ready

    def capabilities(self, voice: Voice) -> Capabilities:
        return Capabilities(formats=("linear16/24000",), clone=True)

    def exchange(self, job: Job) -> Exchange:
        return StudioExchange(job, self._url)

    def missing(self) -> MissingCredentials | None:
        return None if self._ready else MissingCredentials("studio: there is no key")

    def voices(self) -> Call[tuple[Voice, ...]]:
        kept = (yield from self._ask("GET", "/voices")).json()
        return tuple(
            Voice(id=voice["id"], backend=self.name, name=voice["name"], languages=(voice["language"],), cloned=True)
            for voice in kept
        )

    def clone_voice(
        self,
        name: str,
        sample: Sample,
        *,
        language: str,
        gender: str | None,
        consent: Consent,
        options: Mapping[str, Any],
    ) -> Call[Voice]:
        sent = sample.for_formats(("wav", "mp3"))
        body = {"name": name, "language": language, "gender": gender, "publish": False, "kind": sent.kind, **options}
        made = (yield from self._ask("POST", "/voices", {**body, "data": _base64(sent)})).json()
        return Voice(id=made["id"], backend=self.name, name=name, languages=(language,), gender=gender)

    def delete_voice(self, voice: Voice) -> Call[None]:
        yield from self._ask("DELETE", f"/voices/{voice.id}")

    def classify_gender(self, sample: Sample) -> Call[Gender]:
        found = (yield from self._ask("POST", "/gender", {"data": _base64(sample.as_wav(16000))})).json()
        return Gender(found["label"], found["confidence"])

    def _ask(self, method: str, path: str, body: Any = None) -> Call[HttpResponse]:
        sent = b"" if body is None else json.dumps(body).encode()
        answer = yield HttpRequest(method=method, url=f"{self._url}{path}", body=sent)
        assert answer is not None
        if answer.status == 404:
            raise VoiceNotFound(status_code=404, detail=answer.body.decode())
        if answer.status != 200:
            raise refusal(answer.status, answer.headers, answer.body)
        return answer


def _base64(sample: Sample) -> str:
    return base64.b64encode(sample.data).decode()
