"""Results link to the task that they are about, for hosts that can show links."""

import json
from typing import Any

import bpe_openai  # pyright: ignore[reportMissingTypeStubs]
import pytest
from mcp.types import CallToolResult

from server.resources.addresses import task_uri
from tests.support.answers import ACCEPT, DECLINE, User
from tests.support.resources import OVERVIEW, links, read
from tests.support.world import Era, World, data

ERAS: list[Era] = ["modern", "legacy"]
LINK_BUDGET = 80


@pytest.mark.parametrize("era", ERAS)
async def test_results_about_one_task_link_to_it(world: World, era: Era) -> None:
    specification = {"name": "Pump watch", "template": "pumpVibration"}
    async with world.client(era, User(ACCEPT)) as client:
        made = await client.call_tool("create_task", {"specification": specification})
        task_id = data(made)["task_id"]
        results = [made]
        for tool, more in (
            ("get_task", {}), ("stop_task", {}), ("start_task", {}), ("replace_task", {"specification": specification}),
        ):  # fmt: skip
            results.append(await client.call_tool(tool, {"task_id": task_id, **more}))
        for result in results:
            (link,) = links(result)
            assert link.uri == f"{OVERVIEW}/{task_id}"
            assert link.annotations is not None
            assert link.annotations.audience == ["user"]
        assert "Pump watch" in await read(client, f"{OVERVIEW}/{task_id}")
        (link,) = links(await client.call_tool("get_task_configuration", {"task_id": task_id}))
        assert link.uri == f"{OVERVIEW}/{task_id}/configuration"


@pytest.mark.parametrize("era", ERAS)
async def test_an_undo_links_to_the_task_that_is_there_again(world: World, era: Era) -> None:
    task_id = world.sandbox.create()
    async with world.client(era, User(ACCEPT)) as client:
        deleted = await client.call_tool("delete_task", {"task_id": task_id, "force_stop": True})
        assert links(deleted) == []
        again = await client.call_tool("undo_change", {"change_id": data(deleted)["change_id"]})
        (link,) = links(again)
        assert link.uri == f"{OVERVIEW}/{data(again)['task_id']}" != f"{OVERVIEW}/{task_id}"


@pytest.mark.parametrize("era", ERAS)
async def test_a_change_is_done_although_its_link_cannot_be_made(
    world: World, monkeypatch: pytest.MonkeyPatch, era: Era
) -> None:
    task_id = world.sandbox.create()

    def fail(task_id: str) -> str:
        # No address can be made of this one.
        return task_uri(f"{task_id}\ud800")

    monkeypatch.setattr("server.resources.linking.task_uri", fail)
    async with world.client(era, User(ACCEPT)) as client:
        result = await client.call_tool("stop_task", {"task_id": task_id})
    assert not result.is_error
    assert data(result)["change_id"]
    assert links(result) == []
    assert world.sandbox.status(task_id) == "stopped"


@pytest.mark.parametrize("era", ERAS)
async def test_lists_questions_and_failures_link_to_nothing(world: World, era: Era) -> None:
    task_id = world.sandbox.create()
    results: list[CallToolResult] = []
    async with world.client(era) as client:
        results.append(await client.call_tool("list_tasks", {}))
        results.append(await client.call_tool("stop_task", {"task_id": task_id}))
        results.append(await client.call_tool("get_task", {"task_id": "none"}))
        results.append(await client.call_tool("get_task", {"id": task_id}))
    async with world.client(era, User(DECLINE)) as client:
        results.append(await client.call_tool("stop_task", {"task_id": task_id}))
    assert [links(result) for result in results] == [[]] * 5


@pytest.mark.parametrize(("version", "linked"), [("2025-03-26", False), ("2025-06-18", True), ("2025-11-25", True)])
async def test_clients_of_revisions_without_links_get_none(
    world: World, monkeypatch: pytest.MonkeyPatch, version: str, *, linked: bool
) -> None:
    task_id = world.sandbox.create()
    monkeypatch.setattr("mcp.client.session.LATEST_HANDSHAKE_VERSION", version)
    async with world.client("legacy") as client:
        assert client.protocol_version == version
        result = await client.call_tool("get_task", {"task_id": task_id})
    assert bool(links(result)) is linked


async def test_a_link_costs_little(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    task_id = world.sandbox.create()
    async with world.client() as client:
        (link,) = links(await client.call_tool("get_task", {"task_id": task_id}))
    cost = tokens(link.model_dump(mode="json", by_alias=True, exclude_none=True))
    with capsys.disabled():
        print(f"\n  a link: {cost} tokens of {LINK_BUDGET}")  # noqa: T201
    assert cost <= LINK_BUDGET


def tokens(shown: dict[str, Any]) -> int:
    return len(bpe_openai.get_encoding("o200k_base").encode(json.dumps(shown, separators=(",", ":"))))
