"""Changing one table of a TOML document and no other character of it."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from math import isnan
from typing import Any, cast

from server.installing.jsonc.parsing import place
from server.installing.jsonc.tree import Unreadable
from server.installing.toml_tables import tables_of


def toml_data(text: str) -> dict[str, Any]:
    """Return what a document says.

    Raises:
        Unreadable: with line and column.
    """
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise Unreadable(_reason(str(error), text)) from None


def put_table(text: str, path: Sequence[str], value: Mapping[str, Any]) -> str:
    """Return a document in which the table at a path is this one; a new one goes to its end.

    Raises:
        Unreadable: it is no TOML.
    """
    mark, text = _mark_apart(text)
    expected = _with(toml_data(text), path, value)
    ours = _spans(text, path)
    table = _rendered(path, value, "\r\n" if "\r\n" in text else "\n")
    changed = _behind(text, table) if not ours else text[: ours[0][0]] + table + _cut(text, ours)[ours[0][0] :]
    return mark + _checked(changed, [expected], lambda: _put_inline(text, path, value))


def remove_table(text: str, path: Sequence[str]) -> str:
    """Return a document without the table at a path; comments stay, unless they stand between its values.

    Raises:
        Unreadable: it is no TOML.
    """
    mark, text = _mark_apart(text)
    data = toml_data(text)
    if not _has(data, path):
        return mark + text
    expected = [_without(data, path, keeps_empty=keeps_empty) for keeps_empty in (True, False)]
    ours = _spans(text, path)
    changed = _cut(text, [(_blank_line_before(text, ours[0][0]), ours[0][1]), *ours[1:]]) if ours else text
    return mark + _checked(changed, expected, lambda: _remove_inline(text, path))


def _mark_apart(text: str) -> tuple[str, str]:
    """Return the byte order mark of a document, if it has one, and the rest: tomlkit takes it for a name."""
    return ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)


def _spans(text: str, path: Sequence[str]) -> list[tuple[int, int]]:
    """Return where a table and the tables in it stand, these with the empty line before them."""
    own = tuple(path)
    found = [(table.start, table.end) for table in tables_of(text) if table.names[: len(own)] == own]
    return [*found[:1], *((_blank_line_before(text, start), end) for start, end in found[1:])]


def _cut(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    return text


def _blank_line_before(text: str, position: int) -> int:
    """Return where the empty line before a position begins; the position itself where there is none."""
    found = re.search(r"(?<=\n)[ \t]*\r?\n\Z", text[:position])
    return found.start() if found else position


def _behind(text: str, table: str) -> str:
    """Return a document with a table at its end, behind an empty line."""
    newline = "\r\n" if "\r\n" in text else "\n"
    if not text:
        return text + table
    ended = text if text.endswith("\n") else text + newline
    return ended + ("" if re.search(r"\n[ \t\r]*\n\Z", ended) else newline) + table


def _rendered(path: Sequence[str], value: Mapping[str, Any], newline: str) -> str:
    """Return a table with its header, and what is a table in it inline."""
    import tomlkit

    table = tomlkit.table()
    for name, member in value.items():
        table[name] = _inline(cast("dict[str, Any]", member)) if isinstance(member, dict) else member
    header = ".".join(tomlkit.key(name).as_string() for name in path)
    return f"[{header}]\n{table.as_string()}".replace("\n", newline)


def _inline(value: Mapping[str, Any]) -> Any:
    import tomlkit

    table: Any = tomlkit.inline_table()
    table.update(value)
    return table


def _put_inline(text: str, path: Sequence[str], value: Mapping[str, Any]) -> str:
    """Return a document whose tables are inline or have dotted names, with another such."""
    import tomlkit

    document: Any = tomlkit.parse(text)
    node = document
    for name in path[:-1]:
        node = node[name]
    node[path[-1]] = _inline(value)
    return tomlkit.dumps(document)


def _remove_inline(text: str, path: Sequence[str]) -> str:
    import tomlkit

    document: Any = tomlkit.parse(text)
    node = document
    for name in path[:-1]:
        node = node[name]
    del node[path[-1]]
    return tomlkit.dumps(document)


def _checked(text: str, expected: Sequence[Any], otherwise: Callable[[], str]) -> str:
    """Return a text that says one of what is expected; the other one where this one does not.

    Raises:
        Unreadable: neither does.
    """
    if _says(text, expected):
        return text
    why = "its tables are written in a way that cannot be changed here"
    try:
        other = otherwise()
    except Exception:  # noqa: BLE001 - whatever the library has against a document that is TOML: it stays as it is
        raise Unreadable(why) from None
    if not _says(other, expected):
        raise Unreadable(why)
    return other


def _says(text: str, expected: Sequence[Any]) -> bool:
    try:
        found = _comparable(toml_data(text))
    except Unreadable:
        return False
    return any(found == _comparable(one) for one in expected)


def _comparable(value: Any) -> Any:
    """Return a value in which NaN, which equals nothing, equals itself."""
    if isinstance(value, dict):
        return {name: _comparable(member) for name, member in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_comparable(member) for member in cast("list[Any]", value)]
    return "nan" if isinstance(value, float) and isnan(value) else value


def _has(data: Any, path: Sequence[str]) -> bool:
    node: Any = data
    for name in path:
        if not isinstance(node, dict) or name not in node:
            return False
        node = cast("dict[str, Any]", node)[name]
    return True


def _with(data: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    inner: Any = data.get(path[0], {})
    if len(path) > 1 and not isinstance(inner, dict):
        raise Unreadable(f"{path[0]} is no table")
    return {**data, path[0]: _with(cast("dict[str, Any]", inner), path[1:], value) if len(path) > 1 else dict(value)}


def _without(data: Mapping[str, Any], path: Sequence[str], *, keeps_empty: bool) -> dict[str, Any]:
    """Return the data without what is at a path, and where that leaves nothing, with an empty parent or none."""
    if len(path) == 1:
        return {name: member for name, member in data.items() if name != path[0]}
    inner = _without(data[path[0]], path[1:], keeps_empty=keeps_empty)
    rest = {name: member for name, member in data.items() if name != path[0]}
    return {**rest, path[0]: inner} if inner or keeps_empty else rest


def _reason(message: str, text: str) -> str:
    """Return what the parser found, with line and column in front, as it is with JSON."""
    found = re.search(r"^(.*?)\s*\(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if not found:
        return message.lower()
    where = f"line {found[2]}, column {found[3]}" if found[2] else place(text, len(text))
    return f"{where}: {found[1].lower()}"
