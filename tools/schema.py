"""Pydantic model to compact JSON Schema: what a reader needs, and nothing that only costs context.

Dropped: titles, examples, `null` alternatives, defaults that only say "not given", and definitions that are used once
(they are put where they are used).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, NoDefault
from pydantic_core import core_schema

from tools.signature import Schema, signature

_NOISE = frozenset({"title", "examples", "discriminator", "minLength"})
_PREFIX = "#/$defs/"


@cache
def input_schema(model: type[BaseModel]) -> Schema:
    """Return the compact JSON Schema of a tool's arguments; lists of objects are described by their signature."""
    return _brief(_compact(model.model_json_schema(mode="validation", schema_generator=_Sparing)))


@cache
def output_schema(model: type[BaseModel]) -> Schema:
    """Return the compact JSON Schema of what `model` is written as."""
    return _compact(model.model_json_schema(mode="serialization", schema_generator=_Sparing))


class _Sparing(GenerateJsonSchema):
    """Leaves out what would be dropped anyway: pydantic takes long to write each default, and start-up waits for it."""

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        """Return a default that says more than "not given"."""
        return super().get_default_value(schema) or NoDefault

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Schema:
        """Turn "this or null" into "this": leaving an optional field out says the same."""
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: object) -> bool:
        """Give fields no titles: their names say the same."""
        return False


def _compact(schema: Schema) -> Schema:
    definitions: Mapping[str, Any] = schema.pop("$defs", {})
    compactor = _Compactor(definitions, Counter(_references([schema, *definitions.values()])))
    compacted = compactor.node(schema)
    compacted.pop("description", None)
    shared = compactor.shared_definitions()
    return compacted | ({"$defs": shared} if shared else {})


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        fields = cast("Schema", node)
        if "$ref" in fields:
            yield str(fields["$ref"]).removeprefix(_PREFIX)
        node = list(fields.values())
    if isinstance(node, list):
        for child in cast("list[object]", node):
            yield from _references(child)


class _Compactor:
    """Rewrites schema nodes; knows the definitions and how often each is used."""

    def __init__(self, definitions: Mapping[str, Any], uses: Mapping[str, int]) -> None:
        self._definitions = definitions
        self._uses = uses

    def shared_definitions(self) -> Schema:
        """Return the definitions that are used more than once, rewritten."""
        return {name: self.node(node) for name, node in self._definitions.items() if self._uses[name] > 1}

    def node(self, node: Schema) -> Schema:
        """Return one schema node, rewritten with all that is below it."""
        node = self._without_reference(node)
        kept = {key: value for key, value in node.items() if key not in _NOISE and not _says_nothing(node, key)}
        return {key: self._value(key, value) for key, value in kept.items()}

    def _value(self, key: str, value: Any) -> Any:
        if key == "properties":
            return {name: self.node(child) for name, child in value.items()}
        if key in ("items", "additionalProperties") and isinstance(value, dict):
            return self.node(cast("Schema", value))
        if key in ("anyOf", "oneOf"):
            return [self.node(child) for child in value]
        return value

    def _without_reference(self, node: Schema) -> Schema:
        name = str(node.get("$ref", "")).removeprefix(_PREFIX)
        if not name or self._uses[name] > 1:
            return node
        own = {key: value for key, value in node.items() if key != "$ref"}
        return {key: value for key, value in self._definitions[name].items() if key != "description"} | own


def _says_nothing(node: Schema, key: str) -> bool:
    """Tell whether a reader loses nothing without `key`: the bounds that go without saying are said when broken."""
    if key in ("minItems", "maxItems"):
        return node.get("minItems", 0) <= 1
    if key == "minimum":
        return node[key] <= 1
    return key == "additionalProperties" and node[key] is True


def _brief(node: Schema) -> Schema:
    properties: Mapping[str, Schema] = node.get("properties", {})
    rewritten = {name: _brief_list(_brief(child)) for name, child in properties.items()}
    return node | ({"properties": rewritten} if properties else {})


def _brief_list(node: Schema) -> Schema:
    item: Schema = node.get("items", {})
    if "properties" not in item:
        return node
    return {"type": "array", "items": {"type": "object", "description": signature(item)}}
