"""The approval page of a server on which approvers sign in."""

import hashlib
import json
from typing import TYPE_CHECKING

from server.guard.policy import Requirement
from server.settings import Settings

if TYPE_CHECKING:
    from server.approvals.sign_in import SignIn


class SignedInPage:
    """Waits for approvers to come: they know where the page is.

    Args:
        settings: Where they sign in, and who of them may approve.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._issuer = settings.oidc_issuer or ""
        self._sign_in: SignIn | None = None

    @property
    def name(self) -> str:
        """Another one as soon as other people may approve: what waits is decided by those whom it was put to."""
        chosen = self._settings
        terms = [self._issuer, chosen.oidc_client_id, chosen.approver_group, chosen.approver_scope, self.home]
        return f"sign-in {hashlib.sha256(json.dumps(terms).encode()).hexdigest()[:32]}"

    @property
    def home(self) -> str:
        """Where browsers reach the page, without a slash at its end."""
        return f"{(self._settings.public_url or '').rstrip('/')}/approvals"

    @property
    def sign_in(self) -> "SignIn":
        """What signs approvers in."""
        if self._sign_in is None:
            from server.approvals.sign_in import SignIn

            self._sign_in = SignIn(
                self._issuer,
                self._settings.oidc_client_id or "",
                self._settings.oidc_client_secret,
                f"{self.home}/signed-in",
                group=self._settings.approver_group,
                scope=self._settings.approver_scope,
                public_subjects=self._settings.oidc_subjects == "public",
            )
        return self._sign_in

    def serves(self, requirement: Requirement, identity: str) -> str | None:
        """Return why nobody there can be told to be somebody else than the caller; None when it does not matter."""
        if requirement != "approver" or identity.startswith(f"{self._issuer} "):
            return None
        if not identity:
            return "callers do not sign in here, so this server cannot tell whether an approver is somebody else."
        return "the caller signed in elsewhere, so this server cannot tell whether an approver is somebody else."

    async def announce(self) -> None:
        """Do nothing."""

    async def aclose(self) -> None:
        """Close the connections to the issuer."""
        if self._sign_in is not None:
            await self._sign_in.aclose()
