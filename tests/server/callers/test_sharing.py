"""One caller leaves room for others: requests of every kind, and sessions of the older era."""

import asyncio
from collections.abc import AsyncIterator
from itertools import islice
from typing import Any

import httpx
import pytest
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.types import Message, Receive, Scope, Send

from server.callers.pace import OF_A_CALL
from server.callers.sessions import IDLE_SECONDS, SessionShare
from tests.support.door import HELLO, Door, door
from tests.support.world import Clock, Sandbox, data

OLDER = {"MCP-Protocol-Version": "2025-11-25"}
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}


@pytest.fixture
async def narrow(sandbox: Sandbox, one_minute: None) -> AsyncIterator[Door]:
    async with door(sandbox, calls_per_minute=2) as made:
        yield made


async def test_requests_that_are_no_calls_are_counted_at_the_door(narrow: Door) -> None:
    alice, bob = (narrow.issuer.access_token(name) for name in ("alice", "bob"))
    answers = [await narrow.knock(alice, json=LIST, **OLDER) for _ in range(2 * OF_A_CALL)]
    assert 429 not in {answer.status_code for answer in answers}
    # Another program and another token of hers are she as well.
    for token in (alice, narrow.issuer.access_token("alice", client_id="another assistant")):
        refused = await narrow.knock(token)
        assert (refused.status_code, refused.json()["error"]["data"]) == (429, {"error": "too_many_requests"})
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert "Nothing was done." in refused.json()["error"]["message"]
    assert (await narrow.knock(bob)).status_code == 200
    assert (await narrow.knock()).status_code == 401


async def test_as_many_calls_as_are_allowed_pass_each_with_a_session_of_its_own(narrow: Door) -> None:
    for _ in range(2):
        async with narrow.client(era="legacy") as client:
            assert data(await client.call_tool("list_tasks", {}))["total"] == 0


class Endpoint:
    """What opens sessions and ends them, under the middleware and a clock of its own."""

    def __init__(self, most: int) -> None:
        self.clock = Clock(0)
        self.opened = 0
        self.asked, self.let = asyncio.Event(), asyncio.Event()
        self.let.set()
        self._app = SessionShare(self._answer, "/mcp", most, self.clock)

    async def ask(self, caller: str = "alice", method: str = "POST", **headers: str) -> httpx.Response:
        """Return what somebody who signed in is answered with."""
        transport = httpx.ASGITransport(self._signed_in(caller))
        async with httpx.AsyncClient(transport=transport, base_url="http://mcp") as client:
            return await client.request(method, "/mcp", headers=headers)

    async def open(self, caller: str = "alice", **headers: str) -> str | None:
        """Open a session and return its id; None when that was refused."""
        answer = await self.ask(caller, **headers)
        assert answer.status_code in (200, 429)
        return answer.headers.get("mcp-session-id")

    def _signed_in(self, caller: str) -> Any:
        token = AccessToken(token="", client_id="x", scopes=[], subject=caller, claims={"iss": "issuer"})

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await self._app({**scope, "user": AuthenticatedUser(token)}, receive, send)

        return app

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = dict(scope["headers"])
        headers: list[tuple[bytes, bytes]] = []
        if b"mcp-session-id" not in given and given.get(b"mcp-protocol-version") != b"2026-07-28":
            self.opened += 1
            headers = [(b"mcp-session-id", str(self.opened).encode())]
        status = int(given.get(b"status", b"200"))
        self.asked.set()
        await self.let.wait()
        start: Message = {"type": "http.response.start", "status": status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": b""})


async def test_sessions_beyond_a_share_are_refused_and_those_of_others_are_not() -> None:
    endpoint = Endpoint(2)
    assert [await endpoint.open() for _ in range(3)] == ["1", "2", None]
    assert await endpoint.open("bob") == "3"
    refused = await endpoint.ask()
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert "more than 2 open sessions" in refused.json()["error"]["message"]
    assert (await endpoint.ask(**{"mcp-session-id": "1"})).status_code == 200
    assert (await endpoint.ask(**{"mcp-protocol-version": "2026-07-28"})).status_code == 200


async def test_a_session_that_was_ended_or_idle_for_long_makes_room() -> None:
    endpoint = Endpoint(2)
    assert [await endpoint.open() for _ in range(3)] == ["1", "2", None]
    # Nobody ends what is somebody else's, and an end that was refused is none.
    await endpoint.ask("bob", "DELETE", **{"mcp-session-id": "1"})
    await endpoint.ask(method="DELETE", **{"mcp-session-id": "1", "status": "404"})
    assert await endpoint.open() is None
    await endpoint.ask(method="DELETE", **{"mcp-session-id": "1"})
    assert [await endpoint.open() for _ in range(2)] == ["3", None]
    endpoint.clock.now += IDLE_SECONDS / 2
    await endpoint.ask(**{"mcp-session-id": "3"})
    endpoint.clock.now += IDLE_SECONDS / 2
    assert [await endpoint.open() for _ in range(2)] == ["4", None]


async def test_a_session_that_is_busy_for_longer_than_that_is_still_one() -> None:
    endpoint = Endpoint(1)
    assert await endpoint.open() == "1"
    endpoint.let.clear()
    endpoint.asked.clear()
    busy = asyncio.create_task(endpoint.ask(method="GET", **{"mcp-session-id": "1"}))
    await endpoint.asked.wait()
    endpoint.clock.now += 10 * IDLE_SECONDS
    assert (await endpoint.ask()).status_code == 429
    endpoint.let.set()
    await busy


async def test_sessions_that_are_being_opened_count() -> None:
    endpoint = Endpoint(2)
    endpoint.let.clear()
    opening = [asyncio.create_task(endpoint.open()) for _ in range(5)]
    for refused in islice(asyncio.as_completed(opening), 3):
        assert await refused is None
    endpoint.let.set()
    assert {await task for task in opening} == {"1", "2", None}


async def test_a_session_that_could_not_be_opened_takes_no_room() -> None:
    endpoint = Endpoint(1)
    assert (await endpoint.ask(status="400")).status_code == 400
    assert await endpoint.open() == "2"


async def test_the_server_itself_gives_a_caller_a_share(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SessionShare.__init__, "__defaults__", (1, *(SessionShare.__init__.__defaults__ or ())[1:]))
    async with door(sandbox) as entrance:
        alice, bob = (entrance.issuer.access_token(name) for name in ("alice", "bob"))
        first = await entrance.knock(alice)
        assert [(await entrance.knock(token, json=HELLO)).status_code for token in (alice, bob)] == [429, 200]
        session = {"mcp-session-id": first.headers["mcp-session-id"], **OLDER}
        headers = {**session, "Authorization": f"Bearer {alice}"}
        await entrance.browser.delete(f"{entrance.address}/mcp", headers=headers)
        assert (await entrance.knock(alice)).status_code == 200
