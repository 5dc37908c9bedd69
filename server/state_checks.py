"""What the settings of the store must satisfy. The check raises ValueError with one line."""

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from pydantic import SecretStr

from server.store.unavailable import DRIVER

_POSTGRESQL = re.compile(
    r"postgres(ql)?://([^/@?#\s]+@)?([^/@?#:\[\]\s]*|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?/[^/@?#\s]+(\?[^@#\s]*)?"
)
"""Only what every parser of addresses takes apart alike: a password must not become part of a host's name."""

NEW_KEY = "waylay-tasks-mcp keys new"
"""The command that makes a key."""

_LENGTH, _DIFFERENT = 32, 10
"""Characters that a key has at least, and how many different ones: a word that is repeated is none."""


def check_state(url: SecretStr | None, folder: Path | None) -> None:
    """Refuse an address that is no PostgreSQL database's, one without its driver, and one beside a folder.

    What is refused is not repeated: it has a password.
    """
    if url is None:
        return
    if folder is not None:
        raise ValueError("WAYLAY_MCP_STATE_URL and WAYLAY_MCP_STATE_DIR are both set: keep one place for the store")
    if not _is_postgresql(url.get_secret_value()):
        raise ValueError(
            "WAYLAY_MCP_STATE_URL: expected an address such as postgresql://user:password@host/database, where / @ # ? "
            "and % in the user and the password are percent-encoded"
        )
    if find_spec("psycopg") is None:
        raise ValueError(
            f"WAYLAY_MCP_STATE_URL: the driver for PostgreSQL is missing; install psycopg: pip install '{DRIVER}'"
        )


def check_keys(keys: Sequence[SecretStr]) -> None:
    """Refuse keys that can be guessed. They are not repeated."""
    for number, key in enumerate((key.get_secret_value() for key in keys), 1):
        if len(key) < _LENGTH or len(set(key)) < _DIFFERENT:
            raise ValueError(
                f"WAYLAY_MCP_STATE_KEYS: key {number} of {len(keys)} is too weak; `{NEW_KEY}` makes one that is not"
            )


def _is_postgresql(url: str) -> bool:
    found = _POSTGRESQL.fullmatch(url)
    return found is not None and int(found["port"] or 1) in range(1, 65_536)
