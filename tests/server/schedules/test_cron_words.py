"""What is said of a Quartz expression is what it does."""

import re
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.schedules.cron_times import cron_occurrences
from server.schedules.cron_words import cron_words
from tests.support.world import NOW

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SECONDS = {"second": 1, "minute": 60, "hour": 3_600}
_NUMBER = st.integers(0, 62).map(str)
_PART = st.one_of(
    _NUMBER,
    st.builds("{}-{}".format, _NUMBER, _NUMBER),
    st.builds("{}/{}".format, st.one_of(st.just("*"), _NUMBER), _NUMBER),
    st.sampled_from(["*", "?", "L", "LW", "L-3", "15W", "6L", "FRIL", "2#1", "MON-FRI", "FRI/2", "JAN", "1,7"]),
)
EXPRESSIONS = st.lists(_PART, min_size=5, max_size=8).map(" ".join)


def runs(cron: str, number: int) -> list[datetime]:
    return [
        datetime.fromtimestamp(ms / 1000, UTC) for ms in islice(cron_occurrences(cron, "UTC", int(NOW * 1000)), number)
    ]


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 0 6 ? * 2", "At 06:00, only on Monday"),
        ("0 0 6 ? * 1", "At 06:00, only on Sunday"),
        ("0 0 6 ? * SAT", "At 06:00, only on Saturday"),
        ("0 0 6 ? * MON-FRI", "At 06:00, Monday through Friday"),
        ("0 20 6 * * ?", "At 06:20, every day"),
        ("30 20 6 * * ? 2027", "At 06:20:30, only in 2027"),
        ("0 */15 * * * ?", "Every 15 minutes"),
        ("0 7/10 * * * ?", "Every 10 minutes, starting at 7 minutes past the hour"),
        ("0 0/15 8-18 ? * 2-6", "Every 15 minutes, between 08:00 and 18:59, Monday through Friday"),
        ("0 0 6,18 * * ?", "At 06:00 and 18:00, every day"),
        ("0 0 6 L * ?", "At 06:00, on the last day of the month"),
        ("0 0 6 L-2 * ?", "At 06:00, 2 days before the last day of the month"),
        ("0 0 6 LW * ?", "At 06:00, on the last weekday of the month"),
        ("0 0 6 15W * ?", "At 06:00, on the weekday nearest day 15 of the month"),
        ("0 0 6 ? * 6L", "At 06:00, on the last Friday of the month"),
        ("0 0 6 ? * FRI#2", "At 06:00, on the second Friday of the month"),
        ("0 0 6 ? * L", "At 06:00, only on Saturday"),
        # What cron-descriptor would say of these as they are written is something else, or nothing at all.
        ("0 0/45 * * * ?", "At 0 and 45 minutes past the hour"),
        ("0 0 6 ? * FRI/2", "At 06:00, only on Friday"),
        ("0 0 6 1/10 * ?", "At 06:00, on day 1, 11, 21, and 31 of the month"),
        ("0 0/10 8,12 * * ?", "Every 10 minutes, within the hours 08 and 12"),
        ("0 5-20 8 * * ?", "Minutes 5 through 20 past the hour, within the hour 08"),
        ("0 0/20 */6 * * ?", "Every 20 minutes, within the hours 00, 06, 12 and 18"),
        ("/5 */30 * ? * mon", "Every 5 seconds, at 0 and 30 minutes past the hour, only on Monday"),
        ("0 0 6 L-2W * ?", None),
        ("0 0 6 * 2 ? 1970/2", None),
        ("0 0 6 * * *", None),
        ("0 6 * * 1", None),
        ("@daily", None),
        ("", None),
    ],
)  # fmt: skip
def test_an_expression_is_worded_as_quartz_means_it(cron: str, words: str | None) -> None:
    assert cron_words(cron) == words


@given(st.text(max_size=80) | EXPRESSIONS)
def test_words_are_one_short_line_or_none_whatever_is_written(cron: str) -> None:
    words = cron_words(cron)
    assert words is None or (words.isprintable() and 0 < len(words) < 250 and words == " ".join(words.split()))


@settings(max_examples=40)
@given(
    st.sampled_from([("{} * * * * ?", 60), ("0 {} * * * ?", 60), ("0 0 {} * * ?", 24)]),
    st.integers(0, 23),
    st.sampled_from([3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 23]),
)
def test_what_is_said_to_happen_every_so_often_does(shape: tuple[str, int], first: int, step: int) -> None:
    cron, size = shape[0].format(f"{first}/{step}"), shape[1]
    found = re.fullmatch(r"Every(?: (\d+))? (second|minute|hour)s?(?:, starting at .+)?", cron_words(cron) or "")
    gaps = {after - before for before, after in pairwise(runs(cron, 24))}
    if found:
        assert gaps == {timedelta(seconds=int(found[1] or 1) * SECONDS[found[2]])}
    else:
        assert size % step or first >= step or size < step * 3


@settings(max_examples=40)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=7, unique=True), st.integers(1, 7), st.integers(1, 3))
def test_the_days_that_are_named_are_those_on_which_it_runs(days: list[int], first: int, step: int) -> None:
    for field in (",".join(map(str, days)), f"{first}/{step}", f"{days[0]}-{first}"):
        cron = f"0 0 6 ? * {field}"
        ran = {DAYS[time.weekday()] for time in runs(cron, 14)}
        assert named(cron_words(cron) or "") == (ran if len(ran) < 7 else set())


def named(words: str) -> set[str]:
    """Return the days that words name, one by one or from one through another."""
    from_sunday = [DAYS[-1], *DAYS[:-1]]
    found = {day for day in DAYS if day in words}
    for first, last in re.findall(r"(\w+day) through (\w+day)", words):
        found |= set(from_sunday[from_sunday.index(first) : from_sunday.index(last) + 1])
    return found


@settings(max_examples=40)
@given(st.sets(st.integers(0, 23).filter(lambda hour: hour % 3), min_size=1, max_size=5), st.integers(0, 59))
def test_the_times_that_are_named_are_those_at_which_it_runs(hours: set[int], minute: int) -> None:
    cron = f"0 {minute} {','.join(map(str, hours))} * * ?"
    words = cron_words(cron) or ""
    ran = {time.strftime("%H:%M") for time in runs(cron, len(hours) * 2)}
    assert set(re.findall(r"\d\d:\d\d", words)) == ran
    assert words.endswith(", every day")
