"""Consent on the approval page: a request that is found again by the call it is for, waited for, and spent once."""

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

import anyio

from server.errors import NotAdmitted
from server.guard import words
from server.guard.binding import changed_since, consent_for, recorded, refuse_what_was_refused, stale
from server.guard.call import Call
from server.guard.caller import Answer
from server.guard.consent import Consent, digest
from server.guard.ledger import Approval, Records
from server.guard.page import ApprovalPage
from server.guard.policy import Ruling
from server.guard.terms import Terms
from server.guard.verdicts import Admitted
from server.guard.witness import Witness
from tools.contract import Preview
from tools.telling import is_too_large

_LOOK_EVERY = 0.25
"""Seconds between looks at the store: the decision may be made in another process."""

_PROGRESS_EVERY = 5


class Approving:
    """Puts calls to the approval page.

    Args:
        records: Keeps the requests.
        page: Where people decide.
        terms: How long requests stay open, and calls wait.
        witness: Hears what is asked.
        clock: Returns epoch seconds.
    """

    def __init__(
        self, records: Records, page: ApprovalPage, terms: Terms, witness: Witness, clock: Callable[[], float]
    ) -> None:
        self._records = records
        self._page = page
        self._terms = terms
        self._witness = witness
        self._clock = clock

    async def admit(self, call: Call, preview: Preview, ruling: Ruling) -> Admitted:
        """Wait until a person approves of exactly this call on the target as it was shown, and spend that.

        Raises:
            NotAdmitted: nobody can be asked, or has decided yet, or decided otherwise; nothing was changed.
        """
        hindrance = self._page.serves(ruling.requirement, call.caller.identity)
        if hindrance is not None:
            raise words.no_approval(call, hindrance)
        if is_too_large(preview):
            raise words.too_large(call, len(preview.difference))
        approval = await self._request(call, preview, ruling)
        if approval.outcome is None and not self._over(approval):
            approval = await self._waited(call, approval)
        call.trace.answered = self._answer(approval)
        return await self._concluded(call, approval)

    async def _request(self, call: Call, preview: Preview, ruling: Ruling) -> Approval:
        consent = consent_for(call, "page", preview, self._clock() + self._terms.approval_seconds)
        open_call = digest([call.key, call.caller.client, ruling.requirement, self._page.name])
        approval = await recorded(call, self._records.approvals.opened(open_call))
        if approval is None:
            # A request that ended is told of first; only then is it one too many.
            await refuse_what_was_refused(call, self._records.consents, self._clock)
            shown = self._shown(call, preview, ruling)
            approval = await self._put(call, open_call, consent, shown)
        call.trace.way, call.trace.approval = "page", approval.id
        call.trace.answered = self._answer(approval)
        holds = approval.outcome in (None, "approved") and not self._over(approval)
        if holds and changed_since(approval.consent, preview):
            await recorded(call, self._records.approvals.end(approval.id, "stale"))
            raise stale(call, approval.consent, preview)
        return approval

    async def _put(self, call: Call, open_call: str, consent: Consent, shown: Mapping[str, Any]) -> Approval:
        record = self._witness.question(call, "page")
        approval = await recorded(call, self._records.approvals.request(open_call, consent, shown, record))
        if approval.consent is consent:
            await self._witness.put({**record, "approval": approval.id})
        return approval

    def _shown(self, call: Call, preview: Preview, ruling: Ruling) -> Mapping[str, Any]:
        return {
            "operation": call.operation.name,
            "title": call.operation.title,
            "question": preview.question,
            "facts": [list(fact) for fact in preview.facts],
            "difference": [list(change) for change in preview.difference],
            "consequence": preview.consequence,
            "where": self._terms.where,
            "caller": call.caller.name,
            "identity": call.caller.identity,
            "client": call.caller.client,
            "requirement": ruling.requirement,
            "rule": ruling.rule,
            "page": self._page.name,
        }

    async def _waited(self, call: Call, approval: Approval) -> Approval:
        """Return the request once it was decided, is over, or the call has waited long enough."""
        await self._page.announce()
        began, told = anyio.current_time(), -_PROGRESS_EVERY
        while True:
            approval = await recorded(call, self._records.approvals.look(approval.id)) or approval
            waited = anyio.current_time() - began
            if approval.outcome is not None or self._over(approval) or waited >= self._terms.approval_wait:
                return approval
            if waited >= told + _PROGRESS_EVERY:
                told = waited
                message = words.waiting_for(approval.id, approval.expires - self._clock())
                await call.caller.progress(round(waited), ceil(self._terms.approval_wait), message)
            await anyio.sleep(_LOOK_EVERY)

    async def _concluded(self, call: Call, approval: Approval) -> Admitted:
        if approval.outcome in (None, "approved") and self._over(approval):
            await recorded(call, self._records.approvals.told(approval.id))
            raise words.refused(call, Answer.EXPIRED)
        if approval.outcome is None:
            raise words.still_waiting(call, approval.id, approval.expires - self._clock())
        if approval.outcome != "approved":
            raise await self._ended(call, approval, approval.outcome)
        return await self._spent(call, approval)

    async def _spent(self, call: Call, approval: Approval) -> Admitted:
        """Look at the target once more and spend the approval on it."""
        call.trace.refusals = await recorded(call, self._records.consents.refusals(call.matter))
        preview = await call.preview()
        if changed_since(approval.consent, preview):
            await recorded(call, self._records.approvals.end(approval.id, "stale"))
            raise stale(call, approval.consent, preview)
        if not await recorded(call, self._records.approvals.end(approval.id, "spent")):
            raise await self._overtaken(call, approval)
        return Admitted(preview, by_person=True, approval=approval)

    async def _overtaken(self, call: Call, approval: Approval) -> NotAdmitted:
        """Return the refusal for an approval that was not in force any more at the last moment."""
        ended = await recorded(call, self._records.approvals.look(approval.id)) or approval
        return await self._ended(call, ended, "expired" if ended.outcome == "approved" else ended.outcome or "spent")

    async def _ended(self, call: Call, approval: Approval, outcome: str) -> NotAdmitted:
        """Return the refusal for a request that ended; told of it, the same call asks anew."""
        await recorded(call, self._records.approvals.told(approval.id))
        if outcome == "denied":
            return words.denied(call, approval.decided_by, approval.note)
        return words.spent_consent(call, outcome)

    def _answer(self, approval: Approval) -> str:
        return approval.outcome or ("expired" if self._over(approval) else "waiting")

    def _over(self, approval: Approval) -> bool:
        return self._clock() >= approval.expires
