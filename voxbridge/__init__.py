"""One interface to many text-to-speech vendors.

``voxbridge.synthesize("Hello.").save("hello.wav")``
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from ._async import AsyncClient, AsyncSpeechStream
    from ._backend import Backend, Call, Capabilities, Job
    from ._calls import CheckResult
    from ._compare import Comparison, acompare, compare
    from ._deferred import AsyncDeferred, Deferred
    from ._exchange import (
        Audio,
        Degraded,
        Drop,
        Exchange,
        Fetch,
        Finished,
        HttpRequest,
        HttpResponse,
        Pause,
        Render,
        Renew,
        Send,
        Settled,
        Slots,
        SocketExchange,
        SocketSpec,
        Told,
        Wait,
        Warn,
        Whole,
    )
    from ._health import Health
    from ._models import AttemptReport, Billed, Cleared, Degradation, Secret, Timeouts, Unit, VendorWarning, Voice
    from ._plugins import BackendInfo, backends, get_backend
    from ._refusal import refusal, refusal_of_close
    from ._sample import Consent, Gender, Sample
    from ._speech import AudioChunk, Report, Speech
    from ._sync import Client, SpeechStream, stream, synthesize
    from ._tagged import HttpExchange, LocalExchange, TaggedExchange
    from .audio import AudioFormat
    from .config import Config
    from .exceptions import (
        AllBackendsFailed,
        AuthenticationError,
        BackendError,
        BackendUnavailable,
        EmptyAudio,
        InsecureConnection,
        InterruptedSpeech,
        InvalidConfig,
        InvalidFormat,
        InvalidText,
        MissingCredentials,
        OutOfCredits,
        ProtocolError,
        ProxyFailed,
        RateLimited,
        RejectedRequest,
        SynthesisTimeout,
        TextTooLong,
        TruncatedSpeech,
        UnknownBackend,
        UnsupportedFeature,
        UnsupportedUtterance,
        UsageError,
        VoiceNotFound,
        VoxbridgeError,
    )
    from .hookspecs import hookimpl
    from .routing import Route, Router
    from .text import Break, Lexicon, Mark, Markup, Pronunciation, SayAs, Substitution, TextUnit, Utterance, Words


__all__ = [
    "AllBackendsFailed",
    "AsyncClient",
    "AsyncDeferred",
    "AsyncSpeechStream",
    "AttemptReport",
    "Audio",
    "AudioChunk",
    "AudioFormat",
    "AuthenticationError",
    "Backend",
    "BackendError",
    "BackendInfo",
    "BackendUnavailable",
    "Billed",
    "Break",
    "Call",
    "Capabilities",
    "CheckResult",
    "Cleared",
    "Client",
    "Comparison",
    "Config",
    "Consent",
    "Deferred",
    "Degradation",
    "Degraded",
    "Drop",
    "EmptyAudio",
    "Exchange",
    "Fetch",
    "Finished",
    "Gender",
    "Health",
    "HttpExchange",
    "HttpRequest",
    "HttpResponse",
    "InsecureConnection",
    "InterruptedSpeech",
    "InvalidConfig",
    "InvalidFormat",
    "InvalidText",
    "Job",
    "Lexicon",
    "LocalExchange",
    "Mark",
    "Markup",
    "MissingCredentials",
    "OutOfCredits",
    "Pause",
    "Pronunciation",
    "ProtocolError",
    "ProxyFailed",
    "RateLimited",
    "RejectedRequest",
    "Render",
    "Renew",
    "Report",
    "Route",
    "Router",
    "Sample",
    "SayAs",
    "Secret",
    "Send",
    "Settled",
    "Slots",
    "SocketExchange",
    "SocketSpec",
    "Speech",
    "SpeechStream",
    "Substitution",
    "SynthesisTimeout",
    "TaggedExchange",
    "TextTooLong",
    "TextUnit",
    "Timeouts",
    "Told",
    "TruncatedSpeech",
    "Unit",
    "UnknownBackend",
    "UnsupportedFeature",
    "UnsupportedUtterance",
    "UsageError",
    "Utterance",
    "VendorWarning",
    "Voice",
    "VoiceNotFound",
    "VoxbridgeError",
    "Wait",
    "Warn",
    "Whole",
    "Words",
    "acompare",
    "backends",
    "compare",
    "get_backend",
    "hookimpl",
    "refusal",
    "refusal_of_close",
    "stream",
    "synthesize",
]

__version__ = "0.1.0"

# Names are loaded when they are first used: importing voxbridge costs next to nothing.
_ROOMS = {
    "_async": "AsyncClient AsyncSpeechStream",
    "_backend": "Backend Call Capabilities Job",
    "_calls": "CheckResult",
    "_compare": "Comparison acompare compare",
    "_deferred": "AsyncDeferred Deferred",
    "_exchange": (
        "Audio Degraded Drop Exchange Fetch Finished HttpRequest HttpResponse Pause Render Renew Send "
        "Settled Slots SocketExchange SocketSpec Told Wait Warn Whole"
    ),
    "_health": "Health",
    "_models": "AttemptReport Billed Cleared Degradation Secret Timeouts Unit VendorWarning Voice",
    "_plugins": "BackendInfo backends get_backend",
    "_refusal": "refusal refusal_of_close",
    "_sample": "Consent Gender Sample",
    "_speech": "AudioChunk Report Speech",
    "_sync": "Client SpeechStream stream synthesize",
    "_tagged": "HttpExchange LocalExchange TaggedExchange",
    "audio": "AudioFormat",
    "config": "Config",
    "exceptions": (
        "AllBackendsFailed AuthenticationError BackendError BackendUnavailable EmptyAudio "
        "InsecureConnection InterruptedSpeech InvalidConfig InvalidFormat InvalidText MissingCredentials "
        "OutOfCredits ProtocolError ProxyFailed RateLimited RejectedRequest SynthesisTimeout TextTooLong "
        "TruncatedSpeech UnknownBackend UnsupportedFeature UnsupportedUtterance UsageError VoiceNotFound "
        "VoxbridgeError"
    ),
    "hookspecs": "hookimpl",
    "routing": "Route Router",
    "text": "Break Lexicon Mark Markup Pronunciation SayAs Substitution TextUnit Utterance Words",
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names.split()}
_PUBLIC_ROOMS = frozenset({"audio", "config", "exceptions", "hookspecs", "routing", "testing", "text"})


def __getattr__(name: str) -> object:
    if name in _PUBLIC_ROOMS:
        return import_module(f".{name}", __name__)
    if name not in _ROOM_OF:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(f".{_ROOM_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def _markups() -> dict[str, Markup]:
    """Return what plugins read, for the room ``text``, which imports nothing above it."""
    from ._plugins import markups

    return markups()


def __dir__() -> list[str]:
    return [*globals(), *__all__]
