"""What the streams of both clients have in common: how text goes in and events are taken. Nothing here waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ._backend import TextKind
from ._carriers import Carriers, Connections, Post
from ._rendition import Rendition
from ._settings import Call, Settings
from ._speech import Report
from .audio import AudioFormat
from .exceptions import UsageError
from .text import Utterance


__all__ = ["TEXT", "Stream"]

T = TypeVar("T")

TEXT = 0
"""In an item of the inbox, ``(when, run, kind, ...)``, the run of what the source of text posts."""
_ENDS = frozenset({"receive_eof", "receive_failure"})


class Stream:
    """A rendition with its carriers and its source of text."""

    def __init__(
        self,
        settings: Settings,
        connections: Connections,
        call: Call,
        text: Any,
        *,
        kind: TextKind,
        live: bool,
        clock: Callable[[], float],
        post: Post,
    ) -> None:
        self._push = text is None
        self._rendition: Rendition = settings.rendition(call, kind, clock, live=live, push=self._push)
        self._settings = settings
        self._carriers = Carriers(connections, post)
        self._text = text
        self._more: Callable[[], object] | None = None  # lets the source of text go on to its next piece
        self._reported = 0
        self._started = self._closed = False

    @property
    def format(self) -> AudioFormat:
        """Exactly what the chunks hold."""
        return self._rendition.plan.format

    @property
    def report(self) -> Report:
        """How it went.

        Raises:
            UsageError: it has not ended.
        """
        if not self._rendition.done:
            message = "the report comes when the stream has ended: iterate to the end, or leave it"
            raise UsageError(message)
        return self._rendition.record.report()

    def _start(self) -> None:
        """Begin, at the first use: a stream that nobody reads costs nothing."""
        self._started = True
        text, self._text = self._text, None
        if text is None:
            return
        self._rendition.start()
        match text:
            case str() | Utterance():
                self._take_text("text", text, last=True)
            case list() | tuple():
                for piece in text:
                    self._take_text("text", piece)
                self._take_text("text_end")
            case _:
                self._more = self._pump(text)
        self._perform()

    def _pump(self, text: Any) -> Callable[[], object]:
        """Start to post the pieces of a source, and return what asks for the next one."""
        raise NotImplementedError

    def _stop_pump(self) -> None:
        """Have the source of text closed, after its current piece."""
        raise NotImplementedError

    def _handle(self, item: tuple[Any, ...]) -> None:
        """Take one thing that happened."""
        run, kind = item[1:3]
        if run == TEXT:
            self._take_text(*item[2:])
        else:
            if kind in _ENDS:
                self._carriers.ended(run, item[3])
            elif kind == "granted":
                self._carriers.granted(run, item[3])
            self._rendition.event(*item)
        if self._more or self._rendition.commands:  # audio alone changes nothing else
            self._perform()

    def _take_text(self, kind: str, value: Any = None, *, last: bool = False) -> None:
        rendition = self._rendition
        match kind:
            case "text":
                try:
                    rendition.text(value, last=last)
                except UsageError as error:
                    rendition.text_failed(error)
            case "text_end":
                rendition.text_end()
            case "text_failed":
                rendition.text_failed(value)

    def _perform(self) -> None:
        """Do what the rendition says."""
        rendition = self._rendition
        if rendition.commands:
            self._carriers.perform(rendition.commands)
        if self._more and rendition.wants_text:
            self._more()
        if len(rendition.record.attempts) > self._reported:
            already, self._reported = self._reported, len(rendition.record.attempts)
            self._pause()
            self._settings.attempted(rendition.record.attempts, already, rendition.voice)

    def _pause(self) -> None:
        """Get ready for the application's own code, which may take its time."""

    def _converse(self, act: Callable[[], T], *, afterwards: bool = False) -> T:
        """Do something to a conversation; *afterwards*: also to one that has come to its end."""
        if not self._push:
            message = "this stream has a text of its own; a conversation is stream() without text"
            raise UsageError(message)
        if self._rendition.done and self._rendition.error is None and afterwards:
            return act()
        if self._closed or self._rendition.done:
            message = "the stream has ended"
            raise UsageError(message)
        if not self._started:
            self._start()
        result = act()
        self._perform()
        return result

    def _finish(self) -> None:
        """Note that the last chunk was given; raise what ended the stream, once."""
        error = None if self._closed else self._rendition.error
        self._closed = True
        self._stop_pump()
        if error is not None:
            raise error

    def _leave(self) -> None:
        """Let go of sockets, requests, engines and the source of text."""
        self._closed = True
        self._rendition.close()
        self._perform()
        self._stop_pump()

    def _abandon(self) -> None:
        """End it because the client was closed: nobody shall take it for the end of the speech."""
        if not self._rendition.done:
            self._rendition.text_failed(UsageError("the client was closed while this stream was speaking"))
            self._perform()
            self._stop_pump()
