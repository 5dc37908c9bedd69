"""The Tasks API for one admitted call: what changes something is kept in the journal before it is sent."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from server.errors import Blocked, Changed, UpstreamFailure
from server.guard import words
from server.guard.call import Call
from server.guard.verdicts import Admitted
from server.store.unavailable import StoreUnavailable
from tools.contract import Effect, Reply, Request
from tools.journal import Journal
from tools.models.entity import Created
from tools.text import clean

if TYPE_CHECKING:
    from server.journal.workbench import Workbench
    from server.store.change_rows import ChangeOutcome, NewChange
    from server.store.changes import Changes

ResultT = TypeVar("ResultT")

logger = logging.getLogger("waylay_tasks_mcp.journal")

_OUTCOMES: "dict[Changed, ChangeOutcome]" = {"no": "not_done", "yes": "done", "unknown": "unknown"}


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

    @property
    def journal(self) -> Journal:
        """What was changed before."""
        return self._workbench.journal

    async def send(self, request: Request, returns: type[ResultT]) -> Reply[ResultT]:
        """Send `request`; one that changes something only after the journal has it.

        Raises:
            NotAdmitted: the journal cannot be written, or the caller destroys too fast; nothing was sent.
            UpstreamFailure: whichever of its kinds fits.
        """
        if request.method == "GET":
            return await self._workbench.send(request, returns)
        if self.change_id is None:
            self.change_id = await self._begun(request)
        try:
            reply = await self._workbench.send(request, returns)
        except UpstreamFailure as failure:
            self.status = failure.details.get("status")
            raise
        self.status = reply.status
        if isinstance(reply.body, Created):
            self.task_id = reply.body.id
        return reply

    async def ended(self, changed: Changed) -> None:
        """Note what came of the call. What cannot be noted now is found out when the journal is read."""
        if self.change_id is None:
            return
        # A task that was made can only be undone under its ID: where the answer gave none, it is looked for later.
        nameless = self._call.operation.name == "create_task" and self.task_id is None and changed == "yes"
        try:
            await self._changes.end(self.change_id, "unknown" if nameless else _OUTCOMES[changed], self.task_id)
        except StoreUnavailable as error:
            logger.warning("the outcome of change %s was not kept: %s", self.change_id, error)

    @property
    def _changes(self) -> "Changes":
        return self._workbench.store.changes

    async def _begun(self, request: Request) -> str:
        entry, trace, audit = self._entry(request), self._call.trace, self._workbench.audit
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

    def _entry(self, request: Request) -> "NewChange":
        from server.store.change_rows import NewChange

        preview, caller, target = self._admitted.preview, self._call.caller, self.target
        sent = dict(request.body) if request.body is not None else None
        return NewChange(
            audience=self._call.audience,
            identity=caller.identity,
            caller=caller.name,
            client=caller.client,
            operation=self._call.operation.name,
            destroys=self._call.operation.effect is Effect.DESTROY,
            task_id=target.id if target else None,
            task_name=clean(target.name if target else _name_in(sent)),
            before=dict(preview.before) if preview and preview.before else None,
            sent=sent,
            undoes=self._undoes,
        )


def _name_in(document: Mapping[str, Any] | None) -> str:
    settings: Mapping[str, Any] = (document or {}).get("task") or document or {}
    return str(settings.get("name", ""))
