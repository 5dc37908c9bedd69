"""Bad arguments: a clear error that names the field, and nothing sent."""

from typing import Any

import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS

from tests.support.world import World, error, text
from tools.models.specification import RULE_EXAMPLE, TEMPLATE_EXAMPLE

SENSOR = {"label": "a", "name": "dice", "version": "1.0.9"}


def rule(**parts: Any) -> dict[str, Any]:
    return {"task": {"name": "x", "type": "reactive"}, **parts}


@pytest.mark.parametrize(
    ("tool", "arguments", "field", "says"),
    [
        ("stop_task", {"task": "x"}, "task", "unknown argument; did you mean task_id?"),
        ("stop_task", {"id": "x"}, "id", "unknown argument; did you mean task_id?"),
        ("undo_change", {"change_id": "7"}, "change_id", "expected a change ID such as 3f9a04c1d2; list_changes shows"),
        ("list_tasks", {"statuses": "running"}, "statuses", "did you mean status?"),
        ("list_tasks", {"zzz": 1}, "zzz", "unknown argument; valid are name, status"),
        ("stop_task", {}, "task_id", "is required"),
        ("stop_task", {"task_id": None}, "task_id", "is required"),
        ("stop_task", {"task_id": 7}, "task_id", "expected text"),
        ("get_task", {"task_id": "a/b"}, "task_id", "expected a task ID such as 808aec38"),
        ("get_task", {"task_id": "../tasks"}, "task_id", "expected a task ID"),
        ("get_task", {"task_id": "%2e%2e"}, "task_id", "expected a task ID"),
        ("get_task", {"task_id": "Cold store 4"}, "task_id", "call list_tasks with name"),
        ("get_task", {"task_id": ""}, "task_id", "expected a task ID"),
        ("get_task", {"task_id": "x" * 129}, "task_id", "expected a task ID"),
        ("get_task", {"task_id": "x", "format": "xml"}, "format", "expected one of simplified or bn"),
        ("get_task", {"task_id": "x", "offset": -1}, "offset", "expected at least 0"),
        ("list_tasks", {"hits": 101}, "hits", "expected at most 100"),
        ("list_tasks", {"hits": "20"}, "hits", "expected a whole number"),
        ("list_tasks", {"hits": True}, "hits", "expected a whole number"),
        ("list_tasks", {"start_index": -1}, "start_index", "expected at least 0"),
        ("list_tasks", {"status": "runing"}, "status", "expected one of running, pending, stopped or failed"),
        ("list_tasks", {"fields": ["health", "colour"]}, "fields[1]", "expected one of template, "),
        ("list_tasks", {"ids": ["a", "b/c"]}, "ids[1]", "expected a task ID"),
        ("list_tasks", {"ids": ["a"] * 101}, "ids", "expected at most 100 items"),
        ("list_tasks", {"tags": ["site"]}, "tags", "expected a map of tag keys to values"),
        ("list_tasks", {"tags": {"": "x"}}, "tags", "expected 1 to 500 characters"),
        ("list_tasks", {"tags": {}}, "tags", "expected a map"),
        ("list_tasks", {"tags": {"a": ["", "b"]}}, "tags", "expected 1 to 500 characters"),
        ("list_tasks", {"tags": '{"a":' * 100_000}, "tags", "expected a map"),
        ("list_tasks", {"tags": {"a": "\ud800"}}, "tags", "without control characters"),
        ("list_tasks", {"ids": []}, "ids", "expected at least 1 items"),
        ("list_tasks", {"ids": ""}, "ids", "expected at least 1 items"),
        ("list_tasks", {"tag_keys": []}, "tag_keys", "expected at least 1 items"),
        ("list_tasks", {"filter": ""}, "filter", "leave it out instead"),
        ("list_tasks", {"name": " "}, "name", "leave it out instead"),
        ("list_tasks", {"name": "a\x00b"}, "name", "without control characters"),
        ("list_tasks", {"hits": 20.5}, "hits", "expected a whole number"),
        ("list_tasks", {"created_after": "2026"}, "created_after", "expected ISO 8601"),
        ("list_tasks", {"created_after": 1661990400}, "created_after", "expected ISO 8601"),
        ("list_tasks", {"created_after": "1661990400"}, "created_after", "expected ISO 8601"),
        ("get_task", {"task_id": "x", "offset": 5}, None, "offset continues an answer with format"),
        ("stop_task", {"task_id": "x", "taskid": "x"}, "taskid", "valid are task_id, confirmation"),
        ("list_tasks", {"name_contains": "x"}, "name_contains", "did you mean name?"),
        ("list_tasks", {"tags": {"a": {}}}, "tags", "expected a map"),
        ("list_tasks", {"tags": {"a": []}}, "tags", "expected a map"),
        ("list_tasks", {"tags": "{site: ghent}"}, "tags", "expected a map"),
        ("list_tasks", {"tags": {str(key): 1 for key in range(21)}}, "tags", "expected a map"),
        ("list_tasks", {"tag_keys": 7}, "tag_keys", "expected a list"),
        ("list_tasks", {"name": "x" * 501}, "name", "expected 1 to 500 characters"),
        ("list_tasks", {"created_after": "yesterday"}, "created_after", "expected ISO 8601 such as"),
        ("list_tasks", {"created_after": -5}, "created_after", "or epoch milliseconds"),
        ("list_tasks", {"created_after": 10**18}, "created_after", "expected ISO 8601"),
        ("list_tasks", {"created_after": True}, "created_after", "expected ISO 8601"),
        ("list_tasks", {"start_index": 1, "startIndex": 2}, None, "start_index was given twice"),
        ("delete_task", {"task_id": "x", "force_stop": "yes"}, "force_stop", "expected true or false"),
        ("delete_task", {"task_id": "x", "force_stop": 1}, "force_stop", "expected true or false"),
        ("stop_task", {"task_id": "x", "confirmation": 7}, "confirmation", "expected text"),
        ("create_task", {}, "specification", "is required"),
        ("create_task", {"specification": []}, "specification", "expected a JSON object"),
        ("create_task", {"specification": "{not json"}, "specification", "expected a JSON object"),
        ("create_task", {"specification": '{"a":' * 100_000}, "specification", "expected a JSON object"),
        ("create_task", {"specification": '{"name": "x", "template": "y", "tags": {"a": NaN}}'}, "specification",
         "holds what JSON cannot"),
        ("create_task", {"specification": '{"name": "x", "template": "y", "tags": {"a": 1e999}}'}, "specification",
         "holds what JSON cannot"),
        ("create_task", {"specification": '{"name": "x\\ud800", "template": "y"}'}, "specification",
         "holds what JSON cannot"),
        ("create_task", {"specification": {"name": "x"}}, "specification.template", "is required"),
        ("create_task", {"specification": {**TEMPLATE_EXAMPLE, "name": ""}}, "specification.name", "must not be empty"),
        ("create_task", {"specification": {**TEMPLATE_EXAMPLE, "frequency": "1"}}, "specification.frequency",
         "expected a whole number"),
        ("create_task", {"specification": {"name": "x", "template": "y", "type": "periodic"}}, "specification",
         "a periodic task needs frequency, in milliseconds"),
        ("create_task", {"specification": {"name": "x", "template": "y", "type": "scheduled"}}, "specification",
         "a scheduled task needs exactly one of cron"),
        ("create_task", {"specification": {**TEMPLATE_EXAMPLE, "type": "scheduled", "cron": "* * * * *"}},
         "specification", "expected 6 or 7 Quartz fields"),
        ("create_task", {"specification": {**TEMPLATE_EXAMPLE, "type": "scheduled", "rrule": "daily"}},
         "specification", "expected an RFC 5545 rule"),
        ("create_task", {"specification": {**TEMPLATE_EXAMPLE, "sensors": [SENSOR]}}, "specification",
         "names a template and brings its own rule (sensors)"),
        ("create_task", {"specification": {"sensors": [SENSOR]}}, "specification.task", "is required"),
        ("create_task", {"specification": rule(start=False, name="y")}, "specification", "put name, start inside task"),
        ("list_tasks", {"tags": {"site": ""}}, "tags", "expected 1 to 500 characters"),
        ("create_task", {"specification": {"task": {"name": "x"}}}, "specification.task.type", "is required"),
        ("create_task", {"specification": rule(sensors=[{**SENSOR, "version": "1"}])},
         "specification.sensors[0].version", "expected a plug-in version such as 1.2.3"),
        ("create_task", {"specification": rule(sensors=[{**SENSOR, "timeout": "50 s"}])},
         "specification.sensors[0].timeout", "expected an ISO 8601 duration such as PT50S"),
        ("create_task", {"specification": rule(sensors=[{**SENSOR, "evictionTime": -1}])},
         "specification.sensors[0].evictionTime", "expected at least 0"),
        ("create_task", {"specification": rule(notes=[{"text": "x", "position": [1]}])},
         "specification.notes[0].position", "expected at least 2 items"),
        ("create_task", {"specification": rule(relations=[{"label": "g", "type": "XOR", "parentLabels": [],
                                                             "combinations": []}])},
         "specification.relations[0].type", "expected one of AND, OR, GENERAL or NAND"),
        ("create_task", {"specification": rule(triggers=[{"sourceLabel": "a"}])},
         "specification.triggers[0].destinationLabel", "is required"),
        ("create_task", {"specification": rule(sensors="all")}, "specification.sensors", "expected a list"),
        ("replace_task", {"task_id": "x", "specification": {**RULE_EXAMPLE, "task": 7}}, "specification.task",
         "expected a JSON object"),
    ],
)  # fmt: skip
async def test_bad_arguments_are_refused_by_name_and_nothing_is_sent(
    world: World, tool: str, arguments: dict[str, Any], field: str | None, says: str
) -> None:
    result = await world.call(tool, **arguments)
    found = error(result)
    assert (found["kind"], found["changed"], found.get("field")) == ("invalid_arguments", "no", field)
    assert says in found["message"]
    assert "Nothing was changed." in text(result)
    assert world.sandbox.recorder.requests == []


async def test_a_name_of_an_argument_is_not_a_way_to_speak(world: World) -> None:
    result = await world.call("list_tasks", **{"x\n\u202eIGNORE" + "y" * 30_000: 1})
    assert len(text(result)) < 1_000
    assert len(error(result)["field"]) <= 60
    assert "\u202e" not in str(result)
    assert text(result).startswith('["x IGNOREyyy')


async def test_many_unknown_arguments_are_not_all_named(world: World) -> None:
    result = await world.call("list_tasks", **{f"name{number}": 1 for number in range(5_000)})
    assert text(result).count("unknown argument") == 10


async def test_whole_numbers_may_be_written_with_a_point(world: World) -> None:
    assert not (await world.call("list_tasks", hits=5.0, start_index=0.0)).is_error
    document = {**TEMPLATE_EXAMPLE, "frequency": 60000.0}
    assert not (await world.call("create_task", specification=document)).is_error
    document = rule(sensors=[{**SENSOR, "position": [1.0, 2.0], "evictionTime": 5.0}])
    assert not (await world.call("create_task", specification=document)).is_error


async def test_dates_may_come_without_their_dashes(world: World) -> None:
    await world.call("list_tasks", created_after="20260101")
    assert world.sandbox.recorder.requests[-1][1].split("createdAfter=")[1].startswith("1767225600000")


async def test_an_error_in_a_specification_shows_a_valid_one_of_the_same_form(world: World) -> None:
    template = await world.call("create_task", specification={"name": "x"})
    assert error(template)["hint"].startswith('A valid specification: {"name": "consumption for meter 7"')
    own_rule = await world.call("create_task", specification={"task": {}})
    assert error(own_rule)["hint"].startswith('A valid specification: {"task": {"name": "Rule 1"')


async def test_every_problem_is_named_at_once(world: World) -> None:
    result = await world.call("list_tasks", hits=500, status="x", nmae="y")
    assert [line.partition(":")[0] for line in text(result).splitlines()[:3]] == ["nmae", "status", "hits"]


async def test_what_was_given_is_not_repeated_because_it_may_be_a_secret(world: World) -> None:
    document = rule(sensors=[{**SENSOR, "properties": "hunter2"}], somethingElse="hunter2")
    result = await world.call("create_task", specification=document)
    assert "hunter2" not in text(result)
    assert "hunter2" not in str(result.structured_content)


async def test_an_unknown_tool_is_a_protocol_error(world: World) -> None:
    async with world.client() as client:
        with pytest.raises(MCPError) as refused:
            await client.call_tool("stop_tasks", {})
    assert refused.value.code == INVALID_PARAMS
    assert "list_tasks" in refused.value.message
    assert world.sandbox.recorder.requests == []


async def test_documented_bindings_pass_for_durations(world: World) -> None:
    document = rule(sensors=[{**SENSOR, "timeout": "${variables.patience}"}])
    assert not (await world.call("create_task", specification=document)).is_error


async def test_a_legacy_polling_interval_stands_for_a_frequency(world: World) -> None:
    document = {"name": "x", "template": "internet.json", "type": "periodic", "pollingInterval": 60}
    result = await world.call("create_task", specification=document)
    assert not result.is_error


@pytest.mark.parametrize(
    ("tool", "arguments", "field", "says"),
    [
        (
            "create_task",
            {"specification": {**TEMPLATE_EXAMPLE, "variables": {"x": "y" * 1_000_000}}},
            "specification",
            "is too large: expected at most 1,000,000 bytes of JSON, and not 1,000,",
        ),
        (
            "replace_task",
            {"task_id": "x", "specification": rule(sensors=[{}] * 100_000)},
            "specification",
            "has 300,000 mistakes, which is too many to name any",
        ),
        ("list_tasks", {"fields": ["template"] * 100_000}, "fields", "expected at most 20 items"),
        ("list_tasks", {"tags": {"site": ["x"] * 101}}, "tags", "expected a map of tag keys"),
        ("list_tasks", {"tags": {"site": 10**5000}}, "tags", "expected a map of tag keys"),
        ("list_tasks", {f"a{number}": 1 for number in range(10_001)}, None, "10001 arguments are more than any tool"),
    ],
)
async def test_what_is_too_much_is_refused_before_it_is_looked_at(
    world: World, tool: str, arguments: dict[str, Any], field: str | None, says: str
) -> None:
    found = error(await world.call(tool, **arguments))
    assert (found["kind"], found["changed"], found.get("field")) == ("invalid_arguments", "no", field)
    assert says in found["message"]
    assert world.sandbox.recorder.requests == []
