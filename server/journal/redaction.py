"""Arguments as the audit may keep them: without secrets, and of a bounded size."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from server.journal.secret_names import is_secret
from server.journal.secret_texts import HIDDEN, without_secrets_in

_MAX_SIZE = 20_000
"""Characters of arguments that are kept; the journal has a specification whole."""

_MAX_DEPTH = 40
_MAX_WORD = 40
_AROUND = "\ufeff \t\r\n"

_NAMING = re.compile(
    r"name|key|k|n|id|field|header|param(?:eter)?|property|variable|label|attribute|title", re.IGNORECASE
)
_NAMED = re.compile(r"val(?:ue)?s?|v|data|content|text|default|raw|string", re.IGNORECASE)
"""What pairs are made of, such as `{"name": "password", "value": "…"}`."""


def without_secrets(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments with what is named or looks like a secret taken out; a size, where they are too large."""
    given = {name: value for name, value in arguments.items() if name != "confirmation"}
    try:
        size = len(json.dumps(given, default=str))
    except (ValueError, RecursionError):
        return {"left_out": "what JSON cannot hold"}
    return _fields(given, 0) if size <= _MAX_SIZE else {"left_out": f"{size} characters"}


def _hidden(value: object, depth: int) -> Any:
    if isinstance(value, str):
        return _text(value, depth)
    if isinstance(value, Mapping | list) and depth >= _MAX_DEPTH:
        return HIDDEN
    if isinstance(value, Mapping):
        return _fields(cast("Mapping[Any, object]", value), depth)
    if isinstance(value, list):
        return list(_items(cast("list[object]", value), depth))
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _fields(fields: Mapping[Any, object], depth: int) -> dict[str, Any]:
    named = {str(field) for field in fields if _NAMED.fullmatch(str(field))}
    names = {str(field): value for field, value in fields.items() if _NAMING.fullmatch(str(field))} if named else {}
    hidden = named if any(isinstance(name, str) and is_secret(name) for name in names.values()) else set[str]()
    return {
        without_secrets_in(str(field)): HIDDEN
        if _tells(value) and (field in hidden or (field not in names and is_secret(str(field))))
        else _hidden(value, depth + 1)
        for field, value in fields.items()
    }


def _tells(value: object) -> bool:
    return value is not None and not isinstance(value, bool)


def _items(items: list[object], depth: int) -> Iterator[Any]:
    """Yield what is left of a list; what follows a secret's name is taken for the secret."""
    named = False
    for item in items:
        yield HIDDEN if named and _tells(item) else _hidden(item, depth + 1)
        named = isinstance(item, str) and len(item) <= _MAX_WORD and " " not in item and is_secret(item)


def _text(text: str, depth: int) -> Any:
    """Return a text without secrets; of one that should be a document and cannot be read as one, only its size."""
    stripped = text.strip(_AROUND)
    if not stripped.startswith(("{", "[", '"')):
        return without_secrets_in(text)
    try:
        return _hidden(json.loads(stripped), depth + 1) if depth < _MAX_DEPTH else HIDDEN
    except (ValueError, RecursionError):
        return without_secrets_in(text) if stripped.startswith('"') else f"{HIDDEN} ({len(text)} characters)"
