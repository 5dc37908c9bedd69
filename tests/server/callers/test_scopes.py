"""What a token allows: seen in the lists, refused in HTTP so that clients can ask for more, and refused below."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from mcp import Client
from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.types import CallToolResult

from server.callers.scopes import SCOPES, in_use, needed
from server.web.app import http_app
from tests.support.answers import ACCEPT, User
from tests.support.door import HELLO, Door, door
from tests.support.serving import over_http, serve
from tests.support.world import Era, Sandbox, World, data, error, settings
from tools.catalog import OPERATIONS
from tools.contract import Effect

READERS = ("list_tasks", "get_task", "get_task_configuration", "list_changes")
WRITERS = ("create_task", "replace_task", "start_task", "stop_task", "undo_change")


@pytest.mark.parametrize(
    ("scope", "tools"),
    [
        ("tasks:read", READERS),
        ("tasks:read tasks:write", (*READERS, *WRITERS)),
        ("tasks:read tasks:write tasks:delete", (*READERS, *WRITERS, "delete_task")),
        ("tasks:read tasks:delete", READERS),
        ("tasks:write tasks:delete", ()),
        ("TASKS:READ tasks:read:all tasks", ()),
        ("", ()),
    ],
)
@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_tools_are_listed_as_far_as_the_token_goes(
    entrance: Door, scope: str, tools: Sequence[str], era: Era
) -> None:
    async with entrance.client(entrance.issuer.access_token(scope=scope), era=era) as client:
        listed = await client.list_tools()
    assert {tool.name for tool in listed.tools} == {*tools}
    assert era == "legacy" or listed.cache_scope == "private"


async def test_prompts_are_listed_and_given_as_far_as_their_tools_go(entrance: Door) -> None:
    async with entrance.client(entrance.issuer.access_token(scope="tasks:read")) as client:
        assert {prompt.name for prompt in (await client.list_prompts()).prompts} == {
            "triage_failed_tasks", "explain_task", "report_health", "explain_schedule", "compare_tasks", "show_changes",
        }  # fmt: skip
        with pytest.raises(Exception, match="Unknown prompt"):
            await client.get_prompt("clean_up_finished_tasks", {})


def calling(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


@pytest.mark.parametrize(
    ("scope", "tool", "needs"),
    [
        ("", "list_tasks", "tasks:read"),
        ("tasks:read", "stop_task", "tasks:read tasks:write"),
        ("tasks:write", "stop_task", "tasks:read tasks:write"),
        ("tasks:read tasks:write", "delete_task", "tasks:read tasks:write tasks:delete"),
        ("tasks:read", "undo_change", "tasks:read tasks:write"),
    ],
)
async def test_a_call_beyond_the_token_says_in_http_what_it_needs(
    entrance: Door, scope: str, tool: str, needs: str
) -> None:
    task_id = entrance.world.sandbox.create()
    answer = await entrance.knock(entrance.issuer.access_token(scope=scope), json=calling(tool, task_id=task_id))
    challenge = answer.headers["WWW-Authenticate"]
    assert answer.status_code == 403
    assert challenge.startswith('Bearer error="insufficient_scope", ')
    assert f'scope="{needs}"' in challenge
    assert f'resource_metadata="{entrance.address}/.well-known/oauth-protected-resource/mcp"' in challenge
    assert f"{tool} needs what the token does not allow. Nothing was done." in answer.json()["error"]["message"]
    assert entrance.world.sandbox.recorder.requests == []


@pytest.mark.parametrize("body", ["[]", "7", "{", '{"method": "tools/call"}', '{"method": "tools/call", "params": []}'])
async def test_what_is_no_call_is_not_for_this_to_answer(entrance: Door, body: str) -> None:
    headers = {"Authorization": f"Bearer {entrance.issuer.access_token(scope='tasks:read')}"}
    answer = await entrance.browser.post(f"{entrance.address}/mcp", content=body, headers=headers)
    assert answer.status_code in {400, 406}


async def test_a_request_of_any_size_is_passed_on_whole(entrance: Door) -> None:
    """Up to what the SDK takes; what is beyond is refused by it."""
    token = entrance.issuer.access_token(scope="tasks:read")
    long = "x" * 3_000_000
    async with entrance.client(token) as client:
        assert error(await client.call_tool("get_task", {"task_id": long}))["kind"]
    enormous = json.dumps(calling("delete_task", task_id=long + long))
    answer = await entrance.knock(token, json=json.loads(enormous))
    assert answer.status_code == 413
    assert entrance.world.sandbox.recorder.attempts == []


@contextmanager
def signed_in(scope: str) -> Generator[None]:
    """Call as somebody whom HTTP has let through."""
    token = AccessToken(token="", client_id="c", scopes=scope.split(), subject="eve", claims={"iss": "https://id"})
    entered = auth_context_var.set(AuthenticatedUser(token))
    try:
        yield
    finally:
        auth_context_var.reset(entered)


async def below_http(world: World, scope: str, tool: str, **arguments: Any) -> CallToolResult:
    with signed_in(scope):
        async with world.client(ask=User(ACCEPT)) as client:
            return await client.call_tool(tool, arguments)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_below_http_every_operation_is_held_to_the_token_once_more(sandbox: Sandbox, operation: Any) -> None:
    world = World(sandbox, settings())
    for scope in needed(operation):
        rest = " ".join(other for other in SCOPES if other != scope)
        failure = error(await below_http(world, rest, operation.name))
        assert (failure["kind"], failure["changed"], failure["retryable"]) == ("insufficient_scope", "no", False)
        assert failure["missing_scopes"] == [scope]
        assert "sign in again and grant it" in failure["hint"]
    assert sandbox.recorder.requests == []
    await world.running.aclose()


async def test_an_undo_is_judged_by_what_it_performs(sandbox: Sandbox) -> None:
    """Undoing a creation deletes; undoing a stop does not."""
    world, both = World(sandbox, settings()), "tasks:read tasks:write"
    document = {"name": "Pump watch", "template": "pumpVibration", "type": "periodic", "frequency": 60_000}
    created = await below_http(world, both, "create_task", specification=document)
    task_id, created_by = data(created)["task_id"], data(created)["change_id"]
    stopped = await below_http(world, both, "stop_task", task_id=task_id)
    undone = await below_http(world, both, "undo_change", change_id=data(stopped)["change_id"])
    assert data(undone)["task"]["status"] == "running"
    before = len(sandbox.recorder.attempts)
    refused = error(await below_http(world, both, "undo_change", change_id=created_by))
    assert (refused["kind"], refused["missing_scopes"]) == ("insufficient_scope", ["tasks:delete"])
    assert "delete_task needs tasks:delete" in refused["message"]
    assert len(sandbox.recorder.attempts) == before
    assert not (await below_http(world, " ".join(SCOPES), "undo_change", change_id=created_by)).is_error
    await world.running.aclose()


async def test_a_session_is_no_way_around_the_token_of_each_request(entrance: Door) -> None:
    """Clients of the older era keep a session: for the one who opened it, and each call with the token it brings."""
    token = entrance.issuer.access_token
    opened = await entrance.knock(token("alice"), json=HELLO)
    session = {"Mcp-Session-Id": opened.headers["Mcp-Session-Id"], "MCP-Protocol-Version": "2025-11-25"}
    call = calling("list_changes")
    assert (await entrance.knock(token("alice"), json=call, **session)).status_code == 200
    for other in (token("bob"), token("alice", client_id="another assistant")):
        assert (await entrance.knock(other, json=call, **session)).status_code == 404
    assert (await entrance.knock(json=call, **session)).status_code == 401
    narrower = token("alice", scope="tasks:read")
    assert (await entrance.knock(narrower, json=calling("stop_task", task_id="x"), **session)).status_code == 403
    listed = await entrance.knock(
        narrower, json={"jsonrpc": "2.0", "id": 3, "method": "tools/list", "params": {}}, **session
    )
    assert '"name":"list_tasks"' in listed.text
    assert '"name":"stop_task"' not in listed.text


async def test_a_server_that_only_reads_asks_for_no_more(sandbox: Sandbox) -> None:
    async with door(sandbox, read_only=True) as entrance:
        answer = await entrance.knock()
        assert 'scope="tasks:read"' in answer.headers["WWW-Authenticate"]
        assert in_use([operation for operation in OPERATIONS if operation.effect is Effect.READ]) == ("tasks:read",)


async def test_where_callers_sign_in_nobody_else_gets_below_http_either(sandbox: Sandbox) -> None:
    """As if the middleware had been forgotten."""
    world = World(sandbox, settings(auth_issuer="https://id.example.com", public_url="https://mcp.example.com"))
    async with (
        serve(http_app(world.running, world.settings)) as address,
        over_http(address) as transport,
        Client(transport) as client,
    ):
        failure = error(await client.call_tool("list_tasks", {}))
    assert (failure["kind"], failure["changed"]) == ("not_signed_in", "no")
    assert sandbox.recorder.requests == []
    await world.running.aclose()


@pytest.mark.parametrize(
    ("scope", "says", "never"),
    [
        ("tasks:read tasks:write tasks:delete", "Call stop_task and delete_task directly", "The token"),
        ("tasks:read tasks:write", "The token of this connection does not allow delete_task.", "only read"),
        ("tasks:read", "You may only read here: the token of this connection does not allow more.", "stop_task"),
        ("", "You may call nothing here: the token of this connection does not allow it.", "stop_task"),
    ],
)
@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_instructions_go_as_far_as_the_token(entrance: Door, era: Era, scope: str, says: str, never: str) -> None:
    async with entrance.client(entrance.issuer.access_token(scope=scope), era=era) as client:
        told = client.instructions or ""
    assert told.startswith("Operates the tasks of a Waylay rules engine.")
    assert says in told
    assert never not in told
