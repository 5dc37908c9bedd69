import json
from typing import Any

import pytest

from tests.conftest import MakeWorld
from tests.support.world import World, data, error, text
from tools.graph_summary import graph_summary
from tools.models.entity import Task


async def test_the_facts_of_a_task_come_one_on_a_line_with_its_graph_in_short(world: World) -> None:
    task_id = world.sandbox.create("Pump 7", tags={"site": "ghent"}, resource="pump-7")
    world.clock.advance(180)
    result = await world.call("get_task", task_id=task_id)
    assert text(result).splitlines() == [
        'name: "Pump 7"',
        f"id: {task_id}",
        "status: running",
        "type: periodic",
        "schedule: every 1 min",
        "template: pumpVibration",
        "resources: pump-7",
        "tags: site=ghent",
        "user: sandbox@example.com",
        "created: 2026-11-18T11:06:40Z",
        "last run: 2026-11-18T11:09:40Z",
        "runs: 3",
        'graph: 1 sensor, 1 actuator, 1 trigger (format="simplified" shows it with the runtime data)',
    ]
    assert data(result)["task"]["runs"] == 3
    assert "details" not in data(result)


async def test_a_graph_comes_with_the_last_data_when_a_format_is_given(world: World) -> None:
    task_id = world.sandbox.create(resource="pump-7")
    world.sandbox.fail(task_id)
    simplified = await world.call("get_task", task_id=task_id, format="simplified")
    details: dict[str, Any] = data(simplified)["details"]
    assert details["network"]["sensors"][0]["name"] == "vibrationSpectrum"
    assert "does not answer" in details["rawData"]["spectrum_1"]["error"]
    assert json.loads(text(simplified).splitlines()[-1]) == details
    network = await world.call("get_task", task_id=task_id, format="bn")
    assert [node["label"] for node in data(network)["details"]["network"]["nodes"]] == ["spectrum_1", "alarm_1"]


GRAPHS: list[tuple[dict[str, Any] | None, str]] = [
    ({"sensors": [{}], "relations": [{}, {}], "actuators": []}, "1 sensor, 2 gates"),
    ({"nodes": [{}, {}, {}]}, "3 nodes"),
    ({"nodes": None}, "empty"),
    (None, "not given"),
]


@pytest.mark.parametrize(("network", "summary"), GRAPHS)
def test_a_graph_is_summed_up_in_whichever_form_it_comes(network: dict[str, Any] | None, summary: str) -> None:
    assert graph_summary(Task.model_validate({"ID": "t", "network": network})) == summary


async def test_what_the_service_says_beyond_its_documentation_is_kept(world: World) -> None:
    task_id = world.sandbox.create()
    result = await world.call("get_task", task_id=task_id, format="simplified")
    assert data(result)["details"]["nodes"] == [
        {"label": "spectrum_1", "mostLikelyState": "Observed"},
        {"label": "alarm_1", "mostLikelyState": "Observed"},
    ]


async def test_nodes_that_wait_are_named(world: World) -> None:
    task_id = world.sandbox.create()
    world.sandbox.change(task_id, "status", "pending")
    assert "pending nodes: spectrum_1" in text(await world.call("get_task", task_id=task_id))


async def test_a_task_that_is_not_there_is_not_found(world: World) -> None:
    result = await world.call("get_task", task_id="de1b26b1-31f0-4054-af44-da02331f06b5")
    assert error(result) == {
        "kind": "not_found",
        "message": 'Not found: "Task with id de1b26b1-31f0-4054-af44-da02331f06b5 not found".',
        "retryable": False,
        "changed": "no",
        "hint": "list_tasks finds the IDs of the tasks that there are.",
    }


async def test_what_is_left_out_of_many_tags_is_counted(world: World) -> None:
    task_id = world.sandbox.create(tags={f"tag{number}": "x" for number in range(30)})
    result = await world.call("get_task", task_id=task_id)
    assert "tag11=x +18 more" in text(result)
    assert data(result)["task"]["left_out"] == {"tags": 18}


def large_document() -> dict[str, Any]:
    return {"name": "Large", "template": "pumpVibration", "type": "onetime", "variables": {"text": 'say "ü"\n' * 3000}}


async def test_a_document_over_the_limit_comes_in_parts_that_join_to_the_whole(make_world: MakeWorld) -> None:
    world = make_world(output_limit=8000)
    task_id, _ = world.sandbox.engine.create(large_document(), fail_on_warning=False)
    parts, offset = list[str](), 0
    while offset is not None:
        result = await world.call("get_task_configuration", task_id=task_id, offset=offset)
        part: dict[str, Any] = data(result)["part"]
        assert len("[sandbox] " + text(result)) <= 8000
        assert len(json.dumps(data(result))) <= 8000
        assert part["text"] in text(result)
        parts.append(part["text"])
        offset = part.get("next_offset")
        assert ("More: get_task_configuration(" in text(result)) == (offset is not None)
    assert json.loads("".join(parts)) == large_document()
    assert len(parts) > 3


async def test_an_offset_behind_the_end_is_an_empty_last_part(world: World) -> None:
    task_id = world.sandbox.create()
    result = await world.call("get_task_configuration", task_id=task_id, offset=10_000)
    assert data(result)["part"]["text"] == ""
    assert "More" not in text(result)
