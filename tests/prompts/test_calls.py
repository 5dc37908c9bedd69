"""The calls that prompts spell out: made as they stand they are answered, and none of them changes anything unasked."""

import json
import re
from collections.abc import Iterator
from typing import Any

import bpe_openai  # pyright: ignore[reportMissingTypeStubs]
import pytest

from prompts.catalog import Prompt, load_prompts
from tests.support.answers import ACCEPT, DECLINE, User
from tests.support.world import World, data, text

PROMPTS = load_prompts()
LIST_BUDGET = 1_000
TEXT_BUDGET = 1_000
GIVEN = {"template": "pumpVibration", "old": "pumpVibration", "new": "coldStoreDoor"}
_CALL = re.compile(r"`([a-z]+(?:_[a-z]+)+) (\{[^`]*\})`")


def calls(prompt: Prompt, task_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the calls of a prompt in their order, with what an assistant puts into them."""
    filled = prompt.fill({argument.name: GIVEN.get(argument.name, "x") for argument in prompt.arguments})
    for tool, arguments in _CALL.findall(filled):
        found = arguments.replace("<ID>", task_id).replace("<name>", "Pump")
        found = found.replace("<START>", "2026-11-11T00:00:00Z").replace("<END>", "2026-11-11T00:00:00Z")
        found = found.replace("<its resource>", "pump-antwerp-P-101").replace("<part of it>", "pump")
        assert "<" not in found
        yield tool, json.loads(found)


def tokens(shown: str) -> int:
    return len(bpe_openai.get_encoding("o200k_base").encode(shown))


async def test_all_prompts_as_they_are_listed_stay_within_their_budget(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    async with world.client() as client:
        listed = (await client.list_prompts()).prompts
    entries = [prompt.model_dump(mode="json", by_alias=True, exclude_none=True) for prompt in listed]
    cost = tokens(json.dumps(entries, separators=(",", ":"), ensure_ascii=False))
    with capsys.disabled():
        print(f"\n  {len(entries)} prompts: {cost} tokens of {LIST_BUDGET}")  # noqa: T201
    assert len(entries) == len(PROMPTS)
    assert cost <= LIST_BUDGET


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: prompt.name)
def test_a_prompt_is_no_longer_than_what_is_still_followed(prompt: Prompt) -> None:
    assert tokens(prompt.fill({argument.name: "x" for argument in prompt.arguments})) <= TEXT_BUDGET


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: prompt.name)
async def test_every_call_is_answered_and_none_changes_anything_unasked(estate: World, prompt: Prompt) -> None:
    running = data(await estate.call("list_tasks", template="pumpVibration", status="running", hits=1))["tasks"][0][
        "id"
    ]
    ended = data(await estate.call("list_tasks", status="stopped", hits=1))["tasks"][0]["id"]
    made = 0
    async with estate.client() as client:
        for tool, arguments in calls(prompt, running):
            if tool == "delete_task":
                arguments["task_id"] = ended
            result = await client.call_tool(tool, arguments)
            assert not result.is_error, (tool, arguments, text(result))
            assert ("confirmation_required" in data(result)) == (tool in ("stop_task", "delete_task"))
            made += 1
    assert made >= 2
    assert estate.sandbox.recorder.attempts == []


async def test_an_incident_keeps_its_evidence_before_the_stop_and_can_be_undone(world: World) -> None:
    task_id = world.sandbox.create("Cold store 4: door alarm")
    prompt = next(prompt for prompt in PROMPTS if prompt.name == "handle_incident")
    steps = [*calls(prompt, task_id)]
    evidence = (
        ("get_task", {"task_id": task_id, "format": "simplified"}),
        ("get_task_configuration", {"task_id": task_id}),
    )
    stop = steps.index(("stop_task", {"task_id": task_id}))
    assert all(steps.index(kept) < stop for kept in evidence)
    async with world.client(ask=User(ACCEPT)) as client:
        answers = [data(await client.call_tool(tool, arguments)) for tool, arguments in steps]
        assert answers[-1]["task"]["status"] == "stopped"
        await client.call_tool("undo_change", {"change_id": answers[stop]["change_id"]})
    assert world.sandbox.status(task_id) == "running"


async def test_an_incident_whose_stop_is_declined_leaves_the_task_alone(world: World) -> None:
    task_id = world.sandbox.create("Cold store 4: door alarm")
    prompt = next(prompt for prompt in PROMPTS if prompt.name == "handle_incident")
    async with world.client(ask=User(DECLINE)) as client:
        for tool, arguments in calls(prompt, task_id):
            await client.call_tool(tool, arguments)
    assert world.sandbox.recorder.attempts == []
    assert world.sandbox.status(task_id) == "running"
