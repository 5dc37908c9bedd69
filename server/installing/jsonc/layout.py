"""How a document is laid out, so that what is added looks like the rest of it."""

import json
import re
from dataclasses import dataclass
from typing import Any

from server.installing.jsonc.tree import Node

_BLANKS = re.compile(r"[ \t]*")
_LINE_END = re.compile(r"\r\n|\n|\r")
_COLON = re.compile(r'":(\s*)')
_HALF = re.compile("[\ud800-\udfff]")
_LOOKED_AT = 100
"""Objects and arrays that are looked at for what they are set in by."""


@dataclass(frozen=True)
class Layout:
    """How a document is laid out.

    Attributes:
        newline: What ends its lines.
        unit: What a level is set in by.
        on_one_line: It has members, and all of them on one line.
        colon: What stands between name and value.
        comma: What stands between members on one line.
    """

    newline: str = "\n"
    unit: str = "  "
    on_one_line: bool = False
    colon: str = ": "
    comma: str = ", "


def layout_of(text: str, root: Node | None) -> Layout:
    """Return how a document is laid out; two blanks a level where it does not say."""
    newline = _LINE_END.search(text)
    ending = newline[0] if newline else "\n"
    if root is None or not root.items:
        return Layout(ending)
    if not _LINE_END.search(text[root.start : root.end]):
        colon = _COLON.search(text, root.start)
        tight = colon is not None and not colon[1]
        return Layout(ending, on_one_line=True, colon=":" if tight else ": ", comma="," if tight else ", ")
    return Layout(ending, _unit(text, root))


def indentation(text: str, position: int) -> str | None:
    """Return the blanks before what stands at a position; None where it does not begin its line."""
    before = text[:position].removeprefix("\ufeff")
    line = before[max(before.rfind("\n"), before.rfind("\r")) + 1 :]
    return line if _BLANKS.fullmatch(line) else None


def indentation_of_line(text: str, position: int) -> str:
    """Return the blanks at the beginning of the line in which a position is."""
    before = text[:position].removeprefix("\ufeff")
    found = _BLANKS.match(before, max(before.rfind("\n"), before.rfind("\r")) + 1)
    return found[0] if found else ""


def rendered(value: Any, layout: Layout, indent: str) -> str:
    """Return a value as text, its further lines set in like the line that it begins on."""
    if layout.on_one_line:
        return _json(value, separators=(layout.comma, layout.colon))
    text = _json(value, indent=layout.unit)
    return text.replace("\n", layout.newline + indent)


def rendered_item(name: str | None, value: Any, layout: Layout, indent: str) -> str:
    """Return a member with its name, or an element."""
    key = "" if name is None else _json(name) + layout.colon
    return key + rendered(value, layout, indent)


def _json(value: Any, **how: Any) -> str:
    """Return a value as JSON; halves of characters, which UTF-8 has not, stay escaped."""
    return _HALF.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False, **how))


def _unit(text: str, root: Node) -> str:
    """Return what a level is set in by: what the first member that begins a line has more than its container."""
    for container in _containers(root):
        outer = indentation_of_line(text, container.start)
        for item in container.items:
            inner = indentation(text, item.start)
            if inner and inner.startswith(outer) and len(inner) > len(outer):
                return inner[len(outer) :]
    return "  "


def _containers(root: Node) -> list[Node]:
    """Return a document's objects and arrays, outer before inner ones; a few of them tell enough."""
    found, waiting = list[Node](), [root]
    while waiting and len(found) < _LOOKED_AT:
        node = waiting.pop(0)
        found.append(node)
        waiting.extend(item.value for item in node.items if item.value.kind != "scalar")
    return found
