"""Somebody who works with a server, and with tasks that nobody else touches."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from mcp.types import ElicitResult

from tests.soak.caller import KINDS, Caller, Notes, caller
from tests.soak.deed import Claim, Deed
from tests.soak.user import Mind
from tests.support.answers import ACCEPT
from tests.support.world import Sandbox
from tools.models.specification import TEMPLATE_EXAMPLE

Life = Callable[["Actor", Caller], Awaitable[None]]
"""What an actor does with a task from its beginning to its end."""

_TRIES = 3
"""How often somebody calls who is told each time that nothing was done."""

LONGEST = 60
"""Seconds that a connection may last: whether it is opened and closed in time is in nobody else's hands."""

_GIVES_UP = 0.03
"""The share of calls that whoever calls does not wait for."""

_MISTAKES = (AssertionError, AttributeError, LookupError, TypeError, ValueError)

_READS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("list_tasks", {"hits": 50, "fields": ["schedule", "tags"]}),
    ("list_tasks", {"status": "failed"}),
    ("list_changes", {"hits": 5}),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """What actors share.

    Attributes:
        address: Where the server is.
        sandbox: Where tasks come from.
        notes: Where everything is written down.
        rng: Where chance comes from.
        pause: Seconds between calls, on average.
    """

    address: str
    sandbox: Sandbox
    notes: Notes
    rng: random.Random
    pause: float


class InDoubt(Exception):
    """A change did not come to a good end. Its task is left as it is, to be looked up."""


class Actor:
    """Makes calls, one after the other.

    Args:
        name: Tells the tasks of actors apart.
        stage: What actors share.
    """

    def __init__(self, name: str, stage: Stage) -> None:
        self.stage = stage
        self._name = name
        self._made = 0

    async def work(self, lives: tuple[Life, ...], going_on: Callable[[], bool]) -> None:
        """Lead tasks through their lives until it is time to end."""
        while going_on():
            try:
                kind = self.stage.rng.choice(KINDS)
                async with asyncio.timeout(LONGEST), caller(kind, self.stage.address, self.stage.notes) as calls:
                    for _ in range(self.stage.rng.randint(1, 4)):
                        if going_on():
                            await self._live(self.stage.rng.choice(lives), calls)
            except Exception as error:  # noqa: BLE001 - a worker that is killed ends its connections in many ways
                self._note(error)
                await self.pauses()

    def _note(self, error: BaseException) -> None:
        """Note how a connection ended; what is a mistake of ours, or an answer of no known form, is wrong."""
        if isinstance(error, BaseExceptionGroup):
            for one in cast("BaseExceptionGroup[BaseException]", error).exceptions:
                self._note(one)
            return
        self.stage.notes.broken[type(error).__name__] += 1
        if isinstance(error, _MISTAKES):
            self.stage.notes.wrong.append(f"{type(error).__name__}: {error}")

    async def _live(self, life: Life, calls: Caller) -> None:
        try:
            await life(self, calls)
        except InDoubt:
            await self.pauses()

    def new_name(self) -> str:
        """Return a name that no other task has or will have."""
        self._made += 1
        return f"{self._name}, task {self._made}"

    def document(self, name: str) -> dict[str, Any]:
        """Return a specification."""
        return {**TEMPLATE_EXAMPLE, "name": name}

    async def pauses(self) -> None:
        """Wait a little."""
        await asyncio.sleep(self.stage.rng.uniform(0, 2 * self.stage.pause))

    async def reads(self, calls: Caller) -> None:
        """Read something."""
        await self.pauses()
        tool, arguments = self.stage.rng.choice(_READS)
        await calls.read(tool, **arguments)

    async def does(self, calls: Caller, tool: str, deed: Deed, **arguments: Any) -> Claim:
        """Have a change made, with a yes to it, and return what is said of it.

        Raises:
            InDoubt: it is not said that it was done.
        """
        for _ in range(_TRIES):
            await self.pauses()
            hasty = self.stage.rng.random() < _GIVES_UP
            patience = {"patience": self.stage.rng.uniform(0.005, 0.1)} if hasty else {}
            claim = await calls.change(tool, deed, arguments, Mind(deed, ACCEPT), **patience)
            if claim.said == "done" and claim.change_id is not None:
                return claim
            if claim.said != "not done":
                break
        raise InDoubt

    async def does_not(
        self,
        calls: Caller,
        tool: str,
        deed: Deed,
        answer: ElicitResult,
        meanwhile: Callable[[], object] | None = None,
        **arguments: Any,
    ) -> None:
        """Call for a change to which no yes holds.

        Raises:
            InDoubt: it is not said that nothing was done.
        """
        await self.pauses()
        claim = await calls.change(tool, deed, arguments, Mind(deed, answer, meanwhile))
        if claim.said == "done":
            self.stage.notes.wrong.append(f"{deed} was said to be done without a yes that holds")
        if claim.said != "not done":
            raise InDoubt

    async def sees(self, calls: Caller, task_id: str, **facts: str) -> None:
        """See whether a task is as it has to be, if it can be seen."""
        await self.pauses()
        found: Mapping[str, Any] = (await calls.read("get_task", task_id=task_id)).get("task", facts)
        if any(found[name] != value for name, value in facts.items()):
            seen = {name: found[name] for name in facts}
            self.stage.notes.wrong.append(f"task {task_id} should be {facts}, and was shown as {seen}")
