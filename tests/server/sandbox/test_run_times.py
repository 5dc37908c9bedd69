from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sandbox.run_times import interval_ms, last_run_ms

HOUR = 3_600_000


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("settings", "interval"),
    [
        ({"type": "periodic", "frequency": 1000}, 1000),
        ({"type": "periodic", "pollingInterval": 60}, 60_000),
        ({"type": "reactive"}, None),
        ({"type": "onetime"}, None),
        ({"type": "scheduled", "cron": "0/30 * * * * ?"}, 30_000),
        ({"type": "scheduled", "cron": "0 0 6 * * ?", "timeZone": "Europe/Brussels"}, 24 * HOUR),
        ({"type": "scheduled", "rrule": "FREQ=HOURLY;INTERVAL=2"}, 2 * HOUR),
        ({"type": "scheduled", "cron": "0 0 6 * * ? 2020"}, None),
        ({"type": "scheduled", "rrule": "FREQ=DAILY;UNTIL=20200101T000000Z"}, None),
    ],
)
def test_the_time_between_runs(settings: dict[str, Any], interval: int | None) -> None:
    assert interval_ms(settings, ms("2026-11-01")) == interval


def test_days_that_are_far_apart_have_an_interval_too() -> None:
    assert interval_ms({"type": "scheduled", "cron": "0 0 6 LW * ?"}, 0) in range(30 * 24 * HOUR, 32 * 24 * HOUR)
    assert interval_ms({"type": "scheduled", "cron": "0 0 6 30 2 ?"}, 0) is None


@pytest.mark.parametrize(
    ("settings", "now", "last"),
    [
        ({"cron": "0 0 6 * * ?"}, "2026-11-23T12:00", "2026-11-23T06:00"),
        ({"cron": "0 0 6 * * ?"}, "2026-11-23T06:00", "2026-11-23T06:00"),
        ({"cron": "0 0 6 * * ?", "timeZone": "Europe/Brussels"}, "2026-11-23T12:00", "2026-11-23T05:00"),
        ({"cron": "0 30 8 ? * MON-FRI"}, "2026-11-22T12:00", "2026-11-20T08:30"),
        ({"cron": "0 30 8 ? * 2-6"}, "2026-11-22T12:00", "2026-11-20T08:30"),
        ({"cron": "0 0 9 ? * 1"}, "2026-11-23T12:00", "2026-11-22T09:00"),
        ({"cron": "0 0 9 ? * 6#3"}, "2026-11-23T12:00", "2026-11-20T09:00"),
        ({"cron": "0 15 10 L * ?"}, "2026-11-23T12:00", "2026-10-31T10:15"),
        ({"rrule": "FREQ=HOURLY;BYHOUR=8,9;BYDAY=MO;BYMINUTE=30;BYSECOND=0"}, "2026-11-24T12:00", "2026-11-23T09:30"),
        ({"rrule": "FREQ=DAILY;UNTIL=20261003T070000Z", "timeZone": "Asia/Tokyo"}, "2026-11-24T12:00", "2026-10-03"),
        ({"rrule": "FREQ=DAILY;UNTIL=20261003"}, "2026-11-24T12:00", "2026-10-03"),
        ({"rrule": "FREQ=HOURLY;COUNT=3"}, "2026-11-24T12:00", "2026-10-01T02:00"),
        ({"rrule": "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"}, "2026-11-24T12:00", "2026-10-30"),
        ({"rrule": "FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=7;BYMINUTE=0;BYSECOND=0"}, "2026-11-23T12:00", "2026-11-01T07:00"),
        ({"rrule": "FREQ=MINUTELY;INTERVAL=15"}, "2026-11-23T12:07", "2026-11-23T12:00"),
    ],
)
def test_the_last_run_of_a_schedule(settings: dict[str, Any], now: str, last: str) -> None:
    settings = {"type": "scheduled", **settings}
    start = ms("2026-10-01T00:00")
    assert last_run_ms(settings, start, interval_ms(settings, start), ms(now)) == ms(last)


def test_a_schedule_that_has_not_come_round_since_its_start_has_not_run() -> None:
    settings = {"type": "scheduled", "cron": "0 0 6 * * ?"}
    start = ms("2026-11-23T07:00")
    assert last_run_ms(settings, start, 24 * HOUR, ms("2026-11-23T12:00")) is None


@given(st.integers(1, 10**9), st.integers(0, 10**12))
def test_a_periodic_task_ran_within_its_last_period(frequency: int, age: int) -> None:
    last = last_run_ms({"type": "periodic", "frequency": frequency}, 0, frequency, age)
    assert last is None if age < frequency else (last is not None and age - frequency < last <= age)


def test_what_is_scheduled_but_of_another_type_does_not_follow_the_schedule() -> None:
    settings = {"type": "periodic", "frequency": HOUR, "cron": "0 0 6 * * ?"}
    assert last_run_ms(settings, 0, HOUR, 5 * HOUR + 1) == 5 * HOUR
    assert last_run_ms({"type": "reactive", "rrule": "FREQ=HOURLY"}, 0, None, 5 * HOUR) is None
