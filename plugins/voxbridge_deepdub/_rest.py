"""Speech by requests: ``POST /tts``, one for each unit of a stream, packed ones for whole speech."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from voxbridge import AudioFormat, BackendError, Billed, Fetch, HttpExchange, HttpRequest, Job, TextUnit, Told

from ._account import Account
from ._errors import refused
from ._matrix import REQUEST
from ._options import Options, fields, remarks
from ._text import spoken


__all__ = ["RequestExchange", "are_words", "post"]

_HEAD: Final = 16  # bytes that tell words from audio
_MOST_WORDS: Final = 64 * 1024  # bytes of them that are read
_MAGIC: Final = {"mp3": (b"ID3", *(bytes((0xFF, second)) for second in range(0xE0, 0x100))), "opus": (b"OggS",)}
_MARKUP: Final = re.compile(rb"[\xef\xbb\xbf\s]*(?:[{\[]\s*[\"}\]{]|<[!?a-zA-Z])[\t\r\n\x20-\x7e\x80-\xff]*")


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
    if magic is None:  # raw audio may begin with anything, but not go on like this
        return _MARKUP.fullmatch(head) is not None
    return not head.startswith(magic)


class RequestExchange(HttpExchange):
    """Speak by requests. Arguments as of `Deepdub`'s, checked."""

    def __init__(self, job: Job, account: Account, options: Options) -> None:
        super().__init__(job)
        self.slots = account.slots
        self._account = account
        self._asked = fields(job, options, REQUEST)
        self._remarks = remarks(job, options, REQUEST)
        self._first_id = options.generation_id
        self._statuses: dict[int, tuple[int, Mapping[str, str]]] = {}
        self._heads: dict[int, bytes] = {}

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
        self._heads.clear()
        self._statuses.clear()
        return super().send_clear()

    def receive_status(self, tag: int, status: int, headers: Mapping[str, str]) -> Sequence[Any]:
        """Take the head of an answer; of a success the Content-Type is not looked at."""
        if status < 300:
            self._statuses[tag], self._heads[tag] = (status, headers), b""
            headers = {name: value for name, value in headers.items() if name != "content-type"}
        return super().receive_status(tag, status, headers)

    def receive_data(self, tag: int, data: bytes) -> Sequence[Any]:
        """Take a piece of a body; hold its beginning back until it is known to be audio."""
        if tag not in self._heads:
            return [*super().receive_data(tag, data), *self._billed(tag, data)]
        head = self._heads[tag] + data
        if len(head) >= _HEAD and not self._are_words(head):
            del self._heads[tag]
            return [*super().receive_data(tag, head), *self._billed(tag, head)]
        self._heads[tag] = head[:_MOST_WORDS]
        return ()

    def receive_eof(self, tag: int) -> Sequence[Any]:
        """Take the end of a body: of words the error that they are."""
        status, headers = self._statuses.pop(tag, (0, {}))
        head = self._heads.pop(tag, b"")
        if head and self._are_words(head):
            return super().receive_failure(tag, refused(status, headers, head, self._account.region))
        actions = [*super().receive_data(tag, head), *self._billed(tag, head)] if head else []
        return [*actions, *super().receive_eof(tag)]

    def _are_words(self, head: bytes) -> bool:
        return are_words(head[:_HEAD], self.format)

    def _billed(self, tag: int, data: bytes) -> list[Told]:
        """Return what audio costs: its seconds, where its bytes say how many those are."""
        if self.format.compressed or tag not in self._statuses:
            return []
        return [Told(billed=Billed(self.job.voice.backend, self.format.seconds(len(data)), "seconds"))]
