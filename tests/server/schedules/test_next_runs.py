"""The next times of a rule are those that dateutil has for it, and are found soon or not at all."""

import time
from datetime import UTC, datetime
from itertools import islice
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from server.schedules.next_runs import cron_runs, rule_runs
from server.schedules.rule import read_rule
from tests.server.schedules.test_rule_words import RULES
from tests.support.world import NOW

NOW_MS = int(NOW) * 1000
BRUSSELS = "Europe/Brussels"


def iso(runs: list[int], zone: str = "UTC") -> list[str]:
    return [datetime.fromtimestamp(run / 1000, ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M:%S") for run in runs]


def test_a_clock_that_is_put_back_does_not_move_the_hour_on_the_wall() -> None:
    before = round(datetime(2026, 10, 23, 12, tzinfo=UTC).timestamp() * 1000)
    rule = read_rule("FREQ=DAILY;BYHOUR=6;BYMINUTE=0")
    for runs in (cron_runs("0 0 6 * * ?", BRUSSELS, before), rule_runs(rule, BRUSSELS, before, None)):
        assert iso(runs) == ["2026-10-24T04:00:00", "2026-10-25T05:00:00", "2026-10-26T05:00:00"]


@settings(max_examples=60)
@given(
    st.sampled_from(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 5),
    st.sampled_from(["", ";BYDAY=MO,FR", ";BYMONTHDAY=1,-1", ";BYMONTH=2,11", ";BYHOUR=3,22", ";BYDAY=TU;BYMONTH=3"]),
    st.integers(0, 500),
    st.sampled_from(["UTC", BRUSSELS, "America/New_York"]),
)
def test_the_next_times_are_those_of_this_century(
    frequency: str, interval: int, more: str, passed_hours: int, zone: str
) -> None:
    text = f"FREQ={frequency};INTERVAL={interval}{more}"
    assume(frequency != "HOURLY" or "BYMONTH" not in more)
    start_ms = NOW_MS - passed_hours * 3_600_000
    start, now = (datetime.fromtimestamp(ms / 1000, ZoneInfo(zone)).replace(tzinfo=None) for ms in (start_ms, NOW_MS))
    try:
        times = cast("list[datetime]", rrulestr(text, dtstart=start))
    except ValueError:  # dateutil's word for one that never occurs
        with pytest.raises(ValueError, match=frequency):
            rule_runs(read_rule(text), zone, NOW_MS, start_ms)
        return
    expected = [*islice((found for found in times if found > now), 3)]
    assert iso(rule_runs(read_rule(text), zone, NOW_MS, start_ms), zone) == [
        found.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M:%S")
        for found in expected
    ]


@pytest.mark.parametrize("until", ["20271231", "20271231T050000Z", "20271231T060000", "99991231T000000Z"])
def test_an_end_is_kept(until: str) -> None:
    runs = rule_runs(
        read_rule(f"FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=30;BYHOUR=6;BYMINUTE=0;UNTIL={until}"), BRUSSELS, NOW_MS, None
    )
    assert iso(runs, BRUSSELS)[:2] == ["2026-12-30T06:00:00", "2027-12-30T06:00:00"]
    assert len(runs) == (3 if until.startswith("9") else 2)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYSETPOS=5", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;INTERVAL=604800;BYDAY=FR", "FREQ=SECONDLY;BYSETPOS=2", "FREQ=MINUTELY;BYSETPOS=100;BYHOUR=3",
        "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=31",
    ],
)  # fmt: skip
def test_a_rule_that_never_occurs_is_given_up_in_less_than_two_seconds(rule: str) -> None:
    began = time.thread_time()
    try:
        assert rule_runs(read_rule(rule), "UTC", NOW_MS, NOW_MS - 7_000) == []
    except ValueError:
        assert "BYSETPOS" in rule or "SECONDLY;BYMONTH" in rule
    assert time.thread_time() - began < 2


def test_a_rule_whose_start_is_too_many_times_ago_is_given_up() -> None:
    with pytest.raises(ValueError, match="SECONDLY"):
        rule_runs(read_rule("FREQ=SECONDLY"), "UTC", NOW_MS, NOW_MS - 86_400_000)


@settings(max_examples=40)
@given(RULES, st.integers(0, 10**15))
def test_whatever_a_rule_says_it_has_next_times_or_is_given_up(text: str, start_ms: int) -> None:
    try:
        runs = rule_runs(read_rule(text), "UTC", NOW_MS, start_ms)
    except (ValueError, OverflowError, OSError):
        return
    assert len(runs) <= 3
    assert all(run > NOW_MS for run in runs)
    assert runs == sorted(runs)
