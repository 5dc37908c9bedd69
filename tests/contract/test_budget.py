"""What the tools cost an assistant in context. Each test prints its figure."""

import json
from typing import Any

import bpe_openai  # pyright: ignore[reportMissingTypeStubs]
import pytest
from pydantic import BaseModel

from tests import generate
from tests.support.world import World, text
from tools.catalog import OPERATIONS

TOOLS_BUDGET = 1_800
ALL_BUDGET = 2_100
PAGE_BUDGET = 1_000
CONNECT_BUDGET = 3_500


def tokens(shown: str) -> int:
    return len(bpe_openai.get_encoding("o200k_base").encode(shown))


def test_the_definitions_of_the_eight_tools_stay_within_their_budget(capsys: pytest.CaptureFixture[str]) -> None:
    costs: dict[str, int] = {}
    for tool in json.loads(generate.golden()):
        definition = {key: tool[key] for key in ("name", "description", "inputSchema")}
        costs[tool["name"]] = tokens(json.dumps(definition, separators=(",", ":"), ensure_ascii=False))
    of_the_service = sum(cost for name, cost in costs.items() if name not in ("list_changes", "undo_change"))
    with capsys.disabled():
        print(f"\n  eight tools: {of_the_service} tokens of {TOOLS_BUDGET}, all: {sum(costs.values())}: {costs}")  # noqa: T201
    assert len(costs) == len(OPERATIONS)
    assert of_the_service <= TOOLS_BUDGET
    assert sum(costs.values()) <= ALL_BUDGET


async def test_a_default_page_of_tasks_stays_within_its_budget(
    estate: World, capsys: pytest.CaptureFixture[str]
) -> None:
    result = await estate.call("list_tasks")
    cost = tokens("[sandbox] " + text(result))
    with capsys.disabled():
        print(f"\n  a page of 20 tasks: {cost} tokens of {PAGE_BUDGET}")  # noqa: T201
    assert cost <= PAGE_BUDGET


async def test_all_that_a_client_lists_when_it_connects_stays_within_its_budget(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    async with world.client() as client:
        listed = {
            "tools": (await client.list_tools()).tools,
            "prompts": (await client.list_prompts()).prompts,
            "resources": (await client.list_resources()).resources,
            "templates": (await client.list_resource_templates()).resource_templates,
        }
    costs = {
        kind: tokens(json.dumps([_shown(one) for one in entries], separators=(",", ":"), ensure_ascii=False))
        for kind, entries in listed.items()
    }
    with capsys.disabled():
        print(f"\n  at connect: {sum(costs.values())} tokens of {CONNECT_BUDGET}: {costs}")  # noqa: T201
    assert all(costs.values())
    assert sum(costs.values()) <= CONNECT_BUDGET


def _shown(entry: BaseModel) -> dict[str, Any]:
    """Return an entry as it goes over the wire, without what hosts keep from the assistant: the schemas of results."""
    return entry.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"output_schema"})
