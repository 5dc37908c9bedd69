"""Recurrence rules are those of RFC 5545, and finding when they occur does not take for ever."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.schedules.rule_times import ends, first_occurrences, last_occurrence, valid_rrule

START = datetime(2026, 11, 23, 12, 7, 3, tzinfo=UTC)


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MINUTELY;INTERVAL=15", "RRULE:FREQ=DAILY", "freq=daily;count=3", "BYDAY=MO;FREQ=WEEKLY;WKST=SU",
        "FREQ=MONTHLY;BYDAY=-1FR,+2MO", "FREQ=YEARLY;BYWEEKNO=20,-1;BYDAY=MO", "FREQ=DAILY;UNTIL=20261224T000000Z",
        "FREQ=DAILY;UNTIL=20261224", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=HOURLY;BYDAY=MO,TU",
    ],
)  # fmt: skip
def test_rules_are_accepted(rule: str) -> None:
    assert valid_rrule(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "", "daily", "FREQ=NEVER", "INTERVAL=2", "FREQ=DAILY;X=1", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=x",
        "FREQ=DAILY;UNTIL=tomorrow", "FREQ=DAILY;BYHOUR=24", "FREQ=DAILY;BYDAY=XX",
        "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY", "RRULE:FREQ=DAILY\nRDATE:20260101T000000Z",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYEASTER=0", "FREQ=DAILY;UNTIL=2026-12-24",
        "FREQ=DAILY;COUNT=2;UNTIL=20261224",
    ],
)  # fmt: skip
def test_what_is_no_rule_or_would_be_searched_for_long_is_refused(rule: str) -> None:
    assert not valid_rrule(rule)


@given(st.text(max_size=40) | st.lists(st.sampled_from(("FREQ=", "DAILY", ";", "BYDAY=", "MO", "1", "-"))).map("".join))
def test_reading_a_rule_never_fails(text: str) -> None:
    assert valid_rrule(text) in (True, False)


@pytest.mark.parametrize(
    "rule", ["FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", "FREQ=MINUTELY;BYSECOND=60"]
)
def test_a_rule_that_never_occurs_has_no_occurrence(rule: str) -> None:
    assert first_occurrences(rule, "Europe/Brussels", ms(START), 10) == []
    assert last_occurrence(rule, "Europe/Brussels", ms(START), ms(START + timedelta(days=700))) is None


def test_a_rule_for_days_that_never_occurs_is_given_up_in_less_than_two_seconds() -> None:
    began = time.thread_time()
    assert first_occurrences("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "UTC", ms(START), 10) == []
    assert time.thread_time() - began < 2


def test_a_rule_occurs_at_local_times() -> None:
    rule = "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0"
    first = first_occurrences(rule, "Europe/Brussels", ms(datetime(2026, 10, 24, tzinfo=UTC)), 2)
    assert first == [ms(datetime(2026, 10, 24, 4, tzinfo=UTC)), ms(datetime(2026, 10, 25, 5, tzinfo=UTC))]


def test_a_rule_is_over_at_its_end() -> None:
    rule = "FREQ=DAILY;UNTIL=20261125T130000Z"
    assert ends(rule)
    assert not ends("FREQ=DAILY")
    assert last_occurrence(rule, "UTC", ms(START), ms(START + timedelta(days=9))) == ms(START + timedelta(days=2))
