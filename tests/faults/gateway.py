"""The gateway's name and certificate: what a client asks for before it has a connection."""

import os
import socket
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import trustme

DOMAIN = "gateway.test"
"""Every cell has a name of its own below it, which no name server knows."""


@dataclass(frozen=True, slots=True)
class Identities:
    """Certificates for every name below the domain.

    Attributes:
        gateway: Of the authority that clients are told to trust.
        stranger: Of one that nobody knows.
    """

    gateway: ssl.SSLContext
    stranger: ssl.SSLContext


class Names:
    """The name service of a run."""

    def __init__(self) -> None:
        self._known: dict[str, Callable[[str], str]] = {}
        self._elsewhere = socket.getaddrinfo

    def add(self, host: str, resolve: Callable[[str], str]) -> None:
        """Have a name resolved; `resolve` is given where it rightly leads to."""
        self._known[host] = resolve

    def forget(self, host: str) -> None:
        """Have a name not resolved any more."""
        del self._known[host]

    def find(self, host: Any, *arguments: Any, **more: Any) -> Any:
        """Stand in for `socket.getaddrinfo`."""
        name = host.decode() if isinstance(host, bytes) else host
        resolve = self._known.get(name)
        return self._elsewhere(resolve("127.0.0.1") if resolve else host, *arguments, **more)


@contextmanager
def gateways(folder: Path) -> Generator[tuple[Names, Identities]]:
    """Yield names and certificates that clients in this process go by, as long as this lasts."""
    authority, names, file = trustme.CA(), Names(), folder / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    known = Identities(_context(authority), _context(trustme.CA()))
    with patch.object(socket, "getaddrinfo", names.find), patch.dict(os.environ, SSL_CERT_FILE=str(file)):
        yield names, known


def _context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(f"*.{DOMAIN}").configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    return context
