"""Who calls, by the token that a request brings in its Authorization header, and nowhere else."""

import logging
from collections.abc import Sequence
from http import HTTPStatus

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.authentication import AuthCredentials, AuthenticationBackend
from starlette.requests import HTTPConnection

from server.callers.challenge import Denied
from server.callers.refused import TokenRefused
from server.callers.verifying import Tokens
from server.issuers.sign_in_failed import SignInFailed

logger = logging.getLogger("waylay_tasks_mcp.callers")

_UNCHECKED = "Whether the token is good cannot be found out, so nothing was done. Try again in a moment."


class Bearer(AuthenticationBackend):
    """Finds out who calls the endpoint; what is beside it has doors of its own.

    Args:
        tokens: Which are accepted.
        path: Where the endpoint is.
        scopes: What callers are to ask the issuer for.
    """

    def __init__(self, tokens: Tokens, path: str, scopes: Sequence[str]) -> None:
        self._tokens = tokens
        self._path = path
        self._scopes = scopes

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, AuthenticatedUser] | None:
        """Return who calls; None beside the endpoint.

        Raises:
            Denied: nobody who is known.
        """
        if conn.scope["path"] != self._path:
            return None
        found = await self._verified(self._token(conn.headers.getlist("Authorization")))
        return AuthCredentials(found.scopes), AuthenticatedUser(found)

    def _token(self, headers: Sequence[str]) -> str:
        if len(headers) > 1:
            raise Denied(HTTPStatus.BAD_REQUEST, "invalid_request", "There is more than one Authorization header.")
        scheme, _, token = (headers[0] if headers else "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise self._unauthorized(None, "Callers sign in here, with a Bearer token.")
        return token.strip()

    async def _verified(self, token: str) -> AccessToken:
        try:
            return await self._tokens.verify(token)
        except TokenRefused as reason:
            logger.info("a token was refused: %s", reason)
            raise self._unauthorized("invalid_token", f"The token is not accepted: {reason}.") from None
        except SignInFailed as failure:
            description = f"{failure} {_UNCHECKED}"
            raise Denied(HTTPStatus.SERVICE_UNAVAILABLE, "temporarily_unavailable", description) from None

    def _unauthorized(self, error: str | None, description: str) -> Denied:
        return Denied(HTTPStatus.UNAUTHORIZED, error, description, self._scopes)
