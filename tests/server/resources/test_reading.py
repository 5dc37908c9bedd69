"""Tasks and their configurations as resources: what the tools say, and no way around what the tools refuse."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.server.lowlevel import Server
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST

from server.resources.kinds import Page
from server.resources.offer import Offer
from server.resources.reader import Reader
from server.resources.serving import Resources
from tests.conftest import MakeWorld
from tests.support.door import Door, door
from tests.support.resources import CONFIGURATION, OVERVIEW, TASK, addresses, read, read_json, refusal
from tests.support.world import Era, Sandbox, World, data, text

ERAS: list[Era] = ["modern", "legacy"]
MISSING = "808aec38-3fb3-4163-a45e-1890e94081ea"


@pytest.mark.parametrize("era", ERAS)
async def test_a_task_is_read_as_get_task_shows_it(world: World, era: Era) -> None:
    task_id = world.sandbox.create("Pump watch", tags={"site": "ghent"})
    async with world.client(era) as client:
        shown = await read(client, f"{OVERVIEW}/{task_id}")
        facts = text(await client.call_tool("get_task", {"task_id": task_id}))
    head, fence, *lines, end = shown.replace("\n\n", "\n").split("\n")
    assert head == (f"[sandbox] Task as of 2026-11-18T11:06:40Z. Its configuration: {OVERVIEW}/{task_id}/configuration")
    assert (fence, "\n".join(lines), end) == ("```text", facts, "```")


@pytest.mark.parametrize("era", ERAS)
async def test_a_configuration_is_read_as_it_was_posted(world: World, era: Era) -> None:
    task_id = world.sandbox.create("Pump <b>watch</b>", tags={"site": "\u202eghent"})
    async with world.client(era) as client:
        uri = f"{OVERVIEW}/{task_id}/configuration"
        raw, document = await read(client, uri), await read_json(client, uri)
        posted = data(await client.call_tool("get_task_configuration", {"task_id": task_id}))
    assert document == {"sandbox": True, **posted}
    # What is not safe to see is an escape, and nothing is lost.
    assert "<b>" not in raw
    assert "\u202e" not in raw
    assert document["specification"]["name"] == "Pump <b>watch</b>"


async def test_a_configuration_that_is_too_large_comes_with_the_call_for_its_rest(make_world: MakeWorld) -> None:
    world = make_world(output_limit=8_000)
    task_id = world.sandbox.create("Large", tags={f"k{number}": "é<b>" * 20 for number in range(300)})
    async with world.client() as client:
        raw = await read(client, f"{OVERVIEW}/{task_id}/configuration")
        document = json.loads(raw)
        part = document["part"]
        rest = data(
            await client.call_tool("get_task_configuration", {"task_id": task_id, "offset": part["next_offset"]})
        )
    assert len(raw) <= 8_000
    assert "specification" not in document
    assert f"offset={part['next_offset']}" in document["more"]
    assert document["more"].startswith("More: get_task_configuration(")
    assert rest["part"]["offset"] == len(part["text"])


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    "uri",
    [
        "waylay://other",
        "waylay://tasks/",
        "waylay://tasks//configuration",
        "waylay://tasks/a/b",
        "waylay://tasks/a/configuration/b",
        "waylay://tasks/%61",
        f"waylay://tasks/{MISSING}?x=1",
        "file:///etc/passwd",
        f"waylay://tasks/{'a' * 9_000}",
    ],
)
async def test_an_address_of_nothing_is_answered_with_those_that_there_are(world: World, era: Era, uri: str) -> None:
    async with world.client(era) as client:
        error = await refusal(client, uri)
    assert error.code == INVALID_PARAMS
    assert error.message.startswith(f"Unknown resource. The resources are {OVERVIEW}, {TASK}, {CONFIGURATION}")
    assert len(error.data["uri"]) <= 500
    assert world.sandbox.recorder.requests == []


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("below", ["", "/configuration"])
async def test_a_task_that_is_not_there_is_an_unknown_resource_with_a_way_out(
    world: World, era: Era, below: str
) -> None:
    async with world.client(era) as client:
        error = await refusal(client, f"{OVERVIEW}/{MISSING}{below}")
        strange = await refusal(client, f"{OVERVIEW}/-x-{below}")
    assert error.code == strange.code == INVALID_PARAMS
    assert "list_tasks finds the IDs" in error.message
    assert "Nothing was changed." in error.message
    assert error.data["error"]["kind"] == "not_found"
    assert "call list_tasks" in strange.message


async def test_what_the_service_refuses_is_told_without_its_own_words(world: World) -> None:
    task_id = world.sandbox.create()
    world.sandbox.recorder.app = failing
    async with world.client() as client:
        error = await refusal(client, f"{OVERVIEW}/{task_id}")
    assert error.code == INTERNAL_ERROR
    assert error.data["error"]["kind"] == "server_fault"
    assert "hunter2" not in str(error)


async def failing(scope: object, receive: object, send: object) -> None:
    raise RuntimeError("hunter2")


POLICIES = [("list_tasks", OVERVIEW), ("get_task", TASK), ("get_task_configuration", CONFIGURATION)]


@pytest.mark.parametrize(("tool", "uri"), POLICIES)
async def test_where_a_policy_hides_a_tool_its_resource_is_hidden_too(
    make_world: MakeWorld, tmp_path: Path, tool: str, uri: str
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(f'[[rule]]\noperation = "{tool}"\nrequire = "deny"\n')
    world = make_world(policy=policy)
    task_id = world.sandbox.create()
    async with world.client() as client:
        assert uri not in await addresses(client)
        assert len(await addresses(client)) == 2
        error = await refusal(client, uri.replace("{task_id}", task_id))
    assert error.message.startswith("Unknown resource.")
    assert world.sandbox.recorder.requests == []


@pytest.mark.parametrize(
    ("rule", "uri"),
    [
        ('operation = "get_task"\narguments.task_id = "TASK"', TASK),
        ('operation = "get_task_configuration"\narguments.task_id = "TASK"', CONFIGURATION),
        ('operation = "list_tasks"\narguments.type = "reactive"', OVERVIEW),
        ('operation = "list_tasks"\narguments.hits = 0', OVERVIEW),
    ],
)
async def test_what_a_policy_refuses_of_a_tool_it_refuses_of_the_resource(
    make_world: MakeWorld, tmp_path: Path, rule: str, uri: str
) -> None:
    policy, sandbox_id = tmp_path / "policy.toml", "t-1"
    policy.write_text(f'[[rule]]\n{rule.replace("TASK", sandbox_id)}\nrequire = "deny"\n')
    world = make_world(policy=policy)
    world.sandbox.put(sandbox_id, "running", {"name": "x", "template": "pumpVibration"})
    async with world.client() as client:
        error = await refusal(client, uri.replace("{task_id}", sandbox_id))
    assert error.code == INVALID_REQUEST
    assert error.data["error"]["kind"] == "policy"
    assert world.sandbox.recorder.requests == []


@pytest.mark.parametrize("era", ERAS)
async def test_resources_are_listed_as_far_as_the_token_goes(entrance: Door, era: Era) -> None:
    task_id = entrance.world.sandbox.create()
    async with entrance.client(entrance.issuer.access_token(scope="tasks:read"), era=era) as client:
        assert await addresses(client) == [OVERVIEW, TASK, CONFIGURATION]
        assert "Pump watch" in await read(client, f"{OVERVIEW}/{task_id}")
    async with entrance.client(entrance.issuer.access_token(scope="tasks:write"), era=era) as client:
        assert await addresses(client) == []


@pytest.mark.parametrize("uri", [OVERVIEW, f"{OVERVIEW}/t-1", f"{OVERVIEW}/t-1/configuration"])
async def test_reading_beyond_the_token_says_in_http_what_it_needs(entrance: Door, uri: str) -> None:
    asked = {"jsonrpc": "2.0", "id": 2, "method": "resources/read", "params": {"uri": uri}}
    answer = await entrance.knock(entrance.issuer.access_token(scope="tasks:write"), json=asked)
    assert answer.status_code == 403
    assert 'scope="tasks:read"' in answer.headers["WWW-Authenticate"]
    assert entrance.world.sandbox.recorder.requests == []


@pytest.mark.usefixtures("one_minute")
async def test_reading_counts_as_a_call(sandbox: Sandbox) -> None:
    task_id = sandbox.create()
    async with door(sandbox, calls_per_minute=2) as entrance, entrance.client() as client:
        for below in ("", "/configuration"):
            await read(client, f"{OVERVIEW}/{task_id}{below}")
        asked = len(sandbox.recorder.requests)
        error = await refusal(client, f"{OVERVIEW}/{task_id}")
    assert error.code == INVALID_REQUEST
    assert error.data["error"]["retry_after_seconds"] > 0
    assert len(sandbox.recorder.requests) == asked


async def test_a_page_is_one_value_made_for_the_tools_that_are_offered_and_is_not_listed() -> None:
    def nothing_is_read() -> Reader:
        raise AssertionError

    page = Page("ui://x/page", "A page.", "text/html", "list_tasks", " and ".join, {"ui": {"border": True}})
    hidden = Page("ui://x/hidden", "Hidden.", "text/html", "no_tool", " and ".join, {})
    resources = Resources(Offer(frozenset({"list_tasks", "stop_task"})), nothing_is_read, (page, hidden))
    server = Server[Any]("x", on_list_resources=resources.list, on_read_resource=resources.read)
    async with Client(server) as client:
        assert [one.uri for one in (await client.list_resources()).resources] == [OVERVIEW]
        (contents,) = (await client.read_resource(page.uri)).contents
        assert (contents.mime_type, contents.meta) == ("text/html", {"ui": {"border": True}})
        assert await read(client, page.uri) == "list_tasks and stop_task"
        error = await refusal(client, hidden.uri)
    assert error.message == f"Unknown resource. The resources are {OVERVIEW}, {page.uri}."
