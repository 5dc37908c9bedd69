"""How the server is reached: stdio and Streamable HTTP."""

import logging
import sys
import time
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
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from server.app import Running, build
from server.approvals.pages import page_over_http, page_over_stdio
from server.audit_file import check_audit_file
from server.guard.page import ApprovalPage
from server.memory import take_up_collecting
from server.sandbox_file import sandbox_file
from server.settings import Settings
from server.settings_checks import LOOPBACK
from server.state import store_for
from server.store.store import Store
from server.web import address, listen, say, serve_until_told

_LOOPBACK_HOSTS = ("127.0.0.1", "127.0.0.1:*", "localhost", "localhost:*", "[::1]", "[::1]:*")


def log_to_stderr(settings: Settings) -> None:
    """Log this project's own lines at the level that is set; libraries only warn, so that no request is written out."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("waylay_tasks_mcp").setLevel(settings.log_level.upper())


def serve_stdio(settings: Settings) -> None:
    """Serve MCP on stdin and stdout until the client closes them.

    Raises:
        SettingsError: a file of the sandbox's or the audit's cannot be used.
    """
    store = store_for(settings)
    running = _built(settings, store, page_over_stdio(settings, store, time.time))
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
        SettingsError: the address cannot be listened on, a file cannot be used, or a sign-in has no page.
    """
    listener, store = listen(settings), store_for(settings)
    where = address(listener, settings)
    approvals = page_over_http(settings, store, where, time.time)
    running = _built(settings, store, approvals.page)
    _greet(settings, where, approvals.found)
    store.check_ahead()
    take_up_collecting()
    anyio.run(serve_until_told, http_app(running, settings, approvals=approvals.app), listener, running.aclose)


def _greet(settings: Settings, where: str, page: str) -> None:
    say(f"MCP on {where}/mcp, health on {where}/healthz")
    if settings.host not in LOOPBACK:
        say("Nobody has to sign in here: put an authenticating proxy in front of it.")
    say(f"Approval page: {page}")
    if settings.uses_sandbox:
        say("Sandbox: no credentials are set.")


def http_app(
    running: Running,
    settings: Settings,
    *,
    approvals: ASGIApp | None = None,
    auth: AuthSettings | None = None,
    token_verifier: TokenVerifier | None = None,
) -> Starlette:
    """Return the web application: MCP at /mcp, /healthz and /approvals beside it.

    Args:
        running: The server.
        settings: Which hosts and origins it answers to, and whether it keeps sessions.
        approvals: Answers below /approvals; None leaves that out.
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
        custom_starlette_routes=[Route("/healthz", _healthz), *_below("/approvals", approvals)],
    )


async def _healthz(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def _origins(hosts: Sequence[str]) -> list[str]:
    return [f"http://{host}" for host in hosts]


def _below(path: str, app: ASGIApp | None) -> list[Any]:
    return [] if app is None else [Mount(path, app)]


def _built(settings: Settings, store: Store, page: ApprovalPage) -> Running:
    """Return the server. Files of the audit and the sandbox are opened now: what is wrong should stop the start."""
    check_audit_file(settings)
    running = build(settings, store=store, page=page)
    if settings.uses_sandbox and settings.sandbox_db is not None:
        with sandbox_file(settings):
            running.calls.open()
    return running
