"""An issuer's keys as it publishes them: kept for a while, renewed in time, and asked for within bounds."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio

from server.issuers.metadata import Described, read_description
from server.issuers.sign_in_failed import SignInFailed

if TYPE_CHECKING:
    import httpx2
    from joserfc.jwk import KeySet

logger = logging.getLogger("waylay_tasks_mcp.issuers")

FRESH = 300
"""Seconds after which keys are asked for again."""

LASTING = 3600
"""Seconds for which keys serve while the issuer cannot be reached."""

PAUSE = 10
"""Seconds between two requests that are made because of a key that is unknown, or after one that failed."""


@dataclass(frozen=True, slots=True)
class _Kept:
    fetched: float
    keys: "KeySet"


@dataclass(frozen=True, slots=True)
class _Failed:
    at: float
    reason: str


class Published:
    """The keys of one issuer. Whoever shows tokens cannot make this server ask for them more often than its pace.

    Args:
        issuer: Its name, which is its address.
        setting: Where that was set.
        clock: Returns epoch seconds.
        seconds: Longest time that the issuer may take, altogether.
    """

    def __init__(self, issuer: str, setting: str, clock: Callable[[], float], seconds: float = 5) -> None:
        self._issuer = issuer
        self._setting = setting
        self._clock = clock
        self._seconds = seconds
        self._kept: _Kept | None = None
        self._failed: _Failed | None = None
        self._looked = float("-inf")
        self._asking = anyio.Lock()

    async def keys(self) -> "KeySet":
        """Return the keys, not older than five minutes, or than an hour where the issuer cannot be reached.

        Raises:
            SignInFailed: there are none.
        """
        if self._kept is None or not self._is_within(self._kept.fetched, FRESH):
            await self._renew(self._kept)
        return self._usable()

    async def newer(self, known: "KeySet") -> "KeySet":
        """Return the keys for a token that none of `known` has signed; the same ones if it was just looked for others.

        Raises:
            SignInFailed: the issuer cannot be asked.
        """
        async with self._asking:
            is_known = self._kept is not None and self._kept.keys is known
            if is_known and not self._is_paused() and not self._is_within(self._looked, PAUSE):
                self._looked = self._clock()
                await self._fetch()
        if self._failed is not None:
            raise SignInFailed(self._failed.reason)
        return self._usable()

    def _usable(self) -> "KeySet":
        if self._kept is not None and self._is_within(self._kept.fetched, LASTING):
            return self._kept.keys
        raise SignInFailed(self._failed.reason if self._failed else f"The issuer {self._issuer} was not asked yet.")

    async def _renew(self, seen: _Kept | None) -> None:
        """Ask for the keys, unless somebody else does: then wait for that if nothing can be done without."""
        if self._asking.locked() and seen is not None and self._is_within(seen.fetched, LASTING):
            return
        async with self._asking:
            if self._kept is seen and not self._is_paused():
                await self._fetch()

    async def _fetch(self) -> None:
        from server.issuers.client import open_reader, within

        try:
            with within(self._seconds, self._issuer):
                async with open_reader() as client:
                    self._kept = _Kept(self._clock(), await self._read(client))
            self._failed = None
        except SignInFailed as failure:
            self._failed = _Failed(self._clock(), str(failure))
            logger.warning("%s", failure)

    async def _read(self, client: "httpx2.AsyncClient") -> "KeySet":
        from server.issuers.client import reaching
        from server.issuers.keys import read_keys

        described = await self._described(client)
        document = await self._get(client, described.jwks_uri)
        with reaching(self._issuer):
            return read_keys(document)

    async def _described(self, client: "httpx2.AsyncClient") -> Described:
        """Return what the issuer says about itself, wherever it says it.

        Raises:
            SignInFailed: nowhere in a way that can be used.
        """
        failure = SignInFailed(f"The issuer {self._issuer} does not describe itself; nobody can sign in.")
        for address in well_known(self._issuer):
            try:
                document = await self._get(client, address)
                return read_description(document, Described, self._issuer, self._setting)
            except SignInFailed as reason:
                failure = reason
        raise failure

    async def _get(self, client: "httpx2.AsyncClient", address: str) -> object:
        from server.issuers.client import reaching

        with reaching(self._issuer):
            return (await client.get(address)).raise_for_status().json()

    def _is_paused(self) -> bool:
        return self._failed is not None and self._is_within(self._failed.at, PAUSE)

    def _is_within(self, moment: float, seconds: float) -> bool:
        return 0 <= self._clock() - moment < seconds


def well_known(issuer: str) -> Iterator[str]:
    """Yield where an issuer may describe itself (RFC 8414, sections 3.1 and 5; OpenID Connect Discovery, section 4)."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    yield f"{origin}/.well-known/oauth-authorization-server{path}"
    if path:
        yield f"{origin}/.well-known/openid-configuration{path}"
    yield f"{origin}{path}/.well-known/openid-configuration"
