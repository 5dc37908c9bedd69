"""The audit: one record for each call of a tool that changes something, for each question, and for each decision."""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio.to_thread

from server.errors import Changed
from server.guard.call import Trace
from server.guard.caller import Caller
from server.journal.redaction import without_secrets
from server.store.requests import ApprovalRequest
from server.store.store import Store
from server.store.unavailable import StoreUnavailable
from tools.text import clean

logger = logging.getLogger("waylay_tasks_mcp.audit")

_MAX_TEXT = 300


@dataclass(slots=True)
class Visit:
    """What is known of a call, from its first moment to its last.

    Attributes:
        operation: The tool that was called.
        performed: The operation that was carried out in its place.
        outcome: `done`, `question`, or the kind of the refusal or failure.
        changed: Whether anything was changed.
        status: The status that the service gave the change.
    """

    operation: str
    caller: Caller
    arguments: Mapping[str, Any]
    began: float
    trace: Trace = field(default_factory=Trace)
    performed: str | None = None
    outcome: str = "fault"
    changed: Changed = "no"
    status: int | None = None
    change_id: str | None = None


class Audit:
    """Keeps records in the store, and writes them out where that is set.

    Args:
        store: Where they are kept.
        lines: A file that gets them as JSON lines too, or `stderr`; None for neither.
        clock: Returns epoch seconds.
    """

    def __init__(self, store: Store, lines: str | None, clock: Callable[[], float]) -> None:
        self._store = store
        self._lines = lines
        self._clock = clock

    async def keep(self, visit: Visit) -> None:
        """Keep what happened in a call. A failure of the audit is logged: what was done is done."""
        now = self._clock()
        common = {
            "principal": visit.caller.identity or visit.caller.name,
            "client": visit.caller.client,
            "operation": visit.operation,
            "performed": visit.performed,
            "task_id": clean(visit.arguments.get("task_id") or "") or None,
            "requirement": visit.trace.requirement,
            "rule": visit.trace.rule,
            "asked": visit.trace.way or "never",
            "answered": visit.trace.answered,
            "approval": visit.trace.approval,
        }
        if visit.trace.asked is not None:
            await self._add(visit.trace.asked, {"kind": "question", **common})
        call = {
            "kind": "call",
            **common,
            "arguments": without_secrets(visit.arguments),
            "outcome": visit.outcome,
            "changed": visit.changed,
            "status": visit.status,
            "duration_ms": round((now - visit.began) * 1000),
            "change_id": visit.change_id,
        }
        await self._add(now, call)

    async def decided(self, request: ApprovalRequest, *, by: str, approved: bool, note: str | None) -> None:
        """Keep who decided about a request for approval."""
        decision = {
            "kind": "decision",
            "principal": by,
            "operation": request.operation,
            "approval": request.id,
            "asked": "page",
            "answered": "approved" if approved else "denied",
            "requested_by": request.identity or request.caller,
            "client": request.client,
            "rule": request.rule,
            "requirement": request.requirement,
            "note": note,
        }
        await self._add(self._clock(), decision)

    async def _add(self, at: float, fields: Mapping[str, Any]) -> None:
        record = {"at": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"), **fields}
        record = {name: value for name, value in record.items() if value is not None}
        try:
            await self._store.audit.add(at, record)
            if self._lines is not None:
                await anyio.to_thread.run_sync(_write, self._lines, json.dumps(record))
        except (StoreUnavailable, OSError) as error:
            logger.warning("a record of the audit was not kept: %s", type(error).__name__)


def _write(where: str, line: str) -> None:
    if where == "stderr":
        sys.stderr.write(f"{line}\n")
        return
    path = Path(where)
    path.touch(mode=0o600, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(f"{line}\n")
