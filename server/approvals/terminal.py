"""Approvals in a terminal: what waits, and a decision about it by a person who sits there."""

import sys
import time
from collections.abc import Callable, Iterator
from typing import Literal

from server.approvals.deciding import MAX_NOTE, Deciding, hindrance
from server.approvals.person import Person
from server.approvals.wording import name_of, outcome_of, time_left
from server.journal.audit import Audit
from server.person import account
from server.settings import Settings, SettingsError
from server.state import lasting_store
from server.store.requests import ApprovalRequest
from server.store.store import Store
from server.store.unavailable import StoreUnavailable
from tools.text import clean, iso, plain, quoted

Action = Literal["list", "approve", "deny"]

_SHOWN = 10
"""Requests of the past that are listed."""


async def run(
    settings: Settings, action: Action, request_id: str | None, note: str | None, clock: Callable[[], float] = time.time
) -> int:
    """List what waits or decide about it, and return the exit status: 1 where nothing was decided.

    Raises:
        SettingsError: the store cannot be used, or nobody sits at the terminal.
    """
    store = lasting_store(settings, clock)
    try:
        if action == "list" or request_id is None:
            return await _list(store, clock)
        deciding = Deciding(store, Audit(store, settings.audit, clock), clock)
        return await _decide(store, deciding, action, request_id, note)
    except StoreUnavailable as error:
        raise SettingsError(f"the store cannot be used ({error}), and nothing was decided") from None
    finally:
        await store.aclose()


async def _list(store: Store, clock: Callable[[], float]) -> int:
    waiting, number = await store.approvals.waiting(), await store.approvals.number_waiting()
    ended = await store.approvals.history(limit=_SHOWN)
    _say(f"{number or 'Nothing'} wait{'' if number > 1 else 's'} for a decision.")
    for request in waiting:
        _say("", *_card(request, clock()))
        _say(f"  To decide: waylay-tasks-mcp approvals approve {request.id}   or   deny {request.id}")
    if ended:
        _say("", "Lately:", *(f"  {_row(request)}" for request in ended))
    return 0


async def _decide(store: Store, deciding: Deciding, action: Action, request_id: str, note: str | None) -> int:
    person, approve = Person(account(), ""), action == "approve"
    request = await store.approvals.find(request_id)
    if request is None:
        return _not_decided(f"there is no request {clean(request_id, 40)}. `waylay-tasks-mcp approvals` lists them")
    if request.outcome not in ((None,) if approve else (None, "approved")):
        return _not_decided(f"request {request.id} does not wait any more ({outcome_of(request)})")
    why = hindrance(request, person) if approve else None
    if why is not None:
        return _not_decided(f"{why} It still waits")
    _say(*_card(request, deciding.now()))
    if approve and not _agreed():
        return _not_decided("it was not confirmed, and it still waits")
    decided = await deciding.decide(request, person, approve=approve, note=note)
    if decided not in ("approved", "denied"):
        return _not_decided("it does not wait any more: somebody else decided, or its time was over")
    _say("", f"{decided.capitalize()}.")
    return 0


def _agreed() -> bool:
    """Ask the person at the terminal.

    Raises:
        SettingsError: there is none: whoever runs this without one is a program.
    """
    if not sys.stdin.isatty():
        raise SettingsError("approving needs a person at a terminal; nothing was decided")
    sys.stdout.write("\nApprove exactly this? Type yes: ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() == "yes"


def _card(request: ApprovalRequest, now: float) -> Iterator[str]:
    """Yield a request as lines; what is foreign in it is on one line, and cleaned."""
    yield f"{request.id}  {request.question}"
    for label, value in [*request.facts, ("where", request.where)]:
        yield f"  {label}: {value}"
    if request.difference:
        yield "  What changes:"
    for path, before, after in request.difference:
        yield f"    {path}: {before} -> {after}"
    yield f"  {request.consequence}"
    program = f" with {quoted(request.client)}" if request.client else ""
    yield f"  Asked by {plain(request.caller)}{program}, {_when(request.created)}; {time_left(request.expires - now)}."
    yield f"  Required by {request.rule}."


def _row(request: ApprovalRequest) -> str:
    note = f", who says: {quoted(request.note, MAX_NOTE)}" if request.note else ""
    when = _when(request.decided or request.expires)
    return f"{when}  {request.title} {name_of(request)}: {outcome_of(request)}{note}"


def _when(seconds: float) -> str:
    return iso(round(seconds * 1000)) or ""


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _not_decided(why: str) -> int:
    sys.stderr.write(f"Nothing was decided: {why}.\n")
    return 1
