"""The approval page of a server on which approvers sign in."""

from server.guard.policy import Requirement


class SignedInPage:
    """Waits for approvers to come: they know where the page is.

    Args:
        issuer: Where they sign in.
    """

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def serves(self, requirement: Requirement, identity: str) -> str | None:
        """Return why nobody there can be told to be somebody else than the caller; None when it does not matter."""
        if requirement != "approver" or identity.startswith(f"{self._issuer} "):
            return None
        if not identity:
            return "callers do not sign in here, so nobody can be told to be somebody else than the caller."
        return "the caller signed in elsewhere than approvers do, so nobody can be told to be somebody else."

    async def announce(self) -> None:
        """Do nothing."""

    async def aclose(self) -> None:
        """Do nothing."""
