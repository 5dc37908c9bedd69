"""What is asked, bound to what it was asked about; and whether that is still so."""

import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

from server.errors import NotAdmitted
from server.guard import words
from server.guard.call import Call
from server.guard.caller import Answer
from server.guard.consent import Consent, Way, changed_paths, digest, fingerprint
from server.guard.ledger import Ledger, TooManyOpen
from server.guard.staleness import stale_consent
from server.guard.terms import CLOCKS_DIFFER, REFUSAL_WINDOW, REFUSALS
from server.store.unavailable import StoreUnavailable
from tools.contract import Preview

ResultT = TypeVar("ResultT")


def consent_for(call: Call, way: Way, preview: Preview, expires: float) -> Consent:
    """Return the consent that is asked for: for exactly this call, on the target as it is now."""
    salt = secrets.token_hex(8)
    return Consent(
        way=way,
        audience=call.audience,
        principal=call.caller.principal if way != "page" else call.caller.identity,
        caller=digest([call.audience, call.caller.identity, call.caller.name]),
        call=call.matter,
        operation=call.operation.name,
        arguments=digest(call.arguments),
        state=fingerprint(preview.state, salt),
        status=str(preview.state.get("status")),
        salt=salt,
        expires=expires,
    )


def changed_since(consent: Consent, preview: Preview) -> list[str]:
    """Return the paths in which the target differs from what was shown."""
    return changed_paths(consent.state, fingerprint(preview.state, consent.salt))


def stale(call: Call, consent: Consent, preview: Preview) -> NotAdmitted:
    """Return the refusal for a target that is not what was shown any more."""
    now = str(preview.state.get("status"))
    return stale_consent(call, consent.status, now, changed_since(consent, preview))


async def valid_consent(call: Call, way: Way, handle: str, ledger: Ledger, clock: Callable[[], float]) -> Consent:
    """Return the consent behind a handle; one that is somebody else's or for something else stays as it is.

    Raises:
        NotAdmitted: it is unknown, for something else, answered before, refused since, or expired.
    """
    entry = await recorded(call, ledger.read(handle))
    if entry is None or entry.consent.way != way or entry.consent.audience != call.audience:
        raise words.unknown_consent(call)
    consent, call.trace.refusals = entry.consent, entry.refusals
    if consent.principal != call.caller.principal:
        raise words.wrong_consent(call, "somebody else's call")
    if consent.operation != call.operation.name:
        raise words.wrong_consent(call, f"another tool, {consent.operation}")
    if consent.arguments != digest(call.arguments):
        raise words.wrong_consent(call, "a call with other arguments")
    if entry.outcome is not None:
        raise words.spent_consent(call, entry.outcome)
    if not entry.created - CLOCKS_DIFFER <= clock() < consent.expires:
        await recorded(call, ledger.expire(handle))
        raise words.refused(call, Answer.EXPIRED)
    return consent


async def refuse_what_was_refused(call: Call, ledger: Ledger, clock: Callable[[], float]) -> None:
    """Let nobody be asked again what people have said no to often enough.

    Raises:
        NotAdmitted: they have.
    """
    if await recorded(call, ledger.refusals(call.matter, clock() - REFUSAL_WINDOW)) >= REFUSALS:
        raise words.refused_before(call)


async def recorded(call: Call, work: Awaitable[ResultT]) -> ResultT:
    """Return what the store does, or refuse: what cannot be recorded cannot be spent only once.

    Raises:
        NotAdmitted: the store fails, or is full.
    """
    try:
        return await work
    except TooManyOpen:
        raise words.too_many_open(call) from None
    except StoreUnavailable as error:
        raise words.not_recorded(call, error.setting) from None
