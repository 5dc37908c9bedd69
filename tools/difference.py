"""What one specification changes in another, path by path, safe to show."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from tools.text import clean, json_text

Difference = tuple[str, str, str]
"""A path, and what stands there before and after."""

MAX_LINES = 12
"""Changes that are spelled out in a text for a conversation; the rest is counted."""

_MAX_CHANGES = 500
"""Changes that are spelled out where there is room, as on a page; the rest is counted."""

_ABSENT = "(not set)"
_MAX_PATH, _MAX_VALUE, _MAX_IN_LINE = 80, 2_000, 100


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return what differs between two JSON documents: so much of it that a person can be shown all that matters."""
    found = list(_changes(before, after, ""))
    shown = [(clean(path, _MAX_PATH), _value(old), _value(new)) for path, old, new in found[:_MAX_CHANGES]]
    more = len(found) - len(shown)
    return [*shown, (f"and {more} other places", "…", "…")] if more else shown


def difference_lines(changes: Sequence[Difference]) -> list[str]:
    """Return differences as lines for a conversation, the first of them, shortened, and a count of the rest."""
    lines = [
        f"{path}: {clean(before, _MAX_IN_LINE)} -> {clean(after, _MAX_IN_LINE)}"
        for path, before, after in changes[:MAX_LINES]
    ]
    more = len(changes) - len(lines)
    return [*lines, f"and {more} more"] if more else lines


class _Absent:
    """Stands for a value that is not there; a document may hold null."""


def _changes(before: object, after: object, path: str) -> Iterator[tuple[str, object, object]]:
    old, new = _fields(before), _fields(after)
    if old is not None and new is not None:
        for key in dict.fromkeys([*old, *new]):
            yield from _changes(old.get(key, _Absent), new.get(key, _Absent), f"{path}.{key}" if path else key)
    elif (one := _items(before)) and (other := _items(after)) and len(one) == len(other):
        for number, (old_item, new_item) in enumerate(zip(one, other, strict=True)):
            yield from _changes(old_item, new_item, f"{path}[{number}]")
    elif _text(before) != _text(after):
        yield path, before, after


def _fields(value: object) -> Mapping[str, object] | None:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else None


def _items(value: object) -> list[object] | None:
    return cast("list[object]", value) if isinstance(value, list) else None


def _text(value: object) -> str:
    return _ABSENT if value is _Absent else json_text(_in_order(value))


def _in_order(value: object) -> object:
    fields = _fields(value)
    if fields is not None:
        return {key: _in_order(fields[key]) for key in sorted(fields)}
    items = _items(value)
    return value if items is None else [_in_order(item) for item in items]


def _value(value: object) -> str:
    return clean(_text(value), _MAX_VALUE)
