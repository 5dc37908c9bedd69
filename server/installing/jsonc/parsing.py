"""Reading JSON as editors do: with comments and with commas behind the last value.

Which deviations are common is from the documentation of VS Code ("JSON with Comments") and of Zed; `jsonc.org` writes
the same down. Single quotes, names without quotes and the like are not among them.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NoReturn

from server.installing.jsonc.tree import Item, Node, Unreadable

DEEPEST = 200
"""Levels that a document may have; what is deeper is no configuration of a person."""

_BETWEEN = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_COMMENT = re.compile(r"//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_TEXT = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_TEXT_OR_COMMENT = re.compile(f"{_TEXT.pattern}|{_COMMENT.pattern}", re.DOTALL)
_WORD = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])|(?:true|false|null)\b")


@lru_cache(maxsize=2)
def parse(text: str) -> Node | None:
    """Return the document as a tree, which is not to be changed; None where there are only blanks and comments.

    Reading megabytes takes seconds, and the same two texts, a file as it is and as it is to be, are read again and
    again; so these are remembered.

    Raises:
        Unreadable: with line and column.
    """
    return _Reader(text).document()


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the comments of a document begin and end."""
    at = 0
    while found := _TEXT_OR_COMMENT.search(text, at):
        at = found.end()
        if not found[0].startswith('"'):
            yield found.span()


def place(text: str, position: int) -> str:
    """Return where a character stands, as `line 3, column 5`, both counted from 1."""
    before = re.split(r"\r\n|\r|\n", text[:position])
    return f"line {len(before)}, column {len(before[-1]) + 1}"


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 1 if text.startswith("\ufeff") else 0

    def document(self) -> Node | None:
        if self._next() == "":
            return None
        root = self._value(0)
        if self._next() != "":
            self._refuse("expected the end of the file")
        return root

    def _next(self) -> str:
        """Go to what comes behind blanks and comments, and return its first character; nothing at the end."""
        first = self._text[self._at : self._at + 1]
        # Most often there is nothing between, and a large file asks this a million times.
        if first > " " and first != "/":
            return first
        found = _BETWEEN.match(self._text, self._at)
        self._at = found.end() if found else self._at
        if self._text.startswith("/*", self._at):
            self._refuse("a comment begins that does not end")
        return self._text[self._at : self._at + 1]

    def _value(self, depth: int) -> Node:
        if depth > DEEPEST:
            self._refuse(f"more than {DEEPEST} levels")
        first = self._next()
        if first in ("{", "["):
            return self._container(depth, "}" if first == "{" else "]")
        found = (_TEXT if first == '"' else _WORD).match(self._text, self._at)
        if not found:
            text = "a text that does not end in its line, or has a mistake in it"
            self._refuse(text if first == '"' else "expected a value")
        node = Node("scalar", self._at, found.end(), found[0])
        self._at = found.end()
        return node

    def _container(self, depth: int, closing: str) -> Node:
        node = Node("object" if closing == "}" else "array", self._at)
        self._at += 1
        while self._next() != closing:
            if node.items and node.items[-1].comma is None:
                self._refuse(f"expected a comma or {closing}")
            node.items.append(self._item(depth, named=closing == "}"))
            if self._next() == ",":
                node.items[-1].comma = self._at
                self._at += 1
        self._at += 1
        node.end = self._at
        return node

    def _item(self, depth: int, *, named: bool) -> Item:
        start = self._at
        key = self._key() if named else None
        return Item(start, self._value(depth + 1), key)

    def _key(self) -> str:
        found = _TEXT.match(self._text, self._at)
        if not found:
            self._refuse("expected a name in double quotes, or }")
        self._at = found.end()
        if self._next() != ":":
            self._refuse("expected a colon")
        self._at += 1
        return str(json.loads(found[0]))

    def _refuse(self, why: str) -> NoReturn:
        raise Unreadable(f"{place(self._text, self._at)}: {why}")
