"""Whatever stands in a config, it is taken or refused, and nothing else comes of it."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxbridge import Config, InvalidConfig
from voxbridge.config._structure import structured


GOOD: dict[str, Any] = {
    "default": "live",
    "format": "wav",
    "language": "en",
    "region": "eu",
    "backends": {
        "deepgram": {"region": "eu", "api_key": "env:NOWHERE", "tags": ["a"], "mip_opt_out": True},
        "second": {"plugin": "deepdub", "price": {"per": "minute", "amount": 1, "currency": "USD"}, "concurrency": 2},
    },
    "voices": {"narrator": {"deepgram": "v", "second": {"id": "v", "language": "de", "model": "m", "options": {}}}},
    "routes": {
        "live": {
            "voice": "narrator",
            "members": ["deepgram", {"backend": "second", "weight": 2, "retries": 0}, "espeak/en"],
            "order": "weighted",
            "first_audio_timeout": 2.5,
            "stall_timeout": 3,
            "retries": 1,
            "format": "mulaw/8000",
        }
    },
    "profiles": {"offline": {"default": "espeak", "routes": {"live": {"members": ["espeak"]}}}},
    "lexicon": {"files": []},
    "timeouts": {"connect": 1, "first_audio": 2.5},
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of everything in a config."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, inner in items for place in places(inner, (*path, key))]


WORDS = st.sampled_from(
    ["", "live", "narrator", "deepgram", "espeak", "x", "env:", "file:\0", "a://[", "wav", "ä\n\x7f"]
)
NUMBERS = st.integers(-2, 70000) | st.floats() | st.booleans() | st.none()
VALUES = st.recursive(
    WORDS | NUMBERS | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.integers(0, 2), inner, max_size=3),
    max_leaves=6,
)


def test_a_good_config_is_good():
    assert Config.of(GOOD).default == "live"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(places(GOOD)), VALUES, st.none() | WORDS | st.integers(0, 2)), max_size=3))
def test_anything_anywhere_is_taken_or_refused(changes):
    config = deepcopy(GOOD)
    for path, value, key in changes:
        holder: Any = config
        for part in path[:-1]:
            if isinstance(holder, dict):
                holder = holder.get(part)
            else:
                holder = holder[part] if isinstance(holder, list) and part in range(len(holder)) else None
        if isinstance(holder, dict):
            holder[path[-1] if key is None else key] = value
        elif isinstance(holder, list):
            holder.append(value)
    with suppress(InvalidConfig):
        taken = Config.of(config)
        tomllib.loads(taken.shown())
        for name in taken.routes:
            taken.router(name)


TABLES = [path for path in places(GOOD) if path[0] in {"voices", "routes", "timeouts", "lexicon"} or len(path) < 3]


@pytest.mark.parametrize("path", [path for path in TABLES if path[-1] not in {"options", "profiles"}])
def test_what_is_wrong_is_told_and_the_rest_is_kept(path):
    config = deepcopy(GOOD)
    holder: Any = config
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = object()
    table, mistakes = structured(config)
    assert [mistake.path for mistake in mistakes] == [path]
    kept = {"default": table.default, "language": table.language, "routes": [*table.routes], "voices": [*table.voices]}
    good = {"default": "live", "language": "en", "routes": ["live"], "voices": ["narrator"]}
    assert {key: value for key, value in kept.items() if path[0] != key or len(path) > 2} == {
        key: value for key, value in good.items() if path[0] != key or len(path) > 2
    }
