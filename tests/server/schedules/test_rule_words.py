"""What is said of a recurrence rule is what it does."""

import re
from datetime import datetime
from itertools import islice
from typing import cast

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from server.schedules.rule_words import rule_words

DAYS = {"MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday", "SA": "Saturday",
        "SU": "Sunday"}  # fmt: skip
_FREQUENCIES = st.sampled_from(["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "NEVER"])
_NAMES = st.sampled_from(["INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYSECOND", "BYMINUTE", "BYHOUR", "BYMONTHDAY",
                          "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS", "BYEASTER", "DTSTART", "X"])  # fmt: skip
_VALUES = st.one_of(
    st.integers(-400, 400).map(str),
    st.lists(st.integers(-60, 60).map(str), min_size=1, max_size=4).map(",".join),
    st.sampled_from(
        ["MO", "MO,FR", "-1FR", "0SU", "1MO,TU", "20271231", "20271231T060000Z", "99999999T999999", "", "x"]
    ),
)


def rule_of(frequency: str, parts: list[tuple[str, str]]) -> str:
    return f"FREQ={frequency}" + "".join(f";{name}={value}" for name, value in parts)


RULES = st.builds(
    rule_of, _FREQUENCIES, st.lists(st.tuples(_NAMES, _VALUES), max_size=5, unique_by=lambda part: part[0])
)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "Every day at the time of day at which it was started"),
        ("FREQ=DAILY;BYHOUR=6", "Every day in the hour 06, at the minute at which it was started"),
        ("FREQ=DAILY;BYHOUR=6,18;BYMINUTE=30", "Every day at 06:30 and 18:30"),
        ("FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0", "Every day at 06:00"),
        ("FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0,30", "Every day at 06:00:00 and 06:00:30"),
        ("rrule:freq=weekly;byday=mo,we;byhour=6;byminute=0", "Every week on Monday and Wednesday at 06:00"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=6;BYMINUTE=0", "Every week from Monday to Friday at 06:00"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;BYHOUR=6;BYMINUTE=0",
         "Every 2 weeks on Sunday at 06:00, counted from its start"),
        ("FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=6;BYMINUTE=0", "Every month on the last Friday of the month at 06:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15,-2;BYHOUR=6;BYMINUTE=0",
         "Every month on the 1st, 15th and 2nd to last day of the month at 06:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR;BYHOUR=0;BYMINUTE=0",
         "Every month on the 13th day of the month if that is a Friday at 00:00"),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;BYHOUR=6;BYMINUTE=0",
         "Every month on the last day of the month that is a Monday or Tuesday at 06:00"),
        ("FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=-1;BYHOUR=6;BYMINUTE=0;UNTIL=20271231T220000Z",
         "Every year on the last day of the month in March and September at 06:00, until 2027-12-31T22:00:00Z"),
        ("FREQ=YEARLY;BYDAY=20MO;BYHOUR=6;BYMINUTE=0", "Every year on the 20th Monday of the year at 06:00"),
        ("FREQ=MINUTELY;INTERVAL=15", "Every 15 minutes, counted from its start"),
        ("FREQ=HOURLY;BYMINUTE=0,30;BYHOUR=8;BYDAY=SA",
         "Every hour only on Saturday at minutes 00 and 30 within the hour 08"),
        ("FREQ=DAILY;COUNT=1", "Every day at the time of day at which it was started, once in all"),
        ("FREQ=DAILY;COUNT=3;BYMONTH=2;BYHOUR=1;BYMINUTE=2", "Every day only in February at 01:02, 3 times in all"),
        # Not worded, and so shown as it is: better than half of it.
        ("FREQ=YEARLY;BYWEEKNO=20", None),
        ("FREQ=YEARLY;BYYEARDAY=100", None),
        ("FREQ=YEARLY;BYEASTER=0", None),
        ("FREQ=WEEKLY;BYDAY=1MO", None),
        ("FREQ=MONTHLY;BYDAY=MO,1TU", None),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1;BYHOUR=6,7;BYMINUTE=0", None),
        ("FREQ=DAILY;BYMINUTE=30", None),
        ("FREQ=SECONDLY;BYSECOND=5", None),
        ("FREQ=DAILY;INTERVAL=0", None),
        ("FREQ=DAILY;FREQ=WEEKLY", None),
        ("FREQ=DAILY\nEXDATE=20271231", None),
        ("every day", None),
    ],
)  # fmt: skip
def test_a_rule_is_worded_or_left_as_it_is(rule: str, words: str | None) -> None:
    assert rule_words(rule) == words


@given(st.text(max_size=80) | RULES)
def test_words_are_one_short_line_or_none_whatever_is_written(rule: str) -> None:
    words = rule_words(rule)
    assert words is None or (
        words.isascii() and words.isprintable() and words.startswith("Every ") and len(words) <= 250
    )


@settings(max_examples=50)
@given(
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.lists(st.sampled_from([*DAYS]), min_size=1, max_size=4, unique=True),
    st.lists(st.integers(0, 23), min_size=1, max_size=3, unique=True),
    st.integers(0, 59),
)
def test_the_days_and_times_that_are_named_are_those_at_which_it_runs(
    frequency: str, days: list[str], hours: list[int], minute: int
) -> None:
    rule = f"FREQ={frequency};BYDAY={','.join(days)};BYHOUR={','.join(map(str, hours))};BYMINUTE={minute}"
    ran = [*islice(cast("list[datetime]", rrulestr(rule, dtstart=datetime(2026, 11, 25))), 100)]  # noqa: DTZ001 - local
    words = rule_words(rule) or ""
    assert set(re.findall(r"\w+day\b", words)) - {"day"} == {time.strftime("%A") for time in ran}
    assert set(re.findall(r"\d\d:\d\d", words)) == {time.strftime("%H:%M") for time in ran}
