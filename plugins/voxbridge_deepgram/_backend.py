"""The backend: Deepgram's Aura voices, by requests and over sockets."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from voxbridge import (
    AudioFormat,
    Backend,
    Call,
    Capabilities,
    Degradation,
    Exchange,
    InvalidConfig,
    Job,
    MissingCredentials,
    TextUnit,
    UsageError,
    Voice,
)
from voxbridge.exceptions import nearest

from . import _calls
from ._account import HOSTS, find_account
from ._markup import LONGEST, render
from ._matrix import REQUEST, SOCKET, Table
from ._query import OPTIONS, Options
from ._rest import RequestExchange
from ._socket import TalkExchange
from ._voices import DEFAULT, by_id, by_language, has_controls, refuse_flux


__all__ = ["Deepgram"]

_TRANSPORTS: Final = ("auto", "http", "websocket")
_SPEEDS: Final = (0.7, 1.5)


class Deepgram(Backend):
    """Deepgram's Aura voices. What is None comes from the environment, or is the default.

    Args:
        api_key: the key, or a callable that returns it and is called at each connection; else ``DEEPGRAM_API_KEY``.
        access_token: a temporary token (JWT) or a callable, instead of a key; else ``DEEPGRAM_TOKEN``. It beats the
            key.
        region: ``"us"`` (the default), ``"eu"``, ``"au"`` or ``"in"``.
        base_url: the address of a service of your own or dedicated to you, with or without a path, where a key is
            optional; else ``DEEPGRAM_BASE_URL``, unless a region is given.
        transport: ``"http"``, ``"websocket"``, or ``"auto"`` (the default): text in pieces goes over a WebSocket,
            whole text by requests.
        voice: the id of the voice that speaks when none was asked for; default ``"aura-2-thalia-en"``, or the first
            one of the language.
        mip_opt_out: keep what is sent out of Deepgram's model improvement program.
        tags: for your usage reports, up to 128 characters each.
        concurrency: requests, and sockets, of the account at once; default 15 requests and 45 sockets.
        name: what reports call it, where there are several.

    Raises:
        InvalidConfig: an argument, or a variable of the environment, is wrong.
        UnsupportedFeature: the voice is a Flux voice.
    """

    name = "deepgram"
    domains = ("deepgram.com",)
    options = OPTIONS

    def __init__(
        self,
        api_key: str | Callable[[], str] | None = None,
        *,
        access_token: str | Callable[[], str] | None = None,
        region: str | None = None,
        base_url: str | None = None,
        transport: str | None = None,
        voice: str | None = None,
        mip_opt_out: bool | None = None,
        tags: Sequence[str] | None = None,
        concurrency: int | None = None,
        name: str | None = None,
    ) -> None:
        self._account = find_account(
            api_key=api_key, access_token=access_token, region=region, base_url=base_url, concurrency=concurrency
        )
        self.region, self.host, self.account = self._account.region, self._account.host, self._account.identity
        if transport not in (None, *_TRANSPORTS):
            known = f"transports: {', '.join(_TRANSPORTS)}"
            raise InvalidConfig(f"deepgram: transport is {transport!r}; {known}.{nearest(str(transport), _TRANSPORTS)}")
        self._transport = transport or "auto"
        if name is not None:
            if not isinstance(name, str) or not re.fullmatch("[a-z][a-z0-9_]*", name):
                raise InvalidConfig(f"deepgram: name is {name!r}: give small letters, digits and _")
            self.name = name  # an object may have a name of its own
        if voice is not None:
            if not isinstance(voice, str) or not voice.strip():
                raise InvalidConfig(f"deepgram: voice is {voice!r}: give a voice's id such as {DEFAULT!r}")
            refuse_flux(voice)
        self.voice = voice
        try:
            self._options = Options().updated({"tags": tags, "mip_opt_out": mip_opt_out})
        except UsageError as error:
            raise InvalidConfig(str(error)) from None

    def missing(self) -> MissingCredentials | None:
        """Return what to do about a key that is missing, or None."""
        if self._account.key or not self._account.hosted:
            return None
        return MissingCredentials(
            f"{self.name}: there is no key. Set DEEPGRAM_API_KEY, or DEEPGRAM_TOKEN, or give Deepgram(api_key=...);"
            " a service of your own (base_url=...) needs none"
        )

    def capabilities(self, voice: Voice) -> Capabilities:
        """Say what it can do with *voice*."""
        refuse_flux(voice.id)
        controls = has_controls(voice.id)
        return Capabilities(
            formats=self._table("synthesize").formats,
            transports=_TRANSPORTS[1:] if self._transport == "auto" else (self._transport,),
            regions=tuple(HOSTS),
            languages=voice.languages,
            max_characters=LONGEST,
            speed=_SPEEDS if controls else None,
            phonemes=("ipa",) if controls else (),
        )

    def formats(self, voice: Voice, text_kind: str, wanted: AudioFormat | None = None) -> Sequence[AudioFormat]:
        """Say which formats it gives natively: a WebSocket gives raw audio only."""
        table = self._table(text_kind)
        return table.formats_for(wanted) if wanted else table.formats

    def transport_of(self, job: Job) -> str:
        """Say how it does a job: ``auto`` sends whole text by a request, and pieces over a socket."""
        return "websocket" if self._table(job.text_kind) is SOCKET else "http"

    def exchange(self, job: Job) -> Exchange:
        """Return a new exchange.

        Raises:
            UsageError: an option, or the format, is none that there is.
            UnsupportedFeature: the voice is a Flux voice.
        """
        refuse_flux(job.voice.id)
        options = self._options.updated(job.options)
        if self._table(job.text_kind) is SOCKET:
            return TalkExchange(job, self._account, options)
        return RequestExchange(job, self._account, options)

    def losses(self, job: Job, unit: TextUnit) -> Sequence[Degradation]:
        """Refuse pronunciations that break one of Deepgram's rules: it loses nothing.

        Raises:
            UnsupportedUtterance: one does.
        """
        for segment in unit.segments:
            render([TextUnit(0, (segment,))], ipa=has_controls(job.voice.id))
        return ()

    def default_voice(self, language: str) -> Voice:
        """Return the voice of the constructor, else the first one of *language*.

        Raises:
            UnsupportedFeature: no voice speaks it.
        """
        return self.find_voice(self.voice) if self.voice is not None else by_language(language, self.name)

    def find_voice(self, id: str) -> Voice:
        """Return the voice of this id; one that is not in the catalogue is the account's own, or newer.

        Raises:
            UnsupportedFeature: it is a Flux voice.
            VoiceNotFound: no voice can be called so.
        """
        return by_id(id, self.name)

    def voices(self) -> Call[tuple[Voice, ...]]:
        """List the shipped voices, and with a key those that the account sees."""
        return _calls.list_voices(self._account, self.name)

    def check(self) -> Call[None]:
        """Prove that it can be reached and that the key is good."""
        return _calls.check(self._account)

    def submit(self, job: Job, unit: TextUnit, callback: str | None = None) -> Call[str]:
        """Have *unit* spoken in the job's format and delivered to *callback*; return the request's id.

        Raises:
            UsageError: an option, the format or the callback is none that there is.
        """
        return _calls.submit(self._account, job, unit, self._options.updated(job.options), callback)

    def _table(self, text_kind: str) -> Table:
        socket = self._transport == "websocket" or (self._transport == "auto" and text_kind == "pieces")
        return SOCKET if socket else REQUEST
