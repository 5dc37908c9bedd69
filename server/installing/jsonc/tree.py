"""A JSON document with comments as a tree: what its values are, and where in the text they stand."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

_WHOLE = re.compile(r"-?\d{1,300}")
"""Numbers that are kept whole: Python refuses to read thousands of digits."""

Kind = Literal["object", "array", "scalar"]


class Unreadable(Exception):
    """The text is no JSON with comments; the message has line and column."""


@dataclass(slots=True)
class Node:
    """A value and where it stands.

    Attributes:
        kind: What it is.
        start: Its first character.
        end: Behind its last.
        token: A text, number, true, false or null, as it is written.
        items: Members of an object or elements of an array, in their order.
    """

    kind: Kind
    start: int
    end: int = 0
    token: str = field(default="", repr=False)
    items: list["Item"] = field(default_factory=list["Item"])

    def member(self, name: str) -> "Item | None":
        """Return the member of this name; of several the last, which is the one that counts in JavaScript."""
        return next((item for item in reversed(self.items) if self.kind == "object" and item.key == name), None)

    @property
    def scalar(self) -> Any:
        """What a token says."""
        if self.token[0] in "-0123456789":
            return int(self.token) if _WHOLE.fullmatch(self.token) else float(self.token)
        return json.loads(self.token)

    def data(self) -> Any:
        """Return the value as Python has it."""
        if self.kind == "object":
            return {item.key: item.value.data() for item in self.items}
        return [item.value.data() for item in self.items] if self.kind == "array" else self.scalar

    def shape(self, without: "Item | None" = None) -> Any:
        """Return the value with all members but one, also those whose name comes again."""
        inner = tuple((item.key, item.value.shape(without)) for item in self.items if item is not without)
        return self.token if self.kind == "scalar" else (self.kind, inner)


@dataclass(slots=True)
class Item:
    """A member of an object or an element of an array.

    Attributes:
        start: Its first character: that of the key, or of the value where there is no key.
        value: Its value.
        key: Its name, in an object.
        comma: Where the comma behind it stands.
    """

    start: int
    value: Node
    key: str | None = None
    comma: int | None = None

    @property
    def end(self) -> int:
        """Behind its last character; a comma is not part of it."""
        return self.value.end
