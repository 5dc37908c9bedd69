"""Values that several models share: ids, times, tags, and leniently read lists.

Each is an annotated type: pydantic validates it, and its description becomes part of the tool schema.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, TypeVar, cast

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError

EXAMPLE_TASK_ID = "808aec38-3fb3-4163-a45e-1890e94081ea"

MAX_TEXT = 500
MAX_ARGUMENTS = 10_000
"""Arguments that are looked at one by one; no tool has as many."""

_EPOCH = re.compile(r"\d{12,15}")
_TASK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}")
_MAX_TAGS, _MAX_TAG_VALUES = 20, 100
_LARGEST_TAG = 10**15
"""A number beyond that is none, or is written in more ways than one."""
_NOT_IN_NAMES = ("Cc", "Cs")
"""Unicode's categories of control characters and of halves of characters."""

_EARLIEST_TIME = 10**11
"""1973: what is less is a year, a date without its dashes, or seconds, and would be taken for 1970."""

_LATEST_TIME = datetime(9999, 12, 31, tzinfo=UTC).timestamp() * 1000


def from_json_text(value: object) -> object:
    """Parse a JSON object or list that was sent as text; hand anything else through unchanged."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def list_from_text(value: object) -> object:
    """Read a list from JSON text or from the API's own comma-separated spelling."""
    value = from_json_text(value)
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


def _checked_task_id(value: str) -> str:
    if not _TASK_ID.fullmatch(value):
        raise PydanticCustomError(
            "task_id",
            "expected a task ID such as {example}; to find a task's ID by its name, call list_tasks with name",
            {"example": EXAMPLE_TASK_ID},
        )
    return value


def _searchable(value: str) -> str:
    """Refuse what nothing is found with. An empty filter would be none, and so a wider call than was meant.

    Raises:
        PydanticCustomError: empty, too long, or with characters that no name has.
    """
    if not value.strip() or len(value) > MAX_TEXT:
        raise PydanticCustomError("text", "expected 1 to {limit} characters; leave it out instead", {"limit": MAX_TEXT})
    if any(unicodedata.category(character) in _NOT_IN_NAMES for character in value):
        raise PydanticCustomError("text", "expected text without control characters")
    return value


def _milliseconds(value: object) -> int:
    """Read ISO 8601 text (UTC when it names no zone) or epoch milliseconds.

    Raises:
        PydanticCustomError: neither, or outside the years 1973 to 9999.
    """
    if isinstance(value, str):
        value = int(value) if _EPOCH.fullmatch(value.strip()) else _iso_to_milliseconds(value)
    if isinstance(value, int) and not isinstance(value, bool) and _EARLIEST_TIME <= value <= _LATEST_TIME:
        return value
    raise _not_a_time()


def _iso_to_milliseconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _not_a_time() from None
    return round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def _iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds" if milliseconds % 1000 else "seconds").replace("+00:00", "Z")


def _not_a_time() -> PydanticCustomError:
    return PydanticCustomError(
        "time", "expected ISO 8601 such as 2026-11-23T08:00:00Z, or epoch milliseconds such as 1795420800000"
    )


def _tag_values(value: object) -> dict[str, list[str] | None]:
    """Read a tag filter: each key with its accepted values, or None where the key alone must be present.

    Raises:
        PydanticCustomError: not a map, or a value that a tag cannot have.
    """
    value = from_json_text(value)
    if not isinstance(value, Mapping) or not 0 < len(cast("Mapping[str, object]", value)) <= _MAX_TAGS:
        raise _not_tags()
    return {_searchable(key): _accepted(accepted) for key, accepted in cast("Mapping[str, object]", value).items()}


def _accepted(value: object) -> list[str] | None:
    if value is None:
        return None
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    if not 0 < len(values) <= _MAX_TAG_VALUES or not all(map(_could_be_a_tag, values)):
        raise _not_tags()
    return [str(item).lower() if isinstance(item, bool) else _searchable(str(item)) for item in values]


def _could_be_a_tag(value: object) -> bool:
    is_number = isinstance(value, int | float) and abs(value) < _LARGEST_TAG
    return isinstance(value, str) or is_number


def _not_tags() -> PydanticCustomError:
    return PydanticCustomError(
        "tags", 'expected a map of tag keys to values such as {"site": "ghent", "line": ["1", "2"], "audited": null}'
    )


TaskId = Annotated[str, AfterValidator(_checked_task_id), Field(examples=[EXAMPLE_TASK_ID])]
"""A task's identifier. Anything that could not be one (a name, a path, an empty text) is refused."""

Time = Annotated[
    int, BeforeValidator(_milliseconds), PlainSerializer(_iso, when_used="json"), WithJsonSchema({"type": "string"})
]
"""A point in time: ISO 8601 or epoch milliseconds in, epoch milliseconds (what the API takes) inside."""

ShortText = Annotated[str, AfterValidator(_searchable)]
"""Something to search for; what is empty or longer than any name is refused."""

TagFilter = Annotated[dict[str, list[str] | None], BeforeValidator(_tag_values), WithJsonSchema({"type": "object"})]
"""Tag key to accepted values; None where having the key is enough."""

ItemT = TypeVar("ItemT")

TextList = Annotated[list[ItemT], BeforeValidator(list_from_text)]
"""A list of texts; JSON text and the API's own comma-separated spelling are read too."""

Flag = StrictBool
"""True or false and nothing else: a misread "no" must not become a yes."""


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Reads 20.0 as the integer that it is in JSON Schema: some clients know no other numbers. Goes behind constraints."""
