import asyncio
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import CallToolResult, ElicitResult, InputRequiredResult, InputResponses

from server.guard import policy
from tests.conftest import MakeWorld
from tests.support.answers import ACCEPT, ACCEPT_FALSE, ACCEPT_NOTHING, CANCEL, DECLINE, User
from tests.support.world import Era, World, data, error, said, text

ERAS: list[Era] = ["modern", "legacy"]
FLOOD = "Cold store 4: alarm flood"


def task(world: World, **settings: Any) -> str:
    return world.sandbox.create(FLOOD, resource="coldstore-4", **settings)


def stopped_task(world: World) -> str:
    return task(world, start=False)


def token_of(result: CallToolResult) -> str:
    return data(result)["confirmation_required"]["confirmation"]


@pytest.mark.parametrize("era", ERAS)
async def test_the_question_shows_the_target_and_what_will_happen_in_our_words(world: World, era: Era) -> None:
    task_id, user = task(world), User(ACCEPT)
    world.clock.advance(60)
    async with world.client(era, user) as client:
        await client.call_tool("stop_task", {"task_id": task_id})
    assert user.asked[0].message == (
        f'Stop this task?\n\nname: "{FLOOD}"\nid: {task_id}\nstatus: running\ntype: periodic\nschedule: every 1 min\n'
        "template: pumpVibration\nresources: coldstore-4\ncreated: 2026-11-18T11:06:40Z\n"
        "last run: 2026-11-18T11:07:40Z\nwhere: sandbox\n\n"
        "It does not run again until it is started again: what it watches for goes unnoticed meanwhile. Its "
        "configuration and history stay, and it can be started again."
    )
    assert user.asked[0].requested_schema == {
        "type": "object",
        "properties": {"confirm": {"type": "boolean", "title": "Yes, stop this task", "default": False}},
        "required": ["confirm"],
    }


@pytest.mark.parametrize("era", ERAS)
async def test_a_forced_delete_says_that_the_task_is_stopped_first(world: World, era: Era) -> None:
    task_id, user = task(world), User(DECLINE)
    async with world.client(era, user) as client:
        await client.call_tool("delete_task", {"task_id": task_id, "force_stop": True})
    assert "It is running and is stopped first. Its state and history are lost for good." in user.asked[0].message


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (ACCEPT_FALSE, "declined", "Not deleted: the user declined.\nNothing was changed.\nDo not retry without new"),
        (ACCEPT_NOTHING, "declined", "Not deleted: the user declined."),
        (DECLINE, "declined", "Not deleted: the user declined."),
        (CANCEL, "cancelled", "Not deleted: the user closed the question without answering."),
        (ElicitResult(action="accept", content={"confirm": "true"}), "declined", "Not deleted"),
        (ElicitResult(action="accept", content={"yes": True}), "declined", "Not deleted"),
    ],
)
async def test_only_accepting_with_the_box_ticked_is_a_yes(
    world: World, era: Era, answer: ElicitResult, kind: str, says: str
) -> None:
    task_id = stopped_task(world)
    async with world.client(era, User(answer)) as client:
        result = await client.call_tool("delete_task", {"task_id": task_id})
    assert (error(result)["kind"], error(result)["changed"]) == (kind, "no")
    assert says in text(result)
    assert world.sandbox.status(task_id) == "stopped"


@pytest.mark.parametrize("era", ERAS)
async def test_what_is_stopped_already_is_said_and_not_asked(world: World, era: Era) -> None:
    task_id, user = stopped_task(world), User(ACCEPT)
    async with world.client(era, user) as client:
        result = await client.call_tool("stop_task", {"task_id": task_id})
    assert text(result).startswith(f'Already stopped, nothing was changed: "{FLOOD}"')
    assert not result.is_error
    assert user.asked == []
    assert world.sandbox.recorder.attempts == []


@pytest.mark.parametrize("ask", [True, False])
async def test_a_failed_task_has_nothing_to_stop(world: World, ask: bool) -> None:
    task_id, user = task(world), User(ACCEPT)
    world.sandbox.fail(task_id)
    async with world.client(ask=user if ask else None) as client:
        result = await client.call_tool("stop_task", {"task_id": task_id})
    assert error(result)["kind"] == "not_possible"
    assert "start_task runs it again" in text(result)
    assert user.asked == []


@pytest.mark.parametrize("status", ["running", "pending"])
async def test_an_active_task_is_not_put_to_anyone_for_deletion_without_force(world: World, status: str) -> None:
    task_id, user = task(world), User(ACCEPT)
    world.sandbox.change(task_id, "status", status)
    async with world.client(ask=user) as client:
        result = await client.call_tool("delete_task", {"task_id": task_id})
    assert error(result)["kind"] == "not_possible"
    assert "stop_task, then delete_task. Or delete_task with force_stop=true, where the policy" in text(result)
    assert user.asked == []
    assert world.sandbox.status(task_id) == status


async def test_a_task_that_is_not_there_is_not_asked_about(world: World) -> None:
    user = User(ACCEPT)
    async with world.client(ask=user) as client:
        result = await client.call_tool("delete_task", {"task_id": "nobody"})
    assert error(result)["kind"] == "not_found"
    assert user.asked == []


@pytest.mark.parametrize("era", ERAS)
async def test_a_change_while_the_question_is_open_voids_it_and_is_shown(world: World, era: Era) -> None:
    task_id = task(world)
    document = {"name": "Other", "template": "pumpVibration", "type": "periodic", "frequency": 1, "start": False}
    user = User(ACCEPT, meanwhile=lambda: world.sandbox.engine.replace(task_id, document))
    async with world.client(era, user) as client:
        result = await client.call_tool("delete_task", {"task_id": task_id, "force_stop": True})
    assert error(result)["kind"] == "stale"
    assert "(status: running -> stopped; specification.frequency; specification.name; " in text(result)
    assert world.sandbox.status(task_id) == "stopped"


async def test_counters_and_times_that_move_by_themselves_do_not_void_a_consent(world: World) -> None:
    task_id = task(world)
    user = User(ACCEPT, meanwhile=lambda: world.clock.advance(200))
    async with world.client(ask=user) as client:
        result = await client.call_tool("stop_task", {"task_id": task_id})
    assert not result.is_error
    assert world.sandbox.status(task_id) == "stopped"


@pytest.mark.parametrize("change", ["delete", "stop"])
async def test_what_somebody_else_did_meanwhile_is_not_done_twice(world: World, change: str) -> None:
    task_id = task(world)

    def meanwhile() -> None:
        if change == "stop":
            world.sandbox.engine.stop(task_id)
        else:
            world.sandbox.engine.delete(task_id, force_stop=True)

    async with world.client(ask=User(ACCEPT, meanwhile=meanwhile)) as client:
        result = await client.call_tool("stop_task", {"task_id": task_id})
    assert error(result)["kind"] == ("stale" if change == "stop" else "not_found")
    assert world.sandbox.recorder.attempts == []


async def test_an_assistant_whose_client_cannot_ask_is_told_what_to_show_and_what_to_pass(world: World) -> None:
    task_id = task(world)
    result = await world.call("stop_task", task_id=task_id)
    offered = data(result)["confirmation_required"]
    assert not result.is_error
    assert text(result).startswith("Not stopped yet: the user has to agree first. Show the user this and ask:")
    assert f'name: "{FLOOD}"' in text(result)
    assert f'confirmation="{offered["confirmation"]}" (good for 5 minutes, once)' in text(result)
    assert offered["question"] == "Stop this task?"
    assert offered["facts"]["status"] == "running"
    assert offered["facts"]["where"] == "sandbox"
    for line in (f"{label}: {value}" for label, value in offered["facts"].items()):
        assert line in text(result).splitlines()
    assert world.sandbox.status(task_id) == "running"
    assert len(offered["confirmation"]) <= 24


async def test_the_second_call_with_the_token_acts_once(world: World) -> None:
    task_id = task(world)
    token = token_of(await world.call("stop_task", task_id=task_id))
    first = await world.call("stop_task", task_id=task_id, confirmation=token)
    assert text(first).startswith("Stopped")
    world.sandbox.engine.start(task_id)
    second = await world.call("stop_task", task_id=task_id, confirmation=token)
    assert error(second)["kind"] == "already_used"
    assert world.sandbox.status(task_id) == "running"


@pytest.mark.parametrize("invented", ["yes", "true", "", "a" * 22, "confirmation"])
async def test_an_invented_token_is_worth_nothing(world: World, invented: str) -> None:
    task_id = task(world)
    await world.call("stop_task", task_id=task_id)
    result = await world.call("stop_task", task_id=task_id, confirmation=invented)
    assert error(result)["kind"] == "unknown_confirmation"
    assert world.sandbox.status(task_id) == "running"


async def test_a_token_is_bound_to_tool_and_arguments(world: World) -> None:
    task_id, other = task(world), task(world)
    token = token_of(await world.call("delete_task", task_id=task_id, force_stop=True))
    for tool, arguments in [
        ("delete_task", {"task_id": other, "force_stop": True}),
        ("stop_task", {"task_id": task_id}),
    ]:
        result = await world.call(tool, **arguments, confirmation=token)
        assert error(result)["kind"] == "wrong_confirmation"
    assert world.sandbox.recorder.attempts == []
    in_other_words = await world.call("delete_task", taskId=task_id, forceStop=True, confirmation=token)
    assert said(in_other_words) == f'Deleted "{FLOOD}" (ID {task_id}), after stopping it.'


async def test_a_deleted_task_is_named(world: World) -> None:
    task_id = task(world)
    world.sandbox.engine.stop(task_id)
    requests = len(world.sandbox.recorder.requests)
    token = token_of(await world.call("delete_task", task_id=task_id))
    deleted = await world.call("delete_task", task_id=task_id, confirmation=token)
    assert said(deleted) == f'Deleted "{FLOOD}" (ID {task_id}).'
    assert [method for method, _, _ in world.sandbox.recorder.requests[requests:]] == ["GET"] * 4 + ["DELETE"]


async def test_consent_expires(world: World) -> None:
    task_id = task(world)
    token = token_of(await world.call("stop_task", task_id=task_id))
    world.clock.advance(300)
    late = await world.call("stop_task", task_id=task_id, confirmation=token)
    assert error(late)["kind"] == "expired"
    assert "Call stop_task again to ask anew." in text(late)
    assert world.sandbox.status(task_id) == "running"


async def test_a_token_does_not_stand_for_a_person_who_can_be_asked(world: World) -> None:
    task_id, user = task(world), User(DECLINE)
    token = token_of(await world.call("stop_task", task_id=task_id))
    async with world.client(ask=user) as client:
        result = await client.call_tool("stop_task", {"task_id": task_id, "confirmation": token})
    assert error(result)["kind"] == "declined"
    assert len(user.asked) == 1
    assert world.sandbox.status(task_id) == "running"


async def ask_by_hand(client: Client, tool: str, arguments: dict[str, Any]) -> InputRequiredResult:
    first = await client.session.call_tool(tool, arguments, allow_input_required=True)
    assert isinstance(first, InputRequiredResult)
    return first


async def answer_by_hand(
    client: Client, tool: str, arguments: dict[str, Any], state: str | None, answer: ElicitResult | None
) -> CallToolResult:
    responses: InputResponses | None = None if answer is None else {"confirm": answer}
    result = await client.session.call_tool(
        tool, arguments, input_responses=responses, request_state=state, allow_input_required=True
    )
    assert isinstance(result, CallToolResult)
    return result


async def test_a_question_that_was_handed_back_counts_once_and_for_its_own_call_alone(world: World) -> None:
    task_id, other = task(world), task(world)
    async with world.client(ask=User(DECLINE)) as client:
        state = (await ask_by_hand(client, "stop_task", {"task_id": task_id})).request_state
        wrong = await answer_by_hand(client, "stop_task", {"task_id": other}, state, ACCEPT)
        assert error(wrong)["kind"] == "wrong_confirmation"
        right = await answer_by_hand(client, "stop_task", {"task_id": task_id}, state, ACCEPT)
        assert not right.is_error
        world.sandbox.engine.start(task_id)
        again = await answer_by_hand(client, "stop_task", {"task_id": task_id}, state, ACCEPT)
        assert error(again)["kind"] == "already_used"
    assert (world.sandbox.status(task_id), world.sandbox.status(other)) == ("running", "running")
    assert len(world.sandbox.recorder.attempts) == 1


async def test_an_answer_from_a_client_without_forms_is_made_up(world: World) -> None:
    task_id = task(world)
    async with world.client(ask=User(DECLINE)) as client:
        state = (await ask_by_hand(client, "stop_task", {"task_id": task_id})).request_state
    async with world.client() as client:
        made_up = await answer_by_hand(client, "stop_task", {"task_id": task_id}, state, ACCEPT)
    assert error(made_up)["kind"] == "unanswered"
    assert world.sandbox.recorder.attempts == []


async def test_a_no_is_final_for_that_question(world: World) -> None:
    task_id = task(world)
    async with world.client(ask=User(DECLINE)) as client:
        state = (await ask_by_hand(client, "stop_task", {"task_id": task_id})).request_state
        await answer_by_hand(client, "stop_task", {"task_id": task_id}, state, DECLINE)
        result = await answer_by_hand(client, "stop_task", {"task_id": task_id}, state, ACCEPT)
    assert error(result)["kind"] == "declined"
    assert world.sandbox.status(task_id) == "running"


@pytest.mark.parametrize("state", ["made up", "", "v1.AAAA"])
async def test_a_made_up_state_is_worth_nothing(world: World, state: str) -> None:
    task_id = task(world)
    async with world.client(ask=User(ACCEPT)) as client:
        result = await answer_by_hand(client, "stop_task", {"task_id": task_id}, state, ACCEPT)
    assert error(result)["kind"] == "unknown_confirmation"
    assert world.sandbox.status(task_id) == "running"


async def test_a_question_that_comes_back_without_an_answer_is_no_yes(world: World) -> None:
    task_id = task(world)
    async with world.client(ask=User(ACCEPT)) as client:
        state = (await ask_by_hand(client, "stop_task", {"task_id": task_id})).request_state
        result = await answer_by_hand(client, "stop_task", {"task_id": task_id}, state, None)
    assert error(result)["kind"] == "unanswered"
    assert world.sandbox.status(task_id) == "running"


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("tool", ["stop_task", "delete_task"])
@pytest.mark.parametrize("seconds", [0, 1, -1, -500])
async def test_a_no_outranks_every_token_that_was_given_out_before_it(
    world: World, era: Era, tool: str, seconds: float
) -> None:
    task_id = task(world) if tool == "stop_task" else stopped_task(world)
    token = token_of(await world.call(tool, task_id=task_id))
    # Whatever the clocks of two servers say: what counts is which came first.
    world.clock.advance(seconds)
    async with world.client(era, User(DECLINE)) as client:
        await client.call_tool(tool, {"task_id": task_id})
    result = await world.call(tool, task_id=task_id, confirmation=token)
    assert (error(result)["kind"], error(result)["changed"]) == ("declined", "no")
    assert "a person refused this call after its confirmation was given out." in text(result)
    assert world.sandbox.recorder.attempts == []
    anew = token_of(await world.call(tool, task_id=task_id))
    assert "change_id" in data(await world.call(tool, task_id=task_id, confirmation=anew))


async def test_a_no_holds_with_every_flag(world: World) -> None:
    task_id = stopped_task(world)
    token = token_of(await world.call("delete_task", task_id=task_id, force_stop=True))
    async with world.client("modern", User(DECLINE)) as client:
        for force in (False, True):
            await client.call_tool("delete_task", {"task_id": task_id, "force_stop": force})
        assert error(await client.call_tool("delete_task", {"task_id": task_id}))["kind"] == "refused_before"
    result = await world.call("delete_task", task_id=task_id, force_stop=True, confirmation=token)
    assert error(result)["kind"] == "declined"
    assert world.sandbox.recorder.attempts == []


@pytest.mark.parametrize(("ahead", "back"), [(300, 200), (0, 61)])
async def test_a_clock_that_is_set_back_makes_no_consent_last_longer(world: World, ahead: float, back: float) -> None:
    task_id = task(world)
    given = {"task_id": task_id, "confirmation": token_of(await world.call("stop_task", task_id=task_id))}
    world.clock.advance(ahead)
    if ahead:
        assert error(await world.call("stop_task", **given))["kind"] == "expired"
    world.clock.advance(-back)
    assert error(await world.call("stop_task", **given))["kind"] == "expired"
    world.clock.advance(back)
    assert error(await world.call("stop_task", **given))["kind"] == "expired"
    assert world.sandbox.status(task_id) == "running"


async def test_a_no_to_one_task_leaves_the_tokens_for_others(world: World) -> None:
    one, other = task(world), task(world)
    token = token_of(await world.call("stop_task", task_id=one))
    world.clock.advance(1)
    async with world.client("modern", User(DECLINE)) as client:
        await client.call_tool("stop_task", {"task_id": other})
    assert "change_id" in data(await world.call("stop_task", task_id=one, confirmation=token))


async def test_the_state_of_a_question_is_not_taken_for_a_token(world: World) -> None:
    task_id = task(world)
    async with world.client(ask=User(ACCEPT)) as client:
        state = (await ask_by_hand(client, "stop_task", {"task_id": task_id})).request_state
    result = await world.call("stop_task", task_id=task_id, confirmation=state)
    assert error(result)["kind"] == "unknown_confirmation"
    assert world.sandbox.status(task_id) == "running"


async def test_the_text_of_a_question_is_the_same_on_every_round(world: World) -> None:
    task_id = task(world)
    async with world.client(ask=User(ACCEPT)) as client:
        rounds = [await ask_by_hand(client, "stop_task", {"task_id": task_id}) for _ in range(2)]
    messages = {str((asked.input_requests or {})["confirm"].params) for asked in rounds}
    assert len(messages) == 1


async def test_the_same_confirmed_call_many_times_at_once_acts_once(world: World) -> None:
    task_id = task(world)
    token = token_of(await world.call("stop_task", task_id=task_id))
    everybody = asyncio.Barrier(20)

    async def until_all_have_looked(method: str, path: str) -> None:
        if path.endswith("/conf"):
            await everybody.wait()

    world.sandbox.recorder.before = until_all_have_looked
    async with world.client() as client:
        calls = (client.call_tool("stop_task", {"task_id": task_id, "confirmation": token}) for _ in range(20))
        results = await asyncio.gather(*calls)
    assert sum(not result.is_error for result in results) == 1
    assert len(world.sandbox.recorder.attempts) == 1


async def test_human_never_falls_back_to_the_token(make_world: MakeWorld) -> None:
    world = make_world(confirm="human")
    task_id = task(world)
    async with world.client() as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert "confirmation" not in tools["stop_task"].input_schema["properties"]
        refused = await client.call_tool("stop_task", {"task_id": task_id})
        assert error(refused)["kind"] == "cannot_ask"
        assert "a client that supports elicitation could ask them" in text(refused)
        with_token = await client.call_tool("stop_task", {"task_id": task_id, "confirmation": "x"})
        assert error(with_token)["kind"] == "invalid_arguments"
    async with world.client(ask=User(ACCEPT)) as client:
        assert not (await client.call_tool("stop_task", {"task_id": task_id})).is_error
    assert len(world.sandbox.recorder.attempts) == 1


async def test_off_asks_nobody_and_says_so_to_whoever_connects(make_world: MakeWorld) -> None:
    world = make_world(confirm="off")
    task_id, user = task(world), User(DECLINE)
    async with world.client(ask=user) as client:
        assert "Nobody is asked to confirm" in (client.instructions or "")
        result = await client.call_tool("delete_task", {"task_id": task_id, "force_stop": True})
    assert not result.is_error
    assert user.asked == []
    assert world.sandbox.status(task_id) is None


async def test_replacing_is_not_asked_about(world: World) -> None:
    task_id, user = task(world), User(DECLINE)
    document = {"name": "New", "template": "internet.json", "type": "reactive"}
    async with world.client(ask=user) as client:
        result = await client.call_tool("replace_task", {"task_id": task_id, "specification": document})
    assert not result.is_error
    assert user.asked == []


async def test_an_operation_that_destroys_is_asked_about_unless_it_is_exempt_by_name(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "UNCONFIRMED", frozenset[str]())
    task_id, user = task(world), User(DECLINE, ACCEPT)
    call = {"task_id": task_id, "specification": {"name": "New", "template": "internet.json", "type": "reactive"}}
    async with world.client(ask=user) as client:
        assert error(await client.call_tool("replace_task", call))["kind"] == "declined"
        assert world.sandbox.recorder.attempts == []
        await client.call_tool("replace_task", call)
    assert len(world.sandbox.recorder.writes) == 1
    assert "Replace this task's configuration?" in user.asked[0].message
    assert "The old one can be brought back (undo)." in user.asked[0].message


async def test_a_stopped_task_that_stays_stopped_is_told_so_and_not_as_a_change(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "UNCONFIRMED", frozenset[str]())
    task_id, user = task(world), User(DECLINE, DECLINE)
    world.sandbox.engine.stop(task_id)
    document = {"name": "New", "template": "internet.json", "type": "reactive"}
    async with world.client(ask=user) as client:
        for sent in (document, {**document, "start": False}):
            await client.call_tool("replace_task", {"task_id": task_id, "specification": sent})
    silent, said_so = (asked.message for asked in user.asked)
    assert "start added" not in silent
    assert "start added: false" in said_so
    assert "It stays stopped." in silent
    assert "It stays stopped." in said_so


async def test_a_client_that_fails_to_ask_is_no_yes(world: World) -> None:
    task_id = task(world)

    async def broken(context: object, params: object) -> ElicitResult:
        raise RuntimeError("no window")

    async with world.client("legacy", broken) as client:
        result = await client.call_tool("stop_task", {"task_id": task_id})
    assert error(result)["kind"] == "unanswered"
    assert "do not try to confirm by yourself" in text(result)
    assert world.sandbox.status(task_id) == "running"


async def test_a_question_that_nobody_answers_in_time_is_no_yes(make_world: MakeWorld) -> None:
    world = make_world(confirm_seconds=0.01)
    task_id = task(world)

    async def absent(context: object, params: object) -> ElicitResult:
        await asyncio.Event().wait()
        raise AssertionError

    async with world.client("legacy", absent) as client:
        result = await client.call_tool("stop_task", {"task_id": task_id})
    assert error(result)["kind"] == "expired"
    assert world.sandbox.status(task_id) == "running"


async def test_a_target_that_cannot_be_fetched_is_not_acted_on(world: World) -> None:
    task_id, user = task(world), User(ACCEPT)
    world.sandbox.database.execute("UPDATE documents SET document = 'not json'")
    async with world.client(ask=user) as client:
        result = await client.call_tool("stop_task", {"task_id": task_id})
    assert error(result)["kind"] == "server_fault"
    assert error(result)["changed"] == "no"
    assert user.asked == []
    assert world.sandbox.recorder.attempts == []


async def test_a_name_cannot_speak_for_the_server(world: World) -> None:
    task_id, user = world.sandbox.create('x"\n\nThis is harmless.\x1b[0m\u202e Tick the box'), User(DECLINE)
    async with world.client(ask=user) as client:
        await client.call_tool("stop_task", {"task_id": task_id})
    lines = user.asked[0].message.splitlines()
    assert lines[2] == 'name: "x\' This is harmless.[0m Tick the box"'
    assert lines[3] == f"id: {task_id}"


@pytest.mark.parametrize(
    ("status", "start", "says"),
    [
        ("stopped", True, "It is stopped now, and this starts it."),
        ("failed", None, "It is failed now, and this starts it."),
        ("stopped", None, "It stays stopped."),
        ("failed", False, "It is not started."),
        ("running", None, "replaced whole. The old one"),
    ],
)
async def test_whoever_agrees_to_a_replacement_is_told_whether_it_starts_the_task(
    make_world: MakeWorld, tmp_path: Path, status: str, start: bool | None, says: str
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[rule]]\noperation = "replace_task"\nrequire = "confirm"\n')
    world = make_world(policy=policy)
    given: dict[str, Any] = {} if start is None else {"start": start}
    task_id = world.sandbox.create(**given)
    world.sandbox.change(task_id, "status", status)
    document = {**world.sandbox.engine.configuration(task_id), "tags": {"a": "b"}}
    offer = await world.call("replace_task", task_id=task_id, specification=document)
    assert says in text(offer)
    token = data(offer)["confirmation_required"]["confirmation"]
    await world.call("replace_task", task_id=task_id, specification=document, confirmation=token)
    assert (world.sandbox.status(task_id) == "running") == ("starts it" in says or status == "running")
