"""Quartz expressions mean what Quartz says they mean."""

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.schedules.cron_times import last_cron_occurrence
from server.schedules.quartz import valid_cron

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TWO_YEARS = 730


def last_day(cron: str, now: datetime = NOON) -> date | None:
    found = last_cron_occurrence(cron, "UTC", round(now.timestamp() * 1000))
    return None if found is None else datetime.fromtimestamp(found / 1000, UTC).date()


def days_back(day: date) -> list[date]:
    return [day - timedelta(days=back) for back in range(TWO_YEARS)]


def month_length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


@pytest.mark.parametrize(
    "cron",
    [
        "0 0 6 * * ?", "0 0 6 * * ? 2027", "0/5 14,18,3-39,52 * ? JAN,MAR,SEP MON-FRI 2026-2030", "15 * * * * ?",
        "0 0 6 L * ?", "0 0 6 L-2 * ?", "0 0 6 LW * ?", "0 0 6 15W * ?", "0 0 6 ? * 6L", "0 0 6 ? * FRIL",
        "0 0 6 ? * L",
        "0 0 6 ? * 6#3", "0 0 6 ? * FRI#2", "0 0 6 ? * 2/2", "/5 */10 * ? * fri-mon", "0 0 22-2 * NOV-FEB ?",
    ],
)  # fmt: skip
def test_what_quartz_knows_is_accepted(cron: str) -> None:
    assert valid_cron(cron)


@pytest.mark.parametrize(
    "cron",
    [
        "", "0 0 6 * *", "* * * * *", "0 0 6 * * ? 2027 1", "0/0 * * * * ?", "0 0/0 * * * ?", "0 */0 * * * ?",
        "60 * * * * ?", "0 60 * * * ?", "0 0 24 * * ?", "0 0 6 0 * ?", "0 0 6 32 * ?", "0 0 6 * 13 ?", "0 0 6 ? * 0",
        "0 0 6 ? * 8", "0 0 6 * * ? 1969", "0 0 6 * * ? 2030-2026", "0 */61 * * * ?", "0 5- * * * ?", "0 1-2-3 * * * ?",
        "0 -5 * * * ?", "0 1,,2 * * * ?", "0 +5 * * * ?", "0 0 6 * FOO ?", "0 0 6 ? * FOOL", "0 0 6 ? * 6#6",
        "0 0 6 ? * 6#0",
        "0 0 6 32W * ?", "0 0 6 L-31 * ?", "0 0 6 W * ?", "0 0 6 1,15W * ?", "0 0 6 ? * 6L,2L", "? * * * * ?",
        "0 ? * * * ?",
        # One of the two days has to be left open, and only one can be.
        "0 0 6 * * *", "0 0 6 ? * ?", "0 0 6 15 * MON", "0 0 6 L * 6L",
        # Of croniter, not of Quartz.
        "R 0 0 * * ?", "H 0 0 * * ?", "0 0 6 ? * L5", "@daily",
    ],
)  # fmt: skip
def test_what_quartz_does_not_know_is_refused(cron: str) -> None:
    assert not valid_cron(cron)


@given(st.text(max_size=40) | st.text("0123456789*?/-,#LW ", max_size=30))
def test_reading_an_expression_never_fails(text: str) -> None:
    assert valid_cron(text) in (True, False)


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(0, 30))
def test_days_before_a_months_last(day: date, before: int) -> None:
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    expected = next(day for day in days_back(day) if day.day == month_length(day) - before)
    assert last_day(f"0 0 6 L-{before} * ?", now) == expected
    assert before or last_day("0 0 6 L * ?", now) == expected


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(1, 31))
def test_the_weekday_nearest_to_a_day(day: date, target: int) -> None:
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    def nearest(day: date) -> date | None:
        if target > month_length(day):
            return None
        days = [day.replace(day=number + 1) for number in range(month_length(day))]
        return min((one for one in days if one.weekday() < 5), key=lambda one: abs(one.day - target))

    expected = next(day for day in days_back(day) if nearest(day) == day)
    assert last_day(f"0 0 6 {target}W * ?", now) == expected


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)))
def test_a_months_last_weekday(day: date) -> None:
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    def is_last(day: date) -> bool:
        rest = [day + timedelta(days=ahead) for ahead in range(1, month_length(day) - day.day + 1)]
        return day.weekday() < 5 and all(later.weekday() >= 5 for later in rest)

    assert last_day("0 0 6 LW * ?", now) == next(day for day in days_back(day) if is_last(day))


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(1, 7), st.integers(1, 5))
def test_the_nth_and_the_last_of_a_day_of_the_week(day: date, number: int, nth: int) -> None:
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    name = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")[number - 1]
    same = [day for day in days_back(day) if day.isoweekday() % 7 == number - 1]
    for written in (str(number), name):
        expected = next(day for day in same if (day.day + 6) // 7 == nth)
        assert last_day(f"0 0 6 ? * {written}#{nth}", now) == expected
        assert last_day(f"0 0 6 ? * {written}L", now) == next(day for day in same if day.day + 7 > month_length(day))


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 0 6 ? * 2/2", "2026-11-23"),  # Monday, Wednesday, Friday
        ("0 0 6 ? * 3/2", "2026-11-21"),  # Tuesday, Thursday, Saturday
        ("0 0 6 ? * L", "2026-11-21"),
        ("0 0 6 ? * SAT-MON", "2026-11-23"),
        ("0 0 6 ? * TUE-SAT", "2026-11-21"),
        ("0 0 6 25-3 * ?", "2026-11-03"),
        ("0 0 6 31 NOV-FEB ?", "2026-01-31"),
        ("0 0 6 1/10 * ?", "2026-11-21"),
        ("0 0 6 5-5 * ?", "2026-11-05"),
        ("0 0 6 ? 2 6#5", "2008-02-29"),
        ("0 0 6 29W 2 ?", "2024-02-29"),
        ("0 0 6 * * ? 2024-2025", "2025-12-31"),
        ("0 0 6 30 2 ?", None),
        ("0 0 6 31W 2 ?", None),
    ],
)
def test_the_last_day_of_an_expression(cron: str, expected: str | None) -> None:
    assert last_day(cron) == (None if expected is None else date.fromisoformat(expected))
