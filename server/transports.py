"""How the server is reached: stdio, Streamable HTTP, and the sandbox as a gateway of its own."""

import gc
import logging
import socket
import sys
from collections.abc import Sequence
from typing import Any

import anyio
from mcp.server.auth.provider import TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from server.app import Running, build
from server.settings import Settings, SettingsError
from server.settings_checks import LOOPBACK
from server.state import consents_file

_LOOPBACK_HOSTS = ("127.0.0.1", "127.0.0.1:*", "localhost", "localhost:*", "[::1]", "[::1]:*")
_BACKLOG = 512


def log_to_stderr(settings: Settings) -> None:
    """Log this project's own lines at the level that is set; libraries only warn, so that no request is written out."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("waylay_tasks_mcp").setLevel(settings.log_level.upper())


def serve_stdio(settings: Settings) -> None:
    """Serve MCP on stdin and stdout until the client closes them."""
    running = build(settings)
    _settle_memory()
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
    running = build(settings, ledger_path=consents_file(settings))
    listener = _listen(settings)
    _say(f"MCP on {_address(listener)}/mcp, health on {_address(listener)}/healthz")
    if settings.host not in LOOPBACK:
        _say("Nobody has to sign in here: put an authenticating proxy in front of it.")
    _settle_memory()
    anyio.run(_serve, http_app(running, settings), listener, running)


def serve_sandbox(settings: Settings) -> None:
    """Serve the sandbox over HTTP until the process is told to end.

    Raises:
        SettingsError: the address cannot be listened on.
    """
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from server.sandbox.app import build_sandbox

    listener = _listen(settings)
    app = build_sandbox(settings.sandbox_db, settings.sandbox_tasks, settings.sandbox_seed)
    address = _address(listener)
    _say(f"Sandbox on {address}; any key and secret will do. To use it as the tenant:")
    _say(f"  WAYLAY_GATEWAY_URL={address} WAYLAY_API_KEY=any WAYLAY_API_SECRET=any waylay-tasks-mcp")
    hosts = [*LOOPBACK, "[::1]", *(host.partition(":")[0] for host in settings.allowed_hosts)]
    _settle_memory()
    anyio.run(_serve, TrustedHostMiddleware(app, allowed_hosts=hosts), listener, app.state.store.close)


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


async def _serve(app: ASGIApp, listener: socket.socket, running: Running | None) -> None:
    import uvicorn

    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, ws="none")
    try:
        await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        if running is not None:
            await running.aclose()


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise SettingsError(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}") from None


def _address(listener: socket.socket) -> str:
    name: Any = listener.getsockname()
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"http://{host}:{name[1]}"


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _settle_memory() -> None:
    """Take up collecting again, past what was loaded at start."""
    gc.freeze()
    gc.enable()
