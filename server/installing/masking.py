"""A client's file as it may be shown: what others wrote into it may be secret, so it is hidden.

A file of a client has keys of all its servers, and people write theirs into every entry. Names are shown, and of the
values only what this program itself writes, what only refers to a variable, and true, false and null. Comments are a
person's, so they are hidden whole.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from server.installing.client import Client
from server.installing.jsonc.parsing import comments, parse
from server.installing.jsonc.tree import Item, Node
from server.installing.signing_in import INPUT_TEXTS
from server.installing.toml_tables import tables_of, tokens

HIDDEN = "…"
_REFERENCE = re.compile(r"\$\{(?:[a-z]+:)?[A-Za-z_][\w.-]*\}")
"""A variable by its name; what stands there in its absence, as in `${NAME:-value}`, would be a text like any other."""

_NUMBER = re.compile(r"(?:(?<=[=,])|^)[-+]?\d[^,]*")
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff]")

_WORDS = frozenset(("true", "false", "null"))
_WRITTEN = tuple((name,) for name in ("type", "command", "args", "tools"))
"""Where in its entry this program writes texts that are shown."""

Span = tuple[int, int, str]


def shown_text(client: Client, text: str, name: str, known: Collection[str]) -> str:
    """Return a client's file as it may be shown, with the same lines.

    Args:
        client: Whose file it is.
        text: What is in it.
        name: What this server's entry is called.
        known: What this program writes into its entry, apart from the values of variables.
    """
    spans = (
        _toml_spans(text, client, name, known) if client.format == "toml" else _json_spans(text, client, name, known)
    )
    kept: list[str] = []
    begin = 0
    for start, end, instead in sorted(spans):
        kept += [text[begin:start], instead]
        begin = end
    return _UNSAFE.sub("\ufffd", "".join([*kept, text[begin:]]).removeprefix("\ufeff"))


def comments_in(client: Client, text: str) -> int:
    """Return how many comments a client's file has."""
    if client.format == "toml":
        return sum(text.startswith("#", start) for start, _ in tokens(text))
    return sum(1 for _ in comments(text))


def _json_spans(text: str, client: Client, name: str, known: Collection[str]) -> Iterator[Span]:
    root = parse(text)
    yield from _comment_spans(text)
    if root is not None:
        yield from _hidden(root, (), (*client.path, name), known)


def _comment_spans(text: str) -> Iterator[Span]:
    for start, end in comments(text):
        ending = " */" if text.startswith("/*", start) else ""
        yield start, end, f"{text[start : start + 2]} {HIDDEN}{ending}" + "\n" * text.count("\n", start, end)


def _hidden(node: Node, path: tuple[str, ...], own: tuple[str, ...], known: Collection[str]) -> Iterator[Span]:
    """Yield what of a document is hidden."""
    waiting: list[tuple[Node, tuple[str, ...]]] = [(node, path)]
    while waiting:
        node, path = waiting.pop()
        if node.kind != "scalar":
            waiting += [(item.value, (*path, _step(item))) for item in node.items]
        elif not (node.token in _WORDS or _may_be_shown(node.scalar, path, own, known)):
            yield node.start, node.end, f'"{HIDDEN}"'


def _step(item: Item) -> str:
    return item.key or ""


def _may_be_shown(value: Any, path: Sequence[str], own: Sequence[str], known: Collection[str]) -> bool:
    """Tell whether a value may be shown: what VS Code asks for, references, and what this server is started with."""
    if not isinstance(value, str):
        return False
    asked = path[:1] == ("inputs",) and (path[-1] in ("id", "type") or value in INPUT_TEXTS)
    if asked or _REFERENCE.fullmatch(value):
        return True
    return tuple(path[: len(own)]) == tuple(own) and path[len(own) :][:1] in _WRITTEN and value in known


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
            yield start, end, f"# {HIDDEN}"
        elif in_header(start) or _names_something(text, end):
            continue
        elif token[0] not in "\"'":
            yield start, end, _NUMBER.sub(HIDDEN, token)
        else:
            value = token.strip("\"'")
            in_variables = re.search(r"\benv\s*=\s*\{[^}\n]*\Z", text[max(0, start - 2_000) : start])
            if not (inside(start) and value in known and not in_variables):
                yield start, end, f'"{HIDDEN}"' + "\n" * token.count("\n")


def _inside(spans: Sequence[tuple[int, int]]) -> Callable[[int], bool]:
    return lambda at: any(start <= at < end for start, end in spans)


def _names_something(text: str, end: int) -> bool:
    return re.match(r"[ \t]*[.=]", text[end : end + 40]) is not None
