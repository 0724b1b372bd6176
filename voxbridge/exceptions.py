"""Every error that voxbridge raises.

* VoxbridgeError

  * UsageError: yours, nothing was sent

    * UnknownBackend
    * MissingCredentials
    * InvalidConfig
    * InvalidText
    * InvalidFormat

  * UnsupportedUtterance: the backend cannot

    * UnsupportedFeature

  * BackendError: theirs

    * AuthenticationError (401, 403)
    * OutOfCredits (402)
    * RejectedRequest (400, 415, 422; closes 1003 and 1008)

      * VoiceNotFound (404, or as the vendor says)
      * TextTooLong (413, close 1009)

    * RateLimited (429)
    * BackendUnavailable (5xx, refused, DNS)

      * InsecureConnection (TLS)
      * ProxyFailed

    * SynthesisTimeout (408, 504 and our own clocks)
    * ProtocolError
    * TruncatedSpeech
    * EmptyAudio

  * InterruptedSpeech: audio was given, and nobody could finish
  * AllBackendsFailed
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar, Literal


if TYPE_CHECKING:
    from ._models import AttemptReport
    from ._speech import Speech


__all__ = [
    "AllBackendsFailed",
    "AuthenticationError",
    "BackendError",
    "BackendUnavailable",
    "EmptyAudio",
    "InsecureConnection",
    "InterruptedSpeech",
    "InvalidConfig",
    "InvalidFormat",
    "InvalidText",
    "MissingCredentials",
    "OutOfCredits",
    "Phase",
    "ProtocolError",
    "ProxyFailed",
    "RateLimited",
    "RejectedRequest",
    "SynthesisTimeout",
    "TextTooLong",
    "TruncatedSpeech",
    "UnknownBackend",
    "UnsupportedFeature",
    "UnsupportedUtterance",
    "UsageError",
    "VoiceNotFound",
    "VoxbridgeError",
]

Phase = Literal["connect", "send", "first_audio", "stall", "slow", "end_marker", "total", "body"]

_DETAIL_LIMIT = 2048  # bytes of a vendor's own words that an error keeps
_CONTROL = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: window titles, links
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


def clean(words: str, limit: int = _DETAIL_LIMIT) -> str:
    """Return a vendor's words without control characters, cut to *limit* UTF-8 bytes."""
    words = _CONTROL.sub("", words).strip()
    return words.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the closest of *known*, or an empty string."""
    close = get_close_matches(word, list(known), n=3, cutoff=0.55)
    return f" Did you mean {' or '.join(repr(name) for name in close)}?" if close else ""


class VoxbridgeError(Exception):
    """Anything that voxbridge raises on purpose."""


class UsageError(VoxbridgeError, ValueError):
    """The call, the text or the config is wrong; nothing was sent."""


class UnknownBackend(UsageError):
    """No installed plugin has a backend of this name."""


class MissingCredentials(UsageError):
    """A backend that must be called has no key."""


class InvalidConfig(UsageError):
    """A config file, or an argument that could stand in one, is wrong."""


class InvalidText(UsageError):
    """Text that cannot be spoken: NUL, lone surrogates, bad markup, or no text at all.

    Args:
        position: the index of the first wrong character, where there is one.
    """

    def __init__(self, message: str, *, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class InvalidFormat(UsageError):
    """An audio format that does not exist or that cannot be given."""


class UnsupportedUtterance(VoxbridgeError):
    """The backend would have to drop or change something, and ``strict`` forbids it."""


class UnsupportedFeature(UnsupportedUtterance):
    """The backend, or this installation, cannot do this at all."""


class BackendError(VoxbridgeError):
    """A vendor, or the way to it, failed.

    Attributes:
        backend: its name.
        voice: the voice asked for, as ``"backend/id"``.
        status_code: HTTP status or WebSocket close code.
        code: the vendor's own code.
        detail: the vendor's own words, without control characters, at most 2 KiB.
        request_id: the vendor's id for the request.
        retry_after: seconds that the vendor asked us to wait, 0 to 60.
        retryable: whether the same request may succeed later.
        phase: for timeouts, which clock ran out.
    """

    advice: ClassVar[str] = ""
    again: ClassVar[bool] = False

    def __init__(
        self,
        message: str = "",
        *,
        backend: str | None = None,
        voice: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        detail: str = "",
        request_id: str | None = None,
        retry_after: float | None = None,
        retryable: bool | None = None,
        phase: Phase | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.backend = backend
        self.voice = voice
        self.status_code = status_code
        self.code = clean(code, 128) if code else None
        self.detail = clean(detail)
        self.request_id = clean(request_id, 128) if request_id else None
        self.retry_after = retry_after
        self.retryable = self.again if retryable is None else retryable
        self.phase = phase

    def __str__(self) -> str:
        what = self.message or (self.__doc__ or "").partition("\n")[0].rstrip(".")
        facts = [
            f"{name} {value}"
            for name, value in (("status", self.status_code), ("code", self.code))
            if value is not None
        ]
        text = f"{self.backend or 'backend'}: {what}"
        if facts:
            text += f" ({', '.join(facts)})"
        if self.detail and self.detail not in text:
            text += f": {self.detail}"
        if self.request_id:
            text += f" [request {self.request_id}]"
        end = "" if text.endswith("?") else "."
        return f"{text.rstrip('.')}{end} {self.advice}" if self.advice else text


class AuthenticationError(BackendError):
    """The key was refused."""

    advice = "Check the key, its permissions, and that it belongs to this region."


class OutOfCredits(BackendError):
    """The account has no credit left."""

    advice = "Add credit to the account, or route to another backend."


class RejectedRequest(BackendError):
    """The vendor refused the request."""

    advice = "The same request would be refused again: change it."


class VoiceNotFound(RejectedRequest):
    """The vendor does not know this voice."""

    advice = "List the voices with `voxbridge voices`."


class TextTooLong(RejectedRequest):
    """The text is longer than the vendor takes at once."""

    advice = "Cut the text into smaller pieces."


class RateLimited(BackendError):
    """Too many requests at once."""

    advice = "Wait, lower the backend's `concurrency`, or add a fallback."
    again = True


class BackendUnavailable(BackendError):
    """The vendor could not be reached, or answered that it is not working."""

    advice = "Try again later, or add a fallback."
    again = True


class InsecureConnection(BackendUnavailable):
    """The vendor's certificate could not be verified."""

    advice = "Check the clock, the host name and the CA certificates (`ssl_context=`)."
    again = False


class ProxyFailed(BackendUnavailable):
    """The proxy refused or failed."""

    advice = "Check `proxy=` and the proxy variables of the environment."
    again = False


class SynthesisTimeout(BackendError):
    """The vendor took too long.

    Attributes:
        spoken: with phase ``total``, the text that was spoken whole.
        unspoken: the rest.
        audio: what was spoken, where the caller has not got it already (``synthesize``).
    """

    spoken: str = ""
    unspoken: str = ""
    audio: Speech | None = None
    advice = "Raise the timeout if this is normal, or add a fallback."
    again = True


class ProtocolError(BackendError):
    """The vendor sent something that is not what its documents promise."""

    advice = "If this persists, report it with the request id."
    again = True


class TruncatedSpeech(BackendError):
    """The audio stopped before its end."""

    advice = "The audio is not complete: try again, or add a fallback."
    again = True


class EmptyAudio(BackendError):
    """The vendor answered with success and no audio."""

    advice = "Check that the text can be spoken in this voice's language, and the account's quota."
    again = True


class InterruptedSpeech(VoxbridgeError):
    """Some audio was given, and nobody could speak the rest.

    Attributes:
        spoken: the text that was spoken whole.
        unspoken: the rest; together exactly the text.
        audio: what was spoken, where the caller has not got it already (``synthesize``).
        cause: the error that ended the speech.
        attempts: a report for each try.
    """

    def __init__(
        self,
        cause: VoxbridgeError,
        *,
        spoken: str = "",
        unspoken: str = "",
        audio: Speech | None = None,
        attempts: Sequence[AttemptReport] = (),
    ) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.spoken = spoken
        self.unspoken = unspoken
        self.audio = audio
        self.attempts = tuple(attempts)

    def __str__(self) -> str:
        return (
            f"the speech was cut after {len(self.spoken)} of "
            f"{len(self.spoken) + len(self.unspoken)} characters. {self.cause}"
        )


class AllBackendsFailed(VoxbridgeError):
    """Every backend of the route failed before anything was spoken.

    Attributes:
        attempts: a report for each try, in order.
        errors: their errors, in order.
    """

    def __init__(
        self, errors: Sequence[BackendError | UnsupportedUtterance], attempts: Sequence[AttemptReport] = ()
    ) -> None:
        super().__init__(errors, attempts)
        self.errors = tuple(errors)
        self.attempts = tuple(attempts)

    def __str__(self) -> str:
        return "all backends failed:" + "".join(f"\n  {error}" for error in self.errors)
