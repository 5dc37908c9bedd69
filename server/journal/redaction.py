"""Arguments as the audit may keep them: without secrets, and of a bounded size."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

_SECRET_NAMES = re.compile(
    r"passw|passphrase|secret|token|api_?-?key|auth|credential|private_?-?key|cookie|session|signature", re.IGNORECASE
)
_SECRET_TEXTS = re.compile(r"\b(?:Bearer|Basic)\s+\S+|(?<=://)[^/\s@]+(?=@)", re.IGNORECASE)
_HIDDEN = "…"
_MAX_SIZE = 20_000
"""Characters of arguments that are kept; the journal has a specification whole."""


def without_secrets(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments with what is named or looks like a secret taken out; a size, where they are too large."""
    kept = {name: _hidden(name, value) for name, value in arguments.items() if name != "confirmation"}
    size = len(json.dumps(kept, default=str))
    return kept if size <= _MAX_SIZE else {"left_out": f"{size} characters", "task_id": kept.get("task_id")}


def _hidden(name: str, value: object) -> Any:
    if _SECRET_NAMES.search(name) and not isinstance(value, bool):
        return _HIDDEN
    if isinstance(value, Mapping):
        return {key: _hidden(str(key), item) for key, item in cast("Mapping[Any, object]", value).items()}
    if isinstance(value, list):
        return [_hidden("", item) for item in cast("list[object]", value)]
    return _SECRET_TEXTS.sub(_HIDDEN, value) if isinstance(value, str) else value
