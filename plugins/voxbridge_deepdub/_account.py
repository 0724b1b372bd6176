"""Where Deepdub is and how one is let in: regions, addresses, keys, and what the environment says of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

from voxbridge import InvalidConfig, Secret, Slots
from voxbridge.exceptions import nearest


__all__ = ["REGIONS", "Account", "find_account"]

Key = str | Callable[[], str] | None

_ADDRESSES: Final = {
    "us": ("https://restapi.deepdub.ai/api/v1", "wss://wsapi.deepdub.ai/open", "wss://wss.deepdub.ai/ws"),
    "eu": ("https://restapi.eu.deepdub.ai/api/v1", "wss://wsapi.eu.deepdub.ai/open", "wss://wss.eu.deepdub.ai/ws"),
}
REGIONS: Final = tuple(_ADDRESSES)
_REGION_OF: Final = {urlsplit(url).hostname: region for region, urls in _ADDRESSES.items() for url in urls} | {
    "eu-restapi.deepdub.ai": "eu"  # of older documents
}
_API: Final = "/api/v1"
_AT_ONCE: Final = 3  # generations, for an address; an account has 5, a bigger plan says `concurrency=`
_ARGUMENTS: Final = {
    "base_url": "DEEPDUB_BASE_URL",
    "websocket_url": "DEEPDUB_BASE_WEBSOCKET_URL",
    "streaming_url": "DEEPDUB_BASE_WEBSOCKET_STREAMING_URL",
}


@frozen(kw_only=True)
class Account:
    """An account at its addresses."""

    base_url: str
    """Of requests, with ``/api/v1`` and without a slash at its end."""
    open_url: str
    """Of the socket that takes one message a generation."""
    streaming_url: str
    """Of the socket that takes text in pieces."""
    region: str | None
    """None where the addresses do not say."""
    key: Secret | None
    hosted: bool
    """Whether requests go to one of Deepdub's own hosts, where nothing goes without a key."""
    concurrency: int = _AT_ONCE

    @property
    def host(self) -> str:
        """The name of the machine that takes requests."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def headers(self) -> dict[str, str | Secret]:
        """What every request and handshake has; nothing where no key is needed."""
        return {"x-api-key": self.key} if self.key else {}

    @property
    def slots(self) -> Slots:
        """The account's places for generations: of requests and of both sockets together."""
        return Slots(self.identity, self.concurrency)

    @property
    def identity(self) -> Hashable:
        """Vendor, key and address, without a secret."""
        return ("deepdub", self.key.fingerprint if self.key else None, self.base_url)


def find_account(
    *,
    api_key: Key = None,
    region: str | None = None,
    base_url: str | None = None,
    websocket_url: str | None = None,
    streaming_url: str | None = None,
    concurrency: int | None = None,
) -> Account:
    """Return the account that arguments and environment stand for; arguments as of `Deepdub`.

    Raises:
        InvalidConfig: one of them is wrong, or two contradict each other.
    """
    if concurrency is not None and (type(concurrency) is not int or concurrency < 1):
        raise InvalidConfig(f"deepdub: concurrency is {concurrency!r}: give how many may be in use at once, 1 or more")
    if region is not None and region not in REGIONS:
        known = f"regions: {' '.join(REGIONS)}"
        raise InvalidConfig(f"deepdub: there is no region {region!r}; {known}.{nearest(str(region), REGIONS)}")
    given = {"base_url": base_url, "websocket_url": websocket_url, "streaming_url": streaming_url}
    found = {name: _address(name, url, region) for name, url in given.items()}
    where, hosted = _region(region, [address for address in found.values() if address])
    rest, open_, streaming = _ADDRESSES[where or "us"]
    if found["base_url"]:
        rest = found["base_url"][1]
    if not hosted:  # a service of one's own is all in one place, unless it is said where each part is
        root = "ws" + rest.removeprefix("http").removesuffix(_API)
        open_, streaming = f"{root}/open", f"{root}/ws"
    return Account(
        base_url=rest,
        open_url=found["websocket_url"][1] if found["websocket_url"] else open_,
        streaming_url=found["streaming_url"][1] if found["streaming_url"] else streaming,
        region=where,
        key=_key(api_key),
        hosted=hosted,
        concurrency=concurrency or _AT_ONCE,
    )


def _variable(name: str) -> str | None:
    return os.environ.get(name, "").strip() or None


def _key(api_key: Key) -> Secret | None:
    said = "api_key"
    if api_key is None:
        said, api_key = "DEEPDUB_API_KEY", _variable("DEEPDUB_API_KEY")
    if api_key is None:
        return None
    if not callable(api_key):
        if not isinstance(api_key, str) or not api_key:
            raise InvalidConfig(f"deepdub: {said} is empty or no str: give the key alone, or leave it out")
        if not all("!" <= character <= "~" for character in api_key):
            raise InvalidConfig(f"deepdub: {said} has spaces, line ends or other characters that no key has")
    return Secret(api_key)


def _address(name: str, url: str | None, region: str | None) -> tuple[str, str] | None:
    """Return an address with what said it, or None. A region that was asked for beats the environment's addresses."""
    said = name
    if url is None and region is None:
        said = _ARGUMENTS[name]
        url = _variable(said)
    return None if url is None else (said, _checked(url, said, "http" if name == "base_url" else "ws"))


def _checked(url: object, said: str, scheme: str) -> str:
    try:
        parts = urlsplit(url) if isinstance(url, str) and url.isprintable() and " " not in url else None
        usable = parts and parts.scheme in {scheme, f"{scheme}s"} and parts.hostname and parts.port != 0
    except ValueError:
        parts = usable = None
    if not (parts and usable) or parts.query or parts.fragment or "@" in parts.netloc:
        example = _ADDRESSES["eu"][0] if scheme == "http" else f"{scheme}s://..., with its path"
        raise InvalidConfig(
            f"deepdub: {said} is no address that can be used: give one that begins with {scheme}:// or {scheme}s://,"
            f" such as {example}, without user and query"
        )
    if _named(parts.hostname):
        if parts.scheme == scheme:
            raise InvalidConfig(f"deepdub: {said} would send the key in clear: begin it with {scheme}s://")
        if scheme == "http" and parts.path.rstrip("/") != _API:
            raise InvalidConfig(f"deepdub: {said} has no {_API} at its end: give 'https://{parts.netloc}{_API}'")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _named(host: str | None) -> str | None:
    """Return the region of a host of Deepdub's, or None."""
    return _REGION_OF.get((host or "").rstrip("."))


def _region(asked: str | None, addresses: list[tuple[str, str]]) -> tuple[str | None, bool]:
    """Return the region that all agree on, None where nobody says; and whether requests go to a host of Deepdub's."""
    said, region = "region", asked
    if asked is None and _variable("DD_EU") == "1":
        said, region = "DD_EU=1", "eu"
    own = False
    for name, url in addresses:
        named = _named(urlsplit(url).hostname)
        if named is None:
            own = own or name in {"base_url", "DEEPDUB_BASE_URL"}
        elif region not in {None, named}:
            raise InvalidConfig(f"deepdub: {name} is in region {named!r}, and {said} says {region!r}: leave one out")
        else:
            said, region = (name, named) if region is None else (said, region)
    return (region if own else region or "us"), not own
