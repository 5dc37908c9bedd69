"""Tokens of either kind: an issuer's, and those of this server's own file."""

from typing import Protocol

from mcp.server.auth.provider import AccessToken

from server.callers.made_token import PREFIX
from server.callers.refused import TokenRefused


class Tokens(Protocol):
    """Accepts tokens of one kind."""

    async def verify(self, token: str) -> AccessToken:
        """Return what a token allows to whom.

        Raises:
            TokenRefused: it is not accepted.
            SignInFailed: whether it is cannot be found out right now.
        """
        ...


class EitherTokens:
    """Accepts tokens of the kinds that are set up; they are told apart by how they begin.

    Args:
        issued: Those of an issuer.
        made: Those of a file.
    """

    def __init__(self, issued: Tokens | None, made: Tokens | None) -> None:
        self._issued = issued
        self._made = made

    async def verify(self, token: str) -> AccessToken:
        """Return what a token allows to whom."""
        kind = self._made if token.startswith(PREFIX) else self._issued
        if kind is None:
            raise TokenRefused("it is of a kind that is not accepted here")
        return await kind.verify(token)
