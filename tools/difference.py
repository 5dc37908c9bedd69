"""What one specification changes in another, path by path: safe to show, in an order of ours, and without loss.

Whatever differs is in a row, and the two texts of a row never look alike. What a row leaves out of a long text is the
same on both sides, and counted.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from tools.alignment import alike, apart
from tools.paths import LONGEST_KEY, Steps, path_of
from tools.text import json_text, span, without_markup

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

_SMALL = 120
"""Characters of JSON up to which a piece that comes or goes stays in one row."""

_LONG, _CONTEXT = 200, 30
"""A longer text is shown where it differs, with so many characters around that."""

_DEEPEST = 8

_LARGE = 500_000
"""Characters of JSON from which on only the fields of a document are compared, each as a whole: to look further takes
seconds, and nobody can be shown what is found."""

_HOW_OFTEN = (("frequency",), ("task", "frequency"))
_LONGEST_SPAN = 10**15
"""Milliseconds; nobody reads what is longer in words."""

_Change = tuple[Steps, object, object]


class _Absent:
    """Stands for a value that is not there; a document may hold null."""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return all that differs between two JSON documents, whole; an empty list only where nothing does."""
    old, new = ({key: _raw(value) for key, value in document.items()} for document in (before, after))
    if max(sum(map(len, (*texts, *texts.values()))) for texts in (old, new)) > _LARGE:
        return list(_by_field(old, new))
    found = sorted(_changes(before, after, ()), key=lambda change: _rank(_subject(change[0])))
    return [_row(*change) for change in found]


def _by_field(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    """Yield the fields that differ, each with all that it holds; `old` and `new` have their JSON in ASCII."""
    for key in sorted({*old, *new}, key=lambda key: (_rank(key), key)):
        one, other = old.get(key, ABSENT), new.get(key, ABSENT)
        if one != other:
            path = path_of((key,)) if len(key) <= LONGEST_KEY else json_text(key)
            yield path, without_markup(one), without_markup(other)


def _subject(steps: Steps) -> object:
    """Return the field that a change is about: one of the document, or of its task settings."""
    inner = steps[1:] if steps[:1] == ("task",) else ()
    return (inner or steps or (None,))[0]


def _rank(key: object) -> int:
    return _ORDER.index(key) if isinstance(key, str) and key in _ORDER else len(_ORDER)


def _changes(before: object, after: object, steps: Steps) -> Iterator[_Change]:
    if _raw(before) == _raw(after):
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
    short = all(len(_raw(value)) <= _SMALL for value in there)
    flat = all(_is_flat(value) for value in there)
    return (short and flat) or (len(there) == 1 and (short or flat))


def _is_flat(value: object) -> bool:
    return isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in cast("list[object]", value))


def _in_fields(old: Mapping[str, object], new: Mapping[str, object], steps: Steps) -> Iterator[_Change]:
    for key in sorted({*old, *new}, key=lambda key: (_rank(key), key)):
        one, other = old.get(key, _Absent), new.get(key, _Absent)
        if len(json_text(key)) <= LONGEST_KEY:
            yield from _changes(one, other, (*steps, key))
        elif _raw(one) != _raw(other):
            # A path shows such a key in part, so the values bring it along whole.
            yield (*steps, key), *_with_their_key(key, one, other)


def _with_their_key(key: str, one: object, other: object) -> tuple[object, object]:
    return one if one is _Absent else {key: one}, other if other is _Absent else {key: other}


def _in_items(old: Sequence[object], new: Sequence[object], steps: Steps) -> Iterator[_Change]:
    for gone, come in apart([_raw(item) for item in old], [_raw(item) for item in new]):
        pairs = min(len(gone), len(come))
        for number, new_number in zip(gone, come, strict=False):
            yield from _changes(old[number], new[new_number], (*steps, new_number))
        for number in come[pairs:]:
            yield from _changes(_Absent, new[number], (*steps, number))
        for number in gone[pairs:]:
            yield from _changes(old[number], _Absent, (*steps, number))


def _in_lines(before: str, after: str, steps: Steps) -> Iterator[_Change]:
    old, new = before.split("\n"), after.split("\n")
    if len(old) == len(new) == 1:
        yield steps, before, after
        return
    for gone, come in apart(old, new):
        yield (*steps, come or gone), _joined(old, gone), _joined(new, come)


def _joined(lines: Sequence[str], places: range) -> object:
    return "\n".join(lines[places.start : places.stop]) if places else _Absent


def _row(steps: Steps, before: object, after: object) -> Difference:
    path, old, new = path_of(steps), _in_words(steps, before), _in_words(steps, after)
    if _Absent not in (before, after) and max(len(old), len(new)) > _LONG:
        stays, old, new = _where_they_differ(before, after)
        path += stays
    if old.split() == new.split():
        # Wherever runs of spaces are shown as one space, these would look alike.
        old, new = (re.sub(" {2,}", lambda run: " " + r"\u0020" * (len(run[0]) - 1), text) for text in (old, new))
    return path, old, new


def _in_words(steps: Steps, value: object) -> str:
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


def _raw(value: object) -> str:
    """Return a text in ASCII that values have in common which say the same."""
    return ABSENT if value is _Absent else json.dumps(value, sort_keys=True)
