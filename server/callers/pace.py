"""How many requests a caller may make, of whatever kind."""

from http import HTTPStatus

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from server.callers.identity import identity_of
from server.callers.rate import CallRate
from server.callers.turned_away import turned_away

OF_A_CALL = 6
"""Requests that go with a call in the older era, where a client makes a session for it and ends that."""


class Pace:
    """Refuses requests beyond that. Calls are counted once more, and refused earlier, in words for an assistant.

    Args:
        app: The web application.
        path: Where the endpoint is.
        calls_per_minute: Calls that a caller may make in a minute; 0 is no limit.
    """

    def __init__(self, app: ASGIApp, path: str, calls_per_minute: int) -> None:
        self._app = app
        self._path = path
        self._rate = CallRate(calls_per_minute * OF_A_CALL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        who = caller_at(scope, self._path)
        wait = self._rate.wait(who) if who else 0
        answer = too_many(f"more than {self._rate.per_minute} requests in a minute", wait) if wait else self._app
        await answer(scope, receive, send)


def caller_at(scope: Scope, path: str) -> str:
    """Return who makes a request at a path; empty when nobody signed in, or it is elsewhere."""
    user = scope.get("user")
    at_path = scope["type"] == "http" and scope["path"] == path
    return identity_of(user.access_token) if at_path and isinstance(user, AuthenticatedUser) else ""


def too_many(what: str, wait: int) -> JSONResponse:
    """Return the refusal of what one caller may not have, with the seconds after which to try again."""
    described = f"This is {what}, which is what one caller may have. Nothing was done. Try again in {wait} seconds."
    return turned_away(HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", described, {"Retry-After": str(wait)})
