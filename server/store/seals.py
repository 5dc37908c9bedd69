"""Seals on what something is done by: consents, approvals, open approval pages, and changes, which can be undone.

Whoever can write to the database, but does not have a key, cannot make such a row, nor alter one: its seal would not
fit. What they can do is remove rows, or put one back as it was a while ago until the time is over that stands in it.
"""

import hmac
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

logger = logging.getLogger("waylay_tasks_mcp.store")

SEALED: Final[Mapping[str, Sequence[str]]] = {
    "consents": (
        "id", "way", "call", "open_call", "bound", "caller", "page", "shown", "created", "expires", "outcome",
        "decided", "decided_by", "note",
    ),
    "changes": (
        "id", "began", "ended", "audience", "identity", "caller", "client", "operation", "destroys", "task_id",
        "task_name", "before", "sent", "outcome", "undoes", "undone_by",
    ),
    "sessions": ("id", "kind", "data", "expires"),
}  # fmt: skip
"""What a seal is about, by table.

The change that a consent was spent on is noted later, and admits nothing. What number a change has, and when it was
looked up last, undoes nothing.
"""

_TIMES = ("created", "expires", "decided", "began", "ended")
_REMEMBERED = 1000
_NO_KEYS = "is sealed, and this server has no WAYLAY_MCP_STATE_KEYS"
_NO_SEAL = "bears no seal: a server without WAYLAY_MCP_STATE_KEYS made it, or somebody who can write to the store"
_OTHER_SEAL = "does not bear the seal of a key in WAYLAY_MCP_STATE_KEYS: its key is missing here, or it was altered"


class Seals:
    """Seals rows, and tells whether a seal fits.

    Args:
        keys: The first one seals, and the seal of any of them is good; with none, nothing is sealed.
        logs: Whether it is logged what does not fit.
    """

    def __init__(self, keys: Sequence[str] = (), *, logs: bool = True) -> None:
        self._keys = [key.encode() for key in keys]
        self._logs = logs
        self._refused: set[str] = set()

    @property
    def refused(self) -> int:
        """How many rows were found whose seal does not fit."""
        return len(self._refused)

    def seal(self, table: str, row: Mapping[Any, Any]) -> str | None:
        """Return the seal for what is going to stand in a row; None where nothing is sealed."""
        return _seal(self._keys[0], table, row) if self._keys else None

    def fits(self, table: str, row: Mapping[Any, Any]) -> bool:
        """Tell whether a row is as a server with one of the keys has left it. Only such a row counts."""
        why = self._misfit(table, row)
        if why is not None:
            self._refuse(table, row, why)
        return why is None

    def _misfit(self, table: str, row: Mapping[Any, Any]) -> str | None:
        seal: str | None = row["seal"]
        if not self._keys:
            return None if seal is None else _NO_KEYS
        if seal is None:
            return _NO_SEAL
        good = [hmac.compare_digest(_seal(key, table, row).encode(), _bytes(seal)) for key in self._keys]
        return None if any(good) else _OTHER_SEAL

    def _refuse(self, table: str, row: Mapping[Any, Any], why: str) -> None:
        if row["id"] in self._refused or len(self._refused) >= _REMEMBERED:
            return
        self._refused.add(row["id"])
        if self._logs:
            logger.warning("an entry among the %s in the store is treated as unknown: it %s", table, why)


def _seal(key: bytes, table: str, row: Mapping[Any, Any]) -> str:
    content = [_plain(name, row.get(name)) for name in SEALED[table]]
    written = json.dumps(["waylay-tasks-mcp", table, content], sort_keys=True, separators=(",", ":"))
    return hmac.digest(key, written.encode(), "sha256").hex()


def _plain(name: str, value: Any) -> Any:
    # A database gives a whole number of seconds back as one with a fraction.
    return float(value) if name in _TIMES and value is not None else value


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
