"""How the server is reached: stdio and Streamable HTTP."""

import logging
import sys
from collections.abc import Sequence

import anyio
from mcp.server.auth.provider import TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from server.app import Running, build
from server.memory import take_up_collecting
from server.sandbox_file import sandbox_file
from server.settings import Settings
from server.settings_checks import LOOPBACK
from server.web import address, listen, say, serve_until_told

_LOOPBACK_HOSTS = ("127.0.0.1", "127.0.0.1:*", "localhost", "localhost:*", "[::1]", "[::1]:*")


def log_to_stderr(settings: Settings) -> None:
    """Log this project's own lines at the level that is set; libraries only warn, so that no request is written out."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("waylay_tasks_mcp").setLevel(settings.log_level.upper())


def serve_stdio(settings: Settings) -> None:
    """Serve MCP on stdin and stdout until the client closes them.

    Raises:
        SettingsError: the sandbox's file cannot be used.
    """
    running = _built(settings)
    take_up_collecting()
    anyio.run(_stdio, running)


async def _stdio(running: Running) -> None:
    try:
        async with stdio_server() as (read, write):
            await running.server.run(read, write, running.server.create_initialization_options())
    finally:
        await running.aclose()


def serve_http(settings: Settings) -> None:
    """Serve MCP over Streamable HTTP until the process is told to end.

    Raises:
        SettingsError: the address cannot be listened on.
    """
    running = _built(settings)
    listener = listen(settings)
    say(f"MCP on {address(listener, settings)}/mcp, health on {address(listener, settings)}/healthz")
    if settings.host not in LOOPBACK:
        say("Nobody has to sign in here: put an authenticating proxy in front of it.")
    take_up_collecting()
    anyio.run(serve_until_told, http_app(running, settings), listener, running.aclose)


def http_app(
    running: Running,
    settings: Settings,
    *,
    auth: AuthSettings | None = None,
    token_verifier: TokenVerifier | None = None,
) -> Starlette:
    """Return the web application: MCP at /mcp, /healthz beside it.

    Args:
        running: The server.
        settings: Which hosts and origins it answers to, and whether it keeps sessions.
        auth: How callers sign in; nobody has to without it.
        token_verifier: Checks their tokens.
    """
    return running.server.streamable_http_app(
        stateless_http=settings.stateless,
        transport_security=TransportSecuritySettings(
            allowed_hosts=[*_LOOPBACK_HOSTS, *settings.allowed_hosts],
            allowed_origins=[*_origins(_LOOPBACK_HOSTS), *settings.allowed_origins],
        ),
        auth=auth,
        token_verifier=token_verifier,
        custom_starlette_routes=[Route("/healthz", _healthz)],
    )


async def _healthz(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def _origins(hosts: Sequence[str]) -> list[str]:
    return [f"http://{host}" for host in hosts]


def _built(settings: Settings) -> Running:
    """Return the server. A file of the sandbox's is opened now: what is wrong with it should stop the start."""
    running = build(settings)
    if settings.uses_sandbox and settings.sandbox_db is not None:
        with sandbox_file(settings):
            running.calls.open()
    return running
