"""A call that asks to be admitted."""

from dataclasses import dataclass, field
from math import inf
from typing import Any

import anyio

from server.guard.caller import Caller
from server.guard.consent import Way, digest
from server.guard.policy import Requirement
from tools.contract import AnyOperation, Api, Args, Preview


@dataclass(slots=True)
class Trace:
    """How a call was admitted or refused, as far as it went: what the audit tells.

    Attributes:
        task_name: What the task is called, as the service has it.
        requirement: What the policy required.
        rule: Which rule said so.
        way: How consent was asked for; None when nobody was asked.
        answered: What came of that.
        approval: The request for approval that it hung on.
        question: What the audit calls the question that the call put, or brings the answer to.
        looked: When the last look at the target began, on the event loop's clock.
        refusals: How often a person had said no to the same matter before consent was spent; None where none was.
    """

    task_name: str | None = None
    requirement: Requirement | None = None
    rule: str | None = None
    way: Way | None = None
    answered: str | None = None
    approval: str | None = None
    question: str | None = None
    looked: float = -inf
    refusals: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call that asks to be admitted.

    Attributes:
        operation: What is to be performed.
        args: Its arguments.
        api: What it can be looked up with.
        caller: Who calls.
        audience: The server and tenant.
        tool: The tool that was called; another than the operation where one stands for the other.
        token: What was passed as confirmation.
        trace: What the audit gets to know.
        undoes: The change that it undoes.
    """

    operation: AnyOperation
    args: Args
    api: Api
    caller: Caller
    audience: str
    tool: str
    token: str | None = field(default=None, repr=False)
    trace: Trace = field(default_factory=Trace)
    undoes: str | None = None

    async def preview(self, api: Api | None = None) -> Preview:
        """Fetch the target, through `api` where it is given, and say what the call would do to it."""
        if self.operation.preview is None:
            raise TypeError(f"{self.operation.name} has no preview, so nobody can be asked about it")
        self.trace.looked = anyio.current_time()
        return await self.operation.preview(api or self.api, self.args)

    @property
    def arguments(self) -> dict[str, Any]:
        """The validated arguments, as JSON values."""
        return self.args.model_dump(mode="json")

    @property
    def key(self) -> str:
        """A digest of who calls what with which arguments, whichever session and client it comes from."""
        return self._digest(self.arguments)

    @property
    def matter(self) -> str:
        """A digest of who wants what done, for refusals: a no holds with every flag, which only says how."""
        return self._digest({name: value for name, value in self.arguments.items() if not isinstance(value, bool)})

    def _digest(self, what: dict[str, Any]) -> str:
        return digest([self.audience, self.caller.identity, self.operation.name, what])
