"""Arguments that a published input schema allows, and the same with one thing wrong."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from hypothesis import strategies as st

from server.guard.ways import CONFIRMATION
from tests.fuzz.wire import VALUES

Schema = Mapping[str, Any]


class Wrong(NamedTuple):
    """Arguments that are to be refused, and the argument that the refusal has to name."""

    arguments: dict[str, Any]
    field: str


class Fault(NamedTuple):
    """What is wrong: an argument, and the value that it gets; null is as good as left out."""

    name: str
    value: Any

    def in_(self, given: Mapping[str, Any]) -> Wrong:
        """Return arguments with it."""
        return Wrong({**given, self.name: self.value}, self.name)


_TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40).filter(str.strip)


def valid(schema: Schema, known: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of arguments that fit; `known` has what a schema cannot say, by argument."""
    fields = {name: known[name] if name in known else _of(field) for name, field in schema["properties"].items()}
    required = {name: fields[name] for name in schema.get("required", [])}
    return st.fixed_dictionaries(required, optional={name: fields[name] for name in fields.keys() - required.keys()})


def invalid(schema: Schema, known: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Wrong]:
    """Return a strategy of arguments with one thing wrong."""
    ways = [_unknown(schema)]
    ways += [_missing(name) for name in schema.get("required", [])]
    ways += [_of_another_kind(name, field) for name, field in schema["properties"].items()]
    ways += [_beyond(name, field) for name, field in schema["properties"].items() if field.get("type") == "integer"]
    return st.tuples(valid(schema, known), st.one_of(ways)).map(lambda both: both[1].in_(both[0]))


def _of(field: Schema) -> st.SearchStrategy[Any]:
    """Return a strategy of what one field's schema allows."""
    if "enum" in field:
        return st.sampled_from(field["enum"])
    kind = field.get("type")
    if kind == "boolean":
        return st.booleans()
    if kind == "integer":
        return st.integers(field.get("minimum", 1), field.get("maximum", 10**6))
    if kind == "array":
        return st.lists(_of(field["items"]), min_size=1, max_size=3)
    return _TEXT


def _unknown(schema: Schema) -> st.SearchStrategy[Fault]:
    names = st.text("abcdefghij_", min_size=1, max_size=12).filter(lambda name: name not in schema["properties"])
    return st.builds(Fault, names, VALUES)


def _missing(name: str) -> st.SearchStrategy[Fault]:
    return st.just(Fault(name, None))


def _of_another_kind(name: str, field: Schema) -> st.SearchStrategy[Fault]:
    """Return what puts a value of no kind that the field takes in its place."""
    odd: dict[str, list[Any]] = {
        "boolean": ["yes", 1, [], {}],
        "integer": ["x", 1.5, True, [], {}],
        "array": [7, {"a": 1}, [[]], [{}], True],
        "object": [7, "x", [], True],
        "string": [7.25, True, [], {}, "", "\x00"],
    }
    values: list[Any] = [f"no {field['enum'][0]}", 7, []] if "enum" in field else odd[field.get("type", "string")]
    # Any text could be a confirmation; that it is none is for the guard to say.
    return st.sampled_from(
        [Fault(name, value) for value in values if name != CONFIRMATION or not isinstance(value, str)]
    )


def _beyond(name: str, field: Schema) -> st.SearchStrategy[Fault]:
    least, most = field.get("minimum", 0), field.get("maximum")
    below = st.integers(max_value=least - 1)
    return st.builds(Fault, st.just(name), below | st.integers(min_value=most + 1) if most is not None else below)
