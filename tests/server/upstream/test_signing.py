"""Each way to sign in, against a sandbox that lets nobody else in."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import jwt
import pytest
from mcp import Client
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from server.app import build
from server.sandbox.app import build_sandbox
from tests.canary.values import API_KEY, API_SECRET
from tests.server.test_settings import write_profile
from tests.support.serving import serve
from tests.support.world import NOW, Recorder, settings
from tools.models.specification import TEMPLATE_EXAMPLE


@asynccontextmanager
async def sandbox() -> AsyncGenerator[tuple[str, Recorder]]:
    app = build_sandbox(tasks=3)
    recorder = Recorder(app)
    async with serve(recorder) as gateway:
        yield gateway, recorder
    app.state.store.close()


async def listed(gateway: str, **given: Any) -> dict[str, Any]:
    running = build(settings(gateway_url=gateway, **given))
    try:
        async with Client(running.server, cache=None) as client:
            return (await client.call_tool("list_tasks", {})).structured_content
    finally:
        await running.aclose()


async def test_key_and_secret() -> None:
    async with sandbox() as (gateway, _):
        assert (await listed(gateway, api_key=API_KEY, api_secret=API_SECRET))["total"] == 3


async def test_a_token() -> None:
    async with sandbox() as (gateway, _):
        assert (await listed(gateway, token="anything"))["total"] == 3


async def test_an_expired_token_is_refused_by_the_service() -> None:
    expired = jwt.encode({"exp": NOW - 10**8}, "key of thirty-two characters or more")
    async with sandbox() as (gateway, _):
        assert (await listed(gateway, token=expired))["error"]["kind"] == "unauthorized"


async def test_a_profile_with_a_key(tmp_path: Path) -> None:
    async with sandbox() as (gateway, _):
        path = write_profile(
            tmp_path, type="client_credentials", api_key=API_KEY, api_secret=API_SECRET, gateway_url=gateway
        )
        running = build(settings(profile=path))
        async with Client(running.server, cache=None) as client:
            assert not (await client.call_tool("list_tasks", {})).is_error
        await running.aclose()


async def test_an_application_exchanges_its_credentials_once_for_a_token(tmp_path: Path) -> None:
    async with sandbox() as (gateway, recorder):
        path = write_profile(
            tmp_path, type="application_credentials", api_key=API_KEY, api_secret=API_SECRET, tenant_id="t"
        )
        running = build(settings(profile=path, gateway_url=gateway))
        async with Client(running.server, cache=None) as client:
            for _ in range(3):
                assert not (await client.call_tool("list_tasks", {})).is_error
        await running.aclose()
    exchanges = [path for _, path, _ in recorder.requests if path.startswith("/accounts")]
    assert exchanges == ["/accounts/v1/tokens?grant_type=application_credentials&tenant=t"]


class Accounts:
    """A gateway whose accounts service answers in turn, the last answer from then on; notes the other requests."""

    def __init__(self, *answers: Response | None) -> None:
        self._answers = list(answers)
        self.exchanges = 0
        self.requests: list[str] = []
        self.revoked: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/accounts/v1/tokens":
            self.exchanges += 1
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            if answer is None:
                while (await receive())["type"] != "http.disconnect":
                    pass
            else:
                await answer(scope, receive, send)
        elif scope["type"] == "http":
            token = dict(scope["headers"])[b"authorization"].decode().removeprefix("Bearer ")
            self.requests.append(token)
            status = 401 if token in self.revoked else 201
            await JSONResponse({"ID": "new"}, status)(scope, receive, send)


def token(name: str, **claims: object) -> JSONResponse:
    return JSONResponse({"token": jwt.encode({"name": name, **claims}, "key of thirty-two characters or more")})


def text_of(answer: JSONResponse) -> str:
    return json.loads(bytes(answer.body))["token"]


CREATE = ("create_task", {"specification": TEMPLATE_EXAMPLE})


@asynccontextmanager
async def application(accounts: Accounts, folder: Path, **given: Any) -> AsyncGenerator[Client]:
    """Yield a client of a server that signs in with an application's credentials."""
    profile = {"type": "application_credentials", "api_key": API_KEY, "api_secret": API_SECRET, "tenant_id": "t"}
    async with serve(accounts) as gateway:
        once = {"profile": write_profile(folder, **profile), "gateway_url": gateway, "retry_attempts": 1}
        running = build(settings(**once | given))
        async with Client(running.server, cache=None) as client:
            yield client
        await running.aclose()


@pytest.mark.parametrize(
    ("answer", "kind", "retryable"),
    [
        (Response(status_code=401), "unauthorized", False),
        (JSONResponse({"error": "no such application"}, 404), "unauthorized", False),
        (Response(status_code=429), "rate_limited", True),
        (Response(status_code=503), "server_fault", True),
        (JSONResponse({"token": "no token"}), "unusable_answer", False),
        (JSONResponse({}), "unusable_answer", False),
        (token("a", exp="soon"), "unusable_answer", False),
        (token("a", exp=10**400), "unusable_answer", False),
        (JSONResponse({"token": f"{text_of(token('a'))}\r\nX-Admin: yes"}), "unusable_answer", False),
        (JSONResponse({"token": f"{text_of(token('a'))}\u00e9"}), "unusable_answer", False),
        (Response(b"[" * 100_000, media_type="application/json"), "unusable_answer", False),
        (Response(b" " * 1_000_000, media_type="application/json"), "unusable_answer", False),
        (None, "timeout", True),
    ],
    ids=[
        "401",
        "404",
        "429",
        "503",
        "no token",
        "nothing",
        "no expiry that is one",
        "no number",
        "two lines",
        "no ASCII",
        "deep",
        "too large",
        "silence",
    ],
)
@pytest.mark.parametrize("limit", ["read_timeout", "total_timeout"])
async def test_without_a_token_nothing_is_sent_and_that_is_said(
    tmp_path: Path, answer: Response | None, kind: str, retryable: bool, limit: str
) -> None:
    accounts = Accounts(answer)
    async with application(accounts, tmp_path, **({limit: 0.2} if answer is None else {})) as client:
        found = (await client.call_tool(*CREATE)).structured_content["error"]
    assert (found["kind"], found["changed"], found["retryable"]) == (kind, "no", retryable)
    assert accounts.requests == []


async def test_a_token_that_the_service_no_longer_takes_is_exchanged_anew(tmp_path: Path) -> None:
    accounts = Accounts(token("first"), token("second"))
    async with application(accounts, tmp_path) as client:
        assert not (await client.call_tool(*CREATE)).is_error
        accounts.revoked.update(accounts.requests)
        assert not (await client.call_tool(*CREATE)).is_error
        accounts.revoked.update(accounts.requests)
        refused = await client.call_tool(*CREATE)
    assert refused.structured_content["error"]["kind"] == "unauthorized"
    assert accounts.exchanges == 3


async def test_a_write_waits_for_a_token_that_is_to_be_had_in_a_moment(tmp_path: Path) -> None:
    accounts = Accounts(Response(status_code=503), Response(status_code=429), token("first"))
    async with application(accounts, tmp_path, retry_attempts=4) as client:
        assert not (await client.call_tool(*CREATE)).is_error
    assert (accounts.exchanges, len(accounts.requests)) == (3, 1)


async def test_calls_side_by_side_share_one_exchange(tmp_path: Path) -> None:
    accounts = Accounts(token("first"), token("second"))
    async with application(accounts, tmp_path) as client:
        for exchanges in (1, 2):
            async with anyio.create_task_group() as tasks:
                for _ in range(8):
                    tasks.start_soon(client.call_tool, "get_task", {"task_id": "new"})
            assert accounts.exchanges == exchanges
            used, seen = accounts.requests, set(accounts.revoked)
            assert len([token for token in used if token not in seen]) == 8
            accounts.revoked.update(used)


@pytest.mark.parametrize("scheme", ["", "Basic !!!", "Basic Og==", "Basic azo=", "Bearer", "Digest x"])
async def test_the_sandbox_lets_nobody_in_who_is_not_signed_in(scheme: str) -> None:
    import httpx

    app = build_sandbox(tasks=1)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        answer = await client.get("/rules/v1/tasks", headers={"Authorization": scheme} if scheme else {})
    assert (answer.status_code, answer.json()) == (401, {"statusCode": 401, "error": "Unauthorized"})
    app.state.store.close()
