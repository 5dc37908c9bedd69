"""What the guard knows of the place where people approve."""

from typing import Protocol

from server.guard.policy import Requirement


class ApprovalPage(Protocol):
    """The page on which people decide about what waits."""

    @property
    def name(self) -> str:
        """What tells it from other pages over the same store: a request is decided on the page it was put to."""
        ...

    def serves(self, requirement: Requirement, identity: str) -> str | None:
        """Return why a caller's request cannot be decided there, one sentence; None when it can."""
        ...

    async def announce(self) -> None:
        """Bring the page before somebody, if that is needed and possible. Never fails, and never takes long."""
        ...

    async def aclose(self) -> None:
        """Close what was opened for it."""
        ...


class NoPage:
    """Stands for a page that is not there.

    Args:
        reason: Why, in one sentence.
    """

    def __init__(self, reason: str) -> None:
        self._reason = reason

    @property
    def name(self) -> str:
        """None: nothing is put to it."""
        return ""

    def serves(self, requirement: Requirement, identity: str) -> str | None:
        """Return the reason."""
        return self._reason

    async def announce(self) -> None:
        """Do nothing."""

    async def aclose(self) -> None:
        """Do nothing."""
