"""A client's file as it may be shown: what others wrote into it may be secret, so it is hidden.

A file of a client has keys of all its servers. Of other entries names are shown and no texts; of this server's own
entry what it is started with, and no value of a variable unless that only refers to one.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from server.installing.client import Client
from server.installing.jsonc.reading import comments, parse
from server.installing.jsonc.tree import Item, Node
from server.installing.signing_in import INPUTS, inputs_called
from server.installing.toml_tables import tables_of, tokens
from server.journal.secret_texts import LOOKED_AT, without_secrets_in

HIDDEN = "…"
_REFERENCE = re.compile(r"\$\{[^{}]*\}")
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff]")

_OURS = frozenset(text for one in inputs_called(INPUTS) for text in one.values() if isinstance(text, str))
"""What VS Code is told to ask for."""

Span = tuple[int, int, str]


def shown_value(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry as it may be shown."""
    variables = entry.get("env")
    return {**entry, "env": {name: _variable(value) for name, value in variables.items()}} if variables else {**entry}


def shown_text(client: Client, text: str, name: str, entries: Sequence[Mapping[str, Any]]) -> str:
    """Return a client's file as it may be shown, with the same lines.

    Args:
        client: Whose file it is.
        text: What is in it.
        name: What this server's entry is called.
        entries: What it says and said; command and arguments of those are shown, as no secrets belong there.
    """
    known = {text for entry in entries for text in _texts([*entry.values(), *_list(entry.get("args"))])}
    spans = (
        _toml_spans(text, client, name, known) if client.format == "toml" else _json_spans(text, client, name, known)
    )
    kept: list[str] = []
    begin = 0
    for start, end, instead in sorted(spans):
        kept += [text[begin:start], instead]
        begin = end
    return _UNSAFE.sub("\ufffd", "".join([*kept, text[begin:]]).removeprefix("\ufeff"))


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _texts(values: Sequence[Any]) -> set[str]:
    """Return the texts that do not look like secrets."""
    return {one for one in values if isinstance(one, str) and without_secrets_in(one[:LOOKED_AT]) == one}


def _variable(value: Any) -> str:
    return value if isinstance(value, str) and _REFERENCE.fullmatch(value) else HIDDEN


def _json_spans(text: str, client: Client, name: str, known: Collection[str]) -> Iterator[Span]:
    root = parse(text)
    yield from _comment_spans(text)
    if root is not None:
        yield from _hidden(root, (), (*client.path, name), known)


def _comment_spans(text: str) -> Iterator[Span]:
    for start, end in comments(text):
        yield start, end, _comment(text[start:end])


def _comment(text: str) -> str:
    """Return a comment without what looks like a secret, and without anything where it is too long to look."""
    lines = text.count("\n")
    return without_secrets_in(text) if len(text) <= LOOKED_AT else f"{text[:2]} {HIDDEN}" + "\n" * lines


def _hidden(node: Node, path: tuple[str, ...], own: tuple[str, ...], known: Collection[str]) -> Iterator[Span]:
    """Yield what of a document is hidden."""
    waiting: list[tuple[Node, tuple[str, ...]]] = [(node, path)]
    while waiting:
        node, path = waiting.pop()
        if node.kind != "scalar":
            waiting += [(item.value, (*path, _step(item))) for item in node.items]
        elif isinstance(node.scalar, str) and not _may_be_shown(node.scalar, path, own, known):
            yield node.start, node.end, f'"{HIDDEN}"'


def _step(item: Item) -> str:
    return item.key or ""


def _may_be_shown(value: str, path: Sequence[str], own: Sequence[str], known: Collection[str]) -> bool:
    """Tell whether a text may be shown: what VS Code asks for, references, and what this server is started with."""
    if _REFERENCE.fullmatch(value) or (path[:1] == ("inputs",) and (path[-1] in ("id", "type") or value in _OURS)):
        return True
    return tuple(path[: len(own)]) == tuple(own) and "env" not in path[len(own) :] and value in known


def _toml_spans(text: str, client: Client, name: str, known: Collection[str]) -> Iterator[Span]:
    """Yield what of a TOML document is hidden: texts that are values, and what looks secret in comments."""
    own = (*client.path, name)
    ours = [(table.start, table.end) for table in tables_of(text) if table.names == own]
    headers = [(table.start, text.find("\n", table.start)) for table in tables_of(text)]
    inside = _inside(ours)
    in_header = _inside([(start, end if end >= 0 else len(text)) for start, end in headers])
    for start, end in tokens(text):
        token = text[start:end]
        if token.startswith("#"):
            yield start, end, _comment(token)
        elif token[0] in "\"'" and not in_header(start) and not _names_something(text, end):
            value = token.strip("\"'")
            in_variables = re.search(r"\benv\s*=\s*\{[^}\n]*\Z", text[max(0, start - 2_000) : start])
            if not (inside(start) and value in known and not in_variables):
                yield start, end, f'"{HIDDEN}"' + "\n" * token.count("\n")


def _inside(spans: Sequence[tuple[int, int]]) -> Callable[[int], bool]:
    return lambda at: any(start <= at < end for start, end in spans)


def _names_something(text: str, end: int) -> bool:
    return re.match(r"[ \t]*[.=]", text[end : end + 40]) is not None
