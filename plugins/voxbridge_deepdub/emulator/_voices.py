"""``/voice``: an account's own voices, listed, uploaded, changed and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._calls import Call
from ._prompts import decoded
from ._refusals import invalid


if TYPE_CHECKING:
    from . import DeepdubEmulator

__all__ = ["Voices"]

_LISTED: Final = 100


class Voices:
    """The endpoints."""

    def __init__(self, emulator: DeepdubEmulator) -> None:
        self._prompts = emulator.prompts
        self._most = emulator.limits.sample

    async def list(self, call: Call) -> None:
        """Answer ``GET /voice``."""
        limit = call.query.get("limit", str(_LISTED))
        if not (limit.isascii() and limit.isdecimal()) or int(limit) < 1:
            raise invalid("parameter 'limit' must be an integer of at least 1")
        prompts = self._prompts.of(call.key)[: int(limit)]
        await call.answer({"voicePrompts": [prompt.listed() for prompt in prompts]})

    async def add(self, call: Call) -> None:
        """Answer ``POST /voice``."""
        fields = await call.fields()
        sample = decoded("data", fields.pop("data", None), self._most)
        prompt = self._prompts.add(call.key, fields, sample)
        await call.answer({"response": {"voice_prompt_id": prompt.id}})

    async def update(self, call: Call) -> None:
        """Answer ``PUT /voice``."""
        prompt = self._prompts.update(call.key, await call.fields())
        await call.answer({"prompt": prompt.listed()})

    async def get(self, call: Call) -> None:
        """Answer ``GET /voice/{id}``."""
        await call.answer({"prompt": self._prompts.find(call.key, _last(call)).listed()})

    async def delete(self, call: Call) -> None:
        """Answer ``DELETE /voice/{id}``."""
        self._prompts.delete(call.key, _last(call))
        await call.answer({"success": True, "message": "Voice prompt deleted"})


def _last(call: Call) -> str:
    return str(call.scope["path"].rpartition("/")[2])
