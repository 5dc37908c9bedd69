"""A canary for secrets: it is in the settings, and must be in nothing that comes out."""

import io
from typing import Any

import pytest
from mcp import Client
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import Receive, Scope, Send

from server.app import build
from server.guard.asking import RequestCaller
from server.settings import Settings
from server.upstream.client import Upstream
from tests.support.answers import ACCEPT, User
from tests.support.serving import serve
from tests.support.world import settings
from tools.models.specification import TEMPLATE_EXAMPLE

CANARY = "canary-4fe1c9d2"


WAYS = [{"api_key": "key", "api_secret": CANARY}, {"api_key": CANARY, "api_secret": "secret"}, {"token": CANARY}]


@pytest.mark.parametrize("way", WAYS, ids=["secret", "key", "token"])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
async def test_no_answer_of_the_service_brings_a_secret_out(
    way: dict[str, str], status: int, everything_logged: io.StringIO
) -> None:
    async with serve(JSONResponse({"statusCode": status, "error": "no"}, status)) as gateway:
        shown = await conversation(settings(gateway_url=gateway, retry_attempts=2, **way))
    assert CANARY not in shown + everything_logged.getvalue()
    assert "Authorization" not in shown


@pytest.mark.parametrize("way", WAYS, ids=["secret", "key", "token"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
async def test_a_service_that_repeats_the_credentials_is_not_passed_on(way: dict[str, str], status: int) -> None:
    async def repeat(scope: Scope, receive: Receive, send: Send) -> None:
        sent = dict(scope["headers"])[b"authorization"].decode()
        issues = [{"type": "X", "severity": "ERROR", "message": f"{CANARY} is no good", "details": {"nodeId": CANARY}}]
        body = {"statusCode": status, "error": f"Not {CANARY}, {sent}", "details": issues}
        await JSONResponse(body, status)(scope, receive, send)

    async with serve(repeat) as gateway:
        shown = await conversation(settings(gateway_url=gateway, retry_attempts=2, **way))
    assert CANARY not in shown
    assert "Basic " not in shown.replace("Basic …", "")


@pytest.mark.parametrize("way", WAYS, ids=["secret", "key", "token"])
async def test_no_failure_on_the_way_brings_a_secret_out(way: dict[str, str], everything_logged: io.StringIO) -> None:
    shown = await conversation(settings(gateway_url="https://no-such-host.invalid", retry_attempts=2, **way))
    async with serve(PlainTextResponse("<html>")) as gateway:
        shown += await conversation(settings(gateway_url=gateway, retry_attempts=2, **way))
    assert CANARY not in shown + everything_logged.getvalue()


@pytest.mark.parametrize(
    ("defect", "tool", "arguments", "changed"),
    [
        ((RequestCaller, "returned"), "stop_task", {"task_id": "x"}, "no"),
        ((Upstream, "send"), "list_tasks", {}, "no"),
        ((Upstream, "send"), "create_task", {"specification": TEMPLATE_EXAMPLE}, "unknown"),
    ],
    ids=["before it is carried out", "while reading", "while writing"],
)
async def test_a_defect_of_ours_is_logged_and_shown_without_its_words(
    monkeypatch: pytest.MonkeyPatch,
    everything_logged: io.StringIO,
    defect: tuple[type, str],
    tool: str,
    arguments: dict[str, Any],
    changed: str,
) -> None:
    def fail(self: object) -> None:
        raise RuntimeError("something internal")

    monkeypatch.setattr(*defect, property(fail))
    running = build(settings())
    async with Client(running.server, cache=None) as client:
        result = await client.call_tool(tool, arguments)
    await running.aclose()
    assert "something internal" not in str(result)
    assert result.structured_content["error"]["kind"] == "internal"
    assert result.structured_content["error"]["changed"] == changed
    assert "something internal" in everything_logged.getvalue()


async def conversation(given: Settings) -> str:
    """Return everything that a client gets to see, and what the objects look like."""
    running = build(given)
    shown = [repr(given), repr(running), repr(running.server)]
    for user in (User(ACCEPT), None):
        async with Client(running.server, elicitation_callback=user, cache=None) as client:
            shown.append(str(client.instructions) + repr(await client.list_tools()))
            for tool in ("list_tasks", "get_task", "stop_task", "start_task"):
                arguments = {} if tool == "list_tasks" else {"task_id": "x"}
                shown.append(repr(await client.call_tool(tool, arguments)))
    await running.aclose()
    return "\n".join(shown)
