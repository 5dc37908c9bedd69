"""What changes, as far as a question in a conversation has room for it; and how much it does not say, in words."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tools.contract import Preview
from tools.difference import ABSENT, Difference
from tools.paths import shortened_in_the_middle

ROOM = 2_500
"""Characters of changes in a question; what does not fit is for the approval page."""

MOST_ROWS, MOST_TEXT = 500, 200_000
"""Changes, and characters of their JSON, that a page shows whole; there is no consent to more than that at once."""

_MAX_ROWS = 30
"""More than that nobody reads in a dialog."""

_MAX_PATH, _MAX_VALUE = 120, 200
_MAX_FIELDS, _MAX_FIELD = 8, 60
_FIELD = re.compile(r'(?:task\.)?(?:\["(?:[^"\\]|\\.)*"\]|[^.,\[ ]+)')
_START = re.compile(r"(?:\\u[0-9a-f]{4}|\\[^u]|[^\\])*")


@dataclass(frozen=True, slots=True)
class Telling:
    """Changes as they are told.

    Attributes:
        rows: The first of them; of a long value its start.
        lines: The same, one on a line.
        left_out: How many are not told, and where, as the rest of a sentence; None where everything is told.
    """

    rows: Sequence[Difference]
    lines: Sequence[str]
    left_out: str | None

    @property
    def all_lines(self) -> list[str]:
        """The lines, and behind them what they leave out."""
        return [*self.lines, self.left_out] if self.left_out else [*self.lines]


def telling_of(preview: Preview) -> Telling:
    """Return what a question says of what a call changes."""
    return told(preview.difference, new=preview.target is None)


def tells_all(preview: Preview) -> bool:
    """Tell whether a question shows everything that a call changes."""
    return telling_of(preview).left_out is None


def is_too_large(preview: Preview) -> bool:
    """Tell whether it is more than a person can be shown whole anywhere, or than is kept of one request."""
    changes = preview.difference
    return len(changes) > MOST_ROWS or len(json.dumps(changes)) > MOST_TEXT


def told(changes: Sequence[Difference], room: int = ROOM, *, new: bool = False) -> Telling:
    """Tell as many changes as `room` characters hold.

    Args:
        changes: All of them.
        room: Characters.
        new: Whether all of it is new, so that this need not be said of each.
    """
    rows: list[Difference] = []
    for row in map(_in_short, changes[:_MAX_ROWS]):
        room -= len(_line(row, new=new)) + 1
        if room < 0:
            break
        rows.append(row)
    for at, row in enumerate(rows):
        more = len(_line(changes[at], new=new)) - len(_line(row, new=new))
        if 0 < more <= room:
            rows[at], room = changes[at], room - more
    cut = [change for row, change in zip(rows, changes, strict=False) if row != change]
    return Telling(rows, [_line(row, new=new) for row in rows], _left_out(changes[len(rows) :], cut))


def _line(row: Difference, *, new: bool) -> str:
    path, before, after = row
    if before == ABSENT:
        return f"{path}: {after}" if new else f"{path} added: {after}"
    return f"{path} removed: {before}" if after == ABSENT else f"{path}: {before} -> {after}"


def _in_short(change: Difference) -> Difference:
    path, before, after = change
    return shortened_in_the_middle(path, _MAX_PATH), _start_of(before), _start_of(after)


def _start_of(text: str) -> str:
    """Return the start of a value's text, without half an escape at its end."""
    if len(text) <= _MAX_VALUE:
        return text
    start = _START.match(text[:_MAX_VALUE])
    shown = start[0] if start else ""
    return f"{shown}… and {len(text) - len(shown):,} characters more"


def _left_out(untold: Sequence[Difference], cut: Sequence[Difference]) -> str | None:
    parts = [f"{_counted(len(untold), 'more change')}, in {_fields(untold)}"] if untold else []
    parts += [f"the rest of {_counted(len(cut), 'long value')}, in {_fields(cut)}"] if cut else []
    return " and ".join(parts) or None


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _fields(changes: Sequence[Difference]) -> str:
    """Return in which fields of the document changes are, those that are known first, and how many where several."""
    counts = Counter(_field(path) for path, _, _ in changes)
    named = [f"{field} ({count})" if count > 1 else field for field, count in list(counts.items())[:_MAX_FIELDS]]
    more = len(counts) - len(named)
    return ", ".join([*named, f"{more} other fields"] if more else named)


def _field(path: str) -> str:
    found = _FIELD.match(path)
    return shortened_in_the_middle(found[0] if found else path, _MAX_FIELD)
