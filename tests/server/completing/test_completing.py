"""Completion: what a person types becomes what the tools take, at the price of one small request at most."""

from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, Completion
from starlette.types import Receive, Scope, Send

from prompts.catalog import load_prompts, read_prompt
from server.completing.kinds import KINDS, kind_of
from tests.conftest import MakeWorld
from tests.support.answers import ACCEPT, User
from tests.support.door import Door, door
from tests.support.resources import CONFIGURATION, OVERVIEW, TASK, complete, complete_id
from tests.support.world import Era, Sandbox, World

ERAS: list[Era] = ["modern", "legacy"]
NOTHING = Completion(values=[], total=0, has_more=False)


async def scope_of(client: Client, typed: str) -> Completion:
    """Return what the scope of a triage could become."""
    return await complete(client, typed, prompt="triage_failed_tasks", argument="scope")


async def template_of(client: Client, typed: str) -> Completion:
    """Return what a template could become."""
    return await complete(client, typed, prompt="create_task_from_template", argument="template")


@pytest.mark.parametrize("era", ERAS)
async def test_a_task_is_found_by_the_beginning_of_its_name_and_its_id_filled_in(world: World, era: Era) -> None:
    pump, other, _ = (world.sandbox.create(name) for name in ("Pump watch 7", "pump two", "Door"))
    async with world.client(era) as client:
        assert (await complete(client, "Pump w", prompt="explain_task", argument="task")).values == [pump]
        for template in (TASK, CONFIGURATION):
            found = await complete_id(client, "pump", template)
            # The service's own names know no case.
            assert {*found.values} == {pump, other}
            assert (found.total, found.has_more) == (2, False)
        assert (await complete_id(client, "*watch")).values == [pump]


@pytest.mark.parametrize("era", ERAS)
async def test_a_task_is_found_by_the_beginning_of_its_id(world: World, era: Era) -> None:
    ids = [f"{letter * 8}-0000-4000-8000-{letter * 12}" for letter in "abc"]
    for task_id in ids:
        world.sandbox.put(task_id, "running", {"name": "Task", "template": "pumpVibration"})
    async with world.client(era) as client:
        assert (await complete_id(client, ids[1][:9])).values == [ids[1]]
        assert (await complete_id(client, ids[1].upper()[:9])).values == [ids[1]]
        assert (await complete_id(client, ids[1])).values == [ids[1]]
        assert await complete_id(client, "0" * 9) == NOTHING
        assert {*(await complete_id(client, "")).values} == {*ids}
        named = world.sandbox.create(f"{ids[1][:3]} is how this one's name begins")
        # What is known by now is enough for few characters, which could be a name's as well.
        found = await complete_id(client, ids[1][:3])
        assert (found.values, found.total, found.has_more) == ([ids[1], named], 2, False)


async def test_more_than_is_shown_is_counted_by_the_service(estate: World) -> None:
    cold = estate.sandbox.database.execute("SELECT count(*) FROM tasks WHERE name LIKE 'Cold%'").fetchone()[0]
    async with estate.client() as client:
        found = await complete_id(client, "Cold")
        every = await complete_id(client, "")
    assert (len(found.values), found.total, found.has_more) == (20, cold, True)
    assert (len(every.values), every.total, every.has_more) == (100, 143, True)


async def test_where_not_every_task_was_looked_at_there_may_be_more(estate: World) -> None:
    async with estate.client() as client:
        found = await scope_of(client, "site=gh")
        unknown = await complete_id(client, "0" * 9)
    assert (found.values, found.total, found.has_more) == (["site=ghent"], None, True)
    assert (unknown.values, unknown.total, unknown.has_more) == ([], None, True)


@pytest.mark.parametrize("era", ERAS)
async def test_templates_and_tags_are_those_that_tasks_have(world: World, era: Era) -> None:
    world.sandbox.create("a", template="pumpVibration", tags={"site": "ghent", "pump": "7"})
    world.sandbox.create("b", template="coldStoreDoor", tags={"site": "antwerp"})
    async with world.client(era) as client:
        assert (await template_of(client, "")).values == ["coldStoreDoor", "pumpVibration"]
        assert (await template_of(client, "PUMP")).values == ["pumpVibration"]
        assert (await template_of(client, "watch")).values == []
        # A scope is either; a tag is found by its value, too.
        assert (await scope_of(client, "pu")).values == ["pump=7", "pumpVibration"]
        assert (await scope_of(client, "gh")).values == ["site=ghent"]
        assert (await scope_of(client, "site=")).values == ["site=antwerp", "site=ghent"]
        found = await scope_of(client, "site")
        assert (found.total, found.has_more) == (2, False)


async def test_what_the_first_page_does_not_have_is_searched_for_by_the_next_keystroke(world: World) -> None:
    # Whichever end a page begins at, it has no place for one of the two.
    world.sandbox.create("First", template="coldStoreDoor")
    for number in range(100):
        world.sandbox.create(f"Pump {number}", template="pumpVibration")
    world.sandbox.create("Last", template="internet.json")
    async with world.client() as client:
        assert len((await template_of(client, "")).values) == 2
        assert (await template_of(client, "cold")).values == ["coldStoreDoor"]
        assert (await template_of(client, "inter")).values == ["internet.json"]


async def test_a_keystroke_takes_one_request_at_most_and_none_where_it_was_typed_before(estate: World) -> None:
    asked = estate.sandbox.recorder.requests
    async with estate.client() as client:
        for typed in ("", "C", "Co", "Col", "Cold", "0", "0123456", "01234567", "012345678", "nothing", "*"):
            before = len(asked)
            await complete_id(client, typed)
            assert len(asked) <= before + 1, typed
            again = len(asked)
            await complete_id(client, typed)
            assert len(asked) == again
        for typed in ("", "g", "gh", "zzz", "nothing"):
            before = len(asked)
            await scope_of(client, typed)
            assert len(asked) <= before + 1, typed


async def test_a_service_that_fails_is_asked_once_and_completes_to_nothing(
    world: World, everything_logged: object
) -> None:
    calls: list[str] = []

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        calls.append(scope["path"])
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    world.sandbox.recorder.app = failing
    async with world.client() as client:
        assert await complete_id(client, "Pump") == NOTHING
        assert len(calls) == 1
        assert await scope_of(client, "x") == NOTHING
        assert len(calls) == 2


async def test_a_service_that_is_slow_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.sandbox.create("Pump")

    async def wait(method: str, path: str) -> None:
        await anyio.sleep_forever()

    async with world.client() as client:
        world.sandbox.recorder.before = wait
        with monkeypatch.context() as patch:
            patch.setattr("server.completing.completer._PATIENCE", 0.05)
            assert await complete_id(client, "Pump") == NOTHING
        world.sandbox.recorder.before = None
        # Nothing is left behind of it.
        assert (await complete_id(client, "Pump")).total == 1


@pytest.mark.parametrize("typed", ["\n", "\x00", "x" * 5_000, " ", "\u202e", '"', "%", "\\", "'; DROP TABLE tasks"])
async def test_whatever_is_typed_completes_to_nothing_rather_than_to_an_error(world: World, typed: str) -> None:
    world.sandbox.create("Pump")
    async with world.client() as client:
        assert (await complete_id(client, typed)).values == []
        assert (await scope_of(client, typed)).values == []


async def test_free_text_completes_to_nothing_and_asks_nobody(world: World) -> None:
    async with world.client() as client:
        found = await complete(client, "x", prompt="create_task_from_template", argument="purpose")
    assert found == NOTHING
    assert world.sandbox.recorder.requests == []


@pytest.mark.parametrize("era", ERAS)
async def test_statuses_and_types_are_known_without_asking(world: World, era: Era) -> None:
    async with world.client(era) as client:
        found = await complete(client, "S", prompt="move_tasks_to_template", argument="status")
        every = await complete(client, "", prompt="clean_up_finished_tasks", argument="type")
    assert found == Completion(values=["stopped"], total=1, has_more=False)
    assert every.values == ["periodic", "scheduled", "onetime", "reactive"]
    assert world.sandbox.recorder.requests == []


@pytest.mark.parametrize("era", ERAS)
async def test_what_is_not_there_cannot_be_completed(world: World, era: Era) -> None:
    async with world.client(era) as client:
        for attempt, words in (
            (complete(client, "x", prompt="nope", argument="task"), "Unknown prompt"),
            (complete(client, "x", prompt="explain_task", argument="nope"), "no such argument. It has task"),
            (complete_id(client, "x", "waylay://nope/{task_id}"), "Unknown resource template"),
            (complete_id(client, "x", OVERVIEW), "Unknown resource template"),
        ):
            with pytest.raises(MCPError, match=words) as raised:
                await attempt
            assert raised.value.code == INVALID_PARAMS


async def test_after_a_change_by_this_server_it_is_looked_anew(world: World) -> None:
    async with world.client(ask=User(ACCEPT)) as client:
        assert (await complete_id(client, "Pump")).values == []
        await client.call_tool("create_task", {"specification": {"name": "Pump 9", "template": "pumpVibration"}})
        assert (await complete_id(client, "Pump")).total == 1


async def test_where_a_policy_refuses_listing_nothing_is_completed(make_world: MakeWorld, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[rule]]\noperation = "list_tasks"\narguments.hits = 20\nrequire = "deny"\n')
    world = make_world(policy=policy)
    world.sandbox.create("Pump")
    async with world.client() as client:
        assert await complete_id(client, "Pump") == NOTHING
    assert world.sandbox.recorder.requests == []


async def test_where_a_policy_hides_the_tool_its_resource_is_not_completed(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[rule]]\noperation = "get_task_configuration"\nrequire = "deny"\n')
    world = make_world(policy=policy)
    task_id = world.sandbox.create("Pump")
    async with world.client() as client:
        assert (await complete_id(client, "Pump")).values == [task_id]
        with pytest.raises(MCPError, match="Unknown resource template"):
            await complete_id(client, "Pump", CONFIGURATION)


async def test_without_the_scope_nothing_is_completed_also_where_it_was_read_before(entrance: Door) -> None:
    entrance.world.sandbox.create("Pump")
    async with entrance.client(entrance.issuer.access_token(scope="tasks:read")) as client:
        assert (await complete_id(client, "Pump")).total == 1
    asked = len(entrance.world.sandbox.recorder.requests)
    async with entrance.client(entrance.issuer.access_token(scope="tasks:write")) as client:
        with pytest.raises(MCPError, match="Unknown resource template"):
            await complete_id(client, "Pump")
        with pytest.raises(MCPError, match="Unknown prompt"):
            await scope_of(client, "x")
    assert len(entrance.world.sandbox.recorder.requests) == asked


@pytest.mark.usefixtures("one_minute")
async def test_only_keystrokes_that_ask_the_service_count_as_calls(sandbox: Sandbox) -> None:
    sandbox.create("Pump")
    async with door(sandbox, calls_per_minute=2) as entrance, entrance.client() as client:
        for _ in range(4):
            assert (await complete_id(client, "Pump")).total == 1
        assert (await complete_id(client, "Pu")).total == 1
        assert await complete_id(client, "P") == NOTHING
    assert len(sandbox.recorder.requests) == 2


def test_every_argument_that_says_what_it_completes_to_says_what_there_is() -> None:
    for prompt in load_prompts():
        for argument in prompt.arguments:
            assert argument.complete in {"", *KINDS}, (prompt.name, argument.name)
            assert (kind_of(argument) is None) is (argument.complete == "" and argument.name not in {*KINDS, "task_id"})


def test_there_is_an_argument_for_all_that_can_be_completed() -> None:
    assert {kind_of(argument) for prompt in load_prompts() for argument in prompt.arguments} - {None} == KINDS


def test_a_prompt_can_say_what_an_argument_completes_to() -> None:
    head = (
        '+++\ntitle = "T"\ndescription = "D"\n[arguments.culprit]\ndescription = "D"\ncomplete = "task"\n+++\n$culprit'
    )
    (argument,) = read_prompt("p", head).arguments
    assert (kind_of(argument), argument.required) == ("task", True)
