"""What one specification changes in another, path by path: safe to show, in an order of ours, and without loss.

Whatever differs is in a row, and the two texts of a row never look alike. What a row leaves out of a long text is the
same on both sides, and counted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from tools.alignment import alike, apart
from tools.text import json_text, span

Difference = tuple[str, str, str]
"""A path, and what stands there before and after."""

ABSENT = "(not set)"
"""Stands for a value that is not there. No value is shown like this: a text is in quotes."""

_ORDER = (
    *("name", "type", "start", "protected", "template", "resource", "frequency", "pollingInterval", "cron", "rrule"),
    *("timeZone", "parallel", "resetObservations", "gatesNeedFullObservation", "task", "actuators", "sensors"),
    *("relations", "triggers", "variables", "tags", "notes"),
)
"""The fields that are known, those first that say what a task does. What is not known comes after them."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_$-]{1,100}")
_LONGEST_KEY = 100
_SMALL = 120
"""Characters of JSON up to which a piece that comes or goes stays in one row."""

_LONG, _CONTEXT = 200, 30
"""A longer text is shown where it differs, with so many characters around that."""

_DEEPEST = 8

_HOW_OFTEN = (("frequency",), ("task", "frequency"))
_LONGEST_SPAN = 10**15
"""Milliseconds; nobody reads what is longer in words."""

_Steps = tuple[str | int | range, ...]
"""The way to a value: fields, items of lists, lines of a text."""

_Change = tuple[_Steps, object, object]


class _Absent:
    """Stands for a value that is not there; a document may hold null."""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return all that differs between two JSON documents, whole; an empty list only where nothing does."""
    found = sorted(_changes(before, after, ()), key=lambda change: _rank(_subject(change[0])))
    return [_row(*change) for change in found]


def shortened_in_the_middle(text: str, limit: int) -> str:
    """Return a path with its start and its end, which names the value; what is left out between them is counted."""
    if len(text) <= limit:
        return text
    head = limit // 3
    return f"{text[:head]}… {len(text) - limit} characters …{text[len(text) - (limit - head) :]}"


def _subject(steps: _Steps) -> object:
    """Return the field that a change is about: one of the document, or of its task settings."""
    inner = steps[1:] if steps[:1] == ("task",) else ()
    return (inner or steps or (None,))[0]


def _rank(key: object) -> int:
    return _ORDER.index(key) if isinstance(key, str) and key in _ORDER else len(_ORDER)


def _changes(before: object, after: object, steps: _Steps) -> Iterator[_Change]:
    if _text(before) == _text(after):
        return
    opened = len(steps) < _DEEPEST and not _in_one_row(before, after)
    if opened and (fields := _of_both(before, after, dict)):
        yield from _in_fields(*fields, steps)
    elif opened and (items := _of_both(before, after, list)):
        yield from _in_items(*items, steps)
    elif isinstance(before, str) and isinstance(after, str) and max(len(before), len(after)) > _LONG:
        yield from _in_lines(before, after, steps)
    else:
        yield steps, before, after


def _of_both(before: object, after: object, kind: type) -> tuple[Any, Any] | None:
    """Return both, where they are of a kind; what is not there is an empty one."""
    both = tuple(kind() if value is _Absent else value for value in (before, after))
    return cast("tuple[Any, Any]", both) if all(isinstance(value, kind) for value in both) else None


def _in_one_row(before: object, after: object) -> bool:
    """Tell whether a change is shown best, or only, by the two values themselves."""
    there = [value for value in (before, after) if value is not _Absent]
    if after in ({}, []) or not any(isinstance(value, (dict, list)) for value in there):
        return True
    short = all(len(_text(value)) <= _SMALL for value in there)
    flat = all(_is_flat(value) for value in there)
    return (short and flat) or (len(there) == 1 and (short or flat))


def _is_flat(value: object) -> bool:
    return isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in cast("list[object]", value))


def _in_fields(old: Mapping[str, object], new: Mapping[str, object], steps: _Steps) -> Iterator[_Change]:
    for key in sorted({*old, *new}, key=lambda key: (_rank(key), key)):
        one, other = old.get(key, _Absent), new.get(key, _Absent)
        if len(json_text(key)) <= _LONGEST_KEY:
            yield from _changes(one, other, (*steps, key))
        elif _text(one) != _text(other):
            # A path shows such a key in part, so the values bring it along whole.
            yield (*steps, key), *_with_their_key(key, one, other)


def _with_their_key(key: str, one: object, other: object) -> tuple[object, object]:
    return one if one is _Absent else {key: one}, other if other is _Absent else {key: other}


def _in_items(old: Sequence[object], new: Sequence[object], steps: _Steps) -> Iterator[_Change]:
    for gone, come in apart([_text(item) for item in old], [_text(item) for item in new]):
        pairs = min(len(gone), len(come))
        for number, new_number in zip(gone, come, strict=False):
            yield from _changes(old[number], new[new_number], (*steps, new_number))
        for number in come[pairs:]:
            yield from _changes(_Absent, new[number], (*steps, number))
        for number in gone[pairs:]:
            yield from _changes(old[number], _Absent, (*steps, number))


def _in_lines(before: str, after: str, steps: _Steps) -> Iterator[_Change]:
    old, new = before.split("\n"), after.split("\n")
    if len(old) == len(new) == 1:
        yield steps, before, after
        return
    for gone, come in apart(old, new):
        yield (*steps, come or gone), _joined(old, gone), _joined(new, come)


def _joined(lines: Sequence[str], places: range) -> object:
    return "\n".join(lines[places.start : places.stop]) if places else _Absent


def _row(steps: _Steps, before: object, after: object) -> Difference:
    path, old, new = _path(steps), _in_words(steps, before), _in_words(steps, after)
    if _Absent not in (before, after) and max(len(old), len(new)) > _LONG:
        stays, old, new = _where_they_differ(before, after)
        path += stays
    if old.split() == new.split():
        # Wherever runs of spaces are shown as one space, these would look alike.
        old, new = (re.sub(" {2,}", lambda run: " " + r"\u0020" * (len(run[0]) - 1), text) for text in (old, new))
    return path, old, new


def _in_words(steps: _Steps, value: object) -> str:
    """Return a value's text, and for how often a task runs, which is in milliseconds, the same in words behind it."""
    if steps not in _HOW_OFTEN or not isinstance(value, int) or isinstance(value, bool):
        return _text(value)
    return f"{_text(value)} ({span(value)})" if 0 < value < _LONGEST_SPAN else _text(value)


def _where_they_differ(before: object, after: object) -> tuple[str, str, str]:
    """Return how much is the same at both ends of two values' texts, in words, and what is between."""
    both, what = (before, after), "characters"
    if not isinstance(before, str) or not isinstance(after, str):
        both, what = (_text(before), _text(after)), "characters of JSON"
    old, new = cast("tuple[str, str]", both)
    start, end = (max(0, same - _CONTEXT) for same in alike(old, new))
    if not start and not end:
        return "", _text(before), _text(after)
    one, other = (
        ("…" if start else "") + json_text(text[start : len(text) - end]) + ("…" if end else "") for text in (old, new)
    )
    return f" ({start:,} {what} before and {end:,} after this stay)", one, other


def _text(value: object) -> str:
    return ABSENT if value is _Absent else json_text(value, in_order=True)


def _path(steps: _Steps) -> str:
    return "".join(map(_step, steps)).removeprefix(".") or "everything"


def _step(step: str | int | range) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if isinstance(step, range):
        return f", line {step.stop}" if len(step) == 1 else f", lines {step.start + 1}-{step.stop}"
    return f".{step}" if _PLAIN_KEY.fullmatch(step) else f"[{shortened_in_the_middle(json_text(step), _LONGEST_KEY)}]"
