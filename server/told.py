"""What is told on the command line as `name=value`."""

import json
from typing import Any

from server.settings import SettingsError
from tools.text import quoted


def halves(piece: str, flag: str = "") -> tuple[str, str]:
    """Return name and value of a `name=value`; `flag` is the one behind which it stands, if there is one.

    Raises:
        SettingsError: it is none.
    """
    key, equals, value = piece.partition("=")
    if not equals or not key.strip():
        raise SettingsError(f"{flag}{': ' if flag else ''}expected name=value, not {quoted(piece)}")
    return key.strip(), value


def json_or_text(text: str) -> Any:
    """Return the JSON value that a text is, or the text where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
