"""The socket that web applications of ours listen on."""

import socket
from typing import Any

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
    host = name[0] if settings.host in LOOPBACK else settings.answered_hosts[0].partition(":")[0]
    return f"http://{f'[{host}]' if ':' in host else host}:{name[1]}"
