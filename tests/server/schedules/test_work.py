"""Whatever a rule or an expression says, its next times do not take much work.

Work is counted in calls, which are the same on every machine: a million take well under a second.
"""

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from types import FrameType
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from server.schedules.next_runs import cron_runs, rule_runs
from server.schedules.quartz import valid_cron
from server.schedules.rule import FREQUENCIES, read_rule
from server.schedules.rule_times import first_occurrences, last_occurrence, occurrences, valid_rrule
from tests.server.schedules.test_rule_words import RULES, rule_of
from tests.support.world import NOW

NOW_MS = int(NOW) * 1000
MOST_CALLS = 3_000_000
START = datetime(2026, 11, 18, 11, 5, 40)  # noqa: DTZ001 - local


class TooMuchWorkError(BaseException):
    """Nothing that is tested here catches it."""


@contextmanager
def little_work() -> Generator[None]:
    """Fail once more calls are made in the block than a fraction of a second takes."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}
        if calls > MOST_CALLS:
            raise TooMuchWorkError

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)


def runs_of(text: str, start_ms: int | None) -> list[int] | None:
    try:
        return rule_runs(read_rule(text), "UTC", NOW_MS, start_ms)
    except (ValueError, OverflowError, OSError):
        return None


def numbers(first: int, end: int) -> str:
    return ",".join(str(number) for number in range(first, end))


EXTREMES = {
    "INTERVAL": ["2", "7", "13", "49", "77", "1001", "1439", "86399", "604800", "999999999"],
    "BYDAY": ["FR", "MO,TU,WE,TH,FR,SA,SU", "5MO", "99MO", "-53SU"],
    "BYHOUR": ["0", "23", "24", numbers(0, 24)],
    "BYMINUTE": ["0", "59", "-1", numbers(0, 60)],
    "BYSECOND": ["0", "59", "60", numbers(0, 20)],
    "BYMONTHDAY": ["31", "29", "-31", "-400"],
    "BYYEARDAY": ["1", "366", "-400"],
    "BYWEEKNO": ["53", "20", "99", numbers(1, 54)],
    "BYMONTH": ["2", "6", "13", "-1", numbers(1, 13)],
    "BYSETPOS": ["5", "-366", numbers(1, 90), numbers(300, 312)],
    "UNTIL": ["99991231T235959Z", "20200101"],
}
HOSTILE = st.builds(
    rule_of,
    st.sampled_from(FREQUENCIES),
    st.lists(
        st.sampled_from(sorted(EXTREMES)).flatmap(
            lambda name: st.tuples(st.just(name), st.sampled_from(EXTREMES[name]))
        ),
        max_size=6,
        unique_by=lambda part: part[0],
    ),
)
STARTS = st.sampled_from([None, NOW_MS - 7_000, NOW_MS - 26_000_000_000, 0, -62_000_000_000_000])


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=1;BYMINUTE=1;BYSECOND=1",
        "FREQ=SECONDLY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=30;BYHOUR=23;BYMINUTE=59",
        "FREQ=SECONDLY;BYYEARDAY=-400;BYMINUTE=3",
        "FREQ=SECONDLY;INTERVAL=7;BYDAY=FR;BYHOUR=3;BYMINUTE=0;BYSECOND=0",
        "FREQ=SECONDLY;INTERVAL=86399;BYHOUR=0;BYMINUTE=0;BYSECOND=0",
        "FREQ=MINUTELY;INTERVAL=7;BYDAY=FR;BYHOUR=3;BYMINUTE=1",
        f"FREQ=DAILY;BYSETPOS={numbers(2, 90)}",
        f"FREQ=YEARLY;BYDAY=MO,TU,WE;BYHOUR={numbers(0, 24)};BYMINUTE={numbers(0, 60)};BYSECOND=1,2,3",
    ],
)
@pytest.mark.parametrize("start_ms", [NOW_MS - 7_000, 0, -62_000_000_000_000])
def test_rules_that_dateutil_would_search_for_minutes_are_little_work(rule: str, start_ms: int) -> None:
    with little_work():
        assert not runs_of(rule, start_ms) or "INTERVAL" in rule


@settings(max_examples=60, deadline=None)
@given(HOSTILE | RULES, STARTS)
def test_whatever_a_rule_says_it_is_little_work(text: str, start_ms: int | None) -> None:
    with little_work():
        runs_of(text, start_ms)


@settings(max_examples=30, deadline=None)
@given(HOSTILE | RULES)
def test_whatever_rule_the_sandbox_accepts_it_is_little_work_and_does_not_fail(text: str) -> None:
    with little_work():
        if valid_rrule(text):
            assert len(first_occurrences(text, "Asia/Kathmandu", NOW_MS, 10)) <= 10
            last_occurrence(text, "Asia/Kathmandu", NOW_MS - 600_000, NOW_MS)


@pytest.mark.parametrize("interval", ["-1", "-0", "+0", "0", "1_0", ""])
def test_an_interval_that_leads_nowhere_is_no_rule(interval: str) -> None:
    with little_work():
        assert not valid_rrule(f"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;INTERVAL={interval}")


def test_a_rule_that_nobody_wrote_by_hand_is_refused() -> None:
    assert valid_rrule(f"FREQ=YEARLY;BYSECOND={numbers(0, 60)}")
    assert not valid_rrule(f"FREQ=YEARLY;BYSECOND={','.join(['0'] * 200)}")


FIELDS = (
    ["0", "59", "*", "0/7"], ["0", "59", "*", "0/7"], ["0", "23", "*"],
    ["31", "30", "29", "L", "LW", "L-30", "1W", "31W", "30W", "*"], ["*", "2", "4", "2,4,6,9,11"],
    ["MON", "6L", "2#5", "1#5", "*"], ["*", "2099", "1970", "2028", "2096,2099", "2027/7"],
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.tuples(*map(st.sampled_from, FIELDS)), st.sampled_from([3, 5]), st.sampled_from([NOW_MS, 0]))
def test_whatever_an_expression_says_it_is_little_work(fields: tuple[str, ...], unnamed: int, now_ms: int) -> None:
    cron = " ".join("?" if place == unnamed else field for place, field in enumerate(fields))
    assert valid_cron(cron)
    with little_work():
        cron_runs(cron, "Europe/Brussels", now_ms)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(["SECONDLY", "MINUTELY", "HOURLY"]),
    st.sampled_from([1, 2, 5, 15, 60, 90]),
    st.lists(
        st.sampled_from(["BYDAY=MO,FR", "BYDAY=2WE", "BYHOUR=3,22", "BYMINUTE=0,30,59", "BYSECOND=0,45", "COUNT=2",
                         "UNTIL=20261120", "UNTIL=20261118T115500Z"]),
        unique_by=lambda part: part[:4], max_size=4,
    ),
)  # fmt: skip
def test_the_times_within_a_day_are_those_of_dateutil(frequency: str, interval: int, more: list[str]) -> None:
    text = ";".join([f"FREQ={frequency};INTERVAL={interval}", *more])
    assume(not ("COUNT" in text and "UNTIL" in text))
    expected = first(lambda: iter(rrulestr(text.replace("Z", ""), dtstart=START)))
    assert first(lambda: occurrences(text, START, "UTC")) == expected


def first(times: Callable[[], Iterator[datetime]]) -> list[datetime]:
    try:
        return [*islice(times(), 70)]
    except ValueError:  # dateutil's word for a rule that never occurs
        return []
