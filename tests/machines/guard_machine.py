"""Questions and tokens: whatever is asked, answered, replayed and changed, nothing happens without consent for it."""

import asyncio
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from mcp.types import CallToolResult, ElicitResult, InputRequiredResult, InputResponses

from tests.machines.tally import Tally
from tests.support.answers import ACCEPT, ACCEPT_FALSE, CANCEL, DECLINE, User
from tests.support.world import Sandbox, World, data, settings

ResultT = TypeVar("ResultT")

SECONDS = 300
CALLS = st.sampled_from(["stop_task", "delete_task"])
WORKERS = st.sampled_from([0, 1])
NUMBERS = st.integers(0, 2)
FORCE = st.booleans()
WAYS = st.sampled_from(["question", "token"])
ANSWERS = st.sampled_from([ACCEPT, ACCEPT, ACCEPT, ACCEPT_FALSE, DECLINE, CANCEL])


@dataclass
class Asked:
    """A question or a token offer, as the model of the guard remembers it."""

    way: str
    handle: str
    tool: str
    arguments: dict[str, Any]
    shown: object
    expires: float
    open: bool = True


@dataclass
class Model:
    """What the guard should know."""

    asked: list[Asked] = field(default_factory=list[Asked])
    consented: int = 0

    def refuse(self, tool: str, task_id: str) -> None:
        """Note that a person said no to something, with whichever flags: that voids the tokens for it."""
        for one in self.asked:
            if one.way == "token" and (one.tool, one.arguments["task_id"]) == (tool, task_id):
                one.open = False


class GuardMachine(RuleBasedStateMachine):
    """Two workers with one ledger over one sandbox, and everybody who might get in their way."""

    tally: ClassVar[Tally] = Tally()

    @initialize()
    def set_up(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.sandbox = Sandbox()
        url = f"sqlite:///{self.folder.name}/state.sqlite3"
        given = settings(confirm_seconds=SECONDS, destructive_per_hour=1000, calls_per_minute=0)
        self.workers = [World(self.sandbox, given, url=url) for _ in range(2)]
        # Alike but for their IDs, so that consent for one cannot hold for another by its looks.
        self.tasks = [self.sandbox.create() for _ in range(3)]
        self.model = Model()
        self.tally.steps -= 1

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        for worker in self.workers:
            self.run(worker.running.aclose())
        self.loop.close()
        self.sandbox.close()
        self.folder.cleanup()

    def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self.loop.run_until_complete(work)

    def state_of(self, task_id: str) -> object:
        found = self.sandbox.app.state.store.find(task_id)
        return (found[0].status, found[1], found[0].created_ms, found[0].finished_ms) if found else None

    def arguments(self, tool: str, number: int, force: bool) -> dict[str, Any]:
        return {"task_id": self.tasks[number], **({"force_stop": force} if tool == "delete_task" else {})}

    @rule(worker=WORKERS, tool=CALLS, number=NUMBERS, force=FORCE, can_ask=FORCE)
    def ask(self, worker: int, tool: str, number: int, force: bool, can_ask: bool) -> None:
        arguments = self.arguments(tool, number, force)
        shown = self.state_of(arguments["task_id"])
        result = self.run(self.call(worker, tool, arguments, can_ask=can_ask))
        expires = self.sandbox.clock.now + SECONDS
        if isinstance(result, InputRequiredResult):
            assert result.request_state is not None
            self.model.asked.append(Asked("question", result.request_state, tool, arguments, shown, expires))
        elif "confirmation_required" in data(result):
            handle = data(result)["confirmation_required"]["confirmation"]
            self.model.asked.append(Asked("token", handle, tool, arguments, shown, expires))

    @rule(worker=WORKERS, pick=st.integers(0), answer=ANSWERS, back_as_shown=FORCE)
    def answer(self, worker: int, pick: int, answer: ElicitResult, back_as_shown: bool) -> None:
        """Bring an answer, or a token, for what was asked: the first time or again, in time or not."""
        if not self.model.asked:
            return
        asked = self.model.asked[-1 - pick % len(self.model.asked)]
        if back_as_shown:
            # The moment for a replay: the state that was shown is there again.
            status, document, *times = cast("tuple[str, dict[str, Any], int, int | None]", asked.shown)
            self.sandbox.put(asked.arguments["task_id"], status, document)
            for column, value in zip(("created_ms", "finished_ms"), times, strict=True):
                self.sandbox.change(asked.arguments["task_id"], column, value)
        self.redeem(worker, asked, asked.way, asked.tool, asked.arguments, answer)

    @rule(worker=WORKERS, pick=st.integers(0), tool=CALLS, number=NUMBERS, force=FORCE, way=WAYS)
    def misuse(self, worker: int, pick: int, tool: str, number: int, force: bool, way: str) -> None:
        """Bring a yes for something else than was asked, or by another way."""
        if self.model.asked:
            asked = self.model.asked[-1 - pick % len(self.model.asked)]
            self.redeem(worker, asked, way, tool, self.arguments(tool, number, force), ACCEPT)

    def redeem(
        self, worker: int, asked: Asked, way: str, tool: str, arguments: dict[str, Any], answer: ElicitResult
    ) -> None:
        before = len(self.sandbox.recorder.attempts)
        expected = self.expected(asked, way, tool, arguments, answer)
        self.run(self.bring(worker, way, tool, arguments, asked.handle, answer))
        assert len(self.sandbox.recorder.attempts) - before == expected

    def expected(self, asked: Asked, way: str, tool: str, arguments: dict[str, Any], answer: ElicitResult) -> int:
        """Return how many writes may follow, and note what the answer did to the consent."""
        mine = way == asked.way and (tool, arguments) == (asked.tool, asked.arguments)
        if not mine or not asked.open or self.sandbox.clock.now >= asked.expires:
            return 0
        if way == "question" and answer is not ACCEPT:
            asked.open = False
            if answer is not CANCEL:
                self.model.refuse(tool, arguments["task_id"])
            return 0
        now = self.state_of(arguments["task_id"])
        if now != asked.shown:
            # What is gone cannot be looked at, so nothing is learnt about it.
            asked.open = now is None
            return 0
        asked.open = False
        self.model.consented += 1
        self.tally.by_token += way == "token"
        self.tally.by_form += way == "question"
        return 1

    @rule(number=NUMBERS, what=st.sampled_from(["start", "stop", "fail", "edit"]))
    def somebody_else_changes_it(self, number: int, what: str) -> None:
        task_id = self.tasks[number]
        if self.sandbox.status(task_id) is None:
            return
        if what == "edit":
            document = self.sandbox.engine.configuration(task_id)
            edited = {**document, "variables": {"edits": document.get("variables", {}).get("edits", 0) + 1}}
            self.sandbox.engine.replace(task_id, edited)
        elif what == "fail":
            self.sandbox.fail(task_id)
        elif (self.sandbox.status(task_id) == "running") == (what == "stop"):
            getattr(self.sandbox.engine, what)(task_id)

    @rule(seconds=st.sampled_from([1, 120, 299, 301]))
    def time_passes(self, seconds: float) -> None:
        self.sandbox.clock.advance(seconds)

    @rule(number=NUMBERS, tool=CALLS, worker=WORKERS, invented=st.text(max_size=30))
    def an_assistant_invents_a_token(self, number: int, tool: str, worker: int, invented: str) -> None:
        before = len(self.sandbox.recorder.attempts)
        arguments = self.arguments(tool, number, force=True)
        self.run(self.bring(worker, "token", tool, arguments, invented, ACCEPT))
        assert len(self.sandbox.recorder.attempts) == before

    @invariant()
    def everything_that_happened_was_consented_to(self) -> None:
        if hasattr(self, "sandbox"):
            self.tally.steps += 1
            assert len(self.sandbox.recorder.attempts) == self.model.consented

    async def call(
        self,
        worker: int,
        tool: str,
        arguments: dict[str, Any],
        *,
        can_ask: bool,
        answer: ElicitResult | None = None,
        state: str | None = None,
    ) -> CallToolResult | InputRequiredResult:
        self.tally.calls += 1
        user = User(DECLINE) if can_ask else None
        responses: InputResponses | None = {"confirm": answer} if answer else None
        async with self.workers[worker].client(ask=user) as client:
            return await client.session.call_tool(
                tool, arguments, input_responses=responses, request_state=state, allow_input_required=True
            )

    async def bring(
        self, worker: int, way: str, tool: str, arguments: dict[str, Any], handle: str, answer: ElicitResult
    ) -> None:
        if way == "token":
            await self.call(worker, tool, {**arguments, "confirmation": handle}, can_ask=False)
        else:
            await self.call(worker, tool, arguments, can_ask=True, answer=answer, state=handle)
