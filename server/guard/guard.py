"""The guard: nothing that destroys goes through without consent for exactly that.

What it promises, in the order in which it is kept: the target is fetched and shown in our words; nothing needless is
asked; consent is bound to operation, arguments, principal, tenant and the state that was shown; it expires; it is
spent once, before execution; a no is final; and in doubt it refuses.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from server.guard import words
from server.guard.caller import Answer, Caller
from server.guard.consent import Consent, Way, changed_paths, digest, fingerprint
from server.guard.ledger import Ledger, LedgerUnavailable, TooManyOpen
from server.guard.policy import ConfirmMode, accepts_tokens, needs_consent
from server.guard.verdicts import Admitted, Answered, Offer, Question, Verdict
from tools.contract import AnyOperation, Api, Args, NotPossible, Preview

logger = logging.getLogger("waylay_tasks_mcp.guard")

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Call:
    """A call that asks to be admitted. `token` is what it passed as confirmation."""

    operation: AnyOperation
    args: Args
    api: Api
    caller: Caller
    token: str | None = None

    async def preview(self) -> Preview:
        """Fetch the target and say what the call would do to it."""
        if self.operation.preview is None:
            raise TypeError(f"{self.operation.name} has no preview, so nobody can be asked about it")
        return await self.operation.preview(self.api, self.args)


class Guard:
    """Admits calls, or asks first.

    Args:
        mode: Which ways of consenting count.
        ledger: Keeps consents.
        clock: Returns epoch seconds.
        seconds: How long a consent stays open.
        where: The tenant as a person knows it: `sandbox`, or the gateway's address.
        audience: The server and tenant that consents are bound to.
    """

    def __init__(
        self,
        mode: ConfirmMode,
        ledger: Ledger,
        clock: Callable[[], float],
        *,
        seconds: float,
        where: str,
        audience: str,
    ) -> None:
        self.mode: ConfirmMode = mode
        self._ledger = ledger
        self._clock = clock
        self._seconds = seconds
        self._where = where
        self._audience = audience

    async def admit(self, call: Call) -> Verdict:
        """Decide about a call.

        Raises:
            NotAdmitted: with the reason; nothing was changed.
            NotPossible: the operation cannot do this as things are.
            UpstreamFailure: the target could not be fetched.
        """
        if not needs_consent(call.operation, self.mode):
            return Admitted()
        if call.caller.returned is not None:
            return await self._redeem(call, "question", call.caller.returned.handle, call.caller.returned.answer)
        if call.caller.can_ask:
            return await self._ask(call)
        if not accepts_tokens(call.operation, self.mode):
            raise words.cannot_ask(call.operation)
        if call.token is not None:
            return await self._redeem(call, "token", call.token, Answer.ACCEPTED)
        return await self._offer(call)

    async def _ask(self, call: Call) -> Verdict:
        preview = await call.preview()
        if preview.answered is not None:
            return Answered(preview.answered)
        handle = await self._open(call, "question", preview)
        question = Question(words.question_text(preview, self._where), words.question_label(call.operation), handle)
        answer = await call.caller.ask(question.text, question.label, self._seconds)
        return question if answer is None else await self._redeem(call, "question", handle, answer)

    async def _offer(self, call: Call) -> Verdict:
        preview = await call.preview()
        if preview.answered is not None:
            return Answered(preview.answered)
        token = await self._open(call, "token", preview)
        question = words.question_text(preview, self._where)
        return Offer(
            words.offer_text(call.operation, question, token, self._seconds / 60), preview, token, self._seconds
        )

    async def _open(self, call: Call, way: Way, preview: Preview) -> str:
        salt = secrets.token_hex(8)
        consent = Consent(
            way=way,
            audience=self._audience,
            principal=call.caller.principal,
            operation=call.operation.name,
            arguments=_arguments(call.args),
            state=fingerprint(preview.state, salt),
            status=str(preview.state.get("status")),
            salt=salt,
            expires=self._clock() + self._seconds,
        )
        return await self._recorded(call, self._ledger.open(consent))

    async def _redeem(self, call: Call, way: Way, handle: str, answer: Answer) -> Verdict:
        """Let the call through if the consent behind `handle` was given for exactly this, and spend it."""
        consent = await self._valid_consent(call, way, handle)
        if answer is not Answer.ACCEPTED:
            with suppress(LedgerUnavailable):
                await self._ledger.close(handle, answer.value)
            raise words.refused(call.operation, answer)
        await self._still_as_shown(call, consent, handle)
        if not await self._recorded(call, self._ledger.close(handle, "spent")):
            await self._valid_consent(call, way, handle)
            raise words.spent_consent(call.operation, "spent")
        return Admitted()

    async def _valid_consent(self, call: Call, way: Way, handle: str) -> Consent:
        """Return the consent; a consent that is somebody else's or for something else stays as it is.

        Raises:
            NotAdmitted: it is unknown, for something else, answered before, or expired.
        """
        entry = await self._recorded(call, self._ledger.read(handle))
        if entry is None or entry.consent.way != way or entry.consent.audience != self._audience:
            raise words.unknown_consent(call.operation)
        consent = entry.consent
        if consent.principal != call.caller.principal:
            raise words.wrong_consent(call.operation, "somebody else's call")
        if consent.operation != call.operation.name:
            raise words.wrong_consent(call.operation, f"another tool, {consent.operation}")
        if consent.arguments != _arguments(call.args):
            raise words.wrong_consent(call.operation, "a call with other arguments")
        if entry.outcome is not None:
            raise words.spent_consent(call.operation, entry.outcome)
        if self._clock() >= consent.expires:
            raise words.refused(call.operation, Answer.EXPIRED)
        return consent

    async def _still_as_shown(self, call: Call, consent: Consent, handle: str) -> None:
        """Fetch the target once more and void the consent if it is not what was shown.

        Raises:
            NotAdmitted: it changed; with what changed.
        """
        try:
            now = (await call.preview()).state
        except NotPossible:
            await self._recorded(call, self._ledger.close(handle, "stale"))
            raise
        paths = changed_paths(consent.state, fingerprint(now, consent.salt))
        if paths:
            await self._recorded(call, self._ledger.close(handle, "stale"))
            raise words.stale_consent(call.operation, consent.status, str(now.get("status")), paths)

    async def _recorded(self, call: Call, work: Awaitable[ResultT]) -> ResultT:
        try:
            return await work
        except TooManyOpen:
            raise words.too_many_open(call.operation) from None
        except LedgerUnavailable as error:
            logger.warning("the record of confirmations fails: %s", type(error.__cause__).__name__)
            raise words.not_recorded(call.operation) from None


def _arguments(args: Args) -> str:
    return digest(args.model_dump(mode="json"))
