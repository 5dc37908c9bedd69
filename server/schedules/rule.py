"""Recurrence rules of RFC 5545, section 3.3.10, taken apart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

FREQUENCIES = ("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_SUB_DAILY = FREQUENCIES[:3]
_NUMBERS = r"-?\d{1,3}(?:,-?\d{1,3})*"
_DAYS = r"[+-]?\d{0,2}(?:MO|TU|WE|TH|FR|SA|SU)"
_GRAMMAR = {
    "FREQ": "|".join(FREQUENCIES),
    "INTERVAL": r"\d{1,9}",
    "COUNT": r"\d{1,9}",
    "UNTIL": r"\d{8}(?:T\d{6}Z?)?",
    "WKST": "MO|TU|WE|TH|FR|SA|SU",
    "BYDAY": rf"{_DAYS}(?:,{_DAYS})*",
    **dict.fromkeys(
        ("BYSECOND", "BYMINUTE", "BYHOUR", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS"), _NUMBERS
    ),
}
_PATTERNS = {name: re.compile(pattern, re.ASCII) for name, pattern in _GRAMMAR.items()}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its frequency, and its other parts by name, in upper case."""

    parts: Mapping[str, str]

    @property
    def text(self) -> str:
        """The rule as one text again."""
        return ";".join(f"{name}={value}" for name, value in self.parts.items())

    @property
    def frequency(self) -> str:
        """The unit in which it counts."""
        return self.parts["FREQ"]

    @property
    def interval(self) -> int:
        """How many of its units lie between its periods."""
        return int(self.parts.get("INTERVAL", "1"))

    @property
    def is_sub_daily(self) -> bool:
        """Whether it counts in hours, minutes or seconds."""
        return self.frequency in _SUB_DAILY

    def items(self, name: str) -> list[str]:
        """Return the values of a part that is a list."""
        return self.parts[name].split(",") if name in self.parts else []

    def numbers(self, name: str) -> list[int]:
        """Return the values of a part that is a list of numbers."""
        return [int(item) for item in self.items(name)]

    @property
    def needs_start(self) -> bool:
        """Whether, to the minute, it can only be told from when its task was started when it runs."""
        given = self.parts.keys()
        days = bool({"BYDAY", "BYMONTHDAY", "BYYEARDAY"} & given)
        told = {"SECONDLY": True, "MINUTELY": True, "HOURLY": "BYMINUTE" in given}
        time = {"BYHOUR", "BYMINUTE"} <= given
        told |= {"DAILY": time, "WEEKLY": time and "BYDAY" in given, "MONTHLY": time and days, "YEARLY": time and days}
        return self.interval != 1 or not told[self.frequency]


def read_rule(text: str) -> Rule:
    """Return a rule.

    Raises:
        ValueError: it is none, or has parts that RFC 5545 does not know.
    """
    pairs = [part.partition("=") for part in text.upper().removeprefix("RRULE:").strip(";").split(";")]
    parts = {name: value for name, _, value in pairs}
    known = all(name in _PATTERNS and _PATTERNS[name].fullmatch(value) for name, _, value in pairs)
    if not known or len(parts) != len(pairs) or "FREQ" not in parts:
        raise ValueError(text)
    if int(parts.get("INTERVAL", "1")) == 0 or int(parts.get("COUNT", "1")) == 0:
        raise ValueError(text)
    return Rule(parts)
