"""Pairs of `name=value` on the command line."""

import json
from collections.abc import Sequence
from typing import Any

from server.settings import SettingsError
from tools.text import quoted

_MAX_NAME = 60


def name_and_value(piece: str, flag: str = "") -> tuple[str, str]:
    """Return name and value of a `name=value`; `flag` is the one behind which it stands, if there is one.

    Raises:
        SettingsError: it is none.
    """
    key, equals, value = piece.partition("=")
    if not equals or not key.strip():
        raise SettingsError(f"{flag}{': ' if flag else ''}expected name=value, not {quoted(piece)}")
    return key.strip(), value


def json_or_text(text: str) -> Any:
    """Return the JSON value that a text is, or the text where it is none.

    Raises:
        SettingsError: an object in it has a field twice, of which only one could count.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return text


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in pairs:
        if name in read:
            raise SettingsError(f"the field {quoted(name, _MAX_NAME)} is there twice; leave one of them out")
        read[name] = value
    return read
