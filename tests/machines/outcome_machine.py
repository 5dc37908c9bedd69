"""Outcomes: whatever gets lost between the server and the service, no call says of its change what is not true."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import anyio
import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from mcp.types import CallToolRequestParams, CallToolResult

from server.app import Running, build
from server.sandbox.errors import ApiError
from server.upstream.client import Upstream
from server.upstream.connection import Connection
from server.upstream.limits import Limits
from server.upstream.watching import Watcher
from tests.machines.approval_stage import SHARED_MEMORY
from tests.machines.callers import Hand, Session, context_of
from tests.machines.clock_loop import ClockLoop
from tests.machines.faulty_service import CALL, FAULTS, NO_FAULT, Ahead, FaultyService
from tests.machines.outcome_truth import Told, Truth
from tests.machines.tally import OutcomeTally
from tests.machines.workers import StepwiseStore
from tests.support.world import Sandbox, settings

ResultT = TypeVar("ResultT")

SECONDS = 30
"""Seconds that a request may take."""
PATIENCE = 120
"""Seconds after which nothing is under way any more, however soon this server stops waiting."""
ALL = 10_000
INSTANT = 0.001
ROUNDED = 3
"""Seconds by which the time of the service is told exactly enough."""
HANDS = (Hand("alice", "bot"), Hand("bob", "old bot", era="legacy"))
NAMES = ("Pump watch", "Door watch")
DOCUMENTS: tuple[dict[str, Any], ...] = tuple(
    {"name": name, "template": "pumpVibration", "type": kind, "frequency": 60_000, "variables": {"limit": limit}}
    for name, kind, limit in (
        (NAMES[0], "periodic", 1),
        (NAMES[0], "periodic", 2),
        (NAMES[1], "periodic", 1),
        (NAMES[1], "onetime", 1),
    )
)
READ = ("list_tasks", "get_task", "get_task_configuration")
READS = st.sampled_from(READ)
TOOLS = st.sampled_from(["stop_task", "start_task", "replace_task", "delete_task", "create_task"])
DOCUMENT = st.sampled_from(DOCUMENTS)
AHEAD = st.builds(
    Ahead,
    st.just(NO_FAULT) | st.sampled_from(FAULTS),
    st.sampled_from([0, 0, 0, 1, 2, ALL]),
    st.sampled_from([0.5, 2, 4, 8, 25]),
)
WORKERS = st.sampled_from([0, 1])
PICK = st.integers(0, 1000)


class OutcomeMachine(RuleBasedStateMachine):
    """Two workers with one journal over one service that cannot be relied upon."""

    tally: ClassVar[OutcomeTally] = OutcomeTally()

    @initialize()
    def set_up(self) -> None:
        self.folder = tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None)
        self.sandbox = Sandbox()
        self.clock = self.sandbox.clock
        self.loop = ClockLoop(self.clock)
        self.service = FaultyService(self.sandbox.app, self.clock)
        self.truth = Truth(self.service.writes)
        self.workers = [self.new_worker() for _ in range(2)]
        self.made = [self.sandbox.create(**document) for document in DOCUMENTS[1:]]
        self.clock.advance(3600)
        self.truth.names = {task_id: {doc["name"]} for task_id, doc in zip(self.made, DOCUMENTS[1:], strict=True)}
        self.changes: dict[str, Told] = {}
        self.run(self.look(0))
        self.rows = sqlite3.connect(self.file)
        self.rows.row_factory = sqlite3.Row
        self.last = 0
        self.tally.steps -= 1

    def teardown(self) -> None:
        if not hasattr(self, "rows"):
            return
        for worker in self.workers:
            self.run(worker.aclose())
        self.run(self.service.forget())
        self.loop.close()
        self.rows.close()
        self.sandbox.close()
        self.folder.cleanup()

    @property
    def file(self) -> Path:
        return Path(self.folder.name) / "state.sqlite3"

    @property
    def tasks(self) -> list[str]:
        """The tasks that calls are about: the last that are there, and one that may be gone."""
        made = [*self.made, *(write.made for write in self.service.writes if write.made)]
        return [*(task_id for task_id in made if self.sandbox.status(task_id))][-4:] + made[-1:]

    def new_worker(self) -> Running:
        given = settings(
            confirm="off", total_timeout=SECONDS, settle_seconds=5, destructive_per_hour=ALL, calls_per_minute=0
        )
        limits = Limits(total_timeout=SECONDS, attempts=2, failures=ALL)

        def open_client(watcher: Watcher) -> Upstream:
            client = httpx.AsyncClient(transport=self.service, base_url="http://sandbox", auth=("key", "secret"))
            return Upstream(client, limits, watcher)

        store = StepwiseStore(f"sqlite:///{self.file}", self.clock, given.confirm_seconds)
        way = Connection(open_client, "sandbox", self.sandbox.identity)
        return build(given, connection=way, store=store, clock=self.clock)

    def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self.loop.run_until_complete(work)

    @rule(worker=WORKERS, tool=TOOLS, pick=PICK, document=DOCUMENT, ahead=AHEAD)
    def change(self, worker: int, tool: str, pick: int, document: dict[str, Any], ahead: Ahead) -> None:
        self.perform((worker, tool, self.arguments(tool, pick, document), ahead))

    @rule(worker=WORKERS, pick=PICK, ahead=AHEAD)
    def undo(self, worker: int, pick: int, ahead: Ahead) -> None:
        if self.changes:
            known = list(self.changes)
            self.perform((worker, "undo_change", {"change_id": known[-1 - pick % len(known)]}, ahead))

    @rule(pick=PICK, tools=st.tuples(TOOLS, TOOLS), document=DOCUMENT, aheads=st.tuples(AHEAD, AHEAD))
    def change_twice_at_once(
        self, pick: int, tools: tuple[str, str], document: dict[str, Any], aheads: tuple[Ahead, Ahead]
    ) -> None:
        """Let two callers do something to the same task."""
        both = [(at, tools[at], self.arguments(tools[at], pick, document), aheads[at]) for at in range(2)]
        self.perform(*both)

    @rule(worker=WORKERS, tool=READS, pick=PICK)
    def read(self, worker: int, tool: str, pick: int) -> None:
        arguments = {} if tool == "list_tasks" else {"task_id": self.tasks[pick % len(self.tasks)]}
        self.perform((worker, tool, arguments, Ahead()))

    @rule(worker=WORKERS)
    def look_at_the_journal(self, worker: int) -> None:
        self.run(self.look(worker))
        self.hold_the_journal_against_the_truth(at_last=False)

    @rule(seconds=st.sampled_from([1, 10, PATIENCE]))
    def time_passes(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    @rule()
    def it_is_over(self) -> None:
        """Let nothing be under way any more, and nothing get lost: now the journal has to be right."""
        self.run(asyncio.sleep(PATIENCE + 1))
        self.run(self.look(0))
        self.hold_the_journal_against_the_truth(at_last=True)

    @rule(pick=PICK, does=st.sampled_from(["start", "stop", "delete"]))
    def a_stranger_changes_a_task(self, pick: int, does: str) -> None:
        task_id = self.tasks[pick % len(self.tasks)]
        status = self.sandbox.status(task_id)
        if status is None or (does == "start") == (status == "running"):
            return
        with suppress(ApiError):  # what runs once may be over just now
            getattr(self.sandbox.engine, does)(task_id, **({"force_stop": True} if does == "delete" else {}))
        self.clock.advance(INSTANT)
        self.truth.touched[task_id] = self.clock.now
        self.clock.advance(INSTANT)

    @rule(document=DOCUMENT)
    def a_stranger_makes_a_twin(self, document: dict[str, Any]) -> None:
        """Create a task like those that callers create; by then it is older than what they create next."""
        task_id = self.sandbox.create(**document)
        self.truth.names[task_id] = {document["name"]}
        self.truth.strangers.add(task_id)
        self.clock.advance(INSTANT)
        self.truth.touched[task_id] = self.clock.now
        self.clock.advance(ROUNDED)

    def arguments(self, tool: str, pick: int, document: dict[str, Any]) -> dict[str, Any]:
        about = {} if tool == "create_task" else {"task_id": self.tasks[pick % len(self.tasks)]}
        more = {"specification": document} if tool in ("create_task", "replace_task") else {}
        return {**about, **more, **({"force_stop": True} if tool == "delete_task" else {})}

    def perform(self, *calls: tuple[int, str, dict[str, Any], Ahead]) -> None:
        """Make calls, at once if there are several, and hold what they say against the truth."""
        self.clock.advance(INSTANT)
        told = [self.begun(ahead, arguments) for _, _, arguments, ahead in calls]
        results = self.run(self.all_of(told, calls))
        self.truth.note_names()
        for write in self.service.writes:
            self.truth.calls[write.call].write = write
        self.take_in_new_rows(told, calls)
        for one, (_, tool, _, _), result in zip(told, calls, results, strict=True):
            said = "cancelled" if result is None else self.truth.hear(one, result)
            self.tally.said[said if tool not in READ else "read"] += 1

    def begun(self, ahead: Ahead, arguments: dict[str, Any]) -> Told:
        number = len(self.truth.calls)
        found = self.sandbox.app.state.store.find(arguments.get("task_id") or self.task_of(arguments.get("change_id")))
        # What runs once also ends by itself, and then nobody can tell.
        once = found is not None and found[0].type == "onetime"
        told = Told(number, self.clock.now, excused=once or ahead.lost_reads == ALL)
        told.before = (found[0].status, found[1]) if found is not None else None
        self.truth.calls[number] = told
        self.service.ahead[number] = replace(ahead, on_its_way=asyncio.Event())
        return told

    async def all_of(
        self, told: list[Told], calls: Sequence[tuple[int, str, dict[str, Any], Ahead]]
    ) -> list[CallToolResult | None]:
        work = [self.say(one.number, *call[:3]) for one, call in zip(told, calls, strict=True)]
        return await asyncio.gather(*work)

    async def say(self, number: int, worker: int, tool: str, arguments: dict[str, Any]) -> CallToolResult | None:
        """Make a call; cancel it where no answer will come. None for a call that was cancelled."""
        CALL.set(number)
        ahead = self.service.ahead[number]
        context = context_of(Session(HANDS[worker], "silence"))
        params = CallToolRequestParams(name=tool, arguments=arguments)
        result: Any = None
        async with anyio.create_task_group() as group:
            if ahead.write.answer == "hangs":
                group.start_soon(_cancel, group.cancel_scope, ahead.on_its_way)
            result = await self.workers[worker].calls.call(context, params)
            group.cancel_scope.cancel()
        assert result is None or isinstance(result, CallToolResult)
        return result

    async def look(self, worker: int) -> None:
        number = len(self.truth.calls)
        self.truth.calls[number] = Told(number, self.clock.now, excused=False)
        self.service.ahead[number] = Ahead()
        result = await self.say(number, worker, "list_changes", {"hits": 100})
        assert result is not None
        assert not result.is_error

    def take_in_new_rows(self, told: list[Told], calls: Sequence[tuple[int, str, dict[str, Any], Ahead]]) -> None:
        callers = {HANDS[worker].identity: one for one, (worker, _, _, _) in zip(told, calls, strict=True)}
        for row in self.journal():
            if row["number"] > self.last:
                self.last = row["number"]
                self.changes[row["id"]] = callers.pop(row["identity"])
                self.truth.in_the_journal(self.changes[row["id"]], dict(row), at_last=False)

    def journal(self) -> list[sqlite3.Row]:
        return self.rows.execute("SELECT * FROM changes ORDER BY number").fetchall()

    def hold_the_journal_against_the_truth(self, *, at_last: bool) -> None:
        self.truth.note_names()
        for row in self.journal():
            outcome = self.truth.in_the_journal(self.changes[row["id"]], dict(row), at_last=at_last)
            self.tally.journal[outcome] += at_last

    def task_of(self, change_id: str | None) -> str | None:
        row = self.rows.execute("SELECT task_id FROM changes WHERE id = ?", (change_id,)).fetchone()
        return row["task_id"] if row else None

    @invariant()
    def no_change_is_sent_twice_and_what_was_not_done_stays_so(self) -> None:
        if hasattr(self, "rows"):
            self.tally.steps += 1
            self.truth.what_was_said_for_good_holds()


async def _cancel(scope: anyio.CancelScope, when: asyncio.Event) -> None:
    await when.wait()
    scope.cancel()
