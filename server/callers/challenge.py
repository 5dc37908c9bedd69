"""Answers to requests that do not get in: what is wrong, and how to get in.

Source: RFC 6750, section 3; RFC 9728, section 5.1; the authorization part of the MCP specification of 2026-07-28.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.authentication import AuthenticationError
from starlette.requests import HTTPConnection
from starlette.responses import Response

from server.callers.turned_away import turned_away

RETRY_SECONDS = 10
"""What clients are told to wait until the issuer may be back."""


class Denied(AuthenticationError):
    """A request that does not get in.

    Args:
        status: What it is answered with.
        error: How OAuth calls what is wrong; None where nothing is, except that nobody has signed in.
        description: The same as a sentence.
        scopes: What to ask the issuer for.
    """

    def __init__(self, status: HTTPStatus, error: str | None, description: str, scopes: Sequence[str] = ()) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description
        self.scopes = scopes


@dataclass(frozen=True, slots=True)
class Challenges:
    """Makes the answers.

    Attributes:
        metadata: The address at which clients learn where to sign in; None where there is no issuer.
    """

    metadata: str | None

    def answer(self, connection: HTTPConnection, denied: Exception) -> Response:
        """Return the answer to a request that does not get in.

        Raises:
            TypeError: it was something else that went wrong.
        """
        if not isinstance(denied, Denied):
            raise TypeError("expected what was denied") from denied
        error = denied.error or "sign_in_required"
        return turned_away(denied.status, error, denied.description, self._headers(denied))

    def _headers(self, denied: Denied) -> Mapping[str, str]:
        if denied.status is HTTPStatus.SERVICE_UNAVAILABLE:
            return {"Retry-After": str(RETRY_SECONDS)}
        described = denied.description if denied.error else None
        given = {
            "error": denied.error,
            "error_description": described,
            "scope": " ".join(denied.scopes),
            "resource_metadata": self.metadata,
        }
        parameters = ", ".join(f'{name}="{value}"' for name, value in given.items() if value)
        return {"WWW-Authenticate": f"Bearer {parameters}".rstrip()}
