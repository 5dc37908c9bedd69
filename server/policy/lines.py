"""Where in a TOML file things stand: the parser keeps no positions, so each statement is read once more by itself."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, cast

Where = tuple[str | int, ...]
"""Keys, and positions in lists, that lead to a value."""

_MAX_DEPTH = 20


class Unreadable(Exception):
    """What stops the parser although it is no mistake in the syntax: a number or a nesting beyond all measure."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class Lines:
    """The lines of a document, numbered from 1, by what stands there.

    Args:
        text: A document that parses.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[Where, int] = {}
        self._sizes: dict[Where, int] = {}
        table: Where = ()
        for line, statement, content in statements(text):
            if statement.startswith("["):
                table = self._opened(content, is_element=statement.startswith("[["))
                self._note(table, line)
                continue
            for path in _paths(content):
                self._note((*table, *path), line)

    def of(self, where: Where) -> int:
        """Return the line of what lies at `where`, or else of what it lies in."""
        while where and where not in self._lines:
            where = where[:-1]
        return self._lines.get(where, 1)

    def _opened(self, header: Mapping[str, Any], *, is_element: bool) -> Where:
        """Return where the table lies that a header opens."""
        table: Where = ()
        keys = list(_keys(header))
        for position, key in enumerate(keys, 1):
            table = (*table, key)
            if is_element and position == len(keys):
                self._sizes[table] = self._sizes.get(table, 0) + 1
            if table in self._sizes:
                table = (*table, self._sizes[table] - 1)
        return table

    def _note(self, path: Where, line: int) -> None:
        for size in range(1, len(path) + 1):
            self._lines.setdefault(path[:size], line)


def statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield each statement's first line, its text, and what it says when it is read alone.

    No statement is complete before its last line, so the lines are added up until they parse.

    Raises:
        Unreadable: there is one that stops the parser otherwise than by a mistake.
    """
    held: list[str] = []
    for number, line in enumerate(_split(text), 1):
        held.append(line)
        try:
            content = tomllib.loads("\n".join(held))
        except tomllib.TOMLDecodeError:
            continue
        except (ValueError, RecursionError):
            raise Unreadable(number - len(held) + 1) from None
        if content:
            yield number - len(held) + 1, "\n".join(held).lstrip(), content
        held = []


def incomplete(text: str) -> int:
    """Return the line of the first statement that is never complete, or else that of the last statement."""
    last, after = 1, 1
    for line, statement, _ in statements(text):
        last, after = line, line + statement.count("\n") + 1
    rest = enumerate(_split(text)[after - 1 :], after)
    return next((number for number, line in rest if line.strip() and not line.lstrip().startswith("#")), last)


def _split(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


def _keys(header: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys in a header such as `[rule.target]`, read alone."""
    node: Any = header
    while node:
        key = next(iter(node))
        yield key
        node = node[key][0] if isinstance(node[key], list) else node[key]


def _paths(node: object, above: Where = ()) -> Iterator[Where]:
    """Yield the path to everything in a statement's content."""
    if above:
        yield above
    if len(above) >= _MAX_DEPTH:
        return
    if isinstance(node, dict):
        for key, value in cast("dict[str, object]", node).items():
            yield from _paths(value, (*above, key))
    elif isinstance(node, list):
        for position, value in enumerate(cast("list[object]", node)):
            yield from _paths(value, (*above, position))
