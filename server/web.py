"""Web applications on a socket of ours, until the process is told to end."""

import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

from starlette.types import ASGIApp

from server.settings import Settings, SettingsError
from server.settings_checks import LOOPBACK

_BACKLOG = 512


def listen(settings: Settings) -> socket.socket:
    """Return a socket that listens where the settings say.

    Raises:
        SettingsError: the address is taken, or is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        # Python adds the address once more, in brackets.
        why = (error.strerror or "").partition(" (while ")[0]
        raise SettingsError(
            f"cannot listen on {settings.host} port {settings.port}: {why}; choose another with --host and --port"
        ) from None


def address(listener: socket.socket, settings: Settings) -> str:
    """Return the address under which a socket is reached: by name, where it only answers to names."""
    name: Any = listener.getsockname()
    host = name[0] if settings.host in LOOPBACK else settings.allowed_hosts[0].partition(":")[0]
    return f"http://{f'[{host}]' if ':' in host else host}:{name[1]}"


async def serve_until_told(app: ASGIApp, listener: socket.socket, close: Callable[[], Awaitable[None]]) -> None:
    """Serve an application; what is under way is finished, and `close` awaited, before the process ends."""
    import uvicorn

    # Who is at the other end is what the connection says, and never a header: the approval page depends on it.
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, ws="none", proxy_headers=False
    )
    # uvicorn passes the signal on once it has finished what was under way; then this ends the process in order.
    signal.signal(signal.SIGTERM, _leave)
    try:
        await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        await close()


def say(line: str) -> None:
    """Tell the person who started this: on stderr, because stdout may belong to the protocol."""
    sys.stderr.write(f"{line}\n")


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
