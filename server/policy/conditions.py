"""Conditions of a rule: where to look, and what must be found there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from server.policy.glob import Glob
from tools.contract import Target
from tools.text import quoted

MAX_STEPS = 8
"""Steps that a path can have. Every way to split a dotted key is tried, so the work grows quickly with them."""

_MAX_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Pattern:
    """Wants a text that a pattern matches. Numbers and truth values are matched as JSON writes them."""

    glob: Glob

    def accepts(self, found: Sequence[object]) -> bool:
        """Tell whether one of the values matches."""
        return any(self.glob.matches(text) for text in map(_text, found) if text is not None)

    def __str__(self) -> str:
        return quoted(self.glob.text)


@dataclass(frozen=True, slots=True)
class Exactly:
    """Wants this truth value or number: true is not 1, but 1 is 1.0."""

    value: bool | float

    def accepts(self, found: Sequence[object]) -> bool:
        """Tell whether one of the values is it."""
        return any(isinstance(one, bool) is isinstance(self.value, bool) and one == self.value for one in found)

    def __str__(self) -> str:
        return json.dumps(self.value)


@dataclass(frozen=True, slots=True)
class Present:
    """Wants a key to be there, or not to be, whatever it holds."""

    wanted: bool

    def accepts(self, found: Sequence[object]) -> bool:
        """Tell whether there is something, or nothing, as wanted."""
        return bool(found) is self.wanted

    def __str__(self) -> str:
        return json.dumps(self.wanted)


Wanted = Pattern | Exactly | Present


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule; any one of `wanted` is enough.

    Attributes:
        path: Steps into the facts, the first being `target` or `arguments`.
        wanted: What must be found there.
    """

    path: tuple[str, ...]
    wanted: tuple[Wanted, ...]

    @property
    def on_target(self) -> bool:
        """Whether it is about the task, and not about the call's arguments."""
        return self.path[0] == "target"

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Tell whether `facts` meet it. What they lack meets no pattern."""
        found = list(_flat(_at(facts, self.path)))
        return any(wanted.accepts(found) for wanted in self.wanted)

    def found(self, facts: Mapping[str, Any]) -> str:
        """Return what the facts have in its place, safe to show."""
        values = list(_flat(_at(facts, self.path)))
        if not values:
            return "there is none"
        shown = ", ".join(quoted(one) if isinstance(one, str) else _json(one) for one in values[:_MAX_SHOWN])
        return f"that is {shown}" + (f" and {len(values) - _MAX_SHOWN} more" if len(values) > _MAX_SHOWN else "")

    def __str__(self) -> str:
        wanted = ", ".join(map(str, self.wanted))
        return f"{'.'.join(self.path)} = " + (f"[{wanted}]" if len(self.wanted) > 1 else wanted)


def facts_of(target: Target | None, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what conditions are judged on, by their paths."""
    return {"target": {} if target is None else _of_target(target), "arguments": arguments}


def _of_target(target: Target) -> Mapping[str, object]:
    """Return the facts that there are: what is empty is lacking, and matches not even `*`."""
    texts = {"name": target.name, "status": target.status, "type": target.type, "template": target.template}
    return {
        **{fact: text for fact, text in texts.items() if text},
        "resource": target.resources,
        "protected": target.protected,
        "tags": target.tags,
    }


def _at(node: object, path: Sequence[str]) -> Iterator[object]:
    """Yield what lies at `path`: in every element of a list on the way, and under keys that have dots themselves."""
    if not path:
        yield node
    elif isinstance(node, Mapping):
        fields = cast("Mapping[str, object]", node)
        for size in range(1, len(path) + 1):
            key = ".".join(path[:size])
            if key in fields:
                yield from _at(fields[key], path[size:])
    elif isinstance(node, (list, tuple)):
        for item in cast("Sequence[object]", node):
            if isinstance(item, Mapping):
                yield from _at(cast("object", item), path)


def _flat(values: Iterator[object]) -> Iterator[object]:
    """Yield the elements of lists in place of the lists."""
    for value in values:
        yield from cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else (value,)


def _text(value: object) -> str | None:
    """Return what a pattern is held against; nothing for null, and for what is no single value."""
    return value if isinstance(value, str) else json.dumps(value) if isinstance(value, (int, float)) else None


def _json(value: object) -> str:
    return "null" if value is None else _text(value) or "a document"
