"""The audit: one record for each call of a tool that changes something, each question, each decision, each change."""

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import anyio
import anyio.to_thread

from server.guard.call import Call, Trace
from server.guard.caller import Caller
from server.guard.consent import Way
from server.journal.redaction import without_secrets
from server.journal.secret_texts import LOOKED_AT, without_secrets_in
from server.journal.visit import Visit
from server.store.requests import ApprovalRequest
from server.store.store import Store
from tools.text import clean

if TYPE_CHECKING:
    from server.store.change_rows import ChangeOutcome, ChangeRow

Place = Literal["page", "terminal"]
"""Where people decide."""

logger = logging.getLogger("waylay_tasks_mcp.audit")


class Audit:
    """Keeps records in the store, and writes them out where that is set.

    What happened has happened: a record that cannot be kept or written is logged, and fails nothing.

    Args:
        store: Where they are kept.
        lines: A file that gets them as JSON lines too, or `stderr`; None for neither.
        clock: Returns epoch seconds.
    """

    def __init__(self, store: Store, lines: str | None, clock: Callable[[], float]) -> None:
        self._store = store
        self._lines = lines
        self._clock = clock

    def question(self, call: Call, way: Way) -> Mapping[str, Any]:
        """Return the record of a question; the store keeps it together with the question."""
        fields = {
            "kind": "question",
            **_what(call),
            "arguments": without_secrets(call.args.model_dump(mode="json", exclude_unset=True)),
            **_ruling(call.trace),
            "asked": way,
        }
        return _record(self._clock(), fields)

    def begun(self, call: Call) -> Mapping[str, Any]:
        """Return the record of a change that is about to be sent; the store keeps it together with the change."""
        fields = {"kind": "begun", **_what(call), **_ruling(call.trace), **_consent(call.trace)}
        return _record(self._clock(), fields)

    def settled(self, row: "ChangeRow", outcome: "ChangeOutcome", task_id: str | None) -> Mapping[str, Any]:
        """Return the record of an outcome that was found out; the store keeps it together with the outcome."""
        fields = {
            "kind": "settled",
            "operation": row.operation,
            "task_id": _id(task_id or row.task_id),
            "task_name": _name(row.task_name),
            "outcome": outcome,
            "change_id": row.id,
        }
        return _record(self._clock(), fields)

    async def put(self, record: Mapping[str, Any]) -> None:
        """Write out a record that the store has."""
        await self._write(record)

    async def keep(self, visit: Visit) -> None:
        """Keep what happened in a call."""
        try:
            now = self._clock()
            record = _record(now, _call(visit, now))
        except Exception:
            logger.exception("the record of a call of %s could not be made", visit.operation)
            return
        await self._add(now, record)

    async def decided(
        self, request: ApprovalRequest, *, by: str, approved: bool, note: str | None, place: Place
    ) -> None:
        """Keep who decided about a request for approval, and where. A no to what was approved takes that back."""
        fields = {
            "kind": "decision",
            "principal": by,
            "operation": request.operation,
            "task_id": dict(request.facts).get("id"),
            "task_name": _name(dict(request.facts).get("name", "").strip('"')),
            "approval": request.id,
            "asked": "page",
            "decided_in": place,
            "took_back": True if request.outcome == "approved" else None,
            "answered": "approved" if approved else "denied",
            "requested_by": request.identity or request.caller,
            "client": request.client,
            "rule": request.rule,
            "requirement": request.requirement,
            "note": note,
        }
        now = self._clock()
        await self._add(now, _record(now, fields))

    async def _add(self, at: float, record: dict[str, Any]) -> None:
        try:
            await self._store.audit.add(at, record)
        except Exception as error:  # noqa: BLE001 - whatever a driver raises: what was done is done
            logger.warning("a record of the audit was not kept: %s", type(error).__name__)
        await self._write(record)

    async def _write(self, record: Mapping[str, Any]) -> None:
        if self._lines is None:
            return
        try:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_write, self._lines, json.dumps(record))
        except Exception as error:  # noqa: BLE001 - a full disk, a closed stderr: none may fail the call
            logger.warning("a record of the audit was not written out: %s (%s)", type(error).__name__, self._lines)


def _call(visit: Visit, now: float) -> Mapping[str, Any]:
    undoing = visit.performed is not None and visit.performed.undoes is not None
    return {
        "kind": "call",
        **_who(visit.caller),
        "operation": visit.operation,
        "performed": visit.performed.operation.name if visit.performed and undoing else None,
        "task_id": _id(visit.task_id),
        "task_name": _name(visit.trace.task_name),
        **_ruling(visit.trace),
        **_consent(visit.trace),
        "arguments": without_secrets(visit.arguments),
        "outcome": visit.outcome,
        "changed": visit.changed,
        "found": visit.found,
        "status": visit.status,
        "duration_ms": round((now - visit.began) * 1000),
        "change_id": visit.change_id,
    }


def _who(caller: Caller) -> Mapping[str, Any]:
    return {"principal": caller.identity or caller.name, "client": caller.client}


def _what(call: Call) -> Mapping[str, Any]:
    return {
        **_who(call.caller),
        "operation": call.tool,
        "performed": call.operation.name if call.operation.name != call.tool else None,
        "task_id": _id(getattr(call.args, "task_id", None)),
        "task_name": _name(call.trace.task_name),
    }


def _ruling(trace: Trace) -> Mapping[str, Any]:
    return {"requirement": trace.requirement, "rule": trace.rule}


def _consent(trace: Trace) -> Mapping[str, Any]:
    return {
        "asked": trace.way or "never",
        "question": trace.question,
        "approval": trace.approval,
        "answered": trace.answered,
    }


def _name(name: str | None) -> str | None:
    return clean(without_secrets_in((name or "")[:LOOKED_AT])) or None


def _id(task_id: str | None) -> str | None:
    return clean(task_id or "") or None


def _record(at: float, fields: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in fields.items() if value is not None}
    return {"at": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"), **told}


def _write(where: str, line: str) -> None:
    if where == "stderr":
        sys.stderr.write(f"{line}\n")
        return
    # A pipe that nobody reads must fail, and not hold the call up.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(where, flags, 0o600), "a", encoding="utf-8") as stream:
        stream.write(f"{line}\n")
