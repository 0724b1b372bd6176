"""The voices that this Deepgram knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from attrs import frozen

from ._refusals import Refusal


__all__ = ["Model", "find_model", "listing"]

_DEFAULT: Final = "aura-asteria-en"
_VERSIONS: Final = MappingProxyType({"aura": "2024-11-19.0", "aura-2": "2025-04-07.0"})
_GENDERS: Final = MappingProxyType({"female": "feminine", "male": "masculine"})


@frozen(kw_only=True)
class Model:
    """A voice, as a request asks for it."""

    name: str
    language: str
    """BCP 47."""
    about: Mapping[str, Any]

    @property
    def architecture(self) -> str:
        """``aura`` or ``aura-2``."""
        return "aura-2" if self.name.startswith("aura-2-") else "aura"

    @property
    def version(self) -> str:
        """A date and a number."""
        return _VERSIONS[self.architecture]

    @property
    def uuid(self) -> str:
        """The same for a name at all times."""
        return str(uuid5(NAMESPACE_URL, f"https://api.deepgram.com/v1/models/{self.name}"))

    @property
    def controls(self) -> bool:
        """Whether it knows speed and pronunciations: Aura-2 in English and Spanish."""
        return self.architecture == "aura-2" and self.language.partition("-")[0] in ("en", "es")


@cache
def _models() -> Mapping[str, Model]:
    shipped = json.loads(files("voxbridge_deepgram").joinpath("voices.json").read_text("utf-8"))
    return {
        about["id"]: Model(name=about["id"], language=about["languages"][0], about=about)
        for about in shipped
        if about["id"].startswith("aura-")  # Flux is another wire
    }


def find_model(name: str | None) -> Model:
    """Return the voice of a name, or the default one.

    Raises:
        Refusal: there is none.
    """
    model = _models().get(_DEFAULT if name is None else name)
    if model is None:
        message = "Bad Request: No such model/language/tier combination found."
        raise Refusal(status=400, code="Bad Request", message=message)
    return model


def listing() -> dict[str, Any]:
    """Return what ``GET /v1/models`` answers."""
    return {"stt": [], "tts": [_entry(model) for model in _models().values()]}


def _entry(model: Model) -> dict[str, Any]:
    language = model.language.partition("-")[0]
    voice = model.name.removeprefix(f"{model.architecture}-").removesuffix(f"-{language}")
    gender = _GENDERS.get(model.about.get("gender") or "")
    return {
        "name": voice,
        "canonical_name": model.name,
        "architecture": model.architecture,
        "languages": list(dict.fromkeys([language, model.language])),
        "version": model.version,
        "uuid": model.uuid,
        "metadata": {
            "accent": model.about.get("accent"),
            "age": model.about.get("age"),
            "tags": [gender] if gender else [],
            "use_cases": list(model.about.get("use_cases", ())),
        },
    }
