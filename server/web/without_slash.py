"""Addresses with a slash too many, or one too few.

The framework would lead on to a whole address, with the scheme of this connection: http, also where there is TLS before
it, and tokens would travel in the clear.
"""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route


def leading(path: str, to: str, methods: Sequence[str] = ("GET",)) -> Route:
    """Return a route that leads on to another path, wherever this server is reached."""
    return Route(path, _to(to), methods=[*methods])


def _to(path: str) -> Callable[[Request], Awaitable[RedirectResponse]]:
    async def lead(request: Request) -> RedirectResponse:
        return RedirectResponse(path)

    return lead
