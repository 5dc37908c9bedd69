"""Requests for approval as rows: how one is found, and what is read out of it."""

from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, true

from server.guard.consent import Consent
from server.guard.ledger import Approval
from server.store.requests import ApprovalRequest
from server.store.tables import CONSENTS


def is_request(request_id: str) -> ColumnElement[bool]:
    """Find the request of an ID."""
    return and_(CONSENTS.c.id == request_id, CONSENTS.c.way == "page")


def is_on(page: str | None) -> ColumnElement[bool]:
    """Find what can be decided on a page; on any with None."""
    return true() if page is None else CONSENTS.c.page == page


def is_undecided(now: float) -> ColumnElement[bool]:
    """Find what waits."""
    return and_(CONSENTS.c.outcome.is_(None), CONSENTS.c.expires > now)


def new_row(
    request_id: str, open_call: str, consent: Consent, shown: dict[str, Any], now: float
) -> tuple[dict[str, Any], Approval]:
    """Return the row of a new request, and how it stands."""
    row = {
        "id": request_id,
        "way": consent.way,
        "caller": consent.caller,
        "page": shown["page"],
        "call": consent.call,
        "open_call": open_call,
        "bound": consent.model_dump(mode="json"),
        "shown": shown,
        "created": now,
        "expires": consent.expires,
    }
    return row, Approval(request_id, consent, None, consent.expires, None, None)


def approval_of(row: RowMapping) -> Approval:
    """Return how a request stands."""
    consent = Consent.model_validate(row["bound"])
    return Approval(row["id"], consent, row["outcome"], row["expires"], row["decided_by"], row["note"])


def request_of(row: RowMapping, now: float) -> ApprovalRequest:
    """Return a request as a person is shown it."""
    over = row["outcome"] in (None, "approved") and row["expires"] <= now
    known = ("id", "created", "expires", "decided", "decided_by", "note", "change_id")
    outcome = "expired" if over else row["outcome"]
    return ApprovalRequest(**row["shown"], **{name: row[name] for name in known}, outcome=outcome)
