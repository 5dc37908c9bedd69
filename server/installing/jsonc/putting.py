"""Putting a member into a JSON document and changing no other character of it."""

import re
from collections.abc import Sequence
from typing import Any

from server.installing.jsonc.edits import BLANKS, Edit, at_path
from server.installing.jsonc.layout import Layout, indentation, indentation_of_line, layout_of, rendered, rendered_item
from server.installing.jsonc.parsing import parse
from server.installing.jsonc.tree import Item, Node

_REST_OF_LINE = re.compile(r"(?:[ \t]+|/\*(?:(?!\*/)[^\r\n])*\*/)*(?://[^\r\n]*)?(?=[\r\n]|\Z)")


class NotThere(Exception):
    """What the document has at a path is something else than what is needed there; the message names it."""


def put_edits(text: str, path: Sequence[str], value: Any) -> list[Edit]:
    """Return what sets the member at a path, with the objects that lead to it.

    Raises:
        Unreadable: the text is no JSON.
        NotThere: something on the way is no object.
    """
    root = parse(text)
    layout = layout_of(text, root)
    if root is None:
        return [Edit(len(text), len(text), _new_document(text, path, value, layout))]
    holder, rest = _deepest(root, path)
    found = holder.member(rest[0])
    if found is not None:
        indent = indentation_of_line(text, found.start)
        return [Edit(found.value.start, found.value.end, rendered(value, layout, indent))]
    return _added(text, holder, rest[0], _wrapped(rest[1:], value), layout)


def append_edits(text: str, path: Sequence[str], value: Any) -> list[Edit]:
    """Return what adds an element to the array at a path; the array is made where there is none.

    Raises:
        Unreadable: the text is no JSON.
        NotThere: there is something else at the path.
    """
    root = parse(text)
    found = root and at_path(root, path)
    if root is None or found is None:
        return put_edits(text, path, [value])
    if found.value.kind != "array":
        raise NotThere(f"{'.'.join(path)} is no array")
    return _added(text, found.value, None, value, layout_of(text, root))


def _deepest(root: Node, path: Sequence[str]) -> tuple[Node, Sequence[str]]:
    """Return the innermost object on a path that is there, and the names below it."""
    holder = root
    for depth, name in enumerate(path):
        if holder.kind != "object":
            raise NotThere("the root is no object" if depth == 0 else f"{'.'.join(path[:depth])} is no object")
        found = holder.member(name)
        if found is None or depth == len(path) - 1:
            return holder, path[depth:]
        holder = found.value
    return holder, ()


def _wrapped(names: Sequence[str], value: Any) -> Any:
    for name in reversed(names):
        value = {name: value}
    return value


def _new_document(text: str, path: Sequence[str], value: Any, layout: Layout) -> str:
    """Return the document that goes behind blanks and comments; at least one line of its own."""
    above = text.removeprefix("\ufeff")
    begin = layout.newline if above and not above.endswith(("\n", "\r")) else ""
    return begin + rendered(_wrapped(path, value), layout, "") + layout.newline


def _added(text: str, holder: Node, name: str | None, value: Any, layout: Layout) -> list[Edit]:
    if not holder.items:
        return [_first(text, holder, name, value, layout)]
    last = holder.items[-1]
    indent = indentation(text, last.start)
    if layout.on_one_line or indent is None:
        return _beside(last, name, value, layout)
    behind = last.end if last.comma is None else last.comma + 1
    at = _line_end(text, behind)
    item = layout.newline + indent + rendered_item(name, value, layout, indent)
    if last.comma is not None:
        return [Edit(at, at, f"{item},")]
    return [Edit(behind, behind, f",{item}")] if at == behind else [Edit(behind, behind, ","), Edit(at, at, item)]


def _beside(last: Item, name: str | None, value: Any, layout: Layout) -> list[Edit]:
    """Return what puts an item on the line of the last one."""
    gap = layout.comma.removeprefix(",")
    item = rendered_item(name, value, Layout(layout.newline, layout.unit, True, layout.colon, layout.comma), "")
    if last.comma is not None:
        return [Edit(last.comma + 1, last.comma + 1, f"{gap}{item},")]
    return [Edit(last.end, last.end, f",{gap}{item}")]


def _first(text: str, holder: Node, name: str | None, value: Any, layout: Layout) -> Edit:
    """Return what puts the first item into an empty container, behind the comments in it."""
    closing = holder.end - 1
    if layout.on_one_line:
        return Edit(closing, closing, rendered_item(name, value, layout, ""))
    outer = indentation_of_line(text, holder.start)
    inner = outer + layout.unit
    item = layout.newline + inner + rendered_item(name, value, layout, inner)
    behind = holder.start + 1 + len(text[holder.start + 1 : closing].rstrip(BLANKS))
    if any(ending in text[behind:closing] for ending in "\r\n"):
        return Edit(behind, behind, item)
    return Edit(closing, closing, f"{item}{layout.newline}{outer}")


def _line_end(text: str, position: int) -> int:
    """Return the end of the line where only comments come up to it, which belong to what is before them."""
    found = _REST_OF_LINE.match(text, position)
    return position + len(found[0].rstrip(" \t")) if found else position
