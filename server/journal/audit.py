"""The audit: one record for each call of a tool that changes something, each question, each decision, each change."""

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import anyio
import anyio.to_thread

from server.guard.call import Call
from server.guard.consent import Way
from server.journal.records import call_fields, consent, record, ruling, shown, what
from server.journal.redaction import without_secrets
from server.journal.secret_texts import without_secrets_in
from server.journal.visit import Visit
from server.store.requests import ApprovalRequest
from server.store.store import Store

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
        where: The tenant that calls go to; None where nothing is called, and only decided.
    """

    def __init__(self, store: Store, lines: str | None, clock: Callable[[], float], where: str | None = None) -> None:
        self._store = store
        self._lines = lines
        self._clock = clock
        self._where = where

    def question(self, call: Call, way: Way) -> Mapping[str, Any]:
        """Return the record of a question; the store keeps it together with the question."""
        fields = {
            "kind": "question",
            **what(call),
            "arguments": without_secrets(call.args.model_dump(mode="json", exclude_unset=True)),
            **ruling(call.trace),
            "asked": way,
        }
        return self._now(fields)

    def begun(self, call: Call) -> Mapping[str, Any]:
        """Return the record of a change that is about to be sent; the store keeps it together with the change."""
        return self._now({"kind": "begun", **what(call), **ruling(call.trace), **consent(call.trace)})

    def settled(self, row: "ChangeRow", outcome: "ChangeOutcome", task_id: str | None) -> Mapping[str, Any]:
        """Return the record of an outcome that was found out; the store keeps it together with the outcome."""
        fields = {
            "kind": "settled",
            "operation": row.operation,
            "task_id": shown(task_id or row.task_id),
            "task_name": shown(row.task_name),
            "undoes": row.undoes,
            "outcome": outcome,
            "change_id": row.id,
        }
        return self._now(fields)

    async def put(self, record: Mapping[str, Any]) -> None:
        """Write out a record that the store has."""
        await self._write(record)

    async def keep(self, visit: Visit) -> None:
        """Keep what happened in a call."""
        try:
            now = self._clock()
            told = record(now, {**call_fields(visit, now), "where": self._where})
        except Exception:
            logger.exception("the record of a call of %s could not be made", visit.operation)
            return
        await self._add(now, told)

    async def decided(
        self, request: ApprovalRequest, *, by: str, approved: bool, note: str | None, place: Place
    ) -> None:
        """Keep who decided about a request for approval, and where. A no to what was approved takes that back."""
        fields = {
            "kind": "decision",
            "principal": by,
            "operation": request.operation,
            "task_id": shown(dict(request.facts).get("id")),
            "task_name": shown(dict(request.facts).get("name", "").strip('"')),
            "approval": request.id,
            "asked": "page",
            "decided_in": place,
            "took_back": True if request.outcome == "approved" else None,
            "answered": "approved" if approved else "denied",
            "requested_by": request.identity or request.caller,
            "client": request.client,
            "rule": request.rule,
            "requirement": request.requirement,
            "note": without_secrets_in(note) if note else None,
            "where": request.where,
        }
        now = self._clock()
        await self._add(now, record(now, fields))

    def _now(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        return record(self._clock(), {**fields, "where": self._where})

    async def _add(self, at: float, told: dict[str, Any]) -> None:
        try:
            await self._store.audit.add(at, told)
        except Exception as error:  # noqa: BLE001 - whatever a driver raises: what was done is done
            logger.warning("a record of the audit could not be kept at once: %s", type(error).__name__)
        await self._write(told)

    async def _write(self, record: Mapping[str, Any]) -> None:
        if self._lines is None:
            return
        try:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_write, self._lines, json.dumps(record))
        except Exception as error:  # noqa: BLE001 - a full disk, a closed stderr: none may fail the call
            logger.warning("a record of the audit was not written out: %s (%s)", type(error).__name__, self._lines)


def _write(where: str, line: str) -> None:
    if where == "stderr":
        sys.stderr.write(f"{line}\n")
        return
    # A pipe that nobody reads must fail, and not hold the call up.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(where, flags, 0o600), "a", encoding="utf-8") as stream:
        stream.write(f"{line}\n")
