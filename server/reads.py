"""What reads for something other than a tool call, held to all that a tool call is held to.

A resource or a completion must not be a way around a refusal: who asks is counted, their token is looked at, the policy
judges the arguments, and the operation's own run does the reading.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from mcp.server.context import ServerRequestContext
from mcp.types import CallToolRequestParams

from server.arguments import read_arguments
from server.callers.permission import Permission
from server.errors import CallFailure, blocked, fault
from server.guard.asking import RequestCaller
from server.guard.call import Call
from server.guard.guard import Guard
from server.journal.visit import Visit
from server.observer import Observer
from tools.contract import AnyOperation, Api, Effect, NotPossible, Outcome

ResultT = TypeVar("ResultT")
Context = ServerRequestContext[Any, Any]

logger = logging.getLogger("waylay_tasks_mcp.reads")


@dataclass(frozen=True, slots=True)
class Rules:
    """What every reading is held to.

    Attributes:
        operations: What reads, by name.
        guard: Judges by the policy.
        permission: What callers who signed in may do, and how often.
        audience: The server and tenant.
    """

    operations: Mapping[str, AnyOperation]
    guard: Guard
    permission: Permission
    audience: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One request that reads: by which rules, for whom, and with what."""

    rules: Rules
    caller: RequestCaller
    api: Api

    def count(self) -> None:
        """Count this as a call of who asks.

        Raises:
            TooManyCalls: it is one too many.
        """
        turned_away = self.rules.permission.too_many(self.caller)
        if turned_away is not None:
            raise turned_away

    async def check(self, name: str, arguments: Mapping[str, Any]) -> Call:
        """Return the call of an operation, if who asks may make it.

        Raises:
            CallFailure: they may not, or the arguments do not fit.
        """
        operation = self.rules.operations[name]
        self.rules.permission.check(self.caller, operation)
        args, _ = read_arguments(operation, arguments, takes_token=False)
        call = Call(operation, args, self.api, self.caller, self.rules.audience, name)
        await self.rules.guard.admit(call)
        return call

    async def outcome(self, name: str, arguments: Mapping[str, Any]) -> Outcome:
        """Return what an operation comes to.

        Raises:
            CallFailure: whichever of its kinds fits.
        """
        call = await self.check(name, arguments)
        if call.operation.run is None:
            raise TypeError(f"{name} is not carried out itself")
        return await call.operation.run(self.api, call.args)


class Reads:
    """Reads.

    Args:
        operations: All of them; those that change something are left out here.
        api: The Tasks API and the journal.
        guard: Judges by the policy.
        permission: What callers who signed in may do, and how often.
        observer: Watches what is read.
        audience: The server and tenant.
        clock: Returns epoch seconds.
    """

    def __init__(
        self,
        operations: Iterable[AnyOperation],
        *,
        api: Api,
        guard: Guard,
        permission: Permission,
        observer: Observer,
        audience: str,
        clock: Callable[[], float],
    ) -> None:
        reading = {one.name: one for one in operations if one.effect is Effect.READ}
        self._rules = Rules(reading, guard, permission, audience)
        self._api = api
        self._observer = observer
        self._clock = clock

    async def visit(
        self,
        context: Context,
        what: str,
        work: Callable[[Reading], Awaitable[ResultT]],
        *,
        api: Api | None = None,
        counts: bool = True,
    ) -> ResultT:
        """Do what reads, as one call of who asks.

        Args:
            context: The request.
            what: What metrics call it; there are few of those.
            work: Does it.
            api: What it reads with, where that is not what tool calls do.
            counts: Whether it counts as a call; else the work itself says when it does.

        Raises:
            CallFailure: whichever of its kinds fits; a defect of ours as InternalFault.
        """
        caller = RequestCaller(context, CallToolRequestParams(name=what))
        reading = Reading(self._rules, caller, api or self._api)
        visit = Visit(what, caller, {}, self._clock())
        with self._observer.calling(visit):
            try:
                if counts:
                    reading.count()
                result = await _without_faults(what, work(reading))
            except CallFailure as failure:
                visit.outcome = failure.kind
                raise
            visit.outcome = "done"
        return result


async def _without_faults(what: str, work: Awaitable[ResultT]) -> ResultT:
    try:
        return await work
    except NotPossible as reason:
        raise blocked(reason) from None
    except CallFailure:
        raise
    except Exception:
        logger.exception("%s failed", what)
        raise fault("no") from None
