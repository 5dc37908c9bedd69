"""The guard: nothing that destroys goes through without consent for exactly that.

What it promises, in the order in which it is kept: the target is fetched, judged by the policy and shown in our words;
nothing needless is asked; consent is bound to operation, arguments, principal, tenant and the state that was shown; it
expires; it is spent once, before execution; a no is final; and in doubt it refuses.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from server.guard import questions, words
from server.guard.approving import Approving
from server.guard.binding import changed_since, consent_for, recorded, refuse_what_was_refused, stale, valid_consent
from server.guard.call import Call
from server.guard.caller import Answer
from server.guard.consent import Consent, Way, question_id
from server.guard.ledger import Records
from server.guard.policy import Policy, Ruling
from server.guard.sufficing import enough, suffices
from server.guard.terms import PACE_WINDOW, Terms
from server.guard.verdicts import Admitted, Answered, Offer, Question, Verdict
from server.guard.witness import Witness
from server.store.unavailable import StoreUnavailable
from tools.contract import Effect, NotPossible, Preview


@dataclass(frozen=True, slots=True)
class _Brought:
    """Consent that a call brings along."""

    way: Way
    handle: str = field(repr=False)
    consent: Consent


class Guard:
    """Admits calls, or asks first.

    Args:
        policy: What calls have to wait for.
        terms: How long consents hold, and what a runaway is.
        records: Keeps consents, and knows how much a caller has destroyed lately.
        approving: Puts calls to the approval page.
        witness: Hears what is asked.
        clock: Returns epoch seconds.
    """

    def __init__(
        self,
        policy: Policy,
        terms: Terms,
        records: Records,
        approving: Approving,
        witness: Witness,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._terms = terms
        self._records = records
        self._approving = approving
        self._witness = witness
        self._clock = clock

    async def admit(self, call: Call) -> Verdict:
        """Decide about a call.

        Raises:
            NotAdmitted: with the reason; nothing was changed.
            NotPossible: the operation cannot do this as things are.
            UpstreamFailure: the target could not be fetched.
        """
        if call.operation.effect is Effect.READ:
            await self._ruling(call, None)
            return Admitted()
        brought = await self._brought(call)
        preview = await self._looked_at(call, brought)
        ruling = await self._ruling(call, preview)
        if brought is not None:
            return await self._redeem(call, brought, preview, ruling)
        if preview.answered is not None:
            return Answered(preview.answered)
        return await self._asked(call, preview, ruling)

    async def _asked(self, call: Call, preview: Preview, ruling: Ruling) -> Verdict:
        if ruling.requirement == "none":
            return Admitted(preview)
        can_ask = call.caller.can_ask and suffices("question", preview, ruling)
        if not can_ask and ruling.requirement != "confirm":
            return await self._approving.admit(call, preview, ruling)
        await refuse_what_was_refused(call, self._records.consents, self._clock)
        return await self._ask(call, preview) if can_ask else await self._offer(call, preview)

    async def _brought(self, call: Call) -> _Brought | None:
        """Return the consent that the call brings along, if it is valid for this call; a no ends the matter here.

        Raises:
            NotAdmitted: it is not valid, or the answer was no yes.
        """
        returned = call.caller.returned
        if returned is None and (call.token is None or call.caller.can_ask):
            return None
        way: Way = "question" if returned else "token"
        handle, answer = (returned.handle, returned.answer) if returned else (call.token or "", Answer.ACCEPTED)
        # Whoever has no forms to show has made the answer up, wherever the handle is from.
        made_up = returned is not None and not call.caller.can_ask
        call.trace.way, call.trace.answered = way, (Answer.UNANSWERED if made_up else answer).value
        call.trace.question = question_id(handle)
        if made_up:
            raise words.refused(call, Answer.UNANSWERED)
        consent = await valid_consent(call, way, handle, self._records.consents, self._clock)
        if answer is not Answer.ACCEPTED:
            await self._refuse(call, handle, answer)
        return _Brought(way, handle, consent)

    async def _refuse(self, call: Call, handle: str, answer: Answer) -> None:
        with suppress(StoreUnavailable):
            await self._records.consents.close(handle, answer.value)
        raise words.refused(call, answer)

    async def _looked_at(self, call: Call, brought: _Brought | None) -> Preview:
        """Fetch the target; what is not possible any more voids the consent that was given for it."""
        try:
            preview = await call.preview()
        except NotPossible:
            if brought is not None:
                await recorded(call, self._records.consents.close(brought.handle, "stale"))
            raise
        call.trace.task_name = preview.target.name if preview.target else None
        return preview

    async def _ruling(self, call: Call, preview: Preview | None) -> Ruling:
        """Return what the policy requires, and a person's yes at the least of whoever destroys too fast.

        Raises:
            NotAdmitted: the policy does not allow it.
        """
        ruling = self._policy.judge(call.operation, preview.target if preview else None, call.arguments)
        ruling = await self._slowed_down(call, ruling)
        call.trace.requirement, call.trace.rule = ruling.requirement, ruling.rule
        if ruling.requirement == "deny":
            raise words.denied_by_policy(call, ruling.rule)
        return ruling

    async def _slowed_down(self, call: Call, ruling: Ruling) -> Ruling:
        if call.operation.effect is not Effect.DESTROY or ruling.requirement not in ("none", "confirm"):
            return ruling
        lately = await recorded(call, self._records.changes.destroyed(call.audience, call.caller.identity, PACE_WINDOW))
        return ruling if lately < self._terms.pace else Ruling("human", words.too_fast(self._terms.pace))

    async def _ask(self, call: Call, preview: Preview) -> Verdict:
        handle = await self._open(call, "question", preview)
        question = Question(
            questions.question_text(preview, self._terms.where), questions.question_label(call.operation), handle
        )
        answer = await call.caller.ask(question.text, question.label, self._terms.seconds)
        if answer is None:
            return question
        call.trace.answered = answer.value
        consent = await valid_consent(call, "question", handle, self._records.consents, self._clock)
        if answer is not Answer.ACCEPTED:
            await self._refuse(call, handle, answer)
        brought = _Brought("question", handle, consent)
        again = await self._looked_at(call, brought)
        return await self._redeem(call, brought, again, await self._ruling(call, again))

    async def _offer(self, call: Call, preview: Preview) -> Verdict:
        token = await self._open(call, "token", preview)
        where, seconds = self._terms.where, self._terms.seconds
        text = questions.offer_text(call, questions.question_text(preview, where), token, seconds / 60)
        return Offer(text, preview, where, token, seconds)

    async def _open(self, call: Call, way: Way, preview: Preview) -> str:
        consent = consent_for(call, way, preview, self._clock() + self._terms.seconds)
        record = self._witness.question(call, way)
        handle = await recorded(call, self._records.consents.open(consent, record))
        call.trace.way, call.trace.question = way, question_id(handle)
        await self._witness.put({**record, "question": call.trace.question})
        return handle

    async def _redeem(self, call: Call, brought: _Brought, preview: Preview, ruling: Ruling) -> Verdict:
        """Let the call through if the consent was given for the target as it is now, and spend it."""
        if not suffices(brought.way, preview, ruling):
            raise words.not_enough(call, ruling.rule)
        if changed_since(brought.consent, preview):
            await recorded(call, self._records.consents.close(brought.handle, "stale"))
            raise stale(call, brought.consent, preview)
        if not await recorded(call, self._records.consents.close(brought.handle, "spent")):
            await valid_consent(call, brought.way, brought.handle, self._records.consents, self._clock)
            raise words.spent_consent(call, "spent")
        return Admitted(preview, by_person=enough(brought.way, preview) != "confirm")
