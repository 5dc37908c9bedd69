"""Each way to sign in, against a sandbox that lets nobody else in."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest
from mcp import Client

from server.app import build
from server.sandbox.app import build_sandbox
from tests.server.test_settings import write_profile
from tests.support.serving import serve
from tests.support.world import NOW, Recorder, settings


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
        assert (await listed(gateway, api_key="k", api_secret="s"))["total"] == 3


async def test_a_token() -> None:
    async with sandbox() as (gateway, _):
        assert (await listed(gateway, token="anything"))["total"] == 3


async def test_an_expired_token_is_refused_by_the_service() -> None:
    expired = jwt.encode({"exp": NOW - 10**8}, "key of thirty-two characters or more")
    async with sandbox() as (gateway, _):
        assert (await listed(gateway, token=expired))["error"]["kind"] == "unauthorized"


async def test_a_profile_with_a_key(tmp_path: Path) -> None:
    async with sandbox() as (gateway, _):
        path = write_profile(tmp_path, type="client_credentials", api_key="k", api_secret="s", gateway_url=gateway)
        running = build(settings(profile=path))
        async with Client(running.server, cache=None) as client:
            assert not (await client.call_tool("list_tasks", {})).is_error
        await running.aclose()


async def test_an_application_exchanges_its_credentials_once_for_a_token(tmp_path: Path) -> None:
    async with sandbox() as (gateway, recorder):
        path = write_profile(tmp_path, type="application_credentials", api_key="k", api_secret="s", tenant_id="t")
        running = build(settings(profile=path, gateway_url=gateway))
        async with Client(running.server, cache=None) as client:
            for _ in range(3):
                assert not (await client.call_tool("list_tasks", {})).is_error
        await running.aclose()
    exchanges = [path for _, path, _ in recorder.requests if path.startswith("/accounts")]
    assert exchanges == ["/accounts/v1/tokens?grant_type=application_credentials&tenant=t"]


async def test_an_exchange_that_fails_is_a_refusal_of_the_credentials(tmp_path: Path) -> None:
    async with sandbox() as (gateway, _):
        path = write_profile(tmp_path, type="application_credentials", api_key="k", api_secret="", tenant_id="t")
        running = build(settings(profile=path, gateway_url=gateway))
        async with Client(running.server, cache=None) as client:
            result = await client.call_tool("list_tasks", {})
        await running.aclose()
    assert result.structured_content["error"]["kind"] == "unauthorized"


@pytest.mark.parametrize("scheme", ["", "Basic !!!", "Basic Og==", "Basic azo=", "Bearer", "Digest x"])
async def test_the_sandbox_lets_nobody_in_who_is_not_signed_in(scheme: str) -> None:
    import httpx

    app = build_sandbox(tasks=1)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        answer = await client.get("/rules/v1/tasks", headers={"Authorization": scheme} if scheme else {})
    assert (answer.status_code, answer.json()) == (401, {"statusCode": 401, "error": "Unauthorized"})
    app.state.store.close()
