"""Tokens that stand in a file of this server's, for small set-ups."""

import hmac
from collections.abc import Callable, Mapping

from mcp.server.auth.provider import AccessToken

from server.callers.made_token import fingerprint
from server.callers.refused import TokenRefused
from server.callers.token_file import Entry


class StaticTokens:
    """Accepts the tokens whose digests are known.

    Args:
        entries: What is known of them, by their names.
        clock: Returns epoch seconds.
    """

    def __init__(self, entries: Mapping[str, Entry], clock: Callable[[], float]) -> None:
        self._entries = entries
        self._clock = clock

    async def verify(self, token: str) -> AccessToken:
        """Return what a token allows; whoever has it goes by its name.

        Raises:
            TokenRefused: it is none of them, or has expired.
        """
        digest = fingerprint(token)
        # All are compared, each in the time that it takes, so that how long it takes tells nothing.
        found = [name for name, entry in self._entries.items() if hmac.compare_digest(entry.sha256, digest)]
        if not found:
            raise TokenRefused("it is not known here")
        entry = self._entries[found[0]]
        if entry.expires is not None and self._clock() >= entry.expires.timestamp():
            raise TokenRefused("it has expired")
        until = None if entry.expires is None else int(entry.expires.timestamp())
        # The token itself goes no further than this: nothing behind it has any use for it.
        return AccessToken(token="", client_id=f"token {found[0]}", scopes=[*entry.scopes], expires_at=until)
