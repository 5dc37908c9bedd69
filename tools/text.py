"""Text that is safe to show: names, tags and error texts come from strangers.

Nothing invisible or line-breaking passes, length is capped, and a value never starts a line of its own, because
everything here fits on one line.
"""

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, cast

MAX_VALUE = 120
"""Characters of a foreign value that are shown."""

_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""Characters that Python calls printable and nobody sees: Unicode's Default_Ignorable_Code_Point, and the empty
Braille cell. Texts are hidden in them."""

_ORDINARY = re.compile(r"[A-Za-z0-9_.:/@+-]+")

_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))


def clean(value: object, limit: int = MAX_VALUE) -> str:
    """Return `value` on one line, without control, bidirectional and zero-width characters, in `limit` characters."""
    raw = str(value)
    visible = "".join(_visible(character) for character in raw[: limit * 4])
    line = " ".join(visible.split())
    return line if len(line) <= limit and len(raw) <= limit * 4 else line[: limit - 1] + "…"


def _visible(character: str) -> str:
    if character.isprintable() and not _UNSEEN.match(character):
        return character
    return " " if character.isspace() else ""


def without_invisible(document: Any) -> Any:
    """Return a JSON document whose texts have no invisible characters; line breaks become spaces."""
    if isinstance(document, dict):
        fields = cast("dict[str, Any]", document)
        return {without_invisible(key): without_invisible(value) for key, value in fields.items()}
    if isinstance(document, list):
        return [without_invisible(item) for item in cast("list[Any]", document)]
    return "".join(map(_visible, document)) if isinstance(document, str) else document


def quoted(value: object, limit: int = MAX_VALUE) -> str:
    """Return `value` cleaned and in double quotes that it cannot close itself."""
    return '"' + clean(value, limit).replace('"', "'") + '"'


def plain(value: object, limit: int = MAX_VALUE) -> str:
    """Return `value` cleaned, and in quotes unless it is one ordinary word: it cannot pose as more than a value."""
    shown = clean(value, limit)
    return shown if _ORDINARY.fullmatch(shown) else quoted(shown, limit)


def iso(milliseconds: int | None) -> str | None:
    """Return epoch milliseconds as ISO 8601 in UTC, to the second; None for None and for what no calendar holds."""
    if milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return None


def iso_short(text: str) -> str:
    """Return an `iso` time in ISO 8601's basic format, to the minute: half the tokens, for tables."""
    return text.replace("-", "").replace(":", "")[:13] + "Z"


def span(milliseconds: int) -> str:
    """Return a length of time in the largest unit that divides it: `15 min`, `90 s`, `250 ms`."""
    for size, unit in _UNITS:
        if milliseconds >= size and milliseconds % size == 0:
            return f"{milliseconds // size} {unit}"
    return f"{milliseconds} ms"


def csv_line(values: Iterable[str]) -> str:
    """Return one CSV row (RFC 4180 quoting) without a line ending."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(values)
    return buffer.getvalue()


def json_text(document: object, *, in_order: bool = False) -> str:
    """Return `document` as one line of JSON in which every invisible character is an escape: safe, and without loss.

    Args:
        document: Any JSON value.
        in_order: Whether fields are sorted by their names, so that documents which say the same have the same text.
    """
    text = json.dumps(document, ensure_ascii=False, sort_keys=in_order)
    if text.isascii() and text.isprintable():
        return text
    return re.sub(r"[^ -~]", lambda match: _escaped(match[0]), text)


def _escaped(character: str) -> str:
    return character if _visible(character) == character else json.dumps(character)[1:-1]
