"""Where Deepgram is and how one is let in: regions, addresses, keys, and what the environment says of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Final
from urllib.parse import SplitResult, urlsplit

from attrs import frozen

from voxbridge import InvalidConfig, Secret, Slots
from voxbridge.exceptions import nearest


__all__ = ["HOSTS", "Account", "find_account"]

Key = str | Callable[[], str] | None

HOSTS: Final = {
    "us": "api.deepgram.com",
    "eu": "api.eu.deepgram.com",
    "au": "api.au.deepgram.com",
    "in": "api.in.deepgram.com",
}
_REQUESTS, _SOCKETS = 15, 45  # at once, pay as you go; a bigger plan says `concurrency=`


@frozen(kw_only=True)
class Account:
    """An account at an address."""

    origin: str
    """Scheme, host and path prefix, without a slash at its end."""
    region: str | None
    """None where the address does not say."""
    key: Secret | None
    """With its scheme before it, as the header ``Authorization`` has it."""
    is_token: bool
    """Whether the key is a temporary token, which may only speak."""
    hosted: bool
    """Whether the address is one of Deepgram's own, where nothing goes without a key."""
    concurrency: int | None = None

    @property
    def host(self) -> str:
        """The name of the machine."""
        return urlsplit(self.origin).hostname or ""

    @property
    def socket_origin(self) -> str:
        """The same address for WebSockets."""
        return "ws" + self.origin.removeprefix("http")

    @property
    def headers(self) -> dict[str, str | Secret]:
        """What every request and handshake has; nothing where no key is needed."""
        return {"Authorization": self.key} if self.key else {}

    @cached_property
    def requests(self) -> Slots:
        """The account's places for requests."""
        return Slots((self.identity, "requests"), self.concurrency or _REQUESTS)

    @cached_property
    def sockets(self) -> Slots:
        """The account's places for sockets."""
        return Slots((self.identity, "sockets"), self.concurrency or _SOCKETS)

    @cached_property
    def identity(self) -> Hashable:
        """Vendor, key and address, without a secret."""
        return ("deepgram", self.key.fingerprint if self.key else None, self.origin)


def find_account(
    *, api_key: Key, access_token: Key, region: str | None, base_url: str | None, concurrency: int | None
) -> Account:
    """Return the account that arguments and environment stand for; arguments as of `Deepgram`.

    Raises:
        InvalidConfig: one of them is wrong, or two contradict each other.
    """
    if concurrency is not None and (type(concurrency) is not int or concurrency < 1):
        raise InvalidConfig(f"deepgram: concurrency is {concurrency!r}: give how many may be in use at once, 1 or more")
    if region is not None and region not in list(HOSTS):
        known = f"regions: {' '.join(HOSTS)}"
        raise InvalidConfig(f"deepgram: there is no region {region!r}; {known}.{nearest(str(region), HOSTS)}")
    key, is_token = _key(api_key, access_token)
    said = "base_url"
    if base_url is None and region is None:  # a region that was asked for beats an address of the environment
        said, base_url = "DEEPGRAM_BASE_URL", _variable("DEEPGRAM_BASE_URL")
    if base_url is None:
        region = region or "us"
        origin, hosted = f"https://{HOSTS[region]}", True
    else:
        origin, named = _origin(base_url, said)
        if region and named and region != named:
            raise InvalidConfig(f"deepgram: {said} is in region {named!r}, and region is {region!r}: leave one out")
        region, hosted = region or named, named is not None
    return Account(
        origin=origin, region=region, key=key, is_token=is_token, hosted=hosted, concurrency=concurrency
    )  # fmt: skip


def _variable(name: str) -> str | None:
    return os.environ.get(name, "").strip() or None


def _key(api_key: Key, access_token: Key) -> tuple[Secret | None, bool]:
    """Return the key with its scheme, and whether it is a token: arguments before the environment, tokens first."""
    token, key = (access_token, "access_token"), (api_key, "api_key")
    if access_token is None and api_key is None:
        token = (_variable("DEEPGRAM_TOKEN"), "DEEPGRAM_TOKEN")
        key = (_variable("DEEPGRAM_API_KEY"), "DEEPGRAM_API_KEY")
    if token[0] is not None:
        return _secret(*token, "Bearer "), True
    return (None if key[0] is None else _secret(*key, "Token ")), False


def _secret(value: Key, said: str, scheme: str) -> Secret:
    if not callable(value):
        if not isinstance(value, str) or not value:
            raise InvalidConfig(f"deepgram: {said} is empty or no str: give the key alone, or leave it out")
        if not all("!" <= character <= "~" for character in value):
            raise InvalidConfig(f"deepgram: {said} has spaces, line ends or other characters that no key has")
    return Secret(value, scheme)


def _origin(url: str, said: str) -> tuple[str, str | None]:
    """Return an address without the slash at its end, and the region whose host it names."""
    parts = _parts(url)
    if parts is None:
        raise InvalidConfig(
            f"deepgram: {said} is no address that can be used: give scheme, host and perhaps a path,"
            " such as 'https://api.eu.deepgram.com' or 'http://localhost:8080', without user, query and /v1/speak"
        )
    named = next((region for region, host in HOSTS.items() if host == (parts.hostname or "").rstrip(".")), None)
    if named and parts.scheme == "http":
        raise InvalidConfig(f"deepgram: {said} would send the key in clear: begin it with https://")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", named


def _parts(url: object) -> SplitResult | None:
    """Return an address in its parts, or None for one that is none of an HTTP service."""
    if not isinstance(url, str) or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    wrong = parts.query or parts.fragment or "@" in parts.netloc or port == 0
    if parts.scheme not in {"http", "https"} or not parts.hostname or wrong:
        return None
    return None if parts.path.rstrip("/").endswith("/v1/speak") else parts
