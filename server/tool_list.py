"""Operations as MCP tools: schemas, hints, and what the guard adds to those it asks about."""

from typing import Any

from mcp.types import Tool, ToolAnnotations

from server.guard.policy import Policy
from server.guard.ways import CONFIRMATION, accepts_tokens, possible
from tools.contract import AnyOperation, Effect
from tools.schema import input_schema, output_schema

_ASKS = " The user is asked first."
_MAY_ASK = " The user may be asked first."
_TOKEN = {"type": "string", "description": "Only after the user's yes: the confirmation in the first result."}
_CHANGE = {"type": "string", "description": "The change that was made; undo_change takes it."}
_CHANGED: dict[str, Any] = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("path", "before", "after")},
    "required": ["path", "before", "after"],
}
_APPROVED: dict[str, Any] = {
    "type": "object",
    "description": "Who approved it on the approval page.",
    "properties": {"by": {"type": ["string", "null"]}, "note": {"type": ["string", "null"]}},
}
_OFFER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "confirmation_required": {
            "type": "object",
            "properties": {
                "confirmation": {"type": "string"},
                "question": {"type": "string"},
                "facts": {"type": "object", "additionalProperties": {"type": "string"}},
                "consequence": {"type": "string"},
                "valid_seconds": {"type": "number"},
                "difference": {"type": "array", "items": _CHANGED},
                "not_shown": {"type": "string"},
            },
            "required": ["confirmation", "question", "facts", "consequence", "valid_seconds"],
        }
    },
    "required": ["confirmation_required"],
}


def tool(operation: AnyOperation, policy: Policy) -> Tool:
    """Return the tool that clients are shown for an operation."""
    inputs, outputs = input_schema(operation.args), output_schema(operation.result)
    if operation.effect is not Effect.READ:
        outputs = _with_change(outputs)
    if accepts_tokens(policy, operation):
        inputs, outputs = _with_token(inputs), _or_offer(outputs)
    return Tool(
        name=operation.name,
        title=operation.title,
        description=operation.description + _who_is_asked(policy, operation),
        input_schema=inputs,
        output_schema=outputs,
        annotations=_hints(operation),
    )


def _who_is_asked(policy: Policy, operation: AnyOperation) -> str:
    required = possible(policy, operation)
    if required <= {"none", "deny"}:
        return ""
    return _MAY_ASK if "none" in required else _ASKS


def _hints(operation: AnyOperation) -> ToolAnnotations:
    """Return all four hints. The world is closed: the tenant's tasks, and nothing beyond."""
    return ToolAnnotations(
        read_only_hint=operation.effect is Effect.READ,
        destructive_hint=operation.effect is Effect.DESTROY,
        idempotent_hint=operation.repeatable,
        open_world_hint=False,
    )


def _with_change(schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"properties": schema["properties"] | {"change_id": _CHANGE, "approved": _APPROVED}}


def _with_token(schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"properties": schema["properties"] | {CONFIRMATION: _TOKEN}}


def _or_offer(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a result that may instead ask for consent; older clients want an object at the root."""
    definitions = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    result = {key: value for key, value in schema.items() if key != "$defs"}
    return {"type": "object", "anyOf": [result, _OFFER], **definitions}
