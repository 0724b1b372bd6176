"""What may be wrong in a table ``[routes.X]``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast, get_args

from voxbridge._backend import Backend, TextKind
from voxbridge._models import Voice
from voxbridge.audio import AudioFormat, codecs_installed, is_native, negotiate
from voxbridge.exceptions import InvalidConfig, UsageError, VoxbridgeError, nearest
from voxbridge.routing import Cast, Route

from ._known import Known
from ._routes import member_voice
from ._source import KeyPath, Mistake
from ._tables import RouteTable


__all__ = ["format_mistakes", "route_mistakes"]

_MEMBERS = 'give backends, as in members = ["deepgram", "espeak"]'


def route_mistakes(name: str, known: Known) -> Iterator[Mistake]:
    """Yield all that is wrong in the table of a route."""
    path, table = ("routes", name), known.table.routes[name]
    mistakes = [*known.name_mistakes(path), *_table_mistakes(path, table, known)]
    for number, member in enumerate(table.members):
        mistakes += _member_mistakes((*path, "members", number), member, table, known)
    yield from mistakes
    parts = [(cast("str", member.backend), _voice(member, table, known)) for member in table.members]
    for number, part in enumerate(parts):
        if part in parts[:number]:
            again = f"{part[0]!r} is in the route twice, with the same voice: a second try is `retries`"
            yield Mistake((*path, "members", number), again)
    place = (*path, "format") if table.format else path
    yield from format_mistakes(place, table.format or known.table.format, parts, known)


def _table_mistakes(path: KeyPath, table: RouteTable, known: Known) -> Iterator[Mistake]:
    if not table.members and not known.said((*path, "members")):
        yield Mistake((*path, "members"), f"there are no members: {_MEMBERS}")
    if table.voice and table.voice not in known.voices:
        voices = ", ".join(sorted(known.voices)) or "none"
        near = nearest(table.voice, known.voices)
        yield Mistake((*path, "voice"), f"no [voices.X] is called {table.voice!r}; there are: {voices}.{near}")
    if table.region and known.table.region and table.region != known.table.region:
        bound = f"and all of the config is bound to {known.table.region!r}: leave one out"
        yield Mistake((*path, "region"), f"region is {table.region!r}, {bound}")


def _member_mistakes(path: KeyPath, member: Route, table: RouteTable, known: Known) -> Iterator[Mistake]:
    name = cast("str", member.backend)
    if name not in known.backends:
        yield known.no_backend(path, name)
        return
    try:
        member_voice(member, table, known.table.voices)
    except InvalidConfig as error:
        yield Mistake(path, str(error))
    made = known.backend(name, table.region or known.table.region)
    if isinstance(made, UsageError):
        yield Mistake(path, str(made))


def _voice(member: Route, table: RouteTable, known: Known) -> Cast | str | None:
    try:
        return member_voice(member, table, known.table.voices)
    except InvalidConfig:  # which is told of the member
        return None


def format_mistakes(
    path: KeyPath, format: AudioFormat | None, parts: Sequence[tuple[str, Cast | str | None]], known: Known
) -> Iterator[Mistake]:
    """Yield what is wrong with a format that backends are to give, each in its voice; note what is to be known."""
    if format is None or codecs_installed():
        return  # whatever a vendor gives is converted
    able = [(backend, part) for name, part in parts if isinstance(backend := known.backend(name, None), Backend)]
    if able and len(able) == len(parts) and not any(_gives(backend, part, format) for backend, part in able):
        needs = "converting needs: pip install 'voxbridge-tts[codecs]'"
        yield Mistake(path, f"format is {str(format)!r}, which nobody here can give, and {needs}")
    elif format.compressed and len(able) > 1:
        known.warnings.append(
            f"{known.source.place(path)}: a live stream of {format} cannot fall back, and other speech begins again"
            " from its first word: pip install 'voxbridge-tts[codecs]'"
        )


def _gives(backend: Backend, part: Cast | str | None, format: AudioFormat) -> bool:
    """Return whether a backend gives a format, for some kind of text, without the extra `codecs`."""
    id = part.id if isinstance(part, Cast) else part or backend.voice or "default"
    voice = Voice(id=id, backend=backend.name)
    for kind in get_args(TextKind):
        try:
            native = negotiate(format, backend.formats(voice, kind, format))
        except VoxbridgeError:  # it has no such voice, which it says when it is to speak
            continue
        if is_native(format, native) or not (format.compressed or native.compressed):
            return True
    return False
