"""Taking a member out of a JSON document and changing no other character of it."""

from collections.abc import Sequence
from typing import Any

from server.installing.jsonc.edits import BLANKS, Edit, applied, at_path, value_of
from server.installing.jsonc.parsing import parse
from server.installing.jsonc.tree import Item, Node, Unreadable


def remove_edits(text: str, path: Sequence[str]) -> list[Edit]:
    """Return what takes the member at a path away; nothing where there is none. Comments around it stay."""
    root = parse(text)
    holder = root if len(path) == 1 else root and value_of(at_path(root, path[:-1]))
    found = holder and holder.member(path[-1])
    return _taken(text, root, holder, found) if root and holder and found else []


def remove_element_edits(text: str, path: Sequence[str], index: int) -> list[Edit]:
    """Return what takes an element of the array at a path away."""
    root = parse(text)
    holder = root and value_of(at_path(root, path))
    return _taken(text, root, holder, holder.items[index]) if root and holder else []


def _taken(text: str, root: Node, holder: Node, item: Item) -> list[Edit]:
    """Return what takes an item away with its line, or where others would go with that, the item alone."""
    index = holder.items.index(item)
    before = None if item.comma is not None or index == 0 else holder.items[index - 1].comma
    start = len(text[: item.start].rstrip(BLANKS))
    with_line, alone = _edits(text, holder, item, start, before), _edits(text, holder, item, item.start, before)
    return with_line if _shape(applied(text, with_line)) == root.shape(item) else alone


def _shape(text: str) -> Any:
    try:
        root = parse(text)
    except Unreadable:
        return None
    return root and root.shape()


def _edits(text: str, holder: Node, item: Item, start: int, before: int | None) -> list[Edit]:
    """Return what takes an item away from where it starts, with its own comma or the one before it."""
    comma = before if item.comma is None else item.comma
    end = _end(text, holder, item, start)
    if comma is None or start <= comma < end:
        return [Edit(start, end, "")]
    if comma == start - 1:
        return [Edit(comma, end, "")]
    return [Edit(start, end, ""), Edit(comma, comma + 1, "")]


def _end(text: str, holder: Node, item: Item, start: int) -> int:
    """Return where an item ends: with its comma unless a comment is between, and with all blanks where it is alone."""
    end = item.end
    if item.comma is not None and not text[end : item.comma].strip(BLANKS):
        end = item.comma + 1
    alone = len(holder.items) == 1 and start == holder.start + 1 and not text[end : holder.end - 1].strip(BLANKS)
    return holder.end - 1 if alone else end
