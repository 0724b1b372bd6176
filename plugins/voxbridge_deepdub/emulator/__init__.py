"""The server side of Deepdub's wire, as its documents have it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import field, frozen
from attrs.validators import gt, in_

from voxbridge.testing import Emulator

from ._prompts import PRESETS, Prompts


if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["DeepdubEmulator", "Habits", "Limits"]

_MODELS: Final = (
    *("dd-etts-1.1", "dd-etts-2.5", "dd-etts-3.0", "dd-etts-3.2"),
    *("dd-etts-3.3", "dd-etts-3.4", "dd-etts-3.5"),
)
_MEGABYTE: Final = 1 << 20


@frozen(kw_only=True)
class Limits:
    """What the documents limit; None is no limit, or one of which they give no number."""

    address: int | None = 3
    """Generations at once from one address: requests and sockets together."""
    account: int | None = 5
    """Generations at once with one key."""
    sample: int | None = 20 * _MEGABYTE
    """Bytes of a voice's sample."""
    prompt: int | None = _MEGABYTE
    """Bytes of a ``voicePrompt`` on ``/ws``."""
    prompts: int | None = None
    """Voice prompts of an account."""
    characters: int | None = None
    """Of a generation's text."""
    credits: float | None = None
    """Of an account; a minute of sound costs 1,000."""
    trials: int | None = None
    """Generations of an address in all; the free trial has 10 a day."""
    idle_seconds: float | None = None
    """How long a socket may lie idle."""


@frozen(kw_only=True)
class Habits:
    """What the documents leave open, or tell in two ways."""

    models: Collection[str] = _MODELS
    any_voice: bool = True
    """Whether a voice that nobody uploaded here speaks too: there is no list of the vendor's own."""
    content_type: Literal["proper", "text/plain", "missing"] = field(
        default="proper", validator=in_(("proper", "text/plain", "missing"))
    )
    """Of audio: the live service was seen to send others than the right one."""
    opcode: Literal["binary", "text"] = field(default="binary", validator=in_(("binary", "text")))
    """Of the sockets' frames with audio, which are JSON all the same; frames without are text."""
    last: Literal["audio", "empty"] = field(default="audio", validator=in_(("audio", "empty")))
    """What the last frame of a generation on ``/open`` holds."""
    interleave: bool = True
    """Whether generations on one ``/open`` take turns with their frames."""
    chunk_seconds: float = field(default=0.1, validator=gt(0))
    """How much sound a frame holds."""
    turn_end: Literal["isFinal", "isFinished", "silent"] = field(
        default="isFinal", validator=in_(("isFinal", "isFinished", "silent"))
    )
    """What tells the end on ``/ws``: of the turn too, of generations only, or nothing."""
    flush_seconds: float = field(default=0.5, validator=gt(0))
    """After how much quiet ``/ws`` speaks text that no sentence end and no end of the turn has flushed."""


class DeepdubEmulator(Emulator):
    """Text to speech of Deepdub: REST under ``/api/v1``, the sockets ``/open`` and ``/ws``, voices in memory."""

    name = "deepdub"
    path = "/api/v1"
    vendor = 2
    limits_of_vendor = Limits
    habits_of_vendor = Habits

    def __init__(self, origin: str, **options: Any) -> None:
        super().__init__(origin, **options)
        self.controls: list[str] = []
        """Inline controls that were obeyed, such as ``"[sigh]"``: a user's own text should never have any."""
        self.prompts = Prompts(self.limits.prompts, known=None if self.habits.any_voice else PRESETS)
        """The voices that were uploaded."""

    def app(self) -> ASGIApp:
        """Return the application."""
        from ._app import build

        return build(self)

    def variables(self) -> dict[str, str]:
        """Return what clients read."""
        socket = self.origin.replace("http", "ws", 1)
        return {
            "DEEPDUB_API_KEY": self.api_key,
            "DEEPDUB_BASE_URL": self.url,
            "DEEPDUB_BASE_WEBSOCKET_URL": f"{socket}/open",
            "DEEPDUB_BASE_WEBSOCKET_STREAMING_URL": f"{socket}/ws",
        }
