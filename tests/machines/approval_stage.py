"""The stage on which the approval machine plays: tasks, workers, what was said, and what has to hold at any time."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant
from mcp.shared.exceptions import MCPError
from mcp.types import InputRequiredResult

from server.approvals.person import Person
from server.guard.policy import Requirement
from tests.machines.approval_model import APPROVAL_SECONDS, SECONDS, Asked, Brought, Meanwhile, Model, Request, key_of
from tests.machines.callers import ANSWERS, Hand, Result, Session
from tests.machines.changes_model import Change, undoing
from tests.machines.clock_loop import ClockLoop
from tests.machines.deciding import CAROL, decided
from tests.machines.deeds import AS_MADE, POLICY, STRICTER, TASKS, Act, Deed, State
from tests.machines.tally import Tally
from tests.machines.workers import Page, Records, Worker
from tests.support.world import Sandbox, data, settings

ResultT = TypeVar("ResultT")

GUARDS = ("human", "human", "approver", "approver", "confirm", "confirm", "none", "deny")
"""What the policy asks for with each of the tasks."""
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory, where there is one
UNSEEN = ("/approvals", "http://127", "http://localhost", "bearer-of-")
"""What no assistant may be told."""


class Stage(RuleBasedStateMachine):
    """Two workers with one store over one sandbox."""

    tally: ClassVar[Tally] = Tally()

    @initialize(wait=st.sampled_from([0, 0, 0.5]))
    def set_up(self, wait: float) -> None:
        self.folder = tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None)
        self.sandbox = Sandbox()
        self.sandbox.recorder.before = self.on_its_way
        self.looked_at: dict[object, State | None] = {}
        self.written_on: list[State | None] = []
        self.changes_before_the_last_look: str | None = None
        self.loop = ClockLoop(self.sandbox.clock)
        self.page = Page()
        self.model = Model(self.sandbox.clock, self.look, wait)
        self.stricter = [False, False]
        self.workers = [self.new_worker(stricter=False) for _ in range(2)]
        self.page.handles = [self.run(self.workers[0].store.sessions.open("ticket", {}, 600))]
        self.records = Records(self.file, self.sandbox.clock)
        self.tasks = [self.sandbox.create(**self.document(slot, AS_MADE)) for slot in range(len(GUARDS))]
        self.history: list[Deed] = []
        self.changes: dict[str, Change] = {}
        self.known: set[str] = set()
        self.granted: Counter[tuple[str, str]] = Counter()
        self.by_page, self.edits, self.last_change = 0, 0, 0
        self.tally.steps -= 1

    def teardown(self) -> None:
        if not hasattr(self, "records"):
            return
        for worker in self.workers:
            self.run(worker.aclose())
        self.loop.close()
        self.records.close()
        self.sandbox.close()
        self.folder.cleanup()

    @property
    def file(self) -> Path:
        return Path(self.folder.name) / "state.sqlite3"

    def new_worker(self, *, stricter: bool) -> Worker:
        policy = Path(self.folder.name) / ("stricter.toml" if stricter else "policy.toml")
        policy.write_text(STRICTER if stricter else POLICY, "utf-8")
        given = settings(
            policy=policy,
            confirm_seconds=SECONDS,
            approval_seconds=APPROVAL_SECONDS,
            approval_wait=self.model.wait,
            destructive_per_hour=1000,
            calls_per_minute=0,
        )
        return Worker(self.sandbox, given, self.file, self.page)

    def document(self, slot: int, name: str) -> dict[str, Any]:
        guard = GUARDS[slot]
        tags = {} if guard == "confirm" else {"guard": guard}
        return {"name": name, "template": "pumpVibration", "type": "periodic", "frequency": 60_000, "tags": tags}

    def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self.loop.run_until_complete(work)

    def state_of(self, task_id: str) -> State | None:
        found = self.sandbox.app.state.store.find(task_id)
        if found is None:
            return None
        row, document = found
        finished = None if row.finished_ms is None else row.finished_ms // 1000
        return State(row.status, document, row.created_ms // 1000, finished)

    async def on_its_way(self, method: str, path: str) -> None:
        """Let others go first, and note what a call looked at last, and so what it was to write on."""
        await asyncio.sleep(0)
        call = asyncio.current_task()
        if path.endswith("/conf") and call in self.looked_at and self.changes_before_the_last_look is not None:
            self.edit(self.changes_before_the_last_look)
        if path.endswith("/conf"):
            self.looked_at[call] = self.state_of(path.split("/")[-2])
        elif method != "GET":
            self.written_on.append(self.looked_at.get(call))

    def look(self, act: Act) -> State | None:
        if act.task_id is None:
            return State("", act.given["specification"], 0, None)
        return self.state_of(act.task_id)

    async def say(
        self,
        worker: int,
        hand: Hand,
        tool: str,
        arguments: Mapping[str, Any],
        brought: Brought | None = None,
        live: str = "silence",
    ) -> tuple[str, Result | None]:
        """Call, see to it that nothing is let out, and return what became of it."""
        session = Session(hand, live)
        state, answer = None, None
        if brought is not None and brought.way == "token":
            arguments = {**arguments, "confirmation": brought.handle}
        elif brought is not None:
            state, answer = brought.handle, ANSWERS[brought.answer]
        self.tally.calls += 1
        try:
            result = await self.workers[worker].call(session, tool, arguments, state=state, answer=answer)
        except MCPError as error:
            self.nothing_slips_out(str(error))
            return "unknown_tool", None
        self.nothing_slips_out("\n".join([result.model_dump_json(), *session.heard]))
        return kind_of(result), result

    def nothing_slips_out(self, text: str) -> None:
        for secret in (*UNSEEN, *self.page.handles):
            assert secret not in text, f"an assistant was told {secret}"

    def perform(
        self,
        worker: int,
        deed: Deed,
        *,
        arguments: Mapping[str, Any] | None = None,
        brought: Brought | None = None,
        live: str = "silence",
        meanwhile: str = "nothing",
    ) -> None:
        """Make a call; what becomes of it, and what is written, has to be what the model says."""
        deed = replace(deed, stricter=self.stricter[worker])
        before, written = self.look(deed.act), len(self.sandbox.recorder.attempts)
        required = deed.requirement(before) if before else None
        somebody = Meanwhile(meanwhile)
        expected = self.expected(deed, brought, live, somebody)
        if meanwhile == "change before the last look":
            self.changes_before_the_last_look = deed.act.task_id
        self.page.waits = lambda: self.somebody_acts(worker, deed, required, somebody)
        kind, result = self.run(self.say(worker, deed.hand, deed.tool, arguments or deed.act.given, brought, live))
        self.page.waits = self.changes_before_the_last_look = None
        assert kind == expected, f"{kind}, and not {expected}"
        self.take_in_new_requests()
        self.compare_writes(written, [deed.act.write] if kind == "done" else [])
        if result is not None:
            self.note(deed, kind, result, before)
        if kind == "done":
            self.count(required, brought, deed)

    def expected(self, deed: Deed, brought: Brought | None, live: str, somebody: Meanwhile) -> str:
        """Return what has to become of a call, without what does not count of what it brings along."""
        if brought is not None and brought.way == "token":
            if deed.tool not in {"stop_task", "delete_task", "undo_change"}:
                return "invalid_arguments"
            brought = None if deed.hand.forms else brought
        elif brought is not None and deed.hand.era == "legacy":
            brought = None
        return self.model.expected(deed, brought, live, somebody)

    async def somebody_acts(self, worker: int, deed: Deed, required: Requirement | None, somebody: Meanwhile) -> None:
        """Decide, or change the task, while a call waits."""
        if somebody.does == "change" and deed.act.task_id is not None:
            self.edit(deed.act.task_id)
        elif somebody.does in {"approve", "deny"}:
            assert required is not None
            request = next(one for one in self.every_request() if one.key == key_of(deed, required))
            request_id = request.id or self.new_requests()[0]
            approve = somebody.does == "approve"
            came = await decided(self.workers[worker].store, self.sandbox.clock, request_id, CAROL, approve=approve)
            assert came == somebody.came

    def decide(self, worker: int, request: Request, person: Person, approve: bool) -> None:
        expected = self.model.decide(request, person.identity, approve=approve)
        store, clock = self.workers[worker].store, self.sandbox.clock
        assert self.run(decided(store, clock, request.id, person, approve=approve)) == expected

    def every_request(self) -> list[Request]:
        return [*self.model.requests.values(), *reversed(self.model.ended)]

    def new_requests(self) -> list[str]:
        return [row["id"] for row in self.records.requests() if row["id"] not in self.known]

    def take_in_new_requests(self) -> None:
        """Give the request that a call made its ID; it makes one where the model says so, and no other."""
        found, made = self.new_requests(), [one for one in self.every_request() if not one.id]
        assert len(found) == len(made)
        for request_id, request in zip(found, made, strict=True):
            request.id = request_id
        self.known.update(found)

    def compare_writes(self, since: int, wanted: list[tuple[str, str]]) -> None:
        written = [(method, path) for method, path, _ in self.sandbox.recorder.attempts[since:]]
        assert written == wanted
        self.granted.update((method, path.partition("?")[0]) for method, path in written)

    def note(self, deed: Deed, kind: str, result: Result, before: State | None) -> None:
        """Keep what a result holds that can be used again."""
        expires = self.sandbox.clock.now + SECONDS
        if isinstance(result, InputRequiredResult):
            assert before is not None
            self.model.asked[result.request_state or ""] = Asked("question", deed.direct, before, expires)
        elif kind == "offer":
            assert before is not None
            handle = data(result)["confirmation_required"]["confirmation"]
            self.model.asked[handle] = Asked("token", deed.direct, before, expires)
        elif kind == "approval_pending":
            assert before is not None
            request = self.model.requests[key_of(deed, deed.requirement(before))]
            assert f"request {request.id} waits" in result.model_dump_json()
        elif kind == "done":
            self.note_change(deed, data(result), before)

    def note_change(self, deed: Deed, told: Mapping[str, Any], before: State | None) -> None:
        creates = deed.act.task_id is None
        task_id = told["task_id"] if creates else deed.act.task_id or ""
        now = self.state_of(task_id)
        sent: Mapping[str, Any] = now.document if now and "specification" in deed.act.given else {}
        if sent:
            assert {**deed.act.given["specification"], "start": None} == {**sent, "start": None}
        change = Change(told["change_id"], deed.act, task_id, None if creates else before, sent)
        self.changes[change.id] = change
        if "undone" in told:
            self.changes[told["undone"]].undone_by = change.id

    def count(self, required: Requirement | None, brought: Brought | None, deed: Deed) -> None:
        """Count a change by what allowed it."""
        by_page = required == "approver" or (required == "human" and not deed.hand.forms)
        self.by_page += by_page
        self.tally.by_page += by_page
        if not by_page:
            self.tally.free += required == "none" and brought is None
            self.tally.by_token += brought is not None and brought.way == "token"
            self.tally.by_form += deed.hand.forms and required != "none"

    def undoing(self, change: Change) -> Act | str:
        return undoing(change, self.state_of)

    def edit(self, task_id: str) -> None:
        """Change a task behind everybody's back, so that it never was like that before."""
        document, status = self.sandbox.engine.configuration(task_id), self.sandbox.status(task_id)
        self.edits += 1
        self.sandbox.put(task_id, status or "running", {**document, "name": f"edit {self.edits}"})

    @invariant()
    def what_waits_is_what_the_model_knows(self) -> None:
        if hasattr(self, "records"):
            waiting = self.records.waiting()
            assert len(waiting) == len(self.model.waiting())
            assert len(set(waiting)) == len(waiting), "one call has two requests open"

    @invariant()
    def every_write_is_in_the_journal_and_was_allowed(self) -> None:
        if not hasattr(self, "records"):
            return
        self.tally.steps += 1
        rows = self.records.changes(self.last_change)
        if rows:
            self.last_change = rows[-1]["number"]
        self.granted.subtract(_write_of(row) for row in rows)
        assert not any(self.granted.values()), self.granted
        led_to = self.records.led_to()
        assert len(led_to) == len(set(led_to)) == self.by_page


def _write_of(row: Any) -> tuple[str, str]:
    """Return the request that a row of the journal tells of."""
    path = f"{TASKS}/{row['task_id']}"
    return {"create_task": ("POST", TASKS), "replace_task": ("PUT", path), "delete_task": ("DELETE", path)}.get(
        row["operation"], ("POST", f"{path}/command/{row['operation'].partition('_')[0]}")
    )


def kind_of(result: Result) -> str:
    """Return in one word what became of a call."""
    if isinstance(result, InputRequiredResult):
        return "question"
    told = data(result)
    if result.is_error:
        return told["error"]["kind"]
    if "confirmation_required" in told:
        return "offer"
    return "done" if "change_id" in told else "answered"
