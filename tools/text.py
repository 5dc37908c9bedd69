"""Text that is safe to show: names, tags and error texts come from strangers.

All that is shown is neutralised here. A *value* (`clean`, `quoted`, `plain`) is on one line, capped, and without what
nobody sees, towers of marks, and markup; it is so in text and in the data beside it. A *document* is what is read,
edited and written back: a specification, in the data of get_task_configuration and in what is sent. It passes as it is,
and where it is shown as text (`json_text`), what is not safe in it is an escape, so that nothing is lost there either.
Runtime data is never written back, so it loses what nobody sees (`without_invisible`).
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import dropwhile
from typing import Any, cast

MAX_VALUE = 120
"""Characters of a foreign value that are shown."""

_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""Characters that Python calls printable and nobody sees: Unicode's Default_Ignorable_Code_Point, and the empty
Braille cell. Texts are hidden in them."""

_QUOTES = re.compile('["\u02ba\u02dd\u02ee\u05f4\u201c-\u201f\u2033\u2036\u275d\u275e\u301d-\u301f\uff02]')
"""The double quote and what looks like one."""

_MARKUP = re.compile(r"<(?=[A-Za-z][\w.+-]*[\s/>:]|/[A-Za-z]|[!?])|!(?=\[)|\](?=\()|&(?=#|\w+;)")
"""Where markup begins that hosts may act upon in the middle of a line: HTML, whose comments hide what follows them,
images, links, and references to characters. What else Markdown has begins a line, and no value does."""

_MARKS = 4
"""Marks upon one letter that are shown: no language has more, and towers of them cover the lines around."""

_FORMULA = re.compile("'*[=+@\uff1d\uff0b\uff0d\uff20-]")
"""How a cell begins that a spreadsheet would calculate."""

_ORDINARY = re.compile(r"[A-Za-z0-9_.:/@+-]+")
_ORDINARY_LINE = re.compile(rf"{_ORDINARY.pattern}(?: {_ORDINARY.pattern})*")
"""Words in which there is nothing to neutralise: most of what is shown."""

_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))


def clean(value: object, limit: int = MAX_VALUE) -> str:
    """Return `value` on one line of at most `limit` characters, without invisible ones, towers of marks and markup."""
    raw = value if isinstance(value, str) else _written(value)
    if len(raw) <= limit and _ORDINARY_LINE.fullmatch(raw):
        return raw
    visible = _without_towers(_one_line(_seen(raw[: limit * 4], _Visible())))
    line = _MARKUP.sub(lambda found: f"{found[0]} ", visible)
    return line if len(line) <= limit and len(raw) <= limit * 4 else line[: limit - 1] + "…"


def _one_line(text: str) -> str:
    """Return a text on one line, which begins with no mark: that would be upon what stands before the text."""
    line, kinds = " ".join(text.split()), _Kind()
    return line if line.isascii() else "".join(dropwhile(lambda each: each == " " or kinds[ord(each)] == "^", line))


def _written(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # Python's word for an integer of thousands of digits
        return "a very long number"


class _Visible(dict[int, str]):
    """What becomes of each character: itself, a space, or nothing. Each is looked at once, however long a text is."""

    def __missing__(self, code: int) -> str:
        self[code] = shown = _visible(chr(code))
        return shown


class _Escaped(dict[int, str]):
    """The same where nothing may be lost: itself, or its escape in JSON."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        shown = _visible(character) == character and not (code > ord("~") and _QUOTES.match(character))
        self[code] = text = character if shown else json.dumps(character)[1:-1]
        return text


class _Kind(dict[int, str]):
    """Which characters are marks upon others."""

    def __missing__(self, code: int) -> str:
        is_mark = unicodedata.category(chr(code)) in ("Mn", "Me")
        self[code] = kind = "^" if is_mark else '"' if chr(code) == '"' else "-"
        return kind


def _seen(text: str, table: dict[int, str]) -> str:
    return text if text.isascii() and text.isprintable() else text.translate(table)


def _visible(character: str) -> str:
    if character.isprintable() and not _UNSEEN.match(character):
        return character
    return " " if character.isspace() else ""


def _without_towers(text: str, *, escaped: bool = False) -> str:
    """Return a text in which no letter has too many marks, and no quote has any; the rest goes, or is escaped."""
    if text.isascii():
        return text
    kept: list[str] = []
    begin = 0
    for found in re.finditer(rf'(?:^|(?<=")|(?<=\^{{{_MARKS}}}))\^+', text.translate(_Kind())):
        over = text[found.start() : found.end()]
        kept += [text[begin : found.start()], json.dumps(over)[1:-1] if escaped else ""]
        begin = found.end()
    return "".join([*kept, text[begin:]])


def without_invisible(document: Any) -> Any:
    """Return a JSON document whose texts have no invisible characters; line breaks become spaces."""
    return _without(document, _Visible())


def _without(document: Any, table: dict[int, str]) -> Any:
    if isinstance(document, dict):
        fields = cast("dict[str, Any]", document)
        return {_seen(key, table): _without(value, table) for key, value in fields.items()}
    if isinstance(document, list):
        return [_without(item, table) for item in cast("list[Any]", document)]
    return _seen(document, table) if isinstance(document, str) else document


def quoted(value: object, limit: int = MAX_VALUE) -> str:
    """Return `value` cleaned and in double quotes that it cannot close itself, nor seem to."""
    return _in_quotes(clean(value, limit))


def plain(value: object, limit: int = MAX_VALUE) -> str:
    """Return `value` cleaned, and in quotes unless it is one ordinary word: it cannot pose as more than a value."""
    shown = clean(value, limit)
    return shown if _ORDINARY.fullmatch(shown) else _in_quotes(shown)


def _in_quotes(shown: str) -> str:
    return '"' + _QUOTES.sub("'", shown) + '"'


def iso(milliseconds: int | None) -> str | None:
    """Return epoch milliseconds as ISO 8601 in UTC, to the second; None for None and for what no calendar holds."""
    if milliseconds is None:
        return None
    try:
        return f"{datetime.fromtimestamp(milliseconds // 1000, UTC).replace(tzinfo=None).isoformat()}Z"
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
    """Return one CSV row (RFC 4180 quoting) without a line ending.

    A cell that a spreadsheet would calculate has an apostrophe more in front, by which spreadsheets know texts.
    """
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(f"'{cell}" if _FORMULA.match(cell) else cell for cell in values)
    return buffer.getvalue()


def json_text(document: object, *, in_order: bool = False) -> str:
    """Return `document` as one line of JSON in which whatever is not safe is an escape: nothing is lost.

    Args:
        document: Any JSON value.
        in_order: Whether fields are sorted by their names, so that documents which say the same have the same text.
    """
    text = json.dumps(document, ensure_ascii=False, sort_keys=in_order)
    if not text.isascii():
        text = _without_towers(_seen(text, _Escaped()), escaped=True)
    return without_markup(text)


def without_markup(text: str) -> str:
    """Return a JSON text in which no markup begins, and of ASCII everything is seen."""
    return _MARKUP.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\x7f", r"\u007f"))
