"""Voices that accounts have uploaded. Of a sample nothing is kept but a fingerprint, which is how it sounds here."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import uuid4

from attrs import evolve, field, frozen

from ._refusals import Refusal, invalid, missing_field, of_status


__all__ = ["PRESETS", "Prompt", "Prompts", "decoded", "fingerprint"]

PRESETS: Final = (  # the documents' own samples, and the default of the vendor's command
    "02215cf5-04af-46f3-a061-48a4c81989bf",
    "060acdd4-cd61-4b78-a513-90e00afa8835",
    "4202cbc4-5862-4af5-83f4-286ef487d593_reading-neutral",
    "50a537cf-1ec8-4714-b07e-c589ab76be4b",
    "5d3dc622-69bd-4c00-9513-05df47dbdea6_authoritative",
    "731912b7-7e63-4de9-acf6-b16c4bdb0c9e_prompt-V2-Newscaster-Headlines",
    "b2abb241-ac92-48bf-a890-fec03f43e209",
    "bd1b00bb-be1c-4679-8eaa-0fcbfd4ff773",
    "c0866c1c-0731-45b2-9c90-21be974513b4",
)
_GENDERS: Final = ("MALE", "FEMALE", "NON_BINARY")
_TEXTS: Final = ("title", "name", "locale", "text")


@frozen(kw_only=True)
class Prompt:
    """A voice of an account."""

    id: str
    account: str = field(repr=False)
    sound: str
    """The fingerprint of its sample: the same sample sounds the same."""
    publish: bool
    about: Mapping[str, Any]
    """What is listed of it, beside the id."""

    def listed(self) -> dict[str, Any]:
        """Return it as the service lists it."""
        return {"id": self.id, **self.about}


class Prompts:
    """All voices of all accounts, the oldest first.

    Args:
        most: how many an account may have; None: any number.
        known: the voices that everybody has; None: whatever is asked for.
    """

    def __init__(self, most: int | None, *, known: Collection[str] | None) -> None:
        self._most = most
        self._known = known
        self._prompts: dict[str, Prompt] = {}
        self._deleted: set[str] = set()

    def of(self, account: str) -> list[Prompt]:
        """Return the voices of an account."""
        return [prompt for prompt in self._prompts.values() if prompt.account == account]

    def sound(self, account: str, id: str) -> str:
        """Return how a voice sounds: a str that no other voice has.

        Raises:
            Refusal: there is none, it is another account's, or it was deleted.
        """
        if id in self._prompts:
            return self.find(account, id).sound
        if id in self._deleted or (self._known is not None and id.removeprefix("asset:") not in self._known):
            raise of_status(404)
        return id

    def find(self, account: str, id: str) -> Prompt:
        """Return a voice of an account.

        Raises:
            Refusal: it has none of this id.
        """
        prompt = self._prompts.get(id)
        if prompt is None or prompt.account != account:
            raise of_status(404)
        return prompt

    def add(self, account: str, fields: Mapping[str, Any], sample: bytes) -> Prompt:
        """Keep a new voice.

        Raises:
            Refusal: a field is wrong, or the account has as many as it may have.
        """
        if not fields.get("filename"):
            raise missing_field("filename")
        about = {
            **_described(fields),
            "createdAt": datetime.now(UTC).isoformat(timespec="seconds"),
            "speakerId": str(fields.get("speaker_id") or uuid4()),
            "speakingStyle": str(fields.get("speaking_style", "")),
        }
        if self._most is not None and len(self.of(account)) >= self._most:
            raise of_status(403)
        sound, publish = fingerprint(sample), bool(fields.get("publish"))
        prompt = Prompt(id=str(uuid4()), account=account, sound=sound, publish=publish, about=about)
        self._prompts[prompt.id] = prompt
        return prompt

    def update(self, account: str, fields: Mapping[str, Any]) -> Prompt:
        """Change what is said of a voice; empty fields change nothing.

        Raises:
            Refusal: there is no such voice, or a field is wrong.
        """
        if not fields.get("id"):
            raise missing_field("id")
        prompt = self.find(account, str(fields["id"]))
        self._prompts[prompt.id] = evolve(prompt, about={**prompt.about, **_described(fields)})
        return self._prompts[prompt.id]

    def delete(self, account: str, id: str) -> None:
        """Forget a voice.

        Raises:
            Refusal: there is none.
        """
        del self._prompts[self.find(account, id).id]
        self._deleted.add(id)


def decoded(name: str, value: object, most: int | None) -> bytes:
    """Return what a base64 field holds.

    Raises:
        Refusal: it is not base64, empty, or more than *most* bytes.
    """
    try:
        data = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        data = b""
    if not data:
        raise invalid(f"field '{name}' must be base64-encoded audio")
    if most is not None and len(data) > most:
        raise Refusal(status=400, message=f"Invalid request: field '{name}' exceeds maximum size of {most} bytes")
    return data


def fingerprint(sample: bytes) -> str:
    """Return a str that is this sample's own."""
    return blake2b(sample, digest_size=16).hexdigest()


def _described(fields: Mapping[str, Any]) -> dict[str, Any]:
    described = {name: str(fields[name]) for name in _TEXTS if fields.get(name)}
    if gender := fields.get("gender"):
        if str(gender).upper() not in _GENDERS:  # the vendor's own SDK sends it in lower case
            raise invalid(f"field 'gender' must be one of {', '.join(_GENDERS)}")
        described["gender"] = str(gender).upper()
    return described
