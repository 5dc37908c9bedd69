"""Where the tables of a TOML document stand in its text."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|(?P<comment>#[^\n]*)"
    r"|(?P<line>\n)"
    r"|(?P<open>[\[{])"
    r"|(?P<close>[\]}])"
    r"|(?P<blank>[ \t\r\ufeff]+)"
    r"|[^\s\"'#\[\]{}]+",
    re.DOTALL,
)


@dataclass(frozen=True)
class Table:
    """A table with a header of its own.

    Attributes:
        names: The path in its header.
        start: Where the line of its header begins.
        end: Behind the line on which its last value ends; comments below that belong to what comes next.
    """

    names: tuple[str, ...]
    start: int
    end: int


def tables_of(text: str) -> list[Table]:
    """Return the tables of a document that TOML allows, in their order."""
    found, headers = list[Table](), [*_headers(text)]
    ends = [*(start for start, _ in headers[1:]), len(text)][: len(headers)]
    for (start, last), limit in zip(headers, ends, strict=True):
        line_end = text.find("\n", last)
        end = len(text) if line_end < 0 else line_end + 1
        found.append(Table(_names(text, start), start, min(end, limit)))
    return found


def tokens(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the tokens of a document begin and end, among them its texts and its comments."""
    for found in _TOKEN.finditer(text):
        yield found.span()


def _headers(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each table begins, and where the last token in it ends that says something."""
    depth, begins_line, line, start, last = 0, True, 0, -1, 0
    for found in _TOKEN.finditer(text):
        if found["line"]:
            begins_line, line = True, found.end()
        elif found["blank"] or found["comment"]:
            continue
        else:
            if begins_line and depth == 0 and found["open"] == "[":
                if start >= 0:
                    yield start, last
                start = line
            depth += bool(found["open"]) - bool(found["close"])
            begins_line, last = False, found.end()
    if start >= 0:
        yield start, last


def _names(text: str, start: int) -> tuple[str, ...]:
    """Return the path in the header on the line that begins there."""
    header = text[start:].partition("\n")[0].strip("\ufeff\r")
    node: Any = tomllib.loads(header)
    names: list[str] = []
    while node:
        name = str(next(iter(node)))
        names.append(name)
        node = node[name][0] if isinstance(node[name], list) else node[name]
    return tuple(names)
