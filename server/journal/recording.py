"""The Tasks API for one admitted call: what changes something is kept in the journal before it is sent."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.lowlevel

from server.errors import FAULT, Blocked, CallFailure, Changed, InternalFault, NotAdmitted
from server.guard import words
from server.guard.call import Call
from server.guard.verdicts import Admitted
from server.journal.entry import entry_of
from server.journal.fate import answer_from, failed, said_of
from server.journal.finding import Begun, Finding
from server.journal.seen import Seen
from server.store.unavailable import StoreUnavailable
from server.upstream.errors import UpstreamFailure
from tools.contract import Effect, NotPossible, Reply, Request
from tools.journal import Journal
from tools.models.entity import Created
from tools.timing import Timetable

if TYPE_CHECKING:
    from server.journal.workbench import Workbench
    from server.store.change_rows import ChangeOutcome, NewChange
    from server.store.changes import Changes

ResultT = TypeVar("ResultT")

logger = logging.getLogger("waylay_tasks_mcp.journal")

_OUTCOMES: "dict[Changed, ChangeOutcome]" = {"no": "not_done", "yes": "done", "unknown": "unknown"}
_CHANGED: "dict[ChangeOutcome, Changed]" = {outcome: changed for changed, outcome in _OUTCOMES.items()}


class Recording:
    """What `run` gets as its API.

    Args:
        workbench: The API that everybody shares.
        call: The admitted call.
        admitted: How it was admitted.
        undoes: The change that it undoes.
        pace: Changes that destroy which the caller may make in an hour without a person.
    """

    def __init__(self, workbench: "Workbench", call: Call, admitted: Admitted, undoes: str | None, pace: int) -> None:
        self._workbench = workbench
        self._call = call
        self._admitted = admitted
        self._undoes = undoes
        self._pace = pace
        self.target = admitted.preview.target if admitted.preview else None
        self.change_id: str | None = None
        self.task_id: str | None = None
        self.status: int | None = None
        """The status that the service gave the change."""
        self.changed: Changed = "no"
        """Whether anything was changed, as far as that is known."""
        self.may_come = False
        """Whether the service may still carry the change out, whatever was found so far."""
        self.seen: str | None = None
        """What was found when the service was asked about the change."""
        self.said: str | None = None
        """What is to be said of a change that is done although no answer said so."""

    @property
    def journal(self) -> Journal:
        """What was changed before."""
        return self._workbench.journal

    @property
    def timetable(self) -> Timetable:
        """What schedules come to."""
        return self._workbench.timetable

    async def send(self, request: Request, returns: type[ResultT]) -> Reply[ResultT]:
        """Send `request`; one that changes something only after the journal has it.

        Raises:
            NotAdmitted: the journal cannot be written, the caller destroys too fast, or the target changed while the
                request waited; nothing was changed.
            NotPossible: it changed so that the operation cannot do this any more.
            UpstreamFailure: whichever of its kinds fits. For a change that got no answer, or none that tells, it says
                what was found when the service was asked about it.
        """
        if request.method == "GET":
            return await self._workbench.send(request, returns)
        attempt = await self._begin(request)
        try:
            reply = await self._workbench.send(request, returns, self._seen)
        except (NotAdmitted, NotPossible):
            self.changed = "no"
            raise
        except UpstreamFailure as failure:
            reply = await self._looked_up(attempt, failure, returns)
        except Exception:
            logger.exception("%s failed while its change was being sent", self._call.operation.name)
            reply = await self._looked_up(attempt, InternalFault(FAULT, changed="unknown"), returns)
        except anyio.get_cancelled_exc_class():
            await self._given_up(attempt)
            raise
        self.changed, self.status = "yes", reply.status or self.status
        if isinstance(reply.body, Created):
            self.task_id = reply.body.id
        return reply

    async def _begin(self, request: Request) -> Begun:
        """Keep the change before it is sent: whole, or not at all if the call is given up."""
        entry = entry_of(self._call, self._admitted, request, self._undoes)
        began, change_id = self._workbench.clock(), ""
        with anyio.CancelScope(shield=True):
            self.change_id = change_id = await self._begun(entry)
        await anyio.lowlevel.checkpoint()
        self.changed = "unknown"
        return Begun.of(entry, change_id, began)

    async def _looked_up(self, attempt: Begun, failure: CallFailure, returns: type[ResultT]) -> Reply[ResultT]:
        """Return the answer that did not come, if the change is done.

        Raises:
            CallFailure: it is not, or that is not known.
        """
        self.status = failure.details.get("status")
        if failure.changed == "no":
            self.changed = "no"
            raise failure
        over = isinstance(failure, UpstreamFailure) and failure.answered
        found = await self._look(attempt, over=over)
        if found is None or found.outcome != "done":
            told = failed(failure, attempt, found, over=over)
            self.changed, self.may_come = told.changed, not over
            raise told
        self.may_come, self.said = not (over or found.alone), said_of(failure, found, attempt.operation)
        return Reply(answer_from(found, returns), {}, 0)

    async def _given_up(self, attempt: Begun) -> None:
        """Find out what became of a change whose call was cancelled, and so its request."""
        found = await self._look(attempt, over=False)
        if found is not None and found.outcome != "unknown":
            self.changed, self.task_id = _CHANGED[found.outcome], found.made
            self.may_come = found.outcome == "not_done" or not found.alone

    async def _look(self, attempt: Begun, *, over: bool) -> Finding | None:
        """Find out what became of a change, also if nobody waits for the answer any more."""
        found: Finding | None = None
        with anyio.CancelScope(shield=True):
            found = await self._workbench.finding_out.look(attempt, over=over)
        self.seen = found.seen if found else "it could not be looked up"
        return found

    async def ended(self) -> None:
        """Note what came of the call, also if it was given up. What cannot be noted is noted or found out later."""
        if self.change_id is None:
            return
        # A task that was made can only be undone under its ID: where the answer gave none, it is looked for later.
        nameless = self._call.operation.name == "create_task" and self.task_id is None and self.changed == "yes"
        outcome = "unknown" if nameless or self.may_come else _OUTCOMES[self.changed]
        try:
            with anyio.CancelScope(shield=True):
                await self._changes.end(self.change_id, outcome, self.task_id)
        except StoreUnavailable as error:
            logger.warning("the outcome of change %s could not be kept at once: %s", self.change_id, error)

    @property
    def _seen(self) -> Seen | None:
        preview = self._admitted.preview
        return Seen(self._call, preview, self._workbench) if preview else None

    @property
    def _changes(self) -> "Changes":
        return self._workbench.store.changes

    async def _begun(self, entry: "NewChange") -> str:
        trace, audit = self._call.trace, self._workbench.audit
        trace.task_name = trace.task_name or entry.task_name
        record = audit.begun(self._call)
        change_id = await self._kept(entry, record)
        await audit.put({**record, "change_id": change_id})
        return change_id

    async def _kept(self, entry: "NewChange", record: Mapping[str, Any]) -> str:
        from server.store.changes import AlreadyUndone, ChangeLimitReached

        operation, approval = self._call.operation, self._admitted.approval
        limited = operation.effect is Effect.DESTROY and not self._admitted.by_person
        most = self._pace if limited else None
        try:
            return await self._changes.begin(entry, record, most=most, approval=approval.id if approval else None)
        except ChangeLimitReached:
            raise words.too_fast_now(self._call, self._pace) from None
        except AlreadyUndone:
            message = f"Another call undoes change {self._undoes}, or has undone it already."
            raise Blocked(message, hint="list_changes shows what came of it.") from None
        except StoreUnavailable as error:
            raise words.not_recorded(self._call, error.setting) from None
