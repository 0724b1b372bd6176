"""What the asyncio client does besides speaking."""

from __future__ import annotations

import asyncio
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from ._async_carriers import Connections, clock
from ._backend import Call
from ._calls import CheckResult, asking, checking, matching
from ._cloning import classifying, cloning, deleting
from ._exchange import HttpRequest
from ._health import Health, health
from ._models import Voice
from ._sample import Consent, Gender, Sample, SampleSource
from ._settings import Settings
from .exceptions import VoxbridgeError


__all__ = ["Calls"]

T = TypeVar("T")


class Calls:
    """Calls that are not speech, of `AsyncClient`."""

    _settings: Settings
    _connections: Connections

    async def voices(
        self,
        backend: str | None = None,
        *,
        language: str | None = None,
        gender: str | None = None,
        search: str | None = None,
    ) -> list[Voice]:
        """List voices.

        Args:
            backend: its name; None: all that this client speaks with.
            language: BCP 47; ``"en"`` stands for all kinds of English.
            gender: ``"female"``, ``"male"`` or ``"neutral"``.
            search: words that must stand in the voice's id, name, description or tags.

        Raises:
            UnknownBackend: there is no such backend.
            BackendError: a vendor failed.
        """
        found: list[Voice] = []
        for known in self._settings.named(backend):
            found += await self._call(asking(known, known.voices()))
        return matching(found, language=language, gender=gender, search=search)

    async def clone_voice(
        self,
        name: str,
        sample: Sample | SampleSource,
        *,
        backend: str,
        language: str,
        consent: Consent | str,
        gender: str | None = None,
        **options: Any,
    ) -> Voice:
        """Make a lasting voice from a recording of somebody who agreed to it. It is private to the account.

        Args:
            name: what it is to be called.
            sample: a path, bytes or a binary file of 3 to 60 s and at most 20 MB, or a `Sample`.
            backend: the name of the one that clones.
            language: BCP 47.
            consent: a `Consent`, or whose voice it is and when they agreed; it is kept on the returned voice alone.
            gender: ``"female"``, ``"male"`` or ``"neutral"``.
            options: the backend's own.

        Raises:
            UsageError: an argument or the sample is wrong, or nobody consented; nothing was sent.
            UnsupportedFeature: the backend cannot clone.
            BackendError: it failed.
        """
        call = cloning(
            self._settings.backend(backend), name, language=language, consent=consent, gender=gender, options=options
        )
        return await self._call(call(await asyncio.to_thread(Sample.of, sample)))

    async def delete_voice(self, voice: Voice | str) -> None:
        """Delete a voice that was cloned, given as a `Voice` or ``"backend/id"``.

        Raises:
            UnsupportedFeature: the backend cannot.
            VoiceNotFound: it has no such voice.
        """
        await self._call(deleting(voice, self._settings.backend))

    async def classify_gender(self, sample: Sample | SampleSource, *, backend: str) -> Gender:
        """Ask a backend what gender a voice sounds like; *sample* and errors as of `clone_voice`."""
        speaker = self._settings.backend(backend)
        return await self._call(classifying(speaker, await asyncio.to_thread(Sample.of, sample)))

    async def check(self) -> list[CheckResult]:
        """Ask each backend that this client speaks with whether it can be reached and lets us in, without speaking."""
        return [await self._call(checking(backend, clock)) for backend in self._settings.named(None)]

    def health(self) -> list[Health]:
        """Return what is known of each backend that this client speaks with; nothing is sent.

        It is what all clients of this process have found out: which accounts are passed over, until when, and why.
        """
        try:
            now = clock()
        except RuntimeError:  # no loop runs: its clock is the machine's, unless it is of a rare kind
            now = monotonic()
        return health(self._settings.named(None), now)

    async def _call(self, call: Call[T]) -> T:
        """Drive a call that is not speech."""
        self._connections.bind()
        move = partial(call.send, None)
        while True:
            try:
                step = move()
            except StopIteration as done:
                value: T = done.value
                return value
            try:
                if isinstance(step, HttpRequest):
                    move = partial(call.send, await self._connections.ask(step))
                else:
                    await asyncio.sleep(step.seconds)
                    move = partial(call.send, None)
            except VoxbridgeError as error:
                move = partial(call.throw, error)
