"""An object's JSON Schema as one line, the way TypeScript would put it.

The nested parts of a document cost about a third of the context in this form, and an assistant reads it as well.
"""

from typing import Any

Schema = dict[str, Any]

_SHORT = {"integer": "int", "boolean": "bool", "string": "text"}


def signature(schema: Schema) -> str:
    """Return for example `{label, timeout?, position?: int[2], retryConfig?: {maxRetries: int}}`.

    A field without a type is a text; `?` marks what can be left out; a format (`ms`, `duration`) stands for its type.
    The schema is a compact one: without references and without alternatives.
    """
    required = schema.get("required", [])
    fields = [
        name + ("" if name in required else "?") + _annotation(child) for name, child in schema["properties"].items()
    ]
    return "{" + ", ".join(fields) + "}"


def _annotation(schema: Schema) -> str:
    text = _type_of(schema)
    return "" if text == "text" else f": {text}"


def _type_of(schema: Schema) -> str:
    if "format" in schema:
        return str(schema["format"])
    if "enum" in schema:
        return "|".join(schema["enum"])
    if "properties" in schema:
        return signature(schema)
    if schema["type"] == "array":
        return f"{_type_of(schema['items'])}[{schema.get('maxItems', '')}]"
    return _SHORT.get(schema["type"], str(schema["type"]))
