"""The audit as people read it in a terminal."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from server.settings import Settings, SettingsError
from server.state import lasting_store
from server.store.unavailable import StoreUnavailable
from tools.text import clean, quoted

_SPAN = re.compile(r"(\d{1,5})([mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
_AT_ONCE = 500
_MAX = 40

_MAX_NOTE = 300
"""Characters of what a person said that are shown; no more are kept."""


def records(settings: Settings, since: str, *, as_json: bool, clock: Callable[[], float] = time.time) -> Iterator[str]:
    """Yield the audit since a time, one record on a line.

    Args:
        settings: Where the store is.
        since: How far back, as `30m`, `24h` or `7d`, or an ISO 8601 time; UTC when it names no zone.
        as_json: Whether to yield whole records.
        clock: Returns epoch seconds.

    Raises:
        SettingsError: the time cannot be read, or the store cannot be used.
    """
    begin = _time(since, clock())
    store = lasting_store(settings, clock)
    count = 0
    try:
        for count, record in enumerate(_all(store.audit.since, begin), 1):  # noqa: B007
            yield json.dumps(record) if as_json else _line(record)
    except StoreUnavailable as error:
        where = "WAYLAY_MCP_STATE_DIR or WAYLAY_MCP_STATE_URL"
        raise SettingsError(f"the store cannot be used ({error}): see {where}") from None
    finally:
        store.close()
    if not count and not as_json:
        yield f"Nothing was done since {datetime.fromtimestamp(begin, UTC):%Y-%m-%d %H:%M} UTC."


def _all(page: Callable[..., Any], begin: float) -> Iterator[Mapping[str, Any]]:
    last = 0
    while rows := page(begin, _AT_ONCE, last):
        yield from (record for _, record in rows)
        last = rows[-1][0]


def _time(since: str, now: float) -> float:
    span = _SPAN.fullmatch(since)
    if span:
        return now - int(span[1]) * _SECONDS[span[2]]
    try:
        given = datetime.fromisoformat(since)
    except ValueError:
        expected = "expected 30m, 24h, 7d or a time such as 2026-11-24"
        raise SettingsError(f"--since: {expected}, not {clean(since, _MAX)}") from None
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp()


def _line(record: Mapping[str, Any]) -> str:
    """Return a record on one line: its parts are foreign, and no part can begin a line or hold two spaces."""
    kind = _said(record, "kind")
    happened = (_said(record, "outcome") if kind == "call" else kind).upper()
    what = " ".join(filter(None, (_said(record, "operation"), _said(record, "task_id"))))
    rule = f"{_said(record, 'requirement')} by {_said(record, 'rule')}" if record.get("requirement") else "not judged"
    came_of_it = _decided(record) if kind == "decision" else _asked(record)
    when = _said(record, "at")[:19].replace("T", " ")
    return "  ".join((when, happened, _who(record, kind), what, f"{rule}; {came_of_it}"))


def _who(record: Mapping[str, Any], kind: str) -> str:
    # The client of a decision is the one whose call was decided about.
    known = ("principal",) if kind == "decision" else ("principal", "client")
    return " via ".join(filter(None, (_said(record, key) for key in known)))


def _asked(record: Mapping[str, Any]) -> str:
    question = _said(record, "approval") or _said(record, "question")
    asked = " ".join(filter(None, ("asked:", _said(record, "asked"), question)))
    answered = f" -> {_said(record, 'answered')}" if record.get("answered") else ""
    change = f"  change {_said(record, 'change_id')}" if record.get("change_id") else ""
    return f"{asked}{answered}{change}"


def _decided(record: Mapping[str, Any]) -> str:
    client = f" via {_said(record, 'client')}" if record.get("client") else ""
    request = f"request {_said(record, 'approval')} of {_said(record, 'requested_by')}{client}"
    note = f": {quoted(record['note'], _MAX_NOTE)}" if record.get("note") else ""
    return f"{_said(record, 'answered')} {request}{note}"


def _said(record: Mapping[str, Any], key: str) -> str:
    return clean(record.get(key) or "")
