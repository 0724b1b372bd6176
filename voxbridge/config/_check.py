"""What may be wrong between the tables of a config: names that nobody has, casts, regions, formats."""

from __future__ import annotations

from collections.abc import Iterator

from voxbridge.exceptions import nearest

from ._check_backends import backend_mistakes
from ._check_routes import format_mistakes, route_mistakes
from ._known import Known
from ._source import Mistake


__all__ = ["check"]


def check(known: Known) -> Iterator[Mistake]:
    """Yield all that is wrong."""
    for name in known.table.backends:
        yield from backend_mistakes(name, known)
    for name in known.table.voices:
        yield from _voice_mistakes(name, known)
    for name in known.table.routes:
        yield from route_mistakes(name, known)
    yield from _default_mistakes(known)


def _voice_mistakes(name: str, known: Known) -> Iterator[Mistake]:
    path = ("voices", name)
    yield from known.name_mistakes(path)
    if "/" in name:
        yield Mistake(path, f"{name!r} is read as the voice of a backend: leave the slash out")
    if not known.said(path):
        ways = 'give a voice for each backend, as in deepgram = "aura-2-thalia-en"'
        yield Mistake(path, f"nobody is cast: {ways}", whole=True)
    for backend, part in known.table.voices[name].items():
        place = (*path, backend)
        if backend not in known.backends:
            yield known.no_backend(place, backend)
            continue
        kind = known.kind(backend)
        for option in part.options if kind else ():
            if kind and option not in kind.options:
                where = (*place, option) if known.said((*place, option)) else (*place, "options", option)
                has = f"it has: {', '.join(sorted(kind.options)) or 'none'}"
                yield Mistake(where, f"{backend} has no option {option!r}; {has}.{nearest(option, kind.options)}")


def _default_mistakes(known: Known) -> Iterator[Mistake]:
    target = known.table.default
    if target is None or target in known.routes:
        return
    if target in known.voices:
        parts = known.table.voices.get(target, {})
        yield from format_mistakes(("format",), known.table.format, [*parts.items()], known)
        return
    backend, slash, voice = target.partition("/")
    if backend in known.backends and (voice or not slash):
        yield from format_mistakes(("format",), known.table.format, [(backend, voice or None)], known)
    else:
        ways = "give a route, a voice, a backend, or 'backend/voice'"
        names = {*known.routes, *known.voices, *known.backends}
        yield Mistake(("default",), f"default is {target!r}, and nobody is called so: {ways}.{nearest(target, names)}")
