"""What a task's schedule comes to, as get_task and the questions say it."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import anyio
import anyio.to_thread
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.schedules import timetable
from server.schedules.timetable import Timetable
from tests.hostile.texts import TEXTS, unsafe
from tests.server.schedules.test_cron_words import EXPRESSIONS
from tests.server.schedules.test_rule_words import RULES
from tests.support.world import NOW, World, data, text
from tools.models.entity import Task
from tools.timing import Timing, timing_lines

NO_ZONE = "(taken as UTC, because the task names no time zone)"

NO_RULE = "not worked out: this is no rule that is known here, or it goes over too many times"


def timing_of(**fields: Any) -> tuple[Timing | None, dict[str, str]]:
    task = Task.model_validate({"ID": "t", "status": "running", "type": "scheduled", **fields})
    timing = asyncio.run(Timetable(lambda: NOW).timing(task))
    return timing, dict(timing_lines(timing, task.status)) if timing else {}


def next_runs(**fields: Any) -> str:
    return timing_of(**fields)[1]["next runs"]


async def test_a_task_shows_its_schedule_in_words_and_its_next_runs(world: World) -> None:
    task_id = world.sandbox.create(type="scheduled", cron="0 0 6 ? * 2", timeZone="Europe/Brussels")
    shown = await world.call("get_task", task_id=task_id)
    begin = text(shown).splitlines().index("schedule: cron 0 0 6 ? * 2 (Europe/Brussels)")
    assert text(shown).splitlines()[begin + 1 : begin + 3] == [
        "in words: At 06:00, only on Monday (Europe/Brussels)",
        "next runs: 2026-11-23T05:00:00Z, 2026-11-30T05:00:00Z, 2026-12-07T05:00:00Z",
    ]
    told = {name: data(shown)[name] for name in ("schedule_in_words", "next_runs")}
    assert told == {
        "schedule_in_words": "At 06:00, only on Monday (Europe/Brussels)",
        "next_runs": ["2026-11-23T05:00:00Z", "2026-11-30T05:00:00Z", "2026-12-07T05:00:00Z"],
    }
    whole = await world.call("get_task", task_id=task_id, format="simplified")
    assert "in words: At 06:00, only on Monday" in text(whole)
    assert data(whole)["next_runs"] == told["next_runs"]


@pytest.mark.parametrize(
    "schedule",
    [
        {"cron": "0 20 6 ? * MON-FRI"},
        {"cron": "0 0 6 L * ?", "timeZone": "America/New_York"},
        {"rrule": "FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=6;BYMINUTE=0;BYSECOND=0", "timeZone": "Europe/Brussels"},
    ],
    ids=str,
)
async def test_the_engine_runs_a_task_when_it_was_said_to_run_next(world: World, schedule: dict[str, str]) -> None:
    task_id = world.sandbox.create(type="scheduled", **schedule)
    expected = data(await world.call("get_task", task_id=task_id))["next_runs"]
    for time in expected:
        world.clock.now = datetime.fromisoformat(time).timestamp() + 1
        assert data(await world.call("get_task", task_id=task_id))["task"]["last_run"] == time


async def test_a_task_that_does_not_run_shows_when_it_would(world: World) -> None:
    task_id = world.sandbox.create(type="scheduled", cron="0 0 6 * * ?", start=False)
    shown = text(await world.call("get_task", task_id=task_id))
    times = "2026-11-19T06:00:00Z, 2026-11-20T06:00:00Z, 2026-11-21T06:00:00Z"
    assert f"next runs if it were started: {times} {NO_ZONE}" in shown


async def test_a_question_says_the_schedule_in_words_where_they_are_short(world: World) -> None:
    task_id = world.sandbox.create(type="scheduled", cron="0 0 6 ? * 2", timeZone="Europe/Brussels")
    long = world.sandbox.create(type="scheduled", cron="0 0,1,3,5,7,11 6 ? JAN,MAR,JUN,SEP,NOV 2,4,6")
    asked = data(await world.call("stop_task", task_id=task_id))["confirmation_required"]["facts"]["schedule"]
    assert asked == "cron 0 0 6 ? * 2 (Europe/Brussels): At 06:00, only on Monday"
    asked = data(await world.call("stop_task", task_id=long))["confirmation_required"]["facts"]["schedule"]
    assert asked == "cron 0 0,1,3,5,7,11 6 ? JAN,MAR,JUN,SEP,NOV 2,4,6"


async def test_a_replacement_says_its_new_schedule_in_words(world: World) -> None:
    task_id = world.sandbox.create()
    document: dict[str, Any] = {
        "name": "Pump watch",
        "template": "pumpVibration",
        "type": "scheduled",
        "cron": "0 */15 * * * ?",
    }
    result = await world.call("replace_task", task_id=task_id, specification=document)
    assert "Schedule: cron 0 */15 * * * ?: Every 15 minutes." in text(result)


@pytest.mark.parametrize("fields", [{"type": "periodic", "frequency": 1}, {"type": "onetime"}, {"type": "reactive"}])
def test_a_task_of_another_type_has_none_even_where_one_is_left_over(fields: dict[str, Any]) -> None:
    assert timing_of(cron="0 0 6 * * ?", **fields) == (None, {})


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"cron": "0 0 6 30 2 ?"}, "none after now"),
        ({"cron": "0 0 6 * * ? 2020"}, "none after now"),
        ({"rrule": "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;UNTIL=20260101"}, "none after now"),
        ({"cron": "at six"}, "not known: this is no Quartz expression"),
        ({"cron": "0 " * 2_000_000}, "not known: this is no Quartz expression"),
        ({"rrule": "FREQ=SOMETIMES"}, NO_RULE),
        ({"rrule": "FREQ=SECONDLY;BYSETPOS=2"}, NO_RULE),
        ({"rrule": "FREQ=DAILY;COUNT=3"}, "not known: the service counts them, and does not say how many there were"),
        ({"rrule": "FREQ=DAILY"},
         "not known: they count from when the task was started, which the service does not say"),
        ({"rrule": "FREQ=DAILY", "timeZone": "Mars/Olympus Mons"},
         'not known: "Mars/Olympus Mons" is no time zone that is known here'),
        ({"rrule": "FREQ=DAILY", "lastExecutionTime": int(NOW) * 1000 - 60_000},
         f"2026-11-19T11:05:40Z, 2026-11-20T11:05:40Z, 2026-11-21T11:05:40Z (counted from its last run; {NO_ZONE[1:]}"),
        ({"rrule": "FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=7;BYMINUTE=0", "timeZone": "Europe/Brussels"},
         "2026-12-01T06:00:00Z, 2027-01-01T06:00:00Z, 2027-02-01T06:00:00Z"),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_next_runs_are_told_or_why_they_are_not(fields: dict[str, Any], told: str) -> None:
    assert next_runs(**fields) == told


@settings(max_examples=60)
@given(
    st.sampled_from(["cron", "rrule"]),
    EXPRESSIONS | RULES | TEXTS,
    st.sampled_from([None, "Europe/Brussels", "../../etc/passwd", ""]) | TEXTS,
    st.none() | st.integers(-(10**18), 10**18),
    st.sampled_from(["running", "stopped", "failed", None]),
)
def test_whatever_a_schedule_says_it_is_read_onto_safe_lines(
    field: str, schedule: str, zone: str | None, last_run: int | None, status: str | None
) -> None:
    fields = {field: schedule, "timeZone": zone, "lastExecutionTime": last_run, "status": status}
    timing, lines = timing_of(**fields)
    assert (timing is None) == (not schedule)
    for line in lines.values():
        assert unsafe(line) == []
        assert len(line.splitlines()) == 1
        assert len(line) <= 300


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Reading a schedule takes until this is set."""
    event = threading.Event()

    def read(_task: Task, _now_ms: int) -> Timing:
        event.wait(30)
        return Timing("read")

    monkeypatch.setattr(timetable, "_timing", read)
    monkeypatch.setattr(timetable, "_LONGEST_S", 0.2)
    yield event
    event.set()


SCHEDULED = Task.model_validate({"ID": "t", "status": "running", "type": "scheduled", "cron": "0 0 6 * * ?"})


async def test_schedules_that_take_long_are_not_waited_for_and_hold_up_nothing_else(held: threading.Event) -> None:
    schedules = Timetable(lambda: NOW)
    async with asyncio.timeout(20):
        readers = [asyncio.create_task(schedules.timing(SCHEDULED)) for _ in range(60)]
        await anyio.wait_all_tasks_blocked()
        assert anyio.to_thread.current_default_thread_limiter().borrowed_tokens == 0
        assert await anyio.to_thread.run_sync(lambda: "the store answers") == "the store answers"
        shown = await asyncio.gather(*readers)
    assert not held.is_set()
    note = "not worked out: too much else is being worked out at the moment"
    assert shown == [Timing("At 06:00, every day", (), note)] * 60


async def test_who_is_cancelled_does_not_wait_for_a_schedule(held: threading.Event) -> None:
    async with asyncio.timeout(20):
        with anyio.move_on_after(0.05) as scope:
            await Timetable(lambda: NOW).timing(SCHEDULED)
    assert scope.cancelled_caught
    assert not held.is_set()


async def test_a_schedule_that_gets_its_turn_in_time_is_shown(
    held: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timetable, "_LONGEST_S", 20)
    schedules = Timetable(lambda: NOW)
    readers = [asyncio.create_task(schedules.timing(SCHEDULED)) for _ in range(5)]
    await anyio.wait_all_tasks_blocked()
    held.set()
    assert await asyncio.gather(*readers) == [Timing("read")] * 5
