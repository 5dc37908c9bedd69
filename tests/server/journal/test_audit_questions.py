"""Every question has one record, which is there before anybody sees the question, and leads to its answer."""

import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from server.approvals.deciding import Deciding
from server.approvals.person import Person
from server.journal.audit import Audit
from server.store.audit import AuditRows
from server.store.unavailable import StoreUnavailable
from tests.conftest import MakeWorld
from tests.support.answers import ACCEPT, CANCEL, DECLINE, User
from tests.support.approvals import Desk, decides, the_one
from tests.support.world import Era, World, data, error

ERAS: list[Era] = ["modern", "legacy"]


@pytest.fixture
def store_url(database_url: str) -> str:
    """These tests run on every database."""
    return database_url


def kept(world: World, kind: str) -> list[dict[str, Any]]:
    return [record for _, record in world.store.audit.since(0, 100) if record["kind"] == kind]


@pytest.mark.parametrize("era", ERAS)
async def test_a_question_is_on_record_while_a_person_is_being_asked(world: World, era: Era) -> None:
    task_id = world.sandbox.create()
    seen: list[list[dict[str, Any]]] = []
    async with world.client(era, User(DECLINE, meanwhile=lambda: seen.append(kept(world, "question")))) as client:
        await client.call_tool("stop_task", {"task_id": task_id})
    ((question,),) = seen
    assert (question["operation"], question["task_id"], question["asked"]) == ("stop_task", task_id, "question")
    assert (question["requirement"], question["rule"]) == ("confirm", "the default")
    assert question["arguments"] == {"task_id": task_id}
    assert question["client"].startswith("mcp ")
    assert question["principal"]
    assert kept(world, "question") == [question]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(("answer", "answered"), [(ACCEPT, "accepted"), (DECLINE, "declined"), (CANCEL, "cancelled")])
async def test_the_record_of_a_call_leads_to_its_question(world: World, era: Era, answer: Any, answered: str) -> None:
    async with world.client(era, User(answer)) as client:
        for _ in range(2):
            await client.call_tool("stop_task", {"task_id": world.sandbox.create()})
    questions = [record["question"] for record in kept(world, "question")]
    assert len(set(questions)) == 2
    calls = [(record["question"], record["answered"]) for record in kept(world, "call") if "answered" in record]
    assert calls == [(question, answered) for question in questions]


async def test_a_token_leads_from_the_call_that_brings_it_to_the_one_that_was_offered_it(world: World) -> None:
    task_id = world.sandbox.create()
    offer = await world.call("stop_task", task_id=task_id)
    token = data(offer)["confirmation_required"]["confirmation"]
    await world.call("stop_task", task_id="another", confirmation=token)
    await world.call("stop_task", task_id=task_id, confirmation=token)
    await world.call("stop_task", task_id=task_id, confirmation=token)
    (question,) = kept(world, "question")
    assert [(record["question"], record["outcome"]) for record in kept(world, "call")] == [
        (question["question"], "question"),
        (question["question"], "wrong_confirmation"),
        (question["question"], "done"),
        (question["question"], "already_used"),
    ]
    assert token not in json.dumps(kept(world, "question") + kept(world, "call"))


async def test_calls_that_go_on_waiting_for_a_decision_ask_nothing_anew(make_world: MakeWorld) -> None:
    world = make_world(page=Desk(), confirm="human", approval_wait=0)
    task_id = world.sandbox.create()
    for _ in range(3):
        assert error(await world.call("stop_task", task_id=task_id))["kind"] == "approval_pending"
    request = await the_one(world.store)
    deciding = Deciding(world.store, Audit(world.store, None, world.clock), world.clock)
    assert await deciding.decide(request, Person("carol", ""), approve=True, note=None) == "approved"
    assert not (await world.call("stop_task", task_id=task_id)).is_error
    (question,) = kept(world, "question")
    assert (question["asked"], question["approval"], question["task_id"]) == ("page", request.id, task_id)
    (decision,) = kept(world, "decision")
    assert (decision["approval"], decision["answered"], decision["task_id"]) == (request.id, "approved", task_id)
    calls = [(record["approval"], record["answered"], record["outcome"]) for record in kept(world, "call")]
    assert calls == [(request.id, "waiting", "approval_pending")] * 3 + [(request.id, "approved", "done")]


async def test_calls_at_once_that_share_a_request_share_its_record(make_world: MakeWorld) -> None:
    world = make_world(page=Desk(), confirm="human", approval_wait=0)
    task_id = world.sandbox.create()
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(lambda: world.call("stop_task", task_id=task_id))
    (question,) = kept(world, "question")
    assert {record["approval"] for record in kept(world, "call")} == {question["approval"]}


async def test_a_request_is_on_record_before_the_page_is_opened(make_world: MakeWorld) -> None:
    desk = Desk()
    world = make_world(page=desk, confirm="human", approval_wait=5)
    seen: list[list[dict[str, Any]]] = []

    async def look_and_approve() -> None:
        seen.append(kept(world, "question"))
        await decides(world.store, approve=True)()

    desk.waits = look_and_approve
    await world.call("stop_task", task_id=world.sandbox.create())
    assert [[question["asked"] for question in questions] for questions in seen] == [["page"]]


async def test_a_call_that_is_given_up_while_a_person_is_asked_leaves_question_and_call(make_world: MakeWorld) -> None:
    desk = Desk()
    world = make_world(page=desk, confirm="human", approval_wait=60)
    with anyio.CancelScope() as scope:

        async def give_up() -> None:
            scope.cancel()

        desk.waits = give_up
        await world.call("stop_task", task_id=world.sandbox.create())
    (question,), (call,) = kept(world, "question"), kept(world, "call")
    assert (call["outcome"], call["answered"], call["changed"]) == ("cut_off", "waiting", "no")
    assert call["approval"] == question["approval"]


async def test_what_was_not_asked_in_the_end_has_no_record(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world()
    task_id = world.sandbox.create()
    async with world.client(ask=User(DECLINE)) as client:
        for _ in range(3):
            await client.call_tool("stop_task", {"task_id": task_id})
    assert len(kept(world, "question")) == 2
    assert (kept(world, "call")[-1]["outcome"], kept(world, "call")[-1]["asked"]) == ("refused_before", "never")


async def test_a_question_whose_record_cannot_be_kept_is_not_put(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    user = User(ACCEPT)
    task_id = world.sandbox.create()
    async with world.client(ask=user) as client:
        await client.call_tool("start_task", {"task_id": task_id})
        # What belongs together is kept together.
        monkeypatch.setattr("server.store.consents.add_record", _fails)
        result = await client.call_tool("stop_task", {"task_id": task_id})
    assert error(result)["kind"] == "unavailable"
    assert user.asked == []
    assert kept(world, "question") == []
    assert world.sandbox.status(task_id) == "running"


def _fails(*given: object) -> None:
    raise OSError


async def test_a_question_is_written_out_once_and_as_it_is_kept(make_world: MakeWorld, tmp_path: Path) -> None:
    lines = tmp_path / "audit.jsonl"
    world = make_world(audit=str(lines), page=Desk(), approval_wait=0)
    task_id = world.sandbox.create()
    async with world.client(ask=User(ACCEPT)) as client:
        await client.call_tool("stop_task", {"task_id": task_id})
    await world.call("delete_task", task_id=task_id)
    written = [json.loads(line) for line in lines.read_text().splitlines()]
    assert written == [record for _, record in world.store.audit.since(0, 99)]
    assert [record["kind"] for record in written] == ["question", "call", "begun", "call", "question", "call"]


async def test_a_store_that_fails_keeps_no_line_out_of_the_file(
    make_world: MakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lines = tmp_path / "audit.jsonl"
    world = make_world(audit=str(lines), confirm="off")

    async def fails(self: AuditRows, at: float, record: object) -> None:
        raise StoreUnavailable("OperationalError")

    monkeypatch.setattr(AuditRows, "add", fails)
    result = await world.call("stop_task", task_id=world.sandbox.create())
    assert not result.is_error
    begun, written = [json.loads(line) for line in lines.read_text().splitlines()]
    assert (written["operation"], written["change_id"]) == ("stop_task", data(result)["change_id"])
    assert kept(world, "begun") == [begun]
    assert "a record of the audit could not be kept at once: StoreUnavailable" in caplog.text


async def test_a_file_that_cannot_be_written_keeps_no_record_out_of_the_store_and_stops_no_refusal(
    make_world: MakeWorld, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = make_world(audit=str(tmp_path))
    async with world.client(ask=User(DECLINE)) as client:
        result = await client.call_tool("stop_task", {"task_id": world.sandbox.create()})
    assert error(result)["kind"] == "declined"
    assert (len(kept(world, "question")), kept(world, "call")[-1]["outcome"]) == (1, "declined")
    assert "a record of the audit was not written out: IsADirectoryError" in caplog.text


async def test_a_token_that_came_back_is_not_called_agreement_and_each_record_says_where(world: World) -> None:
    task_id = world.sandbox.create()
    offer = data(await world.call("stop_task", task_id=task_id))["confirmation_required"]
    await world.call("stop_task", task_id=task_id, confirmation=offer["confirmation"])
    kinds = {kind: kept(world, kind)[-1] for kind in ("question", "begun", "call")}
    assert {record["where"] for record in kinds.values()} == {"sandbox"}
    assert [kinds[kind]["answered"] for kind in ("begun", "call")] == ["returned", "returned"]
