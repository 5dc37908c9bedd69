"""A call's arguments from the words of a command line, by the tool's schema."""

import copy
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from server.calling.text_source import TextSource
from server.calling.values import ANY, TEXTS, Schema, value_of
from server.errors import InvalidArguments
from server.name_value import json_or_text, name_and_value
from server.settings import SettingsError
from tools.create_task import CREATE_TASK
from tools.schema import input_schema
from tools.text import plain

Path = tuple[str, ...]

_WHOLE = "--args"
_MAX_KEY = 60


def told_arguments(
    words: Sequence[str],
    whole: str | None,
    properties: Mapping[str, Schema],
    spellings: Mapping[str, str],
    source: TextSource,
) -> dict[str, Any]:
    """Return the arguments that are told.

    Args:
        words: `key=value` each; `key.field=value` for what is in an object.
        whole: All arguments as JSON, which `words` add to and win over.
        properties: What the tool takes.
        spellings: Other names of arguments, and what these are.
        source: Reads what stands in files and on stdin.

    Raises:
        InvalidArguments: something cannot be understood. What the tool makes of the arguments is not looked at here.
    """
    arguments = {} if whole is None else _all(source.text(_WHOLE, whole))
    told = _grouped(words, properties, spellings, source)
    # A document comes first, and then what is changed in it, in whichever order they were told.
    for path, texts in sorted(told.items(), key=lambda item: len(item[0])):
        with _understood(_key(path)):
            _put(arguments, path, value_of(_key(path), texts, _schema_at(path, properties)))
    return arguments


def _all(text: str) -> dict[str, Any]:
    with _understood(_WHOLE):
        read = json_or_text(text)
    if not isinstance(read, dict):
        raise InvalidArguments(f"{_WHOLE}: expected a JSON object, as in --args '{{\"hits\": 5}}'")
    return cast("dict[str, Any]", read)


@contextmanager
def _understood(key: str) -> Generator[None]:
    """Refuse what cannot be understood as what is told for a key."""
    try:
        yield
    except SettingsError as error:
        raise InvalidArguments(f"{key}: {error}", field=key) from None


def _grouped(
    words: Sequence[str], properties: Mapping[str, Schema], spellings: Mapping[str, str], source: TextSource
) -> dict[Path, list[str]]:
    told: dict[Path, list[str]] = {}
    for word in words:
        try:
            key, text = name_and_value(word)
        except SettingsError as error:
            raise InvalidArguments(str(error)) from None
        path = _path(key, properties, spellings)
        told.setdefault(path, []).append(source.text(_key(path), text))
    return told


def _path(key: str, properties: Mapping[str, Schema], spellings: Mapping[str, str]) -> Path:
    """Return the way to a value: fields that are known are descended into, and what is left is one field's name."""
    head, dot, rest = key.partition(".")
    name = spellings.get(head, head)
    if name not in properties or not dot:
        return (key if dot else name,)
    return (name, *_below(name, rest, _fields(name, properties)))


def _below(key: str, rest: str, schema: Schema) -> Path:
    if not rest:
        raise InvalidArguments(f"{plain(key, _MAX_KEY)}.: expected a field's name behind the dot")
    if schema.get("type", "object") != "object":
        raise InvalidArguments(f"{plain(key, _MAX_KEY)} has no fields that could be told one by one: give it whole")
    fields = schema.get("properties")
    if fields is None:
        return (rest,)
    head, dot, more = rest.partition(".")
    return (head, *_below(f"{key}.{head}", more, _within(fields, head))) if dot else (head,)


def _schema_at(path: Path, properties: Mapping[str, Schema]) -> Schema:
    head, *rest = path
    schema = _fields(head, properties)
    for step in rest:
        fields = schema.get("properties")
        schema = _free(schema, path) if fields is None else _within(fields, step)
    return schema


def _free(schema: Schema, path: Path) -> Schema:
    """Return what is known of values in an object that may have any fields: tags are texts, also those of digits."""
    return TEXTS if "tags" in path[:-1] else ANY


def _fields(name: str, properties: Mapping[str, Schema]) -> Schema:
    """Return an argument's schema. Specifications are described once in full, by the tool that creates tasks."""
    if name in properties and name == "specification":
        return input_schema(CREATE_TASK.args)["properties"][name]
    return properties.get(name, {"type": "string"})


def _within(fields: Mapping[str, Schema], name: str) -> Schema:
    """Return a field's schema. In a rule's form, what the other form has at its top is in `task`."""
    schema = fields.get(name, ANY)
    settings = {field: one for field, one in fields.items() if field != "task"}
    return {**schema, "properties": settings} if name == "task" else schema


def _put(arguments: dict[str, Any], path: Path, value: Any) -> None:
    *way, last = path
    at = arguments
    for number, step in enumerate(way, start=1):
        below = copy.copy(_object(at.get(step), path[:number]))
        at[step] = at = below
    at[last] = value


def _object(value: Any, path: Path) -> dict[str, Any]:
    """Return the object that is to be added to.

    Raises:
        InvalidArguments: what was told for it is no object.
    """
    read: object = {} if value is None else json_or_text(value) if isinstance(value, str) else value
    if not isinstance(read, dict):
        raise InvalidArguments(f"{_key(path)}: expected a JSON object", field=_key(path))
    return cast("dict[str, Any]", read)


def _key(path: Path) -> str:
    return plain(".".join(path), _MAX_KEY)
