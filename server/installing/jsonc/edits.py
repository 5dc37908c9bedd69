"""Edits of a text, and the way to what they change."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from server.installing.jsonc.tree import Item, Node

BLANKS = " \t\r\n"


@dataclass(frozen=True)
class Edit:
    """Characters from `start` to `end` that are replaced by a text; where both are the same, it is put in."""

    start: int
    end: int
    text: str = field(repr=False)


def applied(text: str, edits: Sequence[Edit]) -> str:
    """Return a text with edits made in it, whose places are those in the text as it was."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def at_path(root: Node, path: Sequence[str]) -> Item | None:
    """Return the innermost member on a path; None where there is none."""
    node, found = root, None
    for name in path:
        found = node.member(name)
        if found is None:
            return None
        node = found.value
    return found


def value_of(item: Item | None) -> Node | None:
    """Return the value of a member, if there is one."""
    return item.value if item else None
