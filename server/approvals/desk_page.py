"""The approval page at the desk of whoever runs this process: opened in their browser when something waits."""

import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from server.approvals.browser import Browser
from server.approvals.presence import InThisProcess, Moment, Presence
from server.guard.policy import Requirement
from server.person import account
from server.store.store import Store
from server.store.unavailable import StoreUnavailable

logger = logging.getLogger("waylay_tasks_mcp.approvals")

_STARTING = 20
"""Seconds that a browser is given to show the page before it is opened once more."""


class Desk(Protocol):
    """Where the page is served."""

    def open(self) -> str:
        """Serve the page, unless it is served already, and return where: scheme, host and port.

        Raises:
            OSError: it cannot be served.
        """
        ...

    async def aclose(self) -> None:
        """Serve it no more."""
        ...


def desk_name() -> str:
    """Return what tells the desks of people apart that share a store."""
    return f"desk of {account()} at {socket.gethostname()}"


@dataclass(frozen=True, slots=True)
class Here:
    """A desk that is served anyway.

    Attributes:
        address: Where.
    """

    address: str

    def open(self) -> str:
        """Return where."""
        return self.address

    async def aclose(self) -> None:
        """Leave it to whoever serves."""


class DeskPage:
    """Brings the page before whoever runs this process.

    Args:
        store: Keeps the links that let a browser in.
        desk: Serves the page.
        browser: Shows it.
        presence: Knows whether it is open already.
        clock: Returns seconds that only grow.
        opened: When a browser was opened last; where several processes serve one page, they share it.
    """

    def __init__(
        self,
        store: Store,
        desk: Desk,
        browser: Browser,
        presence: Presence,
        clock: Callable[[], float] = time.monotonic,
        *,
        opened: Moment | None = None,
    ) -> None:
        self._store = store
        self._desk = desk
        self._browser = browser
        self._presence = presence
        self._clock = clock
        self._opened = opened or InThisProcess()

    @property
    def name(self) -> str:
        """The same for every server that this account runs on this machine."""
        return desk_name()

    def serves(self, requirement: Requirement, identity: str) -> str | None:
        """Return why a caller's request cannot be decided at this desk; None when it can."""
        if requirement == "approver":
            return "nobody can sign in to approve it: approvers sign in on a server that is shared over HTTP."
        if identity:
            return "callers sign in here, but nobody can sign in to approve: WAYLAY_MCP_OIDC_ISSUER is not set."
        return None if self._browser.can_open() else "no browser can be opened where this server runs."

    async def announce(self) -> None:
        """Open the page in a browser, unless it is open or is being opened."""
        now = self._clock()
        if self._presence.is_there() or now - self._opened.value < _STARTING:
            return
        self._opened.value = now
        from server.approvals.tickets import link

        try:
            self._browser.open(self._desk.open() + await link(self._store))
        except (OSError, StoreUnavailable) as error:
            logger.warning("the approval page could not be opened: %s", type(error).__name__)

    async def aclose(self) -> None:
        """Serve the page no more."""
        await self._desk.aclose()
