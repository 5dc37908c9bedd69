"""Killed at any step of a call: afterwards the journal says what happened, and it is what the service's database says.

Each call is made in a process that kills itself; everything after that is asked of a new server over the same files.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

import pytest
from mcp import Client
from mcp.types import CallToolResult
from sqlalchemy import func, select

from server.store.tables import CHANGES, CONSENTS
from tests.support.answers import ACCEPT, User
from tests.support.approvals import decides
from tests.support.killed import HANDLE, RESULT, world_in
from tests.support.serving import clean_environment
from tests.support.world import Era, Sandbox, World, data, error, text

pytestmark = pytest.mark.usefixtures("results_unchecked")

PATIENCE = 4 * 30
"""Seconds after which no request of a call can be under way any more: four, of 30 seconds each."""

ROOT = Path(__file__).parents[3]
ORIGINAL = {"name": "Pump watch", "template": "pumpVibration", "type": "periodic", "frequency": 60_000}
OTHER = {**ORIGINAL, "name": "Other watch"}

Way = Literal["unasked", "question", "live", "token", "page", "undecided"]
"""How the call is agreed to; `undecided` has to ask for approval yet."""


@dataclass(frozen=True)
class Plan:
    """A call that is killed.

    Attributes:
        operation: What is performed.
        way: How it is agreed to.
        undoes: The tool whose change it undoes.
    """

    operation: str
    way: Way
    undoes: str | None = None

    def __str__(self) -> str:
        return f"{self.operation}-{self.way}" + (f"-undoing-{self.undoes}" if self.undoes else "")

    @property
    def tool(self) -> str:
        return "undo_change" if self.undoes else self.operation

    @property
    def by_page(self) -> bool:
        return self.way in ("page", "undecided")

    @property
    def settings(self) -> dict[str, Any]:
        return {"confirm": "human", "approval_wait": 0} if self.by_page else {}

    def is_made(self, sandbox: Sandbox) -> bool:
        """Tell from the service's database whether the change was made."""
        rows = sandbox.database.execute("SELECT name, status FROM tasks ORDER BY seq").fetchall()
        watch = [status for name, status in rows if name == "Pump watch"]
        return {
            "stop_task": watch == ["stopped"],
            "start_task": watch == ["running"],
            "delete_task": watch == [],
            "replace_task": ("Other watch", "running") in rows,
            "create_task": watch == ["running"],
        }[self.operation]


PLANS = [
    Plan("stop_task", "question"),
    Plan("stop_task", "live"),
    Plan("stop_task", "page"),
    Plan("delete_task", "question"),
    Plan("delete_task", "token"),
    Plan("start_task", "unasked"),
    Plan("replace_task", "question"),
    Plan("create_task", "unasked"),
    Plan("start_task", "unasked", undoes="stop_task"),
    Plan("create_task", "unasked", undoes="delete_task"),
    Plan("stop_task", "token", undoes="start_task"),
]


@dataclass(frozen=True)
class Scene:
    """What a call starts from.

    Attributes:
        handle: The token, or the request for approval, that it brings along.
        first: The change that it undoes.
        waiting: A request for approval of something else.
    """

    folder: Path
    arguments: dict[str, Any]
    handle: str | None
    first: str | None
    waiting: str | None


class Mortals:
    """The program that makes calls in processes which die."""

    def __init__(self) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.support.killed"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=clean_environment(),
        )
        self._under_way = False
        assert self._answer() == "ready\n"

    def start(self, job: dict[str, Any]) -> None:
        """Have a call begun."""
        assert self._program.stdin is not None
        if self._under_way:
            self.was_killed()
        self._under_way = True
        self._program.stdin.write(json.dumps(job) + "\n")
        self._program.stdin.flush()

    def was_killed(self) -> bool:
        """Wait for the call to end."""
        self._under_way = False
        return json.loads(self._answer())

    def close(self) -> None:
        self._program.communicate()

    def _answer(self) -> str:
        assert self._program.stdout is not None
        return self._program.stdout.readline()


@pytest.fixture(scope="module")
def mortals() -> Iterator[Mortals]:
    made = Mortals()
    yield made
    made.close()


@asynccontextmanager
async def opened(folder: Path, plan: Plan) -> AsyncGenerator[tuple[World, Client]]:
    """Yield a new server over the files in a folder, and a client that can ask if the plan's can."""
    world = world_in(folder, plan.settings)
    async with world.client(ask=None if plan.by_page or plan.way == "token" else User(ACCEPT)) as client:
        yield world, client
    await world.running.aclose()
    world.sandbox.close()


def new_folder(parent: Path) -> Path:
    (parent / "scene").mkdir()
    return parent / "scene"


async def prepared(folder: Path, plan: Plan) -> Scene:
    """Set the scene in a folder."""
    async with opened(folder, plan) as (world, client):
        first = handle = waiting = None
        arguments: dict[str, Any] = {"specification": ORIGINAL}
        if plan.tool != "create_task":
            arguments = {"task_id": world.sandbox.create(start="start_task" not in (plan.operation, plan.undoes))}
        if plan.undoes:
            if plan.undoes == "stop_task":
                world.sandbox.engine.start(arguments["task_id"])
            extra = {"force_stop": True} if plan.undoes == "delete_task" else {}
            async with world.client(ask=User(ACCEPT)) as asked:
                first = data(await asked.call_tool(plan.undoes, arguments | extra))["change_id"]
            arguments = {"change_id": first}
        elif plan.operation == "replace_task":
            arguments["specification"] = OTHER
        elif plan.operation == "delete_task":
            arguments["force_stop"] = True
        if plan.way == "token":
            offer = await client.call_tool(plan.tool, arguments)
            handle = data(offer)["confirmation_required"]["confirmation"]
            arguments = {**arguments, "confirmation": handle}
        if plan.way == "page":
            assert error(await client.call_tool(plan.tool, arguments))["kind"] == "approval_pending"
            (handle,) = [request.id for request in await world.store.approvals.waiting()]
            await decides(world.store, approve=True)()
        if plan.by_page:
            await client.call_tool("stop_task", {"task_id": world.sandbox.create("Something else")})
            (waiting,) = [request.id for request in await world.store.approvals.waiting()]
    return Scene(folder, arguments, handle, first, waiting)


class Autopsy:
    """What is found after a call was killed."""

    def __init__(self, plan: Plan, scene: Scene, folder: Path, world: World, client: Client) -> None:
        self._plan = plan
        self._scene = scene
        self._world = world
        self._client = client
        written = folder / HANDLE
        self._handle = written.read_text() if written.exists() else scene.handle

    def every_question_is_on_record(self) -> None:
        """Check that the audit has whatever was to be asked, whether anybody saw it or not."""
        query = select(func.count()).select_from(CONSENTS)
        asked = self._world.store.database.run_now(lambda connection: connection.execute(query).scalar_one())
        kinds = [record["kind"] for _, record in self._world.store.audit.since(0, 1000)]
        assert kinds.count("question") == asked

    def every_change_is_on_record(self) -> None:
        """Check that the audit has whatever began, and nothing that did not; and that a call names what it began."""
        query = select(CHANGES.c.id).order_by(CHANGES.c.number)
        changes = self._world.store.database.run_now(lambda connection: list(connection.execute(query).scalars()))
        assert [record["change_id"] for record in self._records("begun")] == changes
        assert {record["change_id"] for record in self._records("call") if "change_id" in record} <= set(changes)

    def _records(self, kind: str) -> list[dict[str, Any]]:
        return [record for _, record in self._world.store.audit.since(0, 1000) if record["kind"] == kind]

    async def made(self) -> tuple[str | None, str | None]:
        """Return the outcome of the change at once and after a while, checked against the database."""
        truth = self._plan.is_made(self._world.sandbox)
        early = await self._change()
        self._world.clock.advance(PATIENCE)
        late = await self._change()
        if late is None:
            assert (early, truth) == (None, False)
            return None, None
        assert early is not None
        assert self._handle is None or await self._spent()
        assert late["outcome"] == ("done" if truth else "not_done")
        assert early["outcome"] in ("under_way", late["outcome"])
        found_out = [late["outcome"]] if early["outcome"] == "under_way" else []
        settled = [record for record in self._records("settled") if record["change_id"] == late["change_id"]]
        assert [record["outcome"] for record in settled] == found_out
        await self._approval_names(late)
        await self._is_undone_as_it_should(late, truth)
        return early["outcome"], late["outcome"]

    async def consent_is_worth_what_it_should(self) -> None:
        """Check that a consent that was spent lets nothing through, and that one that was not still does, once."""
        if self._handle is None:
            return
        spent = await self._spent()
        sent = len(self._world.sandbox.recorder.attempts)
        result = await self._replayed()
        assert len(self._world.sandbox.recorder.attempts) == sent + (0 if spent else 1)
        if not spent:
            assert not result.is_error
            assert self._plan.is_made(self._world.sandbox)
            await self._replayed()
            assert len(self._world.sandbox.recorder.attempts) == sent + 1
        elif self._plan.way != "page" and not self._plan.undoes:
            assert error(result)["kind"] == "already_used"

    async def others_still_wait(self) -> None:
        """Check that a request for something else is still there."""
        if self._scene.waiting is not None:
            waiting = [request.id for request in await self._world.store.approvals.waiting()]
            assert self._scene.waiting in waiting

    async def requests_left(self) -> int:
        """Return how many requests wait for a decision."""
        return len(await self._world.store.approvals.waiting())

    async def is_approved_and_made_now(self) -> None:
        """Make the call again, have it approved, and make it once more."""
        again = await self._client.call_tool(self._plan.tool, self._scene.arguments)
        assert error(again)["kind"] == "approval_pending"
        assert await self.requests_left() == 2
        await decides(self._world.store, approve=True)()
        assert not (await self._client.call_tool(self._plan.tool, self._scene.arguments)).is_error
        assert self._plan.is_made(self._world.sandbox)

    async def _approval_names(self, change: dict[str, Any]) -> None:
        """Check that an approval says what it led to."""
        if self._plan.way == "page":
            request = await self._world.store.approvals.find(self._handle or "")
            assert request is not None
            assert (request.outcome, request.change_id) == ("spent", change["change_id"])

    async def _change(self) -> dict[str, Any] | None:
        changes = data(await self._client.call_tool("list_changes", {}))["changes"]
        found = [change for change in changes if change["change_id"] != self._scene.first]
        assert len(found) <= 1
        assert all(change["operation"] == self._plan.operation for change in found)
        return found[0] if found else None

    async def _spent(self) -> bool:
        if self._plan.way == "page":
            request = await self._world.store.approvals.find(self._handle or "")
            return request is not None and request.outcome == "spent"
        entry = await self._world.store.consents.read(self._handle or "")
        return entry is not None and entry.outcome == "spent"

    async def _replayed(self) -> CallToolResult:
        plan, scene = self._plan, self._scene
        if plan.way in ("token", "page"):
            return await self._client.call_tool(plan.tool, scene.arguments)
        result = await self._client.session.call_tool(
            plan.tool,
            scene.arguments,
            input_responses={"confirm": ACCEPT},
            request_state=self._handle,
            allow_input_required=True,
        )
        assert isinstance(result, CallToolResult)
        return result

    async def _is_undone_as_it_should(self, change: dict[str, Any], truth: bool) -> None:
        """Check that an undo works where the change was made, and only there; then put everything back."""
        first = self._scene.first
        if first is not None:
            again = await self._undo(first) if truth else None
            assert again is None or f"is undone already, by change {change['change_id']}" in text(again)
        undone = await self._undo(change["change_id"])
        assert undone.is_error is not truth
        assert truth or "was not made, so there is nothing to undo" in text(undone)
        assert not self._plan.is_made(self._world.sandbox)

    async def _undo(self, change_id: str) -> CallToolResult:
        async with self._world.client(ask=User(ACCEPT)) as client:
            return await client.call_tool("undo_change", {"change_id": change_id})

    async def what_was_to_be_undone_can_be(self) -> None:
        """Check that an undo that came to nothing can be made again."""
        if self._scene.first is not None and not self._plan.is_made(self._world.sandbox):
            changes = data(await self._client.call_tool("list_changes", {}))["changes"]
            if changes[0]["change_id"] == self._scene.first or changes[0]["outcome"] == "not_done":
                assert not (await self._undo(self._scene.first)).is_error
                assert self._plan.is_made(self._world.sandbox)


async def deaths(plan: Plan, scene: Scene, mortals: Mortals, folder: Path) -> AsyncGenerator[tuple[Path, Autopsy]]:
    """Yield what is found after the call was killed at each of its steps, and at last after it was not.

    While that is looked at, the next call is on its way.
    """
    era: Era = "legacy" if plan.way == "live" else "modern"
    job: dict[str, Any] = {"tool": plan.tool, "arguments": scene.arguments, "era": era, "settings": plan.settings}
    job["asks"] = plan.way in ("question", "live")

    def begin(step: int) -> Path:
        shutil.copytree(scene.folder, folder / str(step))
        mortals.start({**job, "folder": str(folder / str(step)), "step": step})
        return folder / str(step)

    ended, killed = begin(1), True
    for step in count(2):
        killed, found_in = mortals.was_killed(), ended
        ended = begin(step) if killed else ended
        async with opened(found_in, plan) as (world, client):
            yield found_in, Autopsy(plan, scene, found_in, world, client)
        if not killed:
            return


@pytest.mark.parametrize("plan", PLANS, ids=str)
async def test_wherever_it_is_killed_the_journal_says_what_happened(
    plan: Plan, mortals: Mortals, tmp_path: Path
) -> None:
    scene, folder = await prepared(new_folder(tmp_path), plan), tmp_path
    seen: set[tuple[str | None, str | None]] = set()
    async with aclosing(deaths(plan, scene, mortals, tmp_path)) as all_deaths:
        async for folder, found in all_deaths:  # noqa: B007
            found.every_question_is_on_record()
            found.every_change_is_on_record()
            seen.add(await found.made())
            await found.others_still_wait()
            await found.consent_is_worth_what_it_should()
            await found.what_was_to_be_undone_can_be()
    assert json.loads((folder / RESULT).read_text())["is_error"] is False
    assert seen == {(None, None), ("under_way", "not_done"), ("under_way", "done"), ("done", "done")}


async def test_killed_while_it_asks_for_approval_it_has_asked_or_not_and_what_waited_still_waits(
    mortals: Mortals, tmp_path: Path
) -> None:
    plan = Plan("stop_task", "undecided")
    scene = await prepared(new_folder(tmp_path), plan)
    left: set[int] = set()
    async with aclosing(deaths(plan, scene, mortals, tmp_path)) as all_deaths:
        async for _, found in all_deaths:
            found.every_question_is_on_record()
            found.every_change_is_on_record()
            assert await found.made() == (None, None)
            await found.others_still_wait()
            left.add(await found.requests_left())
            await found.is_approved_and_made_now()
    assert left == {1, 2}
