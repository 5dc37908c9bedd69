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
_FOUND_OUT = {"type": "string", "description": "Set where no answer told the outcome: how it was found out."}
_CHANGED: dict[str, Any] = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("path", "before", "after")},
    "required": ["path", "before", "after"],
}
_APPROVED: dict[str, Any] = {
    "type": "object",
    "description": "Who approved it on the approval page.",
    "properties": {"by": {"type": "string"}, "note": {"type": "string"}},
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
_FAILURE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "kind": {"type": "string"},
                "message": {"type": "string"},
                "retryable": {"type": "boolean"},
                "changed": {"enum": ["no", "yes", "unknown"]},
                "hint": {"type": "string"},
            },
            "required": ["kind", "message", "retryable", "changed"],
        }
    },
    "required": ["error"],
}


def tool(operation: AnyOperation, policy: Policy) -> Tool:
    """Return the tool that clients are shown for an operation."""
    inputs, outputs = input_schema(operation.args), output_schema(operation.result)
    if operation.effect is not Effect.READ:
        outputs = _with_change(outputs)
    tokens = accepts_tokens(policy, operation)
    return Tool(
        name=operation.name,
        title=operation.title,
        description=operation.description + _who_is_asked(policy, operation),
        input_schema=_with_token(inputs) if tokens else inputs,
        output_schema=_any_of(outputs, *([_OFFER] if tokens else []), _FAILURE),
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
    return schema | {
        "properties": schema["properties"] | {"change_id": _CHANGE, "approved": _APPROVED, "found_out": _FOUND_OUT}
    }


def _with_token(schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"properties": schema["properties"] | {CONFIRMATION: _TOKEN}}


def _any_of(schema: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a result that may be another one instead; older clients want an object at the root.

    A failure is one of them, though the protocol leaves failures out of the schema: the first TypeScript SDK checks
    them all the same, and would show what it thinks of the schema in place of what went wrong.
    """
    definitions = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    result = {key: value for key, value in schema.items() if key != "$defs"}
    return {"type": "object", "anyOf": [result, *others], **definitions}
