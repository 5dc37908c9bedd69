"""One argument's value: from the text that a shell passes to what the tool's schema wants.

What does not fit stays the text that it is, so that the server says what it expected instead.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from server.errors import InvalidArguments
from server.name_value import json_or_text

Schema = Mapping[str, Any]

ANY: Schema = {}
"""What says nothing of its values: they are read as JSON, and are texts where they are none."""

TEXTS: Schema = {"type": ["string", "array"]}
"""A text, or a list of texts where the key comes more than once: a tag's values."""

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_FLAGS = {"true": True, "false": False}


def value_of(key: str, texts: Sequence[str], schema: Schema) -> Any:
    """Return the value of an argument.

    Args:
        key: What it is called on the command line.
        texts: What was given for it, once for each time.
        schema: What the tool wants there.

    Raises:
        InvalidArguments: it was given more than once, and is no list.
    """
    kind = schema.get("type")
    if kind == "array":
        return _listed(texts, schema.get("items", ANY))
    if kind == TEXTS["type"]:
        return texts[0] if len(texts) == 1 else [*texts]
    if len(texts) > 1:
        raise InvalidArguments(f"{key} was given twice", field=key)
    return _single(texts[0], kind)


def _single(text: str, kind: object) -> Any:
    if kind == "integer":
        return int(text) if _WHOLE.fullmatch(text) else text
    if kind == "boolean":
        return _FLAGS.get(text, text)
    if kind == "object":
        read: object = json_or_text(text)
        return cast("dict[str, Any]", read) if isinstance(read, dict) else text
    return json_or_text(text) if kind is None else text


def _listed(texts: Sequence[str], items: Schema) -> list[Any]:
    """Return a list: JSON, or values with commas between them, or the key as often as there are values."""
    return [value for text in texts for value in _part(text, items)]


def _part(text: str, items: Schema) -> list[Any]:
    read: object = json_or_text(text) if text.lstrip()[:1] in ("[", "{") else text
    if isinstance(read, list):
        return cast("list[Any]", read)
    if not isinstance(read, str):
        return [read]
    texts = [part.strip() for part in text.split(",")] if items.get("type") == "string" else [text]
    return [_single(part, items.get("type")) for part in texts]
