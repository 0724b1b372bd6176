"""``emulate("deepgram")``: a vendor's wire on this machine, for as long as a ``with`` lasts."""

from __future__ import annotations

import importlib.util
import os
import socket
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from voxbridge.exceptions import UnsupportedFeature, UsageError, nearest


if TYPE_CHECKING:
    from ._emulator import Emulator

__all__ = ["emulate"]


@contextmanager
def emulate(
    vendor: str,
    *,
    faults: Iterable[Mapping[str, Any]] | str | os.PathLike[str] | None = None,
    keys: Collection[str] | None = None,
    limits: bool | Mapping[str, Any] = True,
    delay: float = 0.0,
    pace: float | None = None,
    voice: str | None = None,
    habits: Mapping[str, Any] | None = None,
    port: int = 0,
) -> Iterator[Emulator]:
    """Serve a vendor's wire on 127.0.0.1 until the ``with`` ends.

    ``with emulate("deepgram") as server: Deepgram(server.api_key, base_url=server.url)``

    Args:
        vendor: whose; an installed plugin has it.
        faults: what goes wrong: a list of mappings, or a TOML file of ``[[fault]]`` tables; see `Fault`.
        keys: the only keys that are let in; None: any that is not empty.
        limits: False for none of the vendor's documented limits; or a mapping of those that are to be others.
        delay: seconds before the first audio of each text.
        pace: how fast audio is sent; 1 is real time, None as fast as it goes.
        voice: ``"oracle"`` speaks numbered words that tests can hear, ``"espeak"`` speaks; None: espeak where it is
            installed, else the oracle.
        habits: what the vendor does where its documents are silent or contradict each other; see its plugin.
        port: 0 for any that is free.

    Raises:
        UsageError: there is no such emulator, the port is taken, or an argument is wrong.
        UnsupportedFeature: the extra ``server`` is not installed, or the voice does not work here.
    """
    kind = _find(vendor)
    if not all(importlib.util.find_spec(name) for name in ("starlette", "uvicorn")):
        raise UnsupportedFeature("an emulator needs the extra `server`: pip install 'voxbridge-tts[server]'")
    from ._serving import EmulatorThread

    with _bound(port) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        emulator = kind(
            origin, faults=faults, keys=keys, limits=limits, delay=delay, pace=pace, voice=voice, habits=habits
        )
        thread = EmulatorThread(emulator, listener)
        thread.start()
        try:
            yield emulator
        finally:
            error = thread.stop()
        if error is not None:
            raise error


def _find(vendor: str) -> type[Emulator]:
    from voxbridge._plugins import emulator_classes

    classes = emulator_classes()
    if vendor not in classes:
        known = ", ".join(sorted(classes)) or "none"
        raise UsageError(f"no emulator of {vendor!r} is installed.{nearest(vendor, classes)} Installed: {known}")
    return classes[vendor]


def _bound(port: int) -> socket.socket:
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # said, asyncio sends small frames at once
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port of a moment ago is free
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(f"port {port} of 127.0.0.1: {getattr(error, 'strerror', None) or error}") from None
    return listener
