"""Whose program is at the other end of a connection on this machine, as far as the system tells.

Source: proc_pid_net(5) of the Linux manual pages, on `/proc/net/tcp`. Other systems do not tell.
"""

import os
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from starlette.requests import HTTPConnection

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
"""Where Linux lists connections."""

_ESTABLISHED, _ROOT = "01", 0

End = tuple[str, int]


def is_ours(connection: HTTPConnection, tables: tuple[Path, ...] = TABLES) -> bool:
    """Tell whether a program of this account's, or the system's own, is at the other end; true where nothing tells.

    A connection that is being closed belongs to nobody any more, and so not to us.

    Args:
        connection: A connection over loopback.
        tables: Where the system lists connections.
    """
    readable = [table for table in tables if table.exists()]
    if not readable:
        return True
    client, server = connection.client, connection.scope.get("server")
    if client is None or server is None:
        return False
    owners = {owner for table in readable for owner in _owners(table, (client.host, client.port), tuple(server))}
    return bool(owners) and owners <= {os.getuid(), _ROOT}


def _owners(table: Path, client: End, server: End) -> Iterator[int]:
    """Yield the accounts that own the client's end of a connection, where it is whole."""
    wanted = set(zip(_written(client), _written(server), strict=False))
    for line in table.read_text("ascii").splitlines()[1:]:
        _, local, remote, state, _, _, _, owner, *_ = line.split()
        if (local, remote) in wanted and state == _ESTABLISHED:
            yield int(owner)


def _written(end: End) -> list[str]:
    """Return an address as the tables have it: as it is, and as one of IPv4 within IPv6."""
    try:
        address = ip_address(end[0])
    except ValueError:
        return []
    forms: list[IPv4Address | IPv6Address] = [address]
    if isinstance(address, IPv4Address):
        forms.append(IPv6Address(f"::ffff:{address}"))
    return [f"{_words(form.packed)}:{end[1]:04X}" for form in forms]


def _words(packed: bytes) -> str:
    return "".join(f"{word:08X}" for word in struct.unpack(f"={len(packed) // 4}I", packed))
