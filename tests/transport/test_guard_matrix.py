"""The guard over every transport, in both eras, for clients that can and cannot ask, against the sandbox's database.

Each cell ends with exactly one change where consent was given for it, and with none where it was not.
"""

import itertools
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import anyio
import pytest
from mcp import Client
from mcp.types import CallToolResult, ElicitResult, InputRequiredResult

from server.web.app import http_app
from tests.support.answers import ACCEPT, ACCEPT_FALSE, CANCEL, DECLINE, User
from tests.support.serving import PATIENCE, over_http, over_stdio, serve, sign_in
from tests.support.world import Clock, Era, Sandbox, World, settings

Transport = Literal["stdio", "http", "stateless"]
Scenario = Literal[
    "accept",
    "accept-false",
    "decline",
    "cancel",
    "stale",
    "expired",
    "replayed",
    "changed arguments",
    "other principal",
]
ANSWERS = {"accept-false": ACCEPT_FALSE, "decline": DECLINE, "cancel": CANCEL}
EXPECTED_KINDS = {
    "accept-false": {"declined", "unknown_confirmation"},
    "decline": {"declined", "unknown_confirmation"},
    "cancel": {"cancelled", "unknown_confirmation"},
    "stale": {"stale"},
    "expired": {"expired"},
    "replayed": {"already_used", "declined"},
    "changed arguments": {"wrong_confirmation", "declined"},
    # Another process is another principal over stdio: there the handle is not even known.
    "other principal": {"wrong_confirmation", "unknown_confirmation", "declined"},
}


class Cell(NamedTuple):
    era: Era
    can_ask: bool
    transport: Transport
    tool: Literal["stop_task", "delete_task"]
    scenario: Scenario

    @property
    def way(self) -> Literal["live", "returned", "token"]:
        """How consent is given in this cell; older clients cannot be asked without a session."""
        if not self.can_ask or (self.era == "legacy" and self.transport == "stateless"):
            return "token"
        return "live" if self.era == "legacy" else "returned"


CELLS = [
    Cell(*cell)
    for cell in itertools.product(
        ("modern", "legacy"),
        (True, False),
        ("stdio", "http", "stateless"),
        ("stop_task", "delete_task"),
        ("accept", "accept-false", "decline", "cancel", "stale", "expired", "replayed", "changed arguments",
         "other principal"),
    )
]  # fmt: skip


class Play:
    """One cell: a task, somebody who calls for its end, and what comes of it."""

    def __init__(self, cell: Cell, folder: Path) -> None:
        self.cell = cell
        self.folder = folder
        self.sandbox = Sandbox(clock=Clock())
        self.target, self.other = self.sandbox.create("Alike"), self.sandbox.create("Alike")
        self.document = self.sandbox.engine.configuration(self.target)
        self.seconds = 0.001 if cell.scenario == "expired" else 300

    def arguments(self, task_id: str) -> dict[str, Any]:
        return {"task_id": task_id, **({"force_stop": True} if self.cell.tool == "delete_task" else {})}

    def change(self) -> None:
        self.sandbox.engine.replace(self.target, {**self.document, "frequency": 1})

    def put_back(self) -> None:
        self.sandbox.put(self.target, "running", self.document)

    def check(self, result: CallToolResult) -> None:
        """Compare the last result and the database with what the scenario allows."""
        found = cast("dict[str, Any]", result.structured_content)
        kind = found.get("error", {}).get("kind")
        changes = [path.split("/")[4].partition("?")[0] for _, path, _ in self.sandbox.recorder.attempts]
        if self.cell.scenario == "accept":
            assert not result.is_error, result
            assert changes == [self.target]
            assert self.sandbox.status(self.target) == ("stopped" if self.cell.tool == "stop_task" else None)
            return
        assert kind in EXPECTED_KINDS[self.cell.scenario], result
        # Asked live, the user agreed to the first of two calls; a replay comes after a call that was agreed to.
        two_live_calls = self.cell.scenario == "changed arguments" and self.cell.way == "live"
        assert changes == ([self.target] if self.cell.scenario == "replayed" or two_live_calls else [])
        assert self.sandbox.status(self.other) == "running"
        assert self.sandbox.status(self.target) == "running" or two_live_calls

    @asynccontextmanager
    async def site(self) -> AsyncGenerator["Site"]:
        """Start the server in the cell's transport."""
        if self.cell.transport == "stdio":
            async with serve(self.sandbox.recorder) as gateway:
                yield Site(self.cell, gateway, self.seconds)
            return
        given = settings(stateless=self.cell.transport == "stateless", confirm_seconds=self.seconds)
        world = World(self.sandbox, given, url=f"sqlite:///{self.folder}/state.sqlite3")
        async with serve(http_app(world.running, given, callers=sign_in())) as address:
            yield Site(self.cell, address, self.seconds)
        await world.running.aclose()


class Site:
    """A running server, and clients to it."""

    def __init__(self, cell: Cell, address: str, seconds: float) -> None:
        self._cell = cell
        self._address = address
        self._seconds = seconds

    @asynccontextmanager
    async def client(self, user: User | None, principal: str = "alice") -> AsyncGenerator[Client]:
        async with self._transport(principal) as transport:
            mode = "auto" if self._cell.era == "modern" else "legacy"
            async with Client(transport, mode=mode, elicitation_callback=user, cache=None) as client:
                assert (client.protocol_version >= "2026") == (self._cell.era == "modern")
                yield client

    def _transport(self, principal: str) -> AbstractAsyncContextManager[Any]:
        if self._cell.transport != "stdio":
            return over_http(self._address, principal)
        environment = {
            "WAYLAY_GATEWAY_URL": self._address,
            "WAYLAY_API_KEY": "key",
            "WAYLAY_API_SECRET": "secret",
            "WAYLAY_MCP_CONFIRM_SECONDS": str(self._seconds),
        }
        return over_stdio(environment)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: "-".join(str(part) for part in cell).replace(" ", "-"))
async def test_nothing_changes_without_consent_and_exactly_one_thing_with_it(cell: Cell, tmp_path: Path) -> None:
    play = Play(cell, tmp_path)
    with anyio.fail_after(PATIENCE):
        async with play.site() as site:
            result = await {"live": live, "returned": returned, "token": by_token}[cell.way](play, site)
    play.check(result)
    play.sandbox.close()


async def live(play: Play, site: Site) -> CallToolResult:
    """The server asks while the call waits."""
    scenario, tool = play.cell.scenario, play.cell.tool
    if scenario == "other principal":
        async with site.client(User(DECLINE), "bob") as bob:
            return await bob.call_tool(tool, play.arguments(play.target))
    if scenario == "expired":
        async with site.client(Absent()) as client:
            return await client.call_tool(tool, play.arguments(play.target))
    meanwhile = play.change if scenario == "stale" else None
    user = User(ANSWERS.get(scenario, ACCEPT), DECLINE, meanwhile=meanwhile)
    async with site.client(user) as client:
        first = await client.call_tool(tool, play.arguments(play.target))
        if scenario not in ("replayed", "changed arguments"):
            return first
        assert not first.is_error
        if scenario == "replayed":
            play.put_back()
        again = play.target if scenario == "replayed" else play.other
        result = await client.call_tool(tool, play.arguments(again))
        assert len(user.asked) == 2
        return result


class Absent(User):
    """A user who never answers."""

    def __init__(self) -> None:
        super().__init__(DECLINE)

    async def __call__(self, context: object, params: object) -> ElicitResult:
        await anyio.sleep_forever()
        raise AssertionError


async def returned(play: Play, site: Site) -> CallToolResult:
    """The question is handed back, and the call comes again with the answer."""
    scenario = play.cell.scenario
    async with site.client(User(DECLINE)) as client:
        asked = await client.session.call_tool(play.cell.tool, play.arguments(play.target), allow_input_required=True)
        assert isinstance(asked, InputRequiredResult)
        answer = ANSWERS.get(scenario, ACCEPT)
        if scenario == "other principal":
            async with site.client(User(DECLINE), "bob") as bob:
                return await _answer(bob, play, play.target, asked.request_state, answer)
        if scenario == "changed arguments":
            return await _answer(client, play, play.other, asked.request_state, answer)
        await _meanwhile(play)
        result = await _answer(client, play, play.target, asked.request_state, answer)
        if scenario == "replayed":
            assert not result.is_error
            play.put_back()
            result = await _answer(client, play, play.target, asked.request_state, answer)
        return result


async def _answer(client: Client, play: Play, task_id: str, state: str | None, answer: ElicitResult) -> CallToolResult:
    result = await client.session.call_tool(
        play.cell.tool,
        play.arguments(task_id),
        input_responses={"confirm": answer},
        request_state=state,
        allow_input_required=True,
    )
    assert isinstance(result, CallToolResult)
    return result


async def by_token(play: Play, site: Site) -> CallToolResult:
    """The assistant is told to ask, and calls again with the token."""
    scenario, user = play.cell.scenario, User(ACCEPT) if play.cell.can_ask else None
    async with site.client(user) as client:
        offer = await client.call_tool(play.cell.tool, play.arguments(play.target))
        assert offer.structured_content is not None
        token: str = offer.structured_content["confirmation_required"]["confirmation"]
        passed = {"accept-false": "false", "decline": "no", "cancel": ""}.get(scenario, token)
        if scenario == "other principal":
            async with site.client(None, "bob") as bob:
                return await _confirm(bob, play, play.target, passed)
        if scenario == "changed arguments":
            return await _confirm(client, play, play.other, passed)
        await _meanwhile(play)
        result = await _confirm(client, play, play.target, passed)
        if scenario == "replayed":
            assert not result.is_error
            play.put_back()
            result = await _confirm(client, play, play.target, passed)
        assert user is None or user.asked == []
        return result


async def _confirm(client: Client, play: Play, task_id: str, token: str) -> CallToolResult:
    return await client.call_tool(play.cell.tool, {**play.arguments(task_id), "confirmation": token})


async def _meanwhile(play: Play) -> None:
    """What happens between the question and the answer."""
    if play.cell.scenario == "stale":
        play.change()
    if play.cell.scenario == "expired":
        play.sandbox.clock.advance(1)
        await anyio.sleep(play.seconds)
