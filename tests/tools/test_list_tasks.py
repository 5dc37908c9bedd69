import csv

import pytest

from tests.conftest import MakeWorld
from tests.support.world import World, data, error, ids, text


async def test_a_page_says_how_many_there_are_and_how_to_get_the_next(estate: World) -> None:
    result = await estate.call("list_tasks")
    lines = text(result).splitlines()
    assert lines[0].startswith("Tasks 1-20 of 143. On this page: ")
    assert lines[1] == "id,name,status,type,last_run"
    assert len(lines) == 2 + 20 + 1
    assert lines[-1] == 'More: list_tasks {"start_index": 20}'
    assert (data(result)["total"], data(result)["returned"], data(result)["next_start_index"]) == (143, 20, 20)


async def test_following_the_next_call_visits_every_task_once(estate: World) -> None:
    seen: list[str] = []
    start: int | None = 0
    while start is not None:
        result = await estate.call("list_tasks", hits=50, start_index=start)
        seen += ids(result)
        start = data(result).get("next_start_index")
    assert len(seen) == len(set(seen)) == 143


async def test_the_rows_of_text_and_data_are_the_same(estate: World) -> None:
    result = await estate.call("list_tasks", status="running", hits=7)
    rows = list(csv.DictReader(text(result).splitlines()[1:-1]))
    assert [row["id"] for row in rows] == list(ids(result))
    assert {row["status"] for row in rows} == {"running"}


async def test_the_filters_that_were_used_are_said(estate: World) -> None:
    result = await estate.call("list_tasks", status="running", tags={"site": "ghent"})
    assert text(result).startswith("Tasks 1-")
    assert '(status=running, tags={"site": ["ghent"]})' in text(result)
    assert data(result)["filters"] == {"status": "running", "tags": {"site": ["ghent"]}}


async def test_the_next_call_keeps_the_filters_and_is_valid_as_it_stands(estate: World) -> None:
    import json

    first = await estate.call("list_tasks", createdAfter="2020-01-01", status="running", hits=3)
    arguments = json.loads(text(first).splitlines()[-1].removeprefix("More: list_tasks "))
    assert arguments == {"created_after": "2020-01-01T00:00:00Z", "status": "running", "hits": 3, "start_index": 3}
    second = await estate.call("list_tasks", **arguments)
    assert not set(ids(first)) & set(ids(second))


async def test_a_filter_that_matches_nothing_says_which_filters_were_used(estate: World) -> None:
    result = await estate.call("list_tasks", name="no such task", status="failed")
    assert (
        text(result)
        == 'No tasks match (name="no such task", status=failed). name is matched whole: try "*no such task*".'
    )
    assert data(result)["total"] == 0


async def test_a_page_past_the_end_says_so_and_names_the_last_one(estate: World) -> None:
    result = await estate.call("list_tasks", start_index=500)
    assert text(result) == ("start_index=500 is past the end: 143 tasks. The last page starts at start_index=140.")
    last = await estate.call("list_tasks", start_index=140)
    assert text(last).startswith("Tasks 141-143 of 143.")
    assert "More:" not in text(last)


async def test_no_hits_only_counts(estate: World) -> None:
    result = await estate.call("list_tasks", status="running", hits=0)
    assert text(result).endswith("tasks match (status=running).")
    assert data(result)["tasks"] == []
    everything = await estate.call("list_tasks", hits=0)
    assert text(everything) == "143 tasks in all."


async def test_an_empty_tenant_has_no_tasks(world: World) -> None:
    assert text(await world.call("list_tasks")) == "There are no tasks."


async def test_one_task_is_one_task(world: World) -> None:
    world.sandbox.create("Only one")
    assert text(await world.call("list_tasks")).startswith("Task 1 of 1. On this page: 1 running.")
    assert text(await world.call("list_tasks", hits=0, name="Only one")) == '1 task matches (name="Only one").'


async def test_more_columns_come_when_asked_for(world: World) -> None:
    world.sandbox.create("Pump", tags={"site": "ghent", "billed": True}, resource="pump-1")
    result = await world.call("list_tasks", fields=["tags", "resources", "schedule", "runs", "health", "created"])
    (row,) = csv.DictReader(text(result).splitlines()[1:])
    assert row["tags"] == "site=ghent billed=true"
    assert (row["resources"], row["schedule"], row["runs"]) == ("pump-1", "every 1 min", "0")
    assert row["health"] == "0 failed (0%)"
    assert data(result)["tasks"][0]["created"] == "2026-11-18T11:06:40Z"
    assert row["created"] == "20261118T1106Z"


async def test_asking_for_health_asks_the_service_for_it(world: World) -> None:
    world.sandbox.create()
    await world.call("list_tasks", fields=["health"])
    assert "includeHealth=true" in world.sandbox.recorder.requests[-1][1]


async def test_the_graph_is_never_listed(estate: World) -> None:
    result = await estate.call("list_tasks", format="simplified", hits=100)
    assert "sensors" not in text(result)
    assert "network" not in str(data(result))


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ({"hits": 5, "start_index": 10}, "hits=5&startIndex=10"),
        ({"name": "*pump*"}, "name=%2Apump%2A"),
        ({"resource": "r1", "resource_type": "pump"}, "resource=r1&resourceType=pump"),
        ({"type": "onetime", "status": "stopped"}, "status=stopped&type=onetime"),
        ({"ids": ["a", "b"]}, "ids=a&ids=b"),
        ({"id": "a"}, "id=a"),
        ({"plugin": "dice:1.0.9"}, "plugin=dice%3A1.0.9"),
        ({"template": "null"}, "template=null"),
        ({"filter": "ghent"}, "filter=ghent"),
        (
            {"tags": {"site": ["ghent", "lille"], "billed": True, "line": None}},
            "tags.site=ghent&tags.site=lille&tags.billed=true&tags.line=",
        ),
        ({"tag_keys": ["site", "line"]}, "tags=site&tags=line"),
        ({"finished_before": "2026-01-01"}, "finishedBefore=1767225600000"),
        ({"created_after": "1661990400000"}, "createdAfter=1661990400000"),
        ({"created_before": "2026-01-01T01:00:00+01:00"}, "createdBefore=1767225600000"),
        ({"include_health": True}, "includeHealth=true"),
        ({"format": "bn"}, "format=bn"),
    ],
)
async def test_every_parameter_reaches_the_service_by_its_own_name(
    world: World, arguments: dict[str, object], query: str
) -> None:
    result = await world.call("list_tasks", **arguments)
    assert not result.is_error
    sent = world.sandbox.recorder.requests[-1][1]
    assert set(query.split("&")) <= set(sent.partition("?")[2].split("&"))


async def test_a_query_that_the_sandbox_does_not_have_is_refused_with_its_reason(world: World) -> None:
    result = await world.call("list_tasks", resource_metadata_expression="x = 1")
    assert error(result)["kind"] == "rejected"
    assert "no resource metadata" in text(result)


async def test_filters_in_the_spelling_of_the_api_and_as_json_text_are_understood(world: World) -> None:
    wanted = world.sandbox.create("Wanted", tags={"site": "ghent"})
    world.sandbox.create("Other", tags={"site": "lille"})
    result = await world.call(
        "list_tasks", startIndex=0, includeHealth=True, tags='{"site": "ghent"}', ids=f"{wanted},x"
    )
    assert ids(result) == [wanted]


async def test_a_null_argument_counts_as_left_out(world: World) -> None:
    world.sandbox.create()
    result = await world.call("list_tasks", status=None, name=None)
    assert data(result)["filters"] == {}
    assert data(result)["total"] == 1


async def test_a_result_over_the_limit_is_cut_at_a_row_and_says_what_is_left_out(make_world: MakeWorld) -> None:
    world = make_world(tasks=100, output_limit=8000)
    result = await world.call("list_tasks", hits=100)
    shown = len(ids(result))
    assert 0 < shown < 100
    lines = text(result).splitlines()
    assert lines[-2] == f"{100 - shown} more rows of this page are left out: they exceed the output limit."
    assert lines[-1] == f'More: list_tasks {{"hits": 100, "start_index": {shown}}}'
    assert len(lines) == 2 + shown + 2
    assert data(result)["left_out"] == 100 - shown
