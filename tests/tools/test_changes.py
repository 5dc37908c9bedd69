"""create, replace, start; and the round trips through a configuration."""

import copy
import json
from typing import Any

import pytest

from tests.support.world import World, data, error, said, text
from tools.models.specification import RULE_EXAMPLE, TEMPLATE_EXAMPLE

WARNED: dict[str, Any] = {
    "task": {"name": "Rule 1", "type": "reactive", "resource": "testresource", "start": False},
    "sensors": [{"label": "dice_1", "name": "dice", "version": "1.0.9"}],
    "actuators": [
        {
            "label": "debugDialog_1",
            "name": "debugDialog",
            "version": "1.0.4",
            "properties": {"message": "${nodes.dice_1.rawData.status}"},
        }
    ],
}
DOCUMENTED: list[dict[str, Any]] = [
    {
        "name": "test1",
        "template": "internet.json",
        "resource": "hello",
        "start": False,
        "type": "scheduled",
        "cron": "0/30 * * * * ?",
    },
    {
        "name": "consumption for meter 7",
        "template": "dailyConsumption",
        "resource": "7",
        "type": "periodic",
        "frequency": 86400000,
    },
    {
        "template": "HVAC_filter_check_V2",
        "name": "agent test:h1",
        "variables": {"resource": "h1", "city": "Gent"},
        "type": "onetime",
        "tags": {"AiTool": "AiTool"},
    },
    {
        "sensors": [
            {
                "label": "streamDataSensor_1",
                "name": "streamingDataSensor",
                "version": "1.1.0",
                "resource": "$",
                "position": [173, 158],
            }
        ],
        "actuators": [
            {
                "label": "debugDialog_1",
                "name": "debugDialog",
                "version": "1.0.4",
                "properties": {"message": "…"},
                "position": [600, 199],
            }
        ],
        "triggers": [
            {"sourceLabel": "streamDataSensor_1", "destinationLabel": "debugDialog_1", "statesTrigger": ["Above"]}
        ],
        "task": {"type": "reactive", "name": "Rule 1", "resource": "testresource"},
    },
    {"name": "with an empty drawing", "template": "coldStoreDoor", "notes": []},
    {"name": "type from the template", "template": "coldStoreDoor", "somethingNew": {"kept": [1, 2.5, None, "ü"]}},
    {
        "name": "a rule for days",
        "template": "monthlyReport",
        "type": "scheduled",
        "rrule": "FREQ=DAILY;INTERVAL=2",
        "timeZone": "Europe/Brussels",
    },
    TEMPLATE_EXAMPLE,
    RULE_EXAMPLE,
]


@pytest.mark.parametrize("document", DOCUMENTED, ids=lambda document: str(document.get("name", "rule")))
async def test_a_configuration_that_is_read_and_created_again_loses_nothing(
    world: World, document: dict[str, Any]
) -> None:
    created = await world.call("create_task", specification=document)
    read = await world.call("get_task_configuration", task_id=data(created)["task_id"])
    assert data(read)["specification"] == document
    again = await world.call("create_task", specification=data(read)["specification"])
    assert world.sandbox.engine.configuration(data(again)["task_id"]) == document


async def test_a_new_task_is_named_with_its_id_and_whether_it_starts(world: World) -> None:
    started = await world.call("create_task", specification=TEMPLATE_EXAMPLE)
    task_id = data(started)["task_id"]
    assert said(started) == f'Created "consumption for meter 7", ID {task_id}, and started.'
    assert world.sandbox.status(task_id) == "running"
    resting = await world.call("create_task", specification={**TEMPLATE_EXAMPLE, "start": False})
    assert said(resting).endswith(", not started.")
    assert world.sandbox.status(data(resting)["task_id"]) == "stopped"


async def test_a_specification_may_come_as_json_text(world: World) -> None:
    created = await world.call("create_task", specification=json.dumps(RULE_EXAMPLE))
    assert world.sandbox.engine.configuration(data(created)["task_id"]) == RULE_EXAMPLE


async def test_warnings_reach_the_reader(world: World) -> None:
    result = await world.call("create_task", specification=WARNED)
    assert not result.is_error
    assert said(result).splitlines()[1:] == [
        "Warnings (1):",
        (
            '- WARNING at "debugDialog_1 / message / ${nodes.dice_1.rawData.status}": "rawData has no field status". '
            'Suggestion: "maybe you are looking for one of these: state, randomValue".'
        ),
    ]
    assert data(result)["warnings"][0]["suggestion"].endswith("state, randomValue")


async def test_warnings_can_be_left_out(world: World) -> None:
    result = await world.call("create_task", specification=WARNED, return_warnings=False)
    assert "Warnings" not in text(result)
    assert "warnings" not in data(result)


async def test_a_create_that_fails_on_warnings_creates_nothing_and_passes_them_on(world: World) -> None:
    result = await world.call("create_task", specification=WARNED, fail_on_warning=True)
    found = error(result)
    assert (found["kind"], found["changed"]) == ("rejected", "no")
    assert found["issues"][0]["message"] == "rawData has no field status"
    assert 'Suggestion: "maybe you are looking for' in text(result)
    assert world.sandbox.recorder.writes == []


async def test_an_unknown_plugin_is_passed_on_with_its_place(world: World) -> None:
    document = copy.deepcopy(RULE_EXAMPLE)
    document["actuators"][0]["version"] = "1.2.3"
    result = await world.call("create_task", specification=document)
    assert "Plugin debugDialog:1.2.3 not found" in error(result)["message"]
    assert '- ERROR at "debug_1": "Plugin debugDialog:1.2.3 not found".' in text(result)


async def test_an_unknown_template_is_named(world: World) -> None:
    result = await world.call("create_task", specification={**TEMPLATE_EXAMPLE, "template": "nope"})
    assert "No template with name nope" in error(result)["message"]


async def test_a_replace_keeps_the_id_and_replaces_the_rest_whole(world: World) -> None:
    task_id = world.sandbox.create("Old", tags={"gone": "yes"})
    result = await world.call("replace_task", task_id=task_id, specification=TEMPLATE_EXAMPLE)
    assert said(result).splitlines() == [
        f'Replaced the configuration of "consumption for meter 7" (ID {task_id}). Status: running.',
        "Schedule: every 1 d.",
    ]
    assert world.sandbox.engine.configuration(task_id) == TEMPLATE_EXAMPLE
    assert "tags" not in data(result)["task"]


@pytest.mark.parametrize("status", ["running", "pending"])
@pytest.mark.parametrize("document", [TEMPLATE_EXAMPLE, RULE_EXAMPLE], ids=["template", "rule"])
async def test_a_replace_never_stops_a_task(world: World, status: str, document: dict[str, Any]) -> None:
    task_id = world.sandbox.create()
    world.sandbox.change(task_id, "status", status)
    before = world.sandbox.engine.configuration(task_id)
    result = await world.call("replace_task", task_id=task_id, specification=started(document, start=False))
    assert (error(result)["kind"], error(result)["changed"]) == ("not_possible", "no")
    assert f"The task is {status}, and start: false in the specification would end it." in text(result)
    assert "call stop_task first" in text(result)
    assert world.sandbox.recorder.attempts == []
    assert world.sandbox.engine.configuration(task_id) == before


async def test_a_replace_does_not_make_a_running_task_run_once_and_end(world: World) -> None:
    task_id = world.sandbox.create()
    once = {"name": "x", "template": "pumpVibration", "type": "onetime"}
    result = await world.call("replace_task", task_id=task_id, specification=once)
    assert "type: onetime in the specification would end it" in error(result)["message"]
    assert world.sandbox.recorder.attempts == []
    world.sandbox.engine.stop(task_id)
    assert not (await world.call("replace_task", task_id=task_id, specification=once)).is_error


@pytest.mark.parametrize("document", [TEMPLATE_EXAMPLE, RULE_EXAMPLE], ids=["template", "rule"])
async def test_a_stopped_task_is_started_by_a_replace_only_where_the_document_says_so(
    world: World, document: dict[str, Any]
) -> None:
    task_id = world.sandbox.create(start=False)
    result = await world.call("replace_task", task_id=task_id, specification=document)
    assert world.sandbox.status(task_id) == "stopped"
    assert "Status: stopped." in text(result)
    assert "Before" not in text(result)
    assert world.sandbox.engine.configuration(task_id) == started(document, start=False)
    result = await world.call("replace_task", task_id=task_id, specification=started(document, start=True))
    assert world.sandbox.status(task_id) == "running"
    assert said(result).endswith("Before: stopped.")


async def test_a_failed_task_runs_again_with_its_new_configuration(world: World) -> None:
    task_id = world.sandbox.create()
    world.sandbox.fail(task_id)
    result = await world.call("replace_task", task_id=task_id, specification=TEMPLATE_EXAMPLE)
    assert said(result).endswith("Status: running.\nSchedule: every 1 d.\nBefore: failed.")


def started(document: dict[str, Any], *, start: bool) -> dict[str, Any]:
    """Return a document of either form with `start` set."""
    if "task" in document:
        return {**document, "task": {**document["task"], "start": start}}
    return {**document, "start": start}


async def test_a_protected_task_is_not_replaced(world: World) -> None:
    task_id = world.sandbox.create()
    world.sandbox.change(task_id, "protected", 1)
    result = await world.call("replace_task", task_id=task_id, specification=TEMPLATE_EXAMPLE)
    assert error(result)["kind"] == "forbidden"
    assert "may be protected" in text(result)
    assert world.sandbox.recorder.writes == []


async def test_a_start_says_what_the_task_is_now_and_how_to_undo_it(world: World) -> None:
    task_id = world.sandbox.create("Pump", start=False)
    result = await world.call("start_task", task_id=task_id)
    change = data(result)["change_id"]
    assert text(result).splitlines() == [
        f'Started "Pump" (ID {task_id}). Status: running.',
        f'Change {change}. To undo: undo_change(change_id="{change}").',
    ]
    assert world.sandbox.status(task_id) == "running"


async def test_a_running_task_is_not_started_again(world: World) -> None:
    task_id = world.sandbox.create()
    result = await world.call("start_task", task_id=task_id)
    assert text(result) == f'Already started, nothing was changed: "Pump watch" (ID {task_id}). Status: running.'
    assert not result.is_error
    assert world.sandbox.recorder.attempts == []


async def test_a_failed_task_can_be_started(world: World) -> None:
    task_id = world.sandbox.create()
    world.sandbox.fail(task_id)
    await world.call("start_task", task_id=task_id)
    assert world.sandbox.status(task_id) == "running"
