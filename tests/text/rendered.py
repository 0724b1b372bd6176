"""What each backend receives of a text, and what is lost of it, without a network."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import Mock, patch

from attrs import frozen

from tests.hand import Clock, planned
from voxbridge import Fetch, Lexicon, Render, Send, Utterance
from voxbridge._commands import Carry, Open
from voxbridge._rendition import Rendition
from voxbridge_deepdub import Deepdub
from voxbridge_deepgram import Deepgram
from voxbridge_espeak import Espeak
from voxbridge_espeak._engine import Engine


BACKENDS = {
    "deepgram": lambda transport: Deepgram("key", transport=transport, voice="aura-2-thalia-en"),
    "deepdub": lambda transport: Deepdub("dd-key", transport=transport),
    "espeak": lambda transport: Espeak("en-us"),
}


@frozen
class Received:
    """What a backend receives."""

    texts: tuple[str, ...]
    """One for each request or message that has text."""
    pauses: tuple[float, ...]
    """Seconds of silence that are put between them."""
    lost: tuple[str, ...]
    """What is told, as ``"feature of 'words': what was done"``."""


def received(
    backend: str, text: str | Utterance, *, transport: str = "http", lexicon: Lexicon | None = None, **call: Any
) -> Received:
    """Give a backend all of *text*; nothing answers, so it must not be more than is sent at once."""
    target = BACKENDS[backend](transport)
    plan = planned(target, "linear16/24000", language="en-US", text_kind="synthesize", **call)
    rendition = Rendition(plan, Clock(), lexicons=[lexicon] if lexicon else [])
    rendition.text(text)
    rendition.text_end()
    if any(isinstance(command, Open) for command in rendition.commands):
        rendition.event(100.0, 1, "opened", {}, {}, False)  # noqa: FBT003  # as the pool posts it
    if rendition.error:
        raise rendition.error
    texts = tuple(
        text for command in rendition.commands if isinstance(command, Carry) for text in _texts(command.action)
    )
    told = rendition._run.degradations if rendition._run else []
    pauses = tuple(unit.pause for unit in rendition._ledger.units if unit.pause)
    return Received(texts, pauses, tuple(f"{each.feature} of {each.text!r}: {each.done}" for each in told))


def _texts(action: Any) -> list[str]:
    """Return the text that an action sends."""
    match action:
        case Fetch(request=request):
            body = json.loads(request.body)
            return [body.get("text", body.get("targetText"))]
        case Send(frame=frame):
            message = json.loads(frame)
            text = message.get("text", message.get("targetText", message.get("data", {}).get("text")))
            return [] if text is None else [text]
        case Render(run=run):
            engine = Mock(spec=Engine)
            with patch.object(Engine, "instance", return_value=engine), patch("voxbridge_espeak._backend.by_id"):
                run(lambda data: True)
            return [engine.speak.call_args.args[0]]
    return []
