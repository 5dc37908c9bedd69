"""The pipeline of a tool call, and the only place where failures become results."""

import logging
from collections.abc import Callable, Collection, Sequence
from typing import Any

import anyio
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolRequestParams, CallToolResult, InputRequiredResult

from server.arguments import read_arguments
from server.callers.permission import Permission
from server.errors import CallFailure, ReadOnly, blocked, fault
from server.guard.asking import RequestCaller, handed_back
from server.guard.call import Call
from server.guard.guard import Guard
from server.guard.terms import Terms
from server.guard.verdicts import Admitted, Answered, Offer
from server.journal.audit import Audit
from server.journal.recording import Recording
from server.journal.visit import Visit
from server.journal.workbench import Workbench
from server.observer import NoObserver, Observer
from server.resources.linking import Links
from server.resources.updates import Updates
from server.results import Results
from server.running_calls import carry_out
from tools.contract import AnyOperation, Args, Effect, NotPossible, Performed

logger = logging.getLogger("waylay_tasks_mcp.dispatch")


class Dispatch:
    """Carries out tool calls.

    Args:
        operations: What can be called.
        tokens: The names of those that take a token in place of an answer.
        workbench: The Tasks API and the journal.
        guard: Asks before what a policy guards.
        terms: The guard's.
        audit: Hears of every call that changes something.
        results: Renders what comes of it.
        clock: Returns epoch seconds.
        read_only: Whether only reading is allowed.
        observer: Watches every call.
        permission: What callers who signed in may do, and how often.
        links: Adds links to results.
        updates: Hears of every call that changed something.
    """

    def __init__(
        self,
        operations: Sequence[AnyOperation],
        *,
        tokens: Collection[str],
        workbench: Workbench,
        guard: Guard,
        terms: Terms,
        audit: Audit,
        results: Results,
        clock: Callable[[], float],
        read_only: bool,
        observer: Observer | None = None,
        permission: Permission | None = None,
        links: Links | None = None,
        updates: Updates | None = None,
    ) -> None:
        self._operations = {operation.name: operation for operation in operations}
        self._tokens = tokens
        self._workbench = workbench
        self._guard = guard
        self._terms = terms
        self._audit = audit
        self._results = results
        self._clock = clock
        self._read_only = read_only
        self._observer = observer or NoObserver()
        self._permission = permission or Permission()
        self._links = links
        self._updates = updates

    async def call(
        self, context: ServerRequestContext[Any, Any], params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        """Carry out one `tools/call`.

        Raises:
            MCPError: -32602, no such tool. Every other failure is a result.
        """
        operation = self._operations.get(params.name)
        if operation is None:
            known = ", ".join(self._operations)
            raise MCPError(INVALID_PARAMS, f"Unknown tool. The tools are {known}.")
        visit = Visit(operation.name, RequestCaller(context, params), params.arguments or {}, self._clock())
        with self._observer.calling(visit):
            result = await self._noted(operation, visit)
        logger.info("%s: %s in %.0f ms", operation.name, visit.outcome, (self._clock() - visit.began) * 1000)
        return self._links.added(result, visit, context.protocol_version) if self._links else result

    async def _noted(self, operation: AnyOperation, visit: Visit) -> CallToolResult | InputRequiredResult:
        turned_away = self._permission.too_many(visit.caller)
        if turned_away is not None:
            return self._failed(visit, turned_away)
        try:
            return await self._carry_out(operation, visit)
        finally:
            if operation.effect is not Effect.READ:
                # A call that is given up half-way is the one that people will ask about.
                with anyio.CancelScope(shield=True):
                    await self._audit.keep(visit)
                    await self._tell(visit)

    async def _tell(self, visit: Visit) -> None:
        if self._updates is not None and visit.changed != "no":
            await self._updates.changed(visit.task_id)

    async def _carry_out(self, operation: AnyOperation, visit: Visit) -> CallToolResult | InputRequiredResult:
        try:
            return await self._admit_and_run(operation, visit)
        except NotPossible as reason:
            return self._failed(visit, blocked(reason))
        except CallFailure as failure:
            return self._failed(visit, failure)
        except Exception:
            logger.exception("%s failed outside of what it carries out", operation.name)
            return self._failed(visit, fault(visit.changed))

    def _failed(self, visit: Visit, failure: CallFailure) -> CallToolResult:
        visit.outcome, visit.changed = failure.kind, failure.changed
        return self._results.failure(failure, visit.change_id)

    async def _admit_and_run(self, operation: AnyOperation, visit: Visit) -> CallToolResult | InputRequiredResult:
        self._permission.check(visit.caller, operation)
        if self._read_only and operation.effect is not Effect.READ:
            raise ReadOnly(f"{operation.name} changes tasks, and this server was started to read only.")
        visit.args, token = read_arguments(operation, visit.given, takes_token=operation.name in self._tokens)
        visit.performed = performed = await self._performed(operation, visit.args)
        self._permission.check(visit.caller, performed.operation)
        call = Call(
            performed.operation,
            performed.args,
            self._workbench,
            visit.caller,
            self._terms.audience,
            operation.name,
            token,
            visit.trace,
            performed.undoes,
        )
        with self._observer.guarding():
            verdict = await self._guard.admit(call)
        if isinstance(verdict, Admitted):
            return await self._run(call, verdict, performed, visit)
        visit.outcome = "nothing_to_do" if isinstance(verdict, Answered) else "question"
        if isinstance(verdict, Answered):
            return self._results.outcome(verdict.outcome)
        return self._results.offer(verdict) if isinstance(verdict, Offer) else handed_back(verdict)

    async def _performed(self, operation: AnyOperation, args: Args) -> Performed:
        if operation.stands_for is None:
            return Performed(operation, args)
        return await operation.stands_for(self._workbench, args)

    async def _run(self, call: Call, admitted: Admitted, performed: Performed, visit: Visit) -> CallToolResult:
        api = Recording(self._workbench, call, admitted, performed.undoes, self._terms.pace)
        outcome = await carry_out(call, api, visit)
        return self._results.outcome(outcome, performed, api.change_id, admitted.approval, api.said)
