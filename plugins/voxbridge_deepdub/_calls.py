"""Calls that are not speech: voices, clones, gender, the check of a key, and speech that is fetched later."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from itertools import chain, repeat
from typing import Any, Final
from urllib.parse import quote, urlsplit
from uuid import uuid4

from attrs import evolve

from voxbridge import (
    AudioFormat,
    BackendError,
    Call,
    Gender,
    HttpRequest,
    HttpResponse,
    Job,
    Pause,
    ProtocolError,
    Sample,
    TextUnit,
    UsageError,
    Voice,
)

from ._account import Account
from ._errors import refused
from ._matrix import REQUEST
from ._models import locale
from ._options import Options, fields
from ._rest import are_words, post
from ._samples import for_request
from ._text import spoken
from ._voices import GENDERS, catalogue, merged, prompts


__all__ = [
    "CLONE_OPTIONS",
    "check",
    "classify_gender",
    "clone_voice",
    "delete_voice",
    "delivered",
    "list_voices",
    "submit",
]

_PAGE: Final = 100  # prompts that are listed unless more are asked for
_ALL: Final = 10_000
_MOST_CLONED: Final = 20_000_000  # bytes in base64
_HEARD_KINDS: Final = ("wav", "mp3", "flac", "ogg")
_DELIVERED: Final = AudioFormat("mp3")  # whatever was asked for
_CLONE_OPTIONS: Final = {"age": int, "publish": bool, "speaking_style": str, "text": str}
_KINDS: Final = {int: "a whole number", bool: "True or False", str: "a str"}
CLONE_OPTIONS: Final = frozenset(_CLONE_OPTIONS)
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,255}")


def list_voices(account: Account, backend: str) -> Call[tuple[Voice, ...]]:
    """List the shipped presets, and with a key the account's own voices."""
    if account.key is None:
        return catalogue(backend)
    response = yield from _ask(account, "GET", "/voice")
    if response.status == 404 and not account.hosted:  # a service of one's own need not have a list
        return catalogue(backend)
    listed = _checked(response, account).json()
    if len(list(prompts(listed))) == _PAGE:
        response = yield from _ask(account, "GET", f"/voice?limit={_ALL}")
        listed = _checked(response, account).json()
    return merged(listed, backend)


def check(account: Account) -> Call[None]:
    """Prove that the key is good; where none is needed, that somebody answers."""
    response = yield from _ask(account, "GET", "/voice?limit=1")
    if response.status != 404 or account.hosted:
        _checked(response, account)


def clone_voice(
    account: Account,
    backend: str,
    name: str,
    sample: Sample,
    *,
    language: str,
    gender: str | None,
    options: Mapping[str, Any],
) -> Call[Voice]:
    """Upload a sample as a voice of the account, private unless ``publish`` says otherwise.

    Raises:
        UsageError: an argument is none that there can be.
    """
    if gender is not None and gender not in GENDERS:
        raise UsageError(f"deepdub: gender is {gender!r}: give one of {', '.join(GENDERS)}, or leave it out")
    said: dict[str, Any] = {"age": 0, "publish": False, "speaking_style": "Neutral"}
    for option, value in options.items():
        kind = _CLONE_OPTIONS[option]
        if type(value) is not kind:
            raise UsageError(f"deepdub: {option} is {value!r}: give {_KINDS[kind]}")
        said[option] = value
    where = locale(language)
    title = "-".join(filter(None, (name, gender, str(said["age"]), where, said["speaking_style"])))
    body = {"name": name, "locale": where, "speaker_id": str(uuid4()), "title": title, **said}
    if gender:
        body["gender"] = GENDERS[gender]
    body["filename"] = str(uuid4())  # the file's own name may say whose voice it is
    body["data"] = for_request(sample, _MOST_CLONED)
    response = yield post(account, "/voice", body)
    answer = _object(_checked(response, account).json()).get("response")
    id = _word(answer, "voice_prompt_id")
    return Voice(id=id, backend=backend, name=name, languages=(where,), gender=gender, cloned=True)


def delete_voice(account: Account, voice: Voice) -> Call[None]:
    """Delete a voice of the account."""
    response = yield from _ask(account, "DELETE", f"/voice/{quote(voice.id, safe='')}")
    answer = _object(_checked(response, account).json())
    if answer.get("success") is False:
        raise _unlike(answer, "the voice was not deleted")


def classify_gender(account: Account, sample: Sample) -> Call[Gender]:
    """Say what gender a voice sounds like."""
    audio = b64encode(sample.for_formats(_HEARD_KINDS).data).decode()
    response = yield post(account, "/gender-detection/classify", {"audio_base64": audio})
    answer = _object(_checked(response, account).json())
    label, confidence = answer.get("predicted_gender"), answer.get("confidence")
    if label not in ("female", "male") or not isinstance(confidence, (int, float)) or not 0 <= confidence <= 1:
        raise _unlike(answer, "the answer has no predicted_gender and confidence")
    return Gender(label, float(confidence))


def submit(account: Account, job: Job, unit: TextUnit, options: Options, callback: str | None) -> Call[str]:
    """Have speech made, and return the id under which it will be found.

    Raises:
        UsageError: a callback was given: there are none.
    """
    if callback is not None:
        raise UsageError("deepdub has no callbacks: leave callback out, and take the speech from result()")
    asked = fields(evolve(job, format=REQUEST.formats[0]), options, REQUEST)
    body = {"targetText": spoken([unit]), **asked}
    del body["format"], body["sampleRate"]  # it is mp3 whatever is asked for
    if options.generation_id:
        body["generationId"] = options.generation_id
    response = yield post(account, "/tts/retroactive", body)
    answer = _object(_checked(response, account).json())
    id = urlsplit(_word(answer, "url")).path.rpartition("/")[2]
    if not _ID.fullmatch(id):
        raise _unlike(answer, "the answer's url ends with no id")
    return id


def delivered(account: Account, id: str) -> Call[tuple[AudioFormat, bytes]]:
    """Ask again and again until speech is ready. Its driver has a timeout: not ready and unknown look alike."""
    pauses = chain((1, 2, 4), repeat(5))  # seconds
    while (response := (yield from _ask(account, "GET", f"/tts/retroactive/{quote(id, safe='')}"))).status == 404:
        yield Pause(next(pauses))
    audio = _checked(response, account).body
    if are_words(audio, _DELIVERED):
        raise _blotted(refused(response.status, response.headers, audio), account)
    return _DELIVERED, audio


def _ask(account: Account, method: str, path: str) -> Call[HttpResponse]:
    """Send a request without a body; return the answer, whatever it is."""
    response = yield HttpRequest(method=method, url=account.base_url + path, headers=account.headers)
    return _answered(response)


def _answered(response: HttpResponse | None) -> HttpResponse:
    if response is None:
        raise TypeError("a request is answered with a response")
    return response


def _checked(response: HttpResponse | None, account: Account) -> HttpResponse:
    """Return a successful answer, or raise what is wrong."""
    answer = _answered(response)
    if answer.status < 300:
        return answer
    raise _blotted(refused(answer.status, answer.headers, answer.body, account.region), account)


def _blotted(error: BackendError, account: Account) -> BackendError:
    """Return an error without the key, should it be echoed."""
    if account.key:
        error.detail, error.code = account.key.scrub(error.detail), error.code and account.key.scrub(error.code)
    return error


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise _unlike(answer, "the answer is no JSON object")
    return answer


def _word(answer: Any, name: str) -> str:
    word = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(word, str) or not word:
        raise _unlike(answer, f"the answer has no {name}")
    return word


def _unlike(answer: Any, what: str) -> ProtocolError:
    return ProtocolError(what, detail=json.dumps(answer)[:200])
