"""Approvals in a terminal: what waits, and a decision about it by a person who sits there."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote
from typing import Literal

from server.approvals.deciding import MAX_NOTE, Deciding, hindrance
from server.approvals.person import Person
from server.approvals.wording import name_of, outcome_of, time_left
from server.journal.audit import Audit
from server.person import account
from server.printed import show_beside, show_text
from server.settings import Settings, SettingsError
from server.state import lasting_store
from server.store.requests import ApprovalRequest
from server.store.store import Store
from server.store.unavailable import StoreUnavailable
from server.terminal import is_terminal, types_yes
from tools.text import clean, iso, plain, quoted

Action = Literal["list", "approve", "deny"]

_SHOWN = 10
"""Requests of the past that are listed."""

_OTHER_KEYS = "the seal does not fit WAYLAY_MCP_STATE_KEYS, which has to be what the servers have"


async def run(
    settings: Settings,
    action: Action,
    request_id: str | None,
    note: str | None,
    *,
    env_file: Path | None = None,
    clock: Callable[[], float] = time.time,
) -> int:
    """List what waits or decide about it, and return the exit status: 1 where nothing was decided.

    Args:
        settings: Where the store is.
        action: What to do.
        request_id: About which request.
        note: What the assistant is told.
        env_file: Where the settings are from, for the commands that are shown.
        clock: Returns epoch seconds.

    Raises:
        SettingsError: the store cannot be used, or nobody sits at the terminal.
    """
    store = lasting_store(settings, clock)
    try:
        if action == "list" or request_id is None:
            return await _list(store, clock, _command(env_file))
        deciding = Deciding(store, Audit(store, settings.audit, clock), clock, "terminal")
        return await _decide(store, deciding, action, request_id, note)
    except StoreUnavailable as error:
        why = f"{error}; see {error.setting}"
        raise SettingsError(f"the store cannot be used, and nothing was decided: {why}") from None
    finally:
        await store.aclose()


async def _list(store: Store, clock: Callable[[], float], command: str) -> int:
    waiting, number = await store.approvals.waiting(), await store.approvals.number_waiting()
    ended = await store.approvals.history(limit=_SHOWN)
    _say(f"{_requests(number)} for a decision.")
    for request in waiting:
        _say("", *_card(request, clock()))
        _say(f"  To approve: {command} approve {request.id}", f"  To deny: {command} deny {request.id}")
    if ended:
        _say("", "Lately:", *(f"  {line}" for request in ended for line in _row(request, command)))
    if store.seals.refused:
        _say("", f"{_entries(store.seals.refused)} not shown: {_OTHER_KEYS}.")
    return 0


def _command(env_file: Path | None) -> str:
    """Return the start of a command that finds the same store."""
    return "waylay-tasks-mcp approvals" + (f" --env-file {quote(str(env_file))}" if env_file else "")


def _entries(number: int) -> str:
    return f"{number} requests are" if number > 1 else "1 request is"


def _requests(number: int) -> str:
    return f"{number} requests wait" if number > 1 else f"{'1 request' if number else 'Nothing'} waits"


async def _decide(store: Store, deciding: Deciding, action: Action, request_id: str, note: str | None) -> int:
    person, approve = Person(account(), ""), action == "approve"
    request = await store.approvals.find(request_id)
    if request is None:
        return _not_decided(_not_found(clean(request_id, 40), sealed=bool(store.seals.refused)))
    if request.outcome not in ((None,) if approve else (None, "approved")):
        return _not_decided(f"request {request.id} does not wait any more ({outcome_of(request)})")
    why = hindrance(request, person) if approve else None
    if why is not None:
        return _not_decided(f"{why} It still waits")
    # What is not seen is not agreed to.
    seen = _say(*_card(request, deciding.now()))
    if approve and not (seen and _agreed()):
        return _not_decided("it was not confirmed, and it still waits")
    decided = await deciding.decide(request, person, approve=approve, note=note)
    if decided not in ("approved", "denied"):
        return _not_decided("it does not wait any more: somebody else decided, or its time was over")
    _say("", f"{decided.capitalize()}.")
    return 0


def _not_found(request_id: str, *, sealed: bool) -> str:
    if sealed:
        return f"of request {request_id} nothing can be told: {_OTHER_KEYS}"
    return f"there is no request {request_id}. `waylay-tasks-mcp approvals` lists them"


def _agreed() -> bool:
    """Ask the person at the terminal.

    Raises:
        SettingsError: there is none, since whoever runs this without one is a program; or they pressed Ctrl-C, or
            what they type cannot be read.
    """
    if not is_terminal(sys.stdin):
        raise SettingsError("approving needs a person at a terminal; nothing was decided")
    try:
        return types_yes("\nApprove exactly this? Type yes: ")
    except KeyboardInterrupt:
        show_text("\n")
        raise SettingsError("interrupted; nothing was decided") from None
    except (OSError, ValueError):
        raise SettingsError(
            "no answer can be read from this terminal; nothing was decided. Run this in the foreground of a terminal"
        ) from None


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


def _row(request: ApprovalRequest, command: str) -> Iterator[str]:
    note = f" ({quoted(request.note, MAX_NOTE)})" if request.note else ""
    when = _when(request.decided or request.expires)
    yield f"{when}  {request.title} {name_of(request)}: {outcome_of(request, note)}"
    if request.outcome == "approved":
        yield f"  To take it back: {command} deny {request.id}"


def _when(seconds: float) -> str:
    return iso(round(seconds * 1000)) or ""


def _say(*lines: str) -> bool:
    """Print lines, and return whether they could be."""
    return show_text("".join(f"{line}\n" for line in lines))


def _not_decided(why: str) -> int:
    show_beside(f"Nothing was decided: {why}.\n")
    return 1
