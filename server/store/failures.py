"""What is the matter with a database, in words of ours: a driver's own may hold what is nobody else's business."""

import logging
import re
import sqlite3
from typing import Any

from sqlalchemy import URL
from sqlalchemy.exc import IntegrityError

from server.store.unavailable import Conflict, StoreUnavailable, Unusable

logger = logging.getLogger("waylay_tasks_mcp.store")

_PORT = 5432
_LOCKED, _UNWRITABLE = "is locked by another process", "cannot be written"
_NOT_LET_IN, _MISSING, _UNREACHABLE = "refused the user or the password", "does not exist", "cannot be reached"

_SQLITE = {
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_NOTADB": "is no database",
    "SQLITE_CORRUPT": "is damaged",
    "SQLITE_CANTOPEN": "cannot be opened",
    "SQLITE_READONLY": _UNWRITABLE,
    "SQLITE_PERM": _UNWRITABLE,
    "SQLITE_FULL": f"{_UNWRITABLE}: the disk is full",
}
"""By the primary name of the result code: https://sqlite.org/rescode.html."""

_POSTGRESQL = {
    "08": _UNREACHABLE,
    "57P": _UNREACHABLE,
    "28": _NOT_LET_IN,
    "3D000": _MISSING,
    "25006": _UNWRITABLE,
    "42501": _UNWRITABLE,
    "53100": f"{_UNWRITABLE}: the disk is full",
    "55P03": _LOCKED,
}
"""By how the code begins: https://www.postgresql.org/docs/current/errcodes-appendix.html."""

_WITHOUT_CODE = ("OperationalError", "InterfaceError", "ConnectionTimeout")
"""What the driver raises where no server answered."""

_CONNECTING = (
    (r"invalid connection option|invalid URI query", "cannot be asked: its address has an option of no such name"),
    (r"bad value for|invalid \w+ value", "cannot be asked: its address has an option with an impossible value"),
    (r'authentication failed|no password supplied|role ".*" does not exist|no pg_hba\.conf entry', _NOT_LET_IN),
    (r'database ".*" does not exist', _MISSING),
    (r"\bSSL\b|certificate", "cannot be reached with the encryption that its address asks for"),
    (r"FATAL:", "refused the connection"),
)
"""While it connects the driver tells no code, only words; a server that speaks another language refused."""


class Failures:
    """Tells what is the matter with a database, and logs it once until it works again.

    Args:
        address: Where it is.
        logs: Whether that is logged; else whoever asked says it.
    """

    def __init__(self, address: URL, *, logs: bool) -> None:
        self._name = _name(address)
        self._setting = "WAYLAY_MCP_STATE_DIR" if _is_sqlite(address) else "WAYLAY_MCP_STATE_URL"
        self._logs = logs
        self._logged: str | None = None

    def told(self, error: Exception) -> StoreUnavailable:
        """Return what is raised for what the driver, the system or this package raised."""
        said = f"{self._name} {_why(error)}"
        if isinstance(error, IntegrityError):
            return Conflict(said, self._setting)
        if self._logs and said != self._logged:
            logger.warning("the store cannot be used: %s; see %s", said, self._setting)
            self._logged = said
        return StoreUnavailable(said, self._setting)

    def over(self) -> None:
        """Note that it works."""
        self._logged = None


def _is_sqlite(address: URL) -> bool:
    return address.get_backend_name() == "sqlite"


def _name(address: URL) -> str:
    """Return what a database is called: its path, or host, port and name, but nobody's user or password."""
    if _is_sqlite(address):
        return f"the file {address.database}" if address.database else "the database in memory"
    host, port = (address.query.get(part) for part in ("host", "port"))
    where = address.host or (host if isinstance(host, str) else ",".join(host or ())) or "localhost"
    return f"the PostgreSQL database at {where}:{address.port or port or _PORT}/{address.database}"


def _why(error: Exception) -> str:
    if isinstance(error, Unusable):
        return str(error)
    if isinstance(error, OSError):
        return f"{_UNWRITABLE}: {error.strerror}" if error.strerror else _UNWRITABLE
    original: Any = getattr(error, "orig", None)
    known = _of_sqlite(original) if isinstance(original, sqlite3.Error) else _of_postgresql(original)
    return known or f"failed ({type(error).__name__})"


def _of_sqlite(original: sqlite3.Error) -> str | None:
    code = getattr(original, "sqlite_errorname", "")
    return _SQLITE.get("_".join(code.split("_")[:2]))


def _of_postgresql(original: Any) -> str | None:
    code = getattr(original, "sqlstate", None)
    if code is not None:
        return next((why for begin, why in _POSTGRESQL.items() if code.startswith(begin)), None)
    connecting = next((why for words, why in _CONNECTING if re.search(words, str(original))), None)
    return connecting or (_UNREACHABLE if type(original).__name__ in _WITHOUT_CODE else None)
