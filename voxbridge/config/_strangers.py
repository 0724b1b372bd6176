"""What a config that nobody has named may not do: send a key of the environment to a stranger."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from voxbridge._backend import Backend
from voxbridge._models import Secret
from voxbridge._plugins import get_backend
from voxbridge.exceptions import VoxbridgeError

from ._secrets import Reference


__all__ = ["strangers"]


def strangers(backend: Backend, settings: Mapping[str, Any]) -> list[str]:
    """Return the keys of a table that would send a key of the environment to a host that is not the vendor's.

    Args:
        backend: what the table makes.
        settings: the table, with its keys hidden.
    """
    foreign = [key for key, host in _hosts(backend, settings) if not _is_known(host, type(backend))]
    return foreign if foreign and _sends_a_key(type(backend), settings, foreign) else []


def _hosts(backend: Backend, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the hosts that a table names, each with its key."""
    for key, value in settings.items():
        if not isinstance(value, str):
            continue
        if "://" in value:
            yield key, _host(value)
        elif backend.host and backend.host in value:
            yield key, backend.host


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_known(host: str, kind: type[Backend]) -> bool:
    """Return whether a host is the vendor's, or this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        name = host if re.fullmatch(r"[a-z0-9.-]+", host) else ""  # what is no name is read in more than one way
        return any(name == domain or name.endswith(f".{domain}") for domain in kind.domains)


def _sends_a_key(kind: type[Backend], settings: Mapping[str, Any], foreign: list[str]) -> bool:
    if any(isinstance(value, Reference) for value in settings.values()):
        return True
    if any(isinstance(value, Secret) for value in settings.values()):
        return False  # it is the file's own
    try:  # at home: where nothing is missing there, a key is in the environment
        own = {key: value for key, value in settings.items() if key not in foreign}
        return get_backend(kind.name, **own).missing() is None
    except VoxbridgeError:
        return True
