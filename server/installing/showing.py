"""The change to a client's file as people see it before they are asked: a unified diff."""

import difflib
import os
from collections.abc import Iterator

from server.installing.documents import with_entry
from server.installing.masking import shown_text
from server.installing.plan import Plan
from server.installing.wish import Wish

_LONGEST = 300
"""Characters of a line that are shown: a document on one line may have a megabyte."""


def difference(wish: Wish, plan: Plan) -> Iterator[str]:
    """Yield a unified diff in which what others wrote is hidden, line by line."""
    old, new = (_lines(_shown(wish, text)) for text in (plan.before, plan.after))
    name = str(plan.found.file)
    for line in difflib.unified_diff(old, new, name if plan.before else os.devnull, name, n=2, lineterm=""):
        yield _shortened(line, wish.name)
    if old == new:
        yield "(It differs only in values that are not shown.)"


def alone(wish: Wish, plan: Plan) -> str:
    """Return a file that has nothing but the entry, as it may be shown."""
    return _shown(wish, with_entry(wish.client, "", wish.name, plan.entry, wish.inputs)).rstrip()


def _shown(wish: Wish, text: str) -> str:
    return shown_text(wish.client, text, wish.name, wish.known_texts)


def _lines(text: str) -> list[str]:
    """Return a text as lines; whether the last one ends, and how they do, does not change and is not shown."""
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _shortened(line: str, name: str) -> str:
    """Return a line of which at most a part is shown, around the name of the entry."""
    if len(line) <= _LONGEST:
        return line
    at = max(0, line.find(f'"{name}"') - 40)
    begin = line[:1] + ("…" if at else "")
    return f"{begin}{line[max(1, at) : at + _LONGEST]}…"
