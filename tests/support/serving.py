"""Real sockets: web applications on loopback, and this server as a process."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import uvicorn
from mcp.client import Transport
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.auth.provider import AccessToken
from starlette.types import ASGIApp

from server.callers.scopes import SCOPES
from server.callers.sign_in import CallerSignIn, signing_in

PATIENCE = 30
"""Seconds after which a test gives up waiting."""

IN_PROCESSES = Path(__file__).parent.parent / "canary" / "in_processes"

COMMAND = str(Path(sys.executable).with_name("waylay-tasks-mcp"))


def clean_environment(**given: str) -> dict[str, str]:
    """Return the environment of a process that gets nothing from ours.

    Except that its coverage is measured too, that nothing is kept where whoever runs the tests keeps things, and that
    what it prints is searched for secrets.
    """
    kept = ("COVERAGE", "XDG_STATE_HOME", "CANARY_")
    listening = {"PYTHONPATH": str(IN_PROCESSES)} if "CANARY_FOLDER" in os.environ else {}
    return {name: value for name, value in os.environ.items() if name.startswith(kept)} | listening | given


def free_port() -> tuple[socket.socket, str]:
    """Return a socket on a free loopback port, and its address, for an application that has to know it."""
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def serve(
    app: ASGIApp, certificate: Path | None = None, listener: socket.socket | None = None
) -> AsyncGenerator[str]:
    """Serve an application on a free loopback port, over TLS with a certificate; yields its address."""
    listener = listener or socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", access_log=False, ws="none", ssl_certfile=certificate)
    )
    # A task and no task group: fixtures are torn down in another task than they were set up in.
    serving = asyncio.create_task(server.serve([listener]))
    try:
        async with asyncio.timeout(PATIENCE):
            while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers nothing to wait for
                await asyncio.sleep(0.005)
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()


@asynccontextmanager
async def over_http(address: str, bearer: str | None = None) -> AsyncGenerator[Transport]:
    """Yield the transport to a server's endpoint, signed in with a token."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    # There are no certificates here, and reading those of the machine takes longer than the rest.
    async with httpx2.AsyncClient(headers=headers, timeout=PATIENCE, verify=False) as client:
        yield streamable_http_client(f"{address}/mcp", http_client=client)


@asynccontextmanager
async def over_stdio(
    environment: Mapping[str, str] | None = None, *arguments: str, log: Path = Path(os.devnull)
) -> AsyncGenerator[Transport]:
    """Yield the transport to this server, started as a host starts it, with an environment and a store of its own."""
    with TemporaryDirectory() as state, log.open("a") as errors:
        given = {"WAYLAY_MCP_STATE_DIR": state, **(environment or {})}
        parameters = StdioServerParameters(
            command=COMMAND, args=list(arguments), env=clean_environment(**given), cwd=log.parent
        )
        yield stdio_client(parameters, errlog=errors)


class Names:
    """Tokens that are their bearers' names, and allow everything.

    Args:
        issuer: Who is said to have issued them.
    """

    def __init__(self, issuer: str = "tests") -> None:
        self._issuer = issuer

    async def verify(self, token: str) -> AccessToken:
        """Accept any name."""
        claims = {"iss": self._issuer}
        return AccessToken(token="", client_id="tests", scopes=[*SCOPES], subject=token, claims=claims)


def sign_in() -> CallerSignIn:
    """Return a way to sign in with `Names`."""
    return signing_in(Names(), "http://127.0.0.1/mcp", None)
