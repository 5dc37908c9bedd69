"""The page of tools: what each takes and gives."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from server.callers.scopes import needed
from server.guard.policy import DefaultPolicy
from server.tool_list import tool
from tests.reference.tables import code, table
from tools.catalog import OPERATIONS
from tools.contract import AnyOperation

_HEAD = """\
# Tools

Arguments may also be given in the API's own camelCase. `null` counts as left out, and an argument that does not exist
is refused: a typo must not turn into a wider call. Results are text for the model, and `structuredContent` for
programs; the tables below are about the second. Beside what is listed, the result of a tool that changes something has
`change_id`, and `approved` or `found_out` where that applies; a failure has `error` instead, of one of these
[kinds](errors.md).
"""
_BESIDE = frozenset({"change_id", "approved", "found_out"})
_HINTS = {"read_only_hint": "only reads", "destructive_hint": "destructive", "idempotent_hint": "repeatable"}

_AND_OTHERS = {"undo_change": ", and those of what it performs"}
"""What a tool's scopes are said with, where they are not all that can be needed."""

Schema = Mapping[str, Any]


def tools() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *(part for operation in OPERATIONS for part in _operation(operation))])


def _operation(operation: AnyOperation) -> Iterator[str]:
    shown = tool(operation, DefaultPolicy())
    hints = shown.annotations.model_dump() if shown.annotations else {}
    told = [said for hint, said in _HINTS.items() if hints.get(hint)]
    yield f"## {code(operation.name)}\n"
    yield f"{shown.description}\n"
    scopes = f"{', '.join(map(code, needed(operation)))}{_AND_OTHERS.get(operation.name, '')}"
    yield f"Hints: {', '.join(told) or 'none'}. Scopes: {scopes}.\n"
    yield f"{_fields('argument', shown.input_schema)}\n"
    yield f"{_fields('result', _result(shown.output_schema or {}))}\n"


def _result(schema: Schema) -> Schema:
    """Return the schema of a success, where there are others beside it."""
    first: Schema = schema["anyOf"][0] if "anyOf" in schema else schema
    own = {name: field for name, field in first.get("properties", {}).items() if name not in _BESIDE}
    return {**first, "properties": own, "$defs": schema.get("$defs", {})}


def _fields(what: str, schema: Schema) -> str:
    required = schema.get("required", [])
    rows = [
        (code(name), _type(field, schema), _says(field, required=what == "argument" and name in required))
        for name, field in cast("Mapping[str, Schema]", schema.get("properties", {})).items()
    ]
    return table((what, "type", "meaning"), rows) if rows else f"It has no {what}s of its own."


def _says(field: Schema, *, required: bool) -> str:
    default = f"Default: {code(_written(field['default']))}." if field.get("default") not in (None, [], {}) else ""
    return " ".join(filter(None, ["Required." if required else "", field.get("description", ""), default]))


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type(field: Schema, whole: Schema) -> str:
    """Return the type of a field in a few words."""
    if "$ref" in field:
        return _type(whole["$defs"][str(field["$ref"]).rpartition("/")[2]], whole)
    if "enum" in field:
        return ", ".join(code(choice) for choice in field["enum"])
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_type(choice, whole) for choice in field["anyOf"]))
    kind = str(field.get("type", "any"))
    return f"list of {_type(field['items'], whole)}" if kind == "array" and field.get("items") else kind
