"""Speech by requests: ``POST /tts``, one for each unit of a stream, packed ones for whole speech."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import define

from voxbridge import (
    AudioFormat,
    BackendError,
    Billed,
    Fetch,
    HttpExchange,
    HttpRequest,
    Job,
    TextUnit,
    Told,
)

from ._account import Account
from ._errors import refused
from ._matrix import REQUEST
from ._options import Options, fields, remarks
from ._text import spoken


__all__ = ["RequestExchange", "are_words", "post"]

_HEAD: Final = 16  # bytes that tell words from audio
_MOST_WORDS: Final = 64 * 1024  # bytes of words that are read
_MAGIC: Final = {"mp3": (b"ID3", *(bytes((0xFF, second)) for second in range(0xE0, 0x100))), "opus": (b"OggS",)}
# JSON or HTML. In mu-law `"` and `<` are loud, and speech does not begin so; `{}` and `{{` are a quiet beginning.
_MARKUP: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*\".*|<[!?a-zA-Z][\t\r\n\x20-\x7e]*)", re.DOTALL)


def post(account: Account, path: str, body: Mapping[str, Any]) -> HttpRequest:
    """Return a request with JSON in it."""
    return HttpRequest(
        method="POST",
        url=account.base_url + path,
        headers={**account.headers, "content-type": "application/json"},
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
    )


def are_words(head: bytes, format: AudioFormat) -> bool:
    """Return whether a body is words where audio should be, from its beginning. Its Content-Type says nothing."""
    magic = _MAGIC.get(format.encoding)
    if magic is None:
        return _MARKUP.fullmatch(head) is not None
    return not head.startswith(magic)


@define
class _Answer:
    """What has come of one request."""

    status: int
    headers: Mapping[str, str]
    head: bytes = b""
    """Its beginning, or all of it where it is words."""
    is_audio: bool = False


class RequestExchange(HttpExchange):
    """Speak by requests. Arguments as of `Deepdub`'s, checked."""

    def __init__(self, job: Job, account: Account, options: Options) -> None:
        super().__init__(job)
        self.slots = account.slots
        self._account = account
        self._asked = fields(job, options, REQUEST)
        self._remarks = remarks(job, options, REQUEST)
        self._first_id = options.generation_id
        self._answers: dict[int, _Answer] = {}

    def open(self, memory: dict[str, Any], clock: Any, handshake: Mapping[str, str]) -> Sequence[Any]:
        """Say what the report should have of the options."""
        return self._remarks

    def launch(self, tag: int, units: Sequence[TextUnit]) -> Fetch:
        """Return the request for *units*. An id that was asked for is the first one's: it is of one use."""
        body = {"targetText": spoken(units), **self._asked}
        if self._first_id:
            body["generationId"], self._first_id = self._first_id, None
        return Fetch(tag, post(self._account, "/tts", body))

    def decode_status(self, status: int, headers: Mapping[str, str], body: bytes) -> Told | BackendError:
        """Return what an answer's head tells, or its error."""
        if status >= 300:
            return refused(status, headers, body, self._account.region)
        id = headers.get("x-generation-id")
        return Told(request_id=id, vendor={"x-generation-id": id} if id else {})

    def send_clear(self) -> Sequence[Any]:
        """Drop all requests."""
        self._answers.clear()
        return super().send_clear()

    def receive_status(self, tag: int, status: int, headers: Mapping[str, str]) -> Sequence[Any]:
        """Take the head of an answer; of a success the Content-Type is not looked at."""
        if status < 300:
            self._answers[tag] = _Answer(status, headers)
            headers = {name: value for name, value in headers.items() if name != "content-type"}
        return super().receive_status(tag, status, headers)

    def receive_data(self, tag: int, data: bytes) -> Sequence[Any]:
        """Take a piece of a body; hold its beginning back until it is known to be audio."""
        if not (answer := self._answers.get(tag)):
            return super().receive_data(tag, data)
        if answer.is_audio:
            return self._hear(tag, data)
        answer.head += data
        if len(answer.head) < _HEAD or self._are_words(answer):
            answer.head = answer.head[:_MOST_WORDS]
            return ()
        data, answer.head, answer.is_audio = answer.head, b"", True
        return self._hear(tag, data)

    def receive_eof(self, tag: int) -> Sequence[Any]:
        """Take the end of a body: of words the error that they are."""
        answer = self._answers.pop(tag, None)
        if not answer or not answer.head:
            return super().receive_eof(tag)
        if self._are_words(answer):
            return super().receive_failure(tag, self._why(answer))
        return [*self._hear(tag, answer.head), *super().receive_eof(tag)]

    def receive_failure(self, tag: int | None, error: BackendError) -> Sequence[Any]:
        """Take a failure below the vendor's words, unless it cut words: they say more."""
        answer = None if tag is None else self._answers.pop(tag, None)
        if answer and answer.head and self._are_words(answer):
            error = self._why(answer)
        return super().receive_failure(tag, error)

    def _are_words(self, answer: _Answer) -> bool:
        return are_words(answer.head[:_HEAD], self.format)

    def _why(self, answer: _Answer) -> BackendError:
        return refused(answer.status, answer.headers, answer.head, self._account.region)

    def _hear(self, tag: int, data: bytes) -> Sequence[Any]:
        """Pass audio on, with what it costs where its bytes say how long it lasts."""
        actions = super().receive_data(tag, data)
        if self.format.compressed:
            return actions
        billed = Billed(self.job.voice.backend, self.format.seconds(len(data)), "seconds")
        return [*actions, Told(billed=billed)]
