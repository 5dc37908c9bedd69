"""What who signed in may do, and how often: the second look, below HTTP, at every call."""

from collections.abc import Iterable
from typing import Protocol

from mcp.server.auth.middleware.auth_context import get_access_token

from server.callers.failures import InsufficientScope, NotSignedIn, TooManyCalls
from server.callers.rate import CallRate
from server.callers.scopes import missing
from tools.catalog import OPERATIONS
from tools.contract import AnyOperation


class SomeCaller(Protocol):
    """A caller, as far as this matters."""

    @property
    def identity(self) -> str:
        """Who it is; empty when nobody signed in."""
        ...

    @property
    def is_remote(self) -> bool:
        """Whether the call came over HTTP."""
        ...


class Permission:
    """Holds callers to what their tokens allow.

    Args:
        needs_sign_in: Whether nobody may call over HTTP without a token.
        per_minute: Calls that who signed in may make in a minute; 0 is no limit.
    """

    def __init__(self, *, needs_sign_in: bool = False, per_minute: int = 0) -> None:
        self._needs_sign_in = needs_sign_in
        self._rate = CallRate(per_minute)

    def too_many(self, caller: SomeCaller) -> TooManyCalls | None:
        """Count a call, and return the refusal if it is one too many.

        Where nobody signs in callers cannot be told apart, and are not counted: one would be refused for another.
        """
        wait = self._rate.wait(caller.identity) if caller.identity else 0
        if not wait:
            return None
        return TooManyCalls(
            f"This is more than the {self._rate.per_minute} calls in a minute that one caller may make.",
            hint=f"Wait {wait} seconds, then go on; a list with more rows on a page takes fewer calls.",
            details={"retry_after_seconds": wait},
        )

    def check(self, caller: SomeCaller, operation: AnyOperation) -> None:
        """Let an operation pass that the caller's token allows.

        Raises:
            NotSignedIn: there is no token where there has to be one.
            InsufficientScope: it does not allow it.
        """
        token = get_access_token()
        if token is None and self._needs_sign_in and caller.is_remote:
            raise NotSignedIn("Callers have to sign in here.", hint="Connect again, and sign in.")
        lacks = missing(operation, token.scopes) if token is not None else ()
        if lacks:
            scopes = " and ".join(lacks)
            raise InsufficientScope(
                f"{operation.name} needs {scopes}, which this connection was not granted.",
                hint="If the user wants it, they can sign in again and grant it; trying again as it is does not help.",
                details={"missing_scopes": [*lacks]},
            )


def allowed(tools: Iterable[str]) -> list[str]:
    """Return those of the tools that who is asking may call, at least to begin with; all where nobody signed in."""
    token = get_access_token()
    if token is None:
        return [*tools]
    usable = {operation.name for operation in OPERATIONS if not missing(operation, token.scopes)}
    return [name for name in tools if name in usable]
