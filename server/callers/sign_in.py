"""How callers sign in over HTTP: what the web application needs for it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.routing import BaseRoute

from server.callers.access_token import SignedTokens
from server.callers.bearer import Bearer
from server.callers.challenge import Challenges
from server.callers.metadata import metadata_address, metadata_routes
from server.callers.pace import Pace
from server.callers.scopes import SCOPES, in_use, needed
from server.callers.static_tokens import StaticTokens
from server.callers.step_up import StepUp
from server.callers.token_file import Entry, read_token_file
from server.callers.verifying import EitherTokens, Tokens
from server.issuers.published import Published
from server.settings import Settings, SettingsError
from server.settings_checks import LOOPBACK
from tools.catalog import OPERATIONS, offered

PATH = "/mcp"
"""Where the endpoint is."""


@dataclass(frozen=True, slots=True)
class CallerSignIn:
    """How callers sign in.

    Attributes:
        middleware: Finds out who calls, and turns away whom it does not know; from the outside in.
        routes: What is beside the endpoint for it.
    """

    middleware: Sequence[Middleware]
    routes: Sequence[BaseRoute]

    def watch(self, app: Starlette) -> None:
        """Have every request looked at before the application sees it."""
        for each in reversed(self.middleware):
            app.add_middleware(each.cls, *each.args, **each.kwargs)

    async def verify_token(self, token: str) -> None:
        """Know nobody: the SDK's own door at the endpoint stays shut for whom the middleware has not let in."""


def caller_sign_in(
    settings: Settings, clock: Callable[[], float] = time.time, *, made: Mapping[str, Entry] | None = None
) -> CallerSignIn | None:
    """Return how callers sign in; None where nobody has to, on loopback.

    Args:
        settings: What they bring.
        clock: Returns epoch seconds.
        made: The tokens of the file, where it has been read.

    Raises:
        SettingsError: other machines can call and nobody has to sign in, or the file of tokens cannot be used.
    """
    if not settings.callers_sign_in:
        _check_loopback(settings)
        return None
    resource = f"{(settings.public_url or '').rstrip('/')}{PATH}"
    tokens, scopes = _tokens(settings, resource, clock, made), in_use(offered(read_only=settings.read_only))
    return signing_in(tokens, resource, settings.auth_issuer, scopes, calls_per_minute=settings.calls_per_minute)


def signing_in(
    tokens: Tokens, resource: str, issuer: str | None, scopes: Sequence[str] = SCOPES, *, calls_per_minute: int = 0
) -> CallerSignIn:
    """Return a way to sign in.

    Args:
        tokens: Which are accepted.
        resource: The address of the endpoint.
        issuer: Who issues them, to the letter; None where nobody does.
        scopes: What callers are to ask that issuer for.
        calls_per_minute: Calls that a caller may make in a minute; 0 is no limit.
    """
    challenges = Challenges(metadata_address(resource) if issuer else None)
    needs = {operation.name: needed(operation) for operation in OPERATIONS}
    return CallerSignIn(
        middleware=[
            Middleware(AuthenticationMiddleware, Bearer(tokens, PATH, scopes), challenges.answer),
            Middleware(AuthContextMiddleware),
            Middleware(Pace, PATH, calls_per_minute),
            Middleware(StepUp, PATH, needs, challenges),
        ],
        routes=metadata_routes(resource, issuer, scopes) if issuer else [],
    )


def _tokens(
    settings: Settings, resource: str, clock: Callable[[], float], made: Mapping[str, Entry] | None
) -> EitherTokens:
    issued = own = None
    if settings.auth_issuer is not None:
        published = Published(settings.auth_issuer, "WAYLAY_MCP_AUTH_ISSUER", clock)
        issued = SignedTokens(settings.auth_issuer, settings.auth_audience or resource, published, clock)
    if settings.auth_tokens is not None:
        own = StaticTokens(read_token_file(settings.auth_tokens) if made is None else made, clock)
    return EitherTokens(issued, own)


def _check_loopback(settings: Settings) -> None:
    if settings.host not in LOOPBACK:
        raise SettingsError(
            "WAYLAY_MCP_HOST (or --host) is not loopback, and callers do not sign in: set "
            "WAYLAY_MCP_AUTH_ISSUER and WAYLAY_MCP_PUBLIC_URL, or WAYLAY_MCP_AUTH_TOKENS"
        )
