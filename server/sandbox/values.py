"""What the values within a rule must be, beyond their JSON types, as the OpenAPI file says it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from server.sandbox.document import Document
from server.schedules.quartz import valid_cron
from server.schedules.rule_times import valid_rrule

_LARGEST = 2**53 - 1
"""The largest integer that every JSON reader agrees about."""

_GATES = ("AND", "OR", "GENERAL", "NAND")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_BINDING = re.compile(r"\$\{.+\}")
_DURATION = re.compile(
    r"P(?=[\dT])(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:[.,]\d+)?S)?)?)",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Value:
    """Tells whether a value of the right JSON type is accepted, and what is expected instead."""

    accepts: Callable[[Any], bool]
    expected: str


def is_a(value: object, kind: type) -> bool:
    """Tell whether a JSON value is of a kind.

    True and false are no integers, nor is what no reader can hold; 5.0 is one, as JSON has one kind of number only.
    """
    if kind is not int:
        return isinstance(value, kind)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= _LARGEST and value == int(value)


def _at_least(least: int) -> Value:
    return Value(lambda number: number >= least, f"at least {least}")


def _is_version(text: str) -> bool:
    return bool(_VERSION.search(text))


def _is_duration(text: object) -> bool:
    """Tell whether a value is an ISO 8601 duration, or bound to one when the task runs."""
    return isinstance(text, str) and bool(_DURATION.fullmatch(text) or _BINDING.search(text))


def _is_schedule(text: str) -> bool:
    return bool(valid_cron(text) or valid_rrule(text) or _BINDING.search(text))


def _is_position(position: list[object]) -> bool:
    return len(position) == len("xy") and all(is_a(number, int) for number in position)


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in cast("list[object]", values))


def _are_combinations(values: list[object]) -> bool:
    return all(_are_texts(value) for value in values)


def _is_state_change(change: Document) -> bool:
    return _are_texts([change.get("stateFrom"), change.get("stateTo")])


def _is_retry(retry: Document) -> bool:
    retries: Any = retry.get("maxRetries")
    durations = (_is_duration(retry.get(name)) for name in ("minBackoff", "maxBackoff"))
    counted = is_a(retries, int) and bool(retries >= 0)
    return counted and all(durations) and isinstance(retry.get("errorState", ""), str)


VALUES = {
    "version": Value(_is_version, "a semantic version"),
    "type": Value(_GATES.__contains__, f"one of {', '.join(_GATES)}"),
    "position": Value(_is_position, "two integers"),
    "evictionTime": _at_least(0),
    "pollingPeriod": _at_least(1),
    "invocationPolicy": _at_least(1),
    "timeout": Value(_is_duration, "an ISO 8601 duration"),
    "pauseExecutionTimeout": Value(_is_duration, "an ISO 8601 duration"),
    "schedule": Value(_is_schedule, "a cron expression or a recurrence rule"),
    "retryConfig": Value(_is_retry, "maxRetries from 0 on, and minBackoff and maxBackoff as ISO 8601 durations"),
    "stateChangeTrigger": Value(_is_state_change, "the texts stateFrom and stateTo"),
    "statesTrigger": Value(_are_texts, "a list of texts"),
    "parentLabels": Value(_are_texts, "a list of texts"),
    "combinations": Value(_are_combinations, "a list of lists of texts"),
}
"""By the name of the field: a name means the same in every piece that has it."""
