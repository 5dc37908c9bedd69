"""What a task is said to be, whatever the service says of it."""

from typing import Any

import pytest
from pydantic import ValidationError

from tools.doubts import doubts
from tools.facts import fact_lines, facts_of
from tools.list_tasks import ListTasks
from tools.models.entity import Task, TaskListing
from tools.rows import ALWAYS, cells, row_of


def task(**fields: Any) -> Task:
    return Task.model_validate({"ID": "t", "name": "Pump", "status": "running", **fields})


def lines(**fields: Any) -> dict[str, str]:
    return dict(fact_lines(facts_of(task(**fields))))


@pytest.mark.parametrize(
    ("fields", "schedule"),
    [
        ({"type": "periodic", "frequency": 60_000}, "every 1 min"),
        ({"type": "scheduled", "cron": "0 0 6 * * ?", "frequency": 60_000}, "cron 0 0 6 * * ?"),
        ({"type": "scheduled", "rrule": "FREQ=DAILY", "timeZone": "Europe/Brussels"},
         "rrule FREQ=DAILY (Europe/Brussels)"),
        ({"type": "onetime", "frequency": 1_000}, None),
        ({"type": "reactive", "cron": "0 0 6 * * ?"}, None),
        ({"frequency": 60_000}, "every 1 min"),
        ({"cron": "0 0 6 * * ?"}, "cron 0 0 6 * * ?"),
    ],
)  # fmt: skip
def test_a_schedule_is_the_one_that_the_type_goes_by(fields: dict[str, Any], schedule: str | None) -> None:
    assert lines(**fields).get("schedule") == schedule


def test_a_foreign_value_cannot_pose_as_another_item_or_another_fact() -> None:
    fields: dict[str, Any] = {
        "tags": {"criticality": "low, status: stopped", "a=b, c": "1", "site": "ghent"},
        "resourceIds": ["pump-1, pump-2", "pump-3"],
        "template": "none (harmless)",
        "user": "a@example.com",
        "status": "running, but idle",
        "pendingNodes": {"n_1, n_2": {}},
        "rawData": {"n_1: fine; n_2": {"error": "no"}},
    }
    shown = lines(**fields)
    assert shown["tags"] == 'criticality="low, status: stopped", "a=b, c"=1, site=ghent'
    assert shown["resources"] == '"pump-1, pump-2", pump-3'
    assert shown["template"] == '"none (harmless)"'
    assert shown["user"] == "a@example.com"
    assert shown["status"] == '"running, but idle"'
    assert shown["pending nodes"] == '"n_1, n_2"'
    assert shown["errors"] == '"n_1: fine; n_2": "no"'
    columns = ("tags", "resources")
    assert cells(row_of(task(**fields), (*ALWAYS, *columns)), columns) == [
        'criticality="low, status: stopped" "a=b, c"=1 site=ghent',
        '"pump-1, pump-2" pump-3',
    ]


@pytest.mark.parametrize("field", ["cron", "rrule"])
def test_a_schedule_that_is_none_is_quoted(field: str) -> None:
    schedule = lines(type="scheduled", **{field: "now, template: none"}, timeZone="UTC) status: (stopped")["schedule"]
    assert schedule == f'{field} "now, template: none" ("UTC) status: (stopped")'


@pytest.mark.parametrize(
    ("health", "shown"),
    [
        ({"errorsCount": 5, "errorsRate": 0.5}, "5 failed (50%)"),
        ({"errorsCount": 0, "errorsRate": 0}, "0 failed (0%)"),
        ({"errorsCount": 3}, "3 failed"),
        ({}, None),
        ("good", None),
    ],
)
def test_health_says_what_the_service_counted(health: object, shown: str | None) -> None:
    assert lines(health=health).get("health") == shown


def test_every_list_that_is_cut_is_counted_in_facts_and_rows() -> None:
    many = task(
        tags={f"tag{number}": "x" for number in range(20)},
        resourceIds=[f"r{number}" for number in range(30)],
        pendingNodes={f"n{number}": {} for number in range(13)},
    )
    facts = facts_of(many)
    assert facts.left_out == {"tags": 8, "resources": 18, "pending_nodes": 1}
    assert dict(fact_lines(facts))["resources"].endswith(", r11 +18 more")
    columns = (*ALWAYS, "tags")
    row = row_of(many, columns)
    assert row.left_out == {"tags": 8}
    assert cells(row, columns)[-1].endswith(" tag11=x +8 more")


def test_tags_that_look_the_same_are_counted_too() -> None:
    assert facts_of(task(tags={"site": "ghent", "si\u200bte": "lille"})).left_out == {"tags": 1}


def test_what_went_wrong_is_named_by_node_on_one_line() -> None:
    raw: dict[str, Any] = {"a_1": {"error": "no\n\u202eanswer"}, "b_1": {"value": 1}, "c_1": {"error": 7}, "d_1": "x"}
    assert lines(rawData=raw)["errors"] == 'a_1: "no answer"'


@pytest.mark.parametrize(
    "odd",
    [
        {"resourceIds": [None]}, {"frequency": 1.5}, {"tags": ["a"]}, {"network": "none"}, {"name": 7},
        {"createTime": "yesterday"}, {"pendingNodes": []}, {"status": None}, {"rawData": []},
    ],
    ids=str,
)  # fmt: skip
def test_one_odd_value_does_not_take_the_page_with_it(odd: dict[str, Any]) -> None:
    sent = [{"ID": "a", **odd}, {"ID": "b", "name": "Pump"}]
    assert [facts_of(found).id for found in TaskListing.model_validate(sent).tasks] == ["a", "b"]


def test_a_task_without_an_id_is_no_task() -> None:
    for sent in ([{"ID": 7}], [{"name": "Pump"}]):
        with pytest.raises(ValidationError):
            TaskListing.model_validate(sent)


@pytest.mark.parametrize(
    ("tags", "wanted", "doubted"),
    [
        ({"site": "ghent"}, {"site": ["ghent", "lille"]}, False),
        ({"site": "Ghent"}, {"site": "ghent"}, False),
        ({"site": "lille"}, {"site": "ghent"}, True),
        ({}, {"site": None}, True),
        ({"line": 1.0}, {"line": 1}, False),
        ({"line": ["1", "2"]}, {"line": "1"}, False),
        ({"billed": True}, {"billed": "true"}, False),
        ({"billed": True}, {"billed": "false"}, True),
    ],
)
def test_a_page_is_doubted_only_for_what_can_be_told(
    tags: dict[str, Any], wanted: dict[str, Any], doubted: bool
) -> None:
    query = ListTasks.model_validate({"tags": wanted})
    assert bool(list(doubts(query, [task(tags=tags)]))) == doubted
