"""The pipeline of a tool call, and the only place where failures become results."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

import anyio
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolRequestParams, CallToolResult, InputRequiredResult
from pydantic import ValidationError

from server.errors import Blocked, CallFailure, Changed, InternalFault, InvalidArguments, ReadOnly
from server.guard.asking import RequestCaller, handed_back
from server.guard.call import Call
from server.guard.guard import Guard
from server.guard.terms import Terms
from server.guard.verdicts import Admitted, Answered, Offer
from server.guard.ways import CONFIRMATION
from server.journal.audit import Audit
from server.journal.recording import Recording
from server.journal.visit import Visit
from server.journal.workbench import Workbench
from server.results import Results
from tools.contract import AnyOperation, Api, Args, Effect, NotPossible, Outcome, Performed
from tools.problems import example_for, problems_of

logger = logging.getLogger("waylay_tasks_mcp.dispatch")

_FAULT = "This server failed over the call; its log says why."


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
        try:
            result = await self._carry_out(operation, visit)
        finally:
            # A call that is given up half-way is the one that people will ask about.
            with anyio.CancelScope(shield=True):
                await self._note(operation, visit)
        logger.info("%s: %s in %.0f ms", operation.name, visit.outcome, (self._clock() - visit.began) * 1000)
        return result

    async def _note(self, operation: AnyOperation, visit: Visit) -> None:
        if operation.effect is not Effect.READ:
            await self._audit.keep(visit)

    async def _carry_out(self, operation: AnyOperation, visit: Visit) -> CallToolResult | InputRequiredResult:
        try:
            return await self._admit_and_run(operation, visit)
        except NotPossible as reason:
            return self._failed(visit, Blocked(reason.message, hint=reason.hint))
        except CallFailure as failure:
            return self._failed(visit, failure)
        except Exception:
            logger.exception("%s failed before it was carried out", operation.name)
            return self._failed(visit, InternalFault(_FAULT))

    def _failed(self, visit: Visit, failure: CallFailure) -> CallToolResult:
        visit.outcome, visit.changed = failure.kind, failure.changed
        return self._results.failure(failure, visit.change_id)

    async def _admit_and_run(self, operation: AnyOperation, visit: Visit) -> CallToolResult | InputRequiredResult:
        if self._read_only and operation.effect is not Effect.READ:
            raise ReadOnly(f"{operation.name} changes tasks, and this server was started to read only.")
        visit.args, token = self._read(operation, visit.given)
        visit.performed = performed = await self._performed(operation, visit.args)
        call = Call(
            performed.operation,
            performed.args,
            self._workbench,
            visit.caller,
            self._terms.audience,
            operation.name,
            token,
            visit.trace,
        )
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
        """Carry out an admitted call, and see to it that the journal hears how it ended.

        Raises:
            CallFailure: what went wrong; a defect of ours as InternalFault.
        """
        api = Recording(self._workbench, call, admitted, performed.undoes, self._terms.pace)
        visit.changed = "unknown"
        try:
            outcome = await _runner(call.operation)(api, call.args)
            visit.outcome, visit.changed = "done", "no" if api.change_id is None else "yes"
        except NotPossible:
            visit.changed = "no"
            raise
        except CallFailure as failure:
            visit.changed = failure.changed
            raise
        except Exception:
            logger.exception("%s failed", call.operation.name)
            visit.changed = "no" if api.change_id is None else "unknown"
            raise _fault(visit.changed) from None
        finally:
            visit.change_id, visit.status, visit.created = api.change_id, api.status, api.task_id
            with anyio.CancelScope(shield=True):
                await api.ended(visit.changed)
        return self._results.outcome(outcome, performed, api.change_id, admitted.approval)

    def _read(self, operation: AnyOperation, arguments: Mapping[str, Any]) -> tuple[Args, str | None]:
        """Return the validated arguments, and the token that the guard put into the schema."""
        given, added = dict(arguments), [CONFIRMATION] if operation.name in self._tokens else []
        token = given.pop(CONFIRMATION, None) if added else None
        if token is not None and not isinstance(token, str):
            raise InvalidArguments(f"{CONFIRMATION}: expected text", field=CONFIRMATION)
        try:
            return operation.args.model_validate(given), token
        except ValidationError as error:
            raise _invalid(operation, error, *added) from None


def _runner(operation: AnyOperation) -> Callable[[Api, Any], Awaitable[Outcome]]:
    if operation.run is None:
        raise TypeError(f"{operation.name} stands for another operation, and cannot be carried out itself")
    return operation.run


def _invalid(operation: AnyOperation, error: ValidationError, *also: str) -> InvalidArguments:
    problems = problems_of(error, [*operation.args.model_fields, *also])
    example = example_for(error)
    return InvalidArguments(
        "\n".join(str(problem) for problem in problems),
        field=problems[0].field or None,
        hint=f"A valid specification: {example}" if example else f"Mend this and call {operation.name} again.",
    )


def _fault(changed: Changed) -> InternalFault:
    hint = "Look with get_task or list_tasks before doing anything again." if changed != "no" else None
    return InternalFault(_FAULT, changed=changed, hint=hint)
