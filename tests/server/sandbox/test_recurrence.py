"""Recurrence rules are those of RFC 5545, and finding when they occur never takes long."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from server.sandbox.occurrences import first_occurrences, last_occurrence
from server.sandbox.recurrence import valid_rrule

START = datetime(2026, 11, 23, 12, 7, 3, tzinfo=UTC)


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MINUTELY;INTERVAL=15", "RRULE:FREQ=DAILY", "freq=daily;count=3", "BYDAY=MO;FREQ=WEEKLY;WKST=SU",
        "FREQ=MONTHLY;BYDAY=-1FR,+2MO", "FREQ=YEARLY;BYWEEKNO=20,-1;BYDAY=MO", "FREQ=DAILY;UNTIL=20261224T000000Z",
        "FREQ=DAILY;UNTIL=20261224", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MINUTELY;BYSECOND=60",
    ],
)  # fmt: skip
def test_what_the_rfc_knows_is_accepted(rule: str) -> None:
    assert valid_rrule(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "", "daily", "FREQ=NEVER", "INTERVAL=2", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;", "FREQ=DAILY;X=1",
        "FREQ=DAILY=1",
        "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=x",
        "FREQ=DAILY;BYHOUR=",
        "FREQ=DAILY;COUNT=2;UNTIL=20261224", "FREQ=DAILY;UNTIL=tomorrow", "FREQ=DAILY;UNTIL=20261324",
        "FREQ=DAILY;WKST=1",
        "FREQ=DAILY;UNTIL=20261224Z", "FREQ=DAILY;BYHOUR=24", "FREQ=DAILY;BYMINUTE=60", "FREQ=DAILY;BYSECOND=61",
        "FREQ=DAILY;BYMONTH=0", "FREQ=DAILY;BYMONTH=-1", "FREQ=DAILY;BYMONTHDAY=32", "FREQ=DAILY;BYMONTHDAY=0",
        "FREQ=DAILY;BYDAY=XX", "FREQ=DAILY;BYDAY=1MO", "FREQ=MONTHLY;BYDAY=0MO", "FREQ=YEARLY;BYDAY=54MO",
        "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "FREQ=MONTHLY;BYWEEKNO=1", "FREQ=DAILY;BYYEARDAY=1",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=DAILY;BYSETPOS=1", "FREQ=DAILY;BYEASTER=0", "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY",
        "RRULE:FREQ=DAILY\nRDATE:20260101T000000Z",
    ],
)  # fmt: skip
def test_what_the_rfc_does_not_know_is_refused(rule: str) -> None:
    assert not valid_rrule(rule)


PIECES = ("FREQ=", "DAILY", "YEARLY", ";", "BYDAY=", "BYHOUR=", "UNTIL=", "MO", "1", "-", ",")


@given(st.text(max_size=40) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_reading_a_rule_never_fails(text: str) -> None:
    assert valid_rrule(text) in (True, False)


def numbers(least: int, most: int) -> st.SearchStrategy[str]:
    some = st.lists(st.integers(least, most), min_size=1, max_size=4, unique=True)
    return some.map(lambda values: ",".join(map(str, values)))


def weekdays(*, nth: bool) -> st.SearchStrategy[str]:
    day = st.sampled_from(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))
    count = st.sampled_from(("", "1", "-1", "+2") if nth else ("",))
    return st.lists(st.tuples(count, day).map("".join), min_size=1, max_size=3, unique=True).map(",".join)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules that dateutil does not take long over."""
    frequency = draw(st.sampled_from(("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY")))
    choices: dict[str, st.SearchStrategy[Any]] = {
        "INTERVAL": st.integers(1, 3),
        "BYDAY": weekdays(nth=frequency in ("YEARLY", "MONTHLY")),
        "BYHOUR": numbers(0, 23),
        "BYMINUTE": numbers(0, 59),
        "BYSECOND": numbers(0, 59),
        "BYMONTH": st.just("1,3,4,6,8,9,11"),
    }
    if frequency != "WEEKLY":
        choices["BYMONTHDAY"] = st.just("1,3,8,-1,-5,14,20,25")
    parts = draw(st.fixed_dictionaries({}, optional=choices))
    ending = draw(st.sampled_from(("", ";COUNT=3", ";UNTIL=20270301T120000", ";UNTIL=20270301T120000Z")))
    return f"FREQ={frequency}" + "".join(f";{name}={value}" for name, value in parts.items()) + ending


@given(rules(), st.integers(0, 60 * 86_400))
def test_rules_occur_when_dateutil_says(rule: str, age: int) -> None:
    now = START + timedelta(seconds=age)
    try:
        theirs = rrulestr(rule.removesuffix("Z"), dtstart=START.replace(tzinfo=None))
        expected = [ms(moment.replace(tzinfo=UTC)) for moment in islice(theirs, 5)]
        last = theirs.before(now.replace(tzinfo=None), inc=True)
    except ValueError:  # it says so where a rule never occurs
        expected, last = [], None
    assert first_occurrences(rule, "UTC", ms(START), 5) == expected
    assert last_occurrence(rule, "UTC", ms(START), ms(now)) == (last and ms(last.replace(tzinfo=UTC)))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYHOUR=23;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;INTERVAL=3600;BYMINUTE=30",
        "FREQ=HOURLY;BYMINUTE=0;BYSETPOS=2",
        "FREQ=DAILY;INTERVAL=7;BYDAY=WE",
        "FREQ=MINUTELY;INTERVAL=999999999;BYDAY=TU",
        "FREQ=WEEKLY;BYMONTH=1;BYDAY=MO;BYSETPOS=2",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=MINUTELY;BYSECOND=60",
    ],
)
@pytest.mark.timeout(10)
def test_a_rule_that_never_occurs_is_soon_given_up(rule: str) -> None:
    assert first_occurrences(rule, "Europe/Brussels", ms(START), 10) == []
    assert last_occurrence(rule, "Europe/Brussels", ms(START), ms(START + timedelta(days=700))) is None


@pytest.mark.timeout(10)
def test_a_rule_that_occurs_all_the_time_is_not_gone_through() -> None:
    every = ";".join(f"{name}={','.join(map(str, range(size)))}" for name, size in (("BYHOUR", 24), ("BYMINUTE", 60)))
    now = START + timedelta(days=700)
    for rule in ("FREQ=SECONDLY", f"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;{every}", "FREQ=SECONDLY;COUNT=999999999"):
        last = last_occurrence(rule, "UTC", ms(START), ms(now))
        assert last is not None
        assert 0 <= ms(now) - last < 60_000


def test_a_rule_occurs_at_local_times() -> None:
    rule = "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0"
    first = first_occurrences(rule, "Europe/Brussels", ms(datetime(2026, 10, 24, tzinfo=UTC)), 2)
    assert first == [ms(datetime(2026, 10, 24, 4, tzinfo=UTC)), ms(datetime(2026, 10, 25, 5, tzinfo=UTC))]


@pytest.mark.parametrize("until", ["99991231", "99991231T235959Z", "99991231T235959", "00010101T000000Z", "00010101"])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_an_end_may_be_at_the_end_of_the_calendar(until: str, zone: str) -> None:
    rule = f"FREQ=DAILY;UNTIL={until}"
    last = last_occurrence(rule, zone, ms(START), ms(START + timedelta(days=2)))
    assert last == (ms(START + timedelta(days=2)) if until.startswith("9") else None)


@given(st.integers(0, 3 * 3600), st.integers(0, 3 * 3600), st.sampled_from(("2026-03-29", "2026-10-25")))
def test_where_clocks_are_changed_nothing_runs_before_its_start_or_in_the_future(
    begin: int, age: int, day: str
) -> None:
    start = ms(datetime.fromisoformat(day).replace(tzinfo=UTC)) + begin * 1000
    for rule in ("FREQ=MINUTELY;INTERVAL=10", "FREQ=DAILY;BYHOUR=2;BYMINUTE=30"):
        last = last_occurrence(rule, "Europe/Brussels", start, start + age * 1000)
        assert last is None or start <= last <= start + age * 1000
