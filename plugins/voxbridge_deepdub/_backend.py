"""The backend: Deepdub's voices, by requests and over two kinds of socket."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from voxbridge import (
    AudioFormat,
    Backend,
    Call,
    Capabilities,
    Consent,
    Exchange,
    Gender,
    InvalidConfig,
    Job,
    MissingCredentials,
    Sample,
    TextUnit,
    UnsupportedFeature,
    UsageError,
    Voice,
)
from voxbridge.exceptions import nearest

from . import _calls
from ._account import REGIONS, find_account
from ._matrix import OPEN, REQUEST, STREAMING, Wire
from ._models import LOCALES, keeps_duration
from ._open import OpenExchange
from ._options import OPTIONS, Options
from ._rest import RequestExchange
from ._streaming import StreamingExchange
from ._voices import DEFAULT, by_id


__all__ = ["Deepdub"]

_WIRES: Final = {"http": REQUEST, "websocket": OPEN, "streaming": STREAMING}
_TRANSPORTS: Final = ("auto", *_WIRES)
_SPEEDS: Final = (0.5, 2.0)
_LONGEST: Final = 1000  # characters of a request; the service's own limit is not documented
_WHOLE: Final = (*(format for format in OPEN.formats if format.encoding == "linear16"), *REQUEST.formats)


class Deepdub(Backend):
    """Deepdub's voices. What is None comes from the environment, or is the default.

    Args:
        api_key: the key, or a callable that returns it and is called at each connection; else ``DEEPDUB_API_KEY``.
        region: ``"us"`` (the default) or ``"eu"``; else ``DD_EU=1`` is Europe. A key is bound to one region.
        base_url: the address of requests, which ends in ``/api/v1``; else ``DEEPDUB_BASE_URL``, unless a region is
            given. A service of your own needs no key, and has both sockets beside it.
        websocket_url: the address of ``/open``; else ``DEEPDUB_BASE_WEBSOCKET_URL``, likewise.
        streaming_url: the address of ``/ws``; else ``DEEPDUB_BASE_WEBSOCKET_STREAMING_URL``, likewise.
        model: default ``"dd-etts-3.2"``.
        transport: ``"http"``; ``"websocket"``, a sentence at a time over ``/open``; ``"streaming"``, text in pieces
            over ``/ws``; or ``"auto"`` (the default): ``/open``, and requests for whole speech in a format that they
            give.
        voice: the id of the voice that speaks when none was asked for.
        concurrency: generations of the account at once, requests and sockets together; default 3.
        name: what reports call it, where there are several.

    Raises:
        InvalidConfig: an argument, or a variable of the environment, is wrong.
    """

    name = "deepdub"
    domains = ("deepdub.ai",)
    options = OPTIONS
    clone_options = _calls.CLONE_OPTIONS

    def __init__(
        self,
        api_key: str | Callable[[], str] | None = None,
        *,
        region: str | None = None,
        base_url: str | None = None,
        websocket_url: str | None = None,
        streaming_url: str | None = None,
        model: str | None = None,
        transport: str | None = None,
        voice: str | None = None,
        concurrency: int | None = None,
        name: str | None = None,
    ) -> None:
        self._account = find_account(
            api_key=api_key,
            region=region,
            base_url=base_url,
            websocket_url=websocket_url,
            streaming_url=streaming_url,
            concurrency=concurrency,
        )
        self.region, self.host, self.account = self._account.region, self._account.host, self._account.identity
        if transport not in (None, *_TRANSPORTS):
            known = f"transports: {', '.join(_TRANSPORTS)}"
            raise InvalidConfig(f"deepdub: transport is {transport!r}; {known}.{nearest(str(transport), _TRANSPORTS)}")
        self._transport = transport or "auto"
        if name is not None:
            if not isinstance(name, str) or not re.fullmatch("[a-z][a-z0-9_]*", name):
                raise InvalidConfig(f"deepdub: name is {name!r}: give small letters, digits and _")
            self.name = name  # an object may have a name of its own
        if voice is not None and (not isinstance(voice, str) or not voice.strip()):
            raise InvalidConfig(f"deepdub: voice is {voice!r}: give a voice's id such as {DEFAULT!r}")
        self.voice = voice
        try:
            self._options = Options().updated({"model": model})
        except UsageError as error:
            raise InvalidConfig(str(error)) from None

    def missing(self) -> MissingCredentials | None:
        """Return what to do about a key that is missing, or None."""
        if self._account.key or not self._account.hosted:
            return None
        return MissingCredentials(
            f"{self.name}: there is no key. Set DEEPDUB_API_KEY, or give Deepdub(api_key=...); a service of your own"
            " (base_url=...) needs none"
        )

    def capabilities(self, voice: Voice) -> Capabilities:
        """Say what it can do with *voice*: any of them speaks any of the languages."""
        one_by_one = self._transport != "streaming"  # text in pieces has neither tempo nor duration
        return Capabilities(
            formats=tuple(self.formats(voice, "synthesize")),
            transports=_TRANSPORTS[1:] if self._transport == "auto" else (self._transport,),
            regions=REGIONS,
            languages=LOCALES,
            max_characters=_LONGEST,
            speed=_SPEEDS if one_by_one else None,
            duration=one_by_one and keeps_duration(self._options.model),
            phonemes=("respelling",),
            clone=True,
        )

    def formats(self, voice: Voice, text_kind: str, wanted: AudioFormat | None = None) -> Sequence[AudioFormat]:
        """Say which formats it gives natively: requests give no PCM, and ``/ws`` only raw audio.

        Raises:
            UnsupportedFeature: the voice is a sample's, which the transport does not take.
        """
        if _is_sample(voice):
            wire = self._wire_of_sample()
        elif self._transport == "auto":
            return _WHOLE if text_kind == "synthesize" else OPEN.formats
        else:
            wire = _WIRES[self._transport]
        if wire is not REQUEST or wanted is None or wanted.encoding in ("mulaw", "alaw"):
            return wire.formats
        return tuple(format for format in wire.formats if format.encoding != "mulaw")  # the others sound better

    def transport_of(self, job: Job) -> str:
        """Say how it does a job: ``auto`` takes ``/open``, and requests for whole speech in a format that they give.

        Raises:
            UnsupportedFeature: the transport takes no sample.
        """
        wire = self._wire(job)
        return next(name for name, known in _WIRES.items() if known is wire)

    def exchange(self, job: Job) -> Exchange:
        """Return a new exchange.

        Raises:
            UsageError: an option, or the format, is none that there is.
            UnsupportedFeature: the transport takes no sample.
        """
        options = self._options.updated(job.options)
        wire = self._wire(job)
        if wire is REQUEST:
            return RequestExchange(job, self._account, options)
        exchange = OpenExchange if wire is OPEN else StreamingExchange
        return exchange(job, self._account, options)

    def default_voice(self, language: str) -> Voice:
        """Return the voice of the constructor, else the one of Deepdub's own tools, whatever the language."""
        return self.find_voice(self.voice or DEFAULT)

    def find_voice(self, id: str) -> Voice:
        """Return the voice of this id; one that is no preset is the account's own, or of the larger catalogue.

        Raises:
            VoiceNotFound: no voice can be called so.
        """
        return by_id(id, self.name)

    def voices(self) -> Call[tuple[Voice, ...]]:
        """List the shipped presets, and with a key the account's own voices."""
        return _calls.list_voices(self._account, self.name)

    def check(self) -> Call[None]:
        """Prove that it can be reached and that the key is good."""
        return _calls.check(self._account)

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
        """Upload *sample* as a voice of the account, private unless the option ``publish`` is True.

        Raises:
            UsageError: the language, the gender or an option is none that there can be.
        """
        return _calls.clone_voice(
            self._account, self.name, name, sample, language=language, gender=gender, options=options
        )

    def delete_voice(self, voice: Voice) -> Call[None]:
        """Delete a voice of the account."""
        return _calls.delete_voice(self._account, voice)

    def classify_gender(self, sample: Sample) -> Call[Gender]:
        """Say what gender the voice of *sample* sounds like."""
        return _calls.classify_gender(self._account, sample)

    def submit(self, job: Job, unit: TextUnit, callback: str | None = None) -> Call[str]:
        """Have *unit* spoken, and return the id under which `delivered` finds it.

        Raises:
            UsageError: an option is none that there is, or a callback was given.
        """
        return _calls.submit(self._account, job, unit, self._options.updated(job.options), callback)

    def delivered(self, job: Job, id: str) -> Call[tuple[AudioFormat, bytes]]:
        """Wait for what `submit` began: mp3, whatever the job's format."""
        return _calls.delivered(self._account, id)

    def _wire(self, job: Job) -> Wire:
        if job.sample:
            return self._wire_of_sample()
        if self._transport != "auto":
            return _WIRES[self._transport]
        return REQUEST if job.text_kind == "synthesize" and job.format in REQUEST.formats else OPEN

    def _wire_of_sample(self) -> Wire:
        if self._transport == "websocket":
            raise UnsupportedFeature(
                f"{self.name} takes no sample over /open: leave transport out, or give transport='http' or 'streaming'"
            )
        return STREAMING if self._transport == "streaming" else REQUEST


def _is_sample(voice: Voice) -> bool:
    """Return whether a voice is cloned for one job alone (`Job.sample`)."""
    return voice.cloned and voice.id == "sample"
