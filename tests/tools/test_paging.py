import csv
import json
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from tools.models.entity import Task
from tools.paging import Page
from tools.rows import ALWAYS, Column, row_of

COLUMNS: tuple[str, ...] = get_args(Column)

ANY_TEXT = st.text(max_size=200)


def page(tasks: list[Task], *, total: int | None, start: int = 0, hits: int = 20, **more: object) -> Page:
    columns = (*ALWAYS, *COLUMNS)
    return Page(
        rows=[row_of(task, columns) for task in tasks],
        columns=columns,
        total=total,
        start_index=start,
        hits=hits,
        arguments={"hits": hits},
        filters=more,
    )


def task(number: int, name: str = "Pump", **more: object) -> Task:
    return Task.model_validate({"ID": f"id-{number}", "name": name, "status": "running", **more})


@given(
    st.lists(
        st.builds(
            task,
            st.integers(0, 9),
            ANY_TEXT,
            template=ANY_TEXT,
            user=ANY_TEXT,
            resource=ANY_TEXT,
            tags=st.dictionaries(ANY_TEXT, ANY_TEXT | st.integers() | st.booleans() | st.none(), max_size=20),
        ),
        max_size=30,
    ),
    st.integers(8_000, 20_000),
)
def test_a_page_stays_within_the_limit_and_reads_back_row_by_row(tasks: list[Task], limit: int) -> None:
    shown = page(tasks, total=len(tasks), hits=100).fit(limit)
    assert len(shown.text) <= limit
    assert len(json.dumps(shown.data, ensure_ascii=False)) <= limit
    table = shown.text.splitlines()[1 : 2 + len(shown.data["tasks"])]
    rows = list(csv.reader(table))[1:]
    assert [row[0] for row in rows] == [row["id"] for row in shown.data["tasks"]]
    assert all(len(row) == len(ALWAYS) + len(COLUMNS) for row in rows)
    assert len(rows) + shown.data.get("left_out", 0) == len(tasks)


@given(st.integers(0, 200), st.integers(0, 250), st.integers(1, 100))
def test_a_next_call_is_offered_exactly_where_there_is_more(total: int, start: int, hits: int) -> None:
    on_page = [task(number) for number in range(min(hits, max(0, total - start)))]
    shown = page(on_page, total=total, start=start, hits=hits).fit(1_000_000)
    end = start + len(on_page)
    assert shown.data.get("next_start_index") == (end if on_page and end < total else None)
    assert ("More: " in shown.text) == bool(on_page and end < total)


def test_an_unknown_total_is_said_and_a_full_page_may_have_more_behind_it() -> None:
    full = page([task(1), task(2)], total=None, hits=2).fit(16_000)
    assert full.text.startswith("Tasks 1-2 of an unknown total.")
    assert full.data["next_start_index"] == 2
    assert "total" not in full.data
    short = page([task(1)], total=None, hits=2).fit(16_000)
    assert "More" not in short.text


def test_a_service_that_counts_tasks_but_sends_none_is_not_called_empty() -> None:
    shown = page([], total=7).fit(16_000)
    assert shown.text == "No tasks came back from start_index=0 on; the service counts 7."
    nothing_known = page([], total=None).fit(16_000)
    assert nothing_known.text == "No tasks came back from start_index=0 on; the service did not count them."
    only_counted = page([], total=None, hits=0).fit(16_000)
    assert only_counted.text == "The service did not say how many tasks there are."


def test_a_next_call_that_would_be_long_only_names_what_changes() -> None:
    long_call = Page([], ALWAYS, 5, 0, 2, {"ids": ["x" * 40] * 20}, {})
    shown = page([task(1)], total=5).fit(16_000)
    assert 'More: list_tasks {"hits": 20, "start_index": 1}' in shown.text
    rows = [row_of(task(1), ALWAYS)]
    long_call = Page(rows, ALWAYS, 5, 0, 1, {"ids": ["x" * 40] * 20}, {})
    assert long_call.fit(16_000).text.endswith("More: the same call with start_index=1")
