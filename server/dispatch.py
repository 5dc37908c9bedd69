"""The pipeline of a tool call, and the only place where failures become results."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolRequestParams, CallToolResult, InputRequiredResult
from pydantic import ValidationError

from server.errors import Blocked, CallFailure, InternalFault, InvalidArguments, ReadOnly
from server.guard.asking import RequestCaller, handed_back
from server.guard.guard import Call, Guard
from server.guard.policy import CONFIRMATION, accepts_tokens
from server.guard.verdicts import Admitted, Answered, Offer
from server.results import Results
from tools.contract import AnyOperation, Api, Args, Effect, NotPossible
from tools.problems import example_for, problems_of

logger = logging.getLogger("waylay_tasks_mcp.dispatch")

_FAULT = "This server failed over the call; its log says why."


class Dispatch:
    """Carries out tool calls.

    Args:
        operations: What can be called.
        api: The Tasks API.
        guard: Asks before what destroys.
        results: Renders what comes of it.
        read_only: Whether only reading is allowed.
    """

    def __init__(
        self, operations: Sequence[AnyOperation], api: Api, guard: Guard, results: Results, *, read_only: bool
    ) -> None:
        self._operations = {operation.name: operation for operation in operations}
        self._api = api
        self._guard = guard
        self._results = results
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
        began = time.monotonic()
        result = await self._carry_out(operation, RequestCaller(context, params), params.arguments or {})
        logger.info("%s: %s in %.0f ms", operation.name, _came_to(result), (time.monotonic() - began) * 1000)
        return result

    async def _carry_out(
        self, operation: AnyOperation, caller: RequestCaller, arguments: Mapping[str, Any]
    ) -> CallToolResult | InputRequiredResult:
        try:
            return await self._admit_and_run(operation, caller, arguments)
        except CallFailure as failure:
            return self._results.failure(failure)
        except NotPossible as reason:
            return self._results.failure(Blocked(reason.message, hint=reason.hint))
        except Exception:
            logger.exception("%s failed before it was carried out", operation.name)
            return self._results.failure(InternalFault(_FAULT))

    async def _admit_and_run(
        self, operation: AnyOperation, caller: RequestCaller, arguments: Mapping[str, Any]
    ) -> CallToolResult | InputRequiredResult:
        if self._read_only and operation.effect is not Effect.READ:
            raise ReadOnly(f"{operation.name} changes tasks, and this server was started to read only.")
        args, token = self._read(operation, arguments)
        verdict = await self._guard.admit(Call(operation, args, self._api, caller, token))
        if isinstance(verdict, Admitted):
            return await self._run(operation, args)
        if isinstance(verdict, Answered):
            return self._results.outcome(verdict.outcome)
        return self._results.offer(verdict) if isinstance(verdict, Offer) else handed_back(verdict)

    async def _run(self, operation: AnyOperation, args: Args) -> CallToolResult:
        """Carry out an admitted call.

        Raises:
            InternalFault: a defect of ours; what it left behind is not known, unless the operation only reads.
        """
        try:
            return self._results.outcome(await operation.run(self._api, args))
        except (CallFailure, NotPossible):
            raise
        except Exception:
            logger.exception("%s failed", operation.name)
            raise _fault_of(operation) from None

    def _read(self, operation: AnyOperation, arguments: Mapping[str, Any]) -> tuple[Args, str | None]:
        """Return the validated arguments, and the token that the guard put into the schema."""
        given, tokens = dict(arguments), accepts_tokens(operation, self._guard.mode)
        token = given.pop(CONFIRMATION, None) if tokens else None
        if token is not None and not isinstance(token, str):
            raise InvalidArguments(f"{CONFIRMATION}: expected text", field=CONFIRMATION)
        try:
            return operation.args.model_validate(given), token
        except ValidationError as error:
            raise _invalid(operation, error, *([CONFIRMATION] if tokens else [])) from None


def _invalid(operation: AnyOperation, error: ValidationError, *also: str) -> InvalidArguments:
    problems = problems_of(error, [*operation.args.model_fields, *also])
    example = example_for(error)
    return InvalidArguments(
        "\n".join(str(problem) for problem in problems),
        field=problems[0].field or None,
        hint=f"A valid specification: {example}" if example else f"Mend this and call {operation.name} again.",
    )


def _fault_of(operation: AnyOperation) -> InternalFault:
    if operation.effect is Effect.READ:
        return InternalFault(_FAULT)
    hint = "Look with get_task or list_tasks before doing anything again."
    return InternalFault(_FAULT, changed="unknown", hint=hint)


def _came_to(result: CallToolResult | InputRequiredResult) -> str:
    if isinstance(result, InputRequiredResult):
        return "question"
    return "failure" if result.is_error else "done"
