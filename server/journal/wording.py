"""A record of the audit as a line for people."""

from collections.abc import Mapping
from typing import Any, cast

from tools.text import clean, quoted

_MAX_NOTE = 300
"""Characters of what a person said that are shown; no more are kept."""

_WIDTHS = (20, 17, 30, 64)
"""Of the columns but the last; what is longer moves the rest of its line."""

_NEEDED = {
    "none": "no consent needed",
    "confirm": "a yes needed",
    "human": "a person's yes needed",
    "approver": "somebody else's yes needed",
    "deny": "not allowed",
}

_FOUND = {"done": "it was made", "not_done": "it was not made"}

_PLACES = {"page": " on the page", "terminal": " in a terminal"}


def line_of(record: Mapping[str, Any]) -> str:
    """Return a record on one line: its parts are foreign, and no part can begin a line or hold two spaces."""
    kind = _said(record, "kind")
    outcome = "asked" if record.get("outcome") == "question" else _said(record, "outcome")
    happened = (outcome if kind == "call" else kind).upper()
    columns = (_when(record), happened, _who(record, kind) or "-", _what(record) or "-")
    aligned = (column.ljust(width) for column, width in zip(columns, _WIDTHS, strict=True))
    return "  ".join((*aligned, _how(record, kind) + _where(record) + _change(record) + _undone(record)))


def _when(record: Mapping[str, Any]) -> str:
    at = _said(record, "at")[:19].replace("T", " ")
    return f"{at}Z" if at else "-"


def _who(record: Mapping[str, Any], kind: str) -> str:
    # The client of a decision is the one whose call was decided about.
    known = ("principal",) if kind == "decision" else ("principal", "client")
    return " via ".join(filter(None, (_said(record, key) for key in known)))


def _what(record: Mapping[str, Any]) -> str:
    name = quoted(record["task_name"]) if record.get("task_name") else ""
    return " ".join(filter(None, (_said(record, "operation"), _said(record, "task_id"), name)))


def _how(record: Mapping[str, Any], kind: str) -> str:
    if kind == "settled":
        outcome = _said(record, "outcome")
        return f"found out later: {_FOUND.get(outcome, outcome)}"
    came_of_it = _decided(record) if kind == "decision" else _asked(record)
    found = f"looked up: {_said(record, 'found')}" if record.get("found") else ""
    return "; ".join(filter(None, (_needed(record), came_of_it, found)))


def _needed(record: Mapping[str, Any]) -> str:
    requirement = _said(record, "requirement")
    if not requirement and record.get("asked") not in (None, "never"):
        return ""
    if not requirement:
        ended = "cut off" if record.get("outcome") == "cut_off" else "refused"
        return f"{ended} before the rules were looked at"
    return f"{_NEEDED.get(requirement, requirement)} ({_said(record, 'rule')})"


def _asked(record: Mapping[str, Any]) -> str:
    way = _said(record, "asked")
    if way in ("", "never"):
        return "nobody was asked" if record.get("requirement") in ("confirm", "human", "approver") else ""
    question = _said(record, "approval") or _said(record, "question")
    asked = " ".join(filter(None, ("asked:", way, question)))
    return f"{asked} -> {_said(record, 'answered')}" if record.get("answered") else asked


def _change(record: Mapping[str, Any]) -> str:
    return f"  change {_said(record, 'change_id')}" if record.get("change_id") else ""


def _undone(record: Mapping[str, Any]) -> str:
    """Return which change was to be undone, and by what; a call that was refused early has it as its argument."""
    given: object = record.get("arguments")
    asked_for = cast("Mapping[str, object]", given).get("change_id") if isinstance(given, Mapping) else None
    undone = record.get("undoes") or (asked_for if record.get("operation") == "undo_change" else None)
    by = f" by {_said(record, 'performed')}" if record.get("performed") else ""
    return f"  to undo change {clean(undone)}{by}" if undone else ""


def _where(record: Mapping[str, Any]) -> str:
    return f"  in {_said(record, 'where')}" if record.get("where") else ""


def _decided(record: Mapping[str, Any]) -> str:
    answered = "took back" if record.get("took_back") else _said(record, "answered")
    client = f" via {_said(record, 'client')}" if record.get("client") else ""
    request = f"request {_said(record, 'approval')} of {_said(record, 'requested_by')}{client}"
    place = _PLACES.get(_said(record, "decided_in"), "")
    note = f": {quoted(record['note'], _MAX_NOTE)}" if record.get("note") else ""
    return f"{answered} {request}{place}{note}"


def _said(record: Mapping[str, Any], key: str) -> str:
    return clean(record.get(key) or "")
