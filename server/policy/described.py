"""A call as it is told on the command line: the task from a file or piece by piece, and the arguments."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from server.name_value import json_or_text, name_and_value
from server.policy.reading_conditions import WORDS
from server.policy.twice import first_twice
from server.policy.wrong import unknown
from server.settings import SettingsError
from tools.contract import AnyOperation, Target
from tools.text import quoted

_TEXTS = ("name", "status", "type", "template")
_FIELDS = (*_TEXTS, "resource", "protected", "tags.KEY")
_KINDS: Mapping[str, type] = {**dict.fromkeys(_TEXTS, str), "tags": dict, "protected": bool}
_RESOURCES = ("resource", "resources", "resourceIds", "resource_ids")
"""How documents spell what a task is about: a specification, a tool, the service."""


def described_task(told: Sequence[str]) -> Target:
    """Return the task that `told` describes; what is not told, the task has not.

    Args:
        told: `field=value` pairs, and JSON files that hold a task as the service or a tool shows it.

    Raises:
        SettingsError: naming what cannot be understood.
    """
    facts: dict[str, Any] = {"tags": {}, "resource": []}
    for piece in sorted(told, key=lambda piece: "=" in piece):
        if "=" in piece:
            _tell(facts, *name_and_value(piece, "--task"))
        else:
            _take(facts, _document(Path(piece)))
    return Target(
        id="",
        name=facts.get("name") or "",
        status=facts.get("status") or "",
        type=facts.get("type"),
        template=facts.get("template"),
        resources=tuple(dict.fromkeys(facts["resource"])),
        tags=facts["tags"],
        protected=facts.get("protected") is True,
    )


def described_arguments(told: Sequence[str], operation: AnyOperation) -> dict[str, Any]:
    """Return the arguments that `told` describes as `key=value`, over the defaults of `operation`.

    A value is read as JSON, and is the text that it is where it is none.

    Raises:
        SettingsError: the operation has no such argument, or JSON has a field twice.
    """
    fields = operation.args.model_fields
    defaults = {name: field.get_default() for name, field in fields.items() if not field.is_required()}
    given: dict[str, Any] = {}
    for piece in told:
        key, value = name_and_value(piece, "--argument")
        if key.partition(".")[0] not in fields:
            raise SettingsError(f"--argument: {unknown('argument', key.partition('.')[0], tuple(fields))}")
        given[key] = json_or_text(value)
    return {**defaults, **given}


def _tell(facts: dict[str, Any], field: str, value: str) -> None:
    """Add one `field=value` to the facts.

    Raises:
        SettingsError: there is no such field, or it cannot have this value.
    """
    words = ("true", "false") if field == "protected" else WORDS.get(field, ())
    if words and value not in words:
        raise SettingsError(f"--task: {unknown(f'value of {field}', value, words)}")
    if field.startswith("tags.") and field != "tags.":
        facts["tags"] = {**facts["tags"], field.removeprefix("tags."): value}
    elif field in ("resource", "protected"):
        facts[field] = value == "true" if field == "protected" else [*facts[field], value]
    elif field in _TEXTS:
        facts[field] = value
    else:
        raise SettingsError(f"--task: {unknown('field', field, _FIELDS)}")


def _document(path: Path) -> Mapping[str, Any]:
    """Return the JSON object in a file.

    Raises:
        SettingsError: there is none, it holds something else, or has a field twice, of which only one could count.
    """
    text = ""
    try:
        text = path.read_text("utf-8-sig")
        document = json.loads(text)
    except OSError:
        raise SettingsError(
            f"--task: {quoted(path)} is no file that can be read: nothing is fetched here, so describe the task by a "
            "JSON file or as field=value, and not by its ID"
        ) from None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise SettingsError(f"--task: {quoted(path)} does not hold a JSON object")
    if twice := first_twice(text):
        raise SettingsError(f"--task: {quoted(path)}, {twice}; leave one of them out")
    return cast("Mapping[str, Any]", document)


def _take(facts: dict[str, Any], document: Mapping[str, Any]) -> None:
    """Add what a document says of a task, in it or in its `task`; whatever else is in there says nothing."""
    inner = document.get("task")
    levels = (document, cast("Mapping[str, object]", inner)) if isinstance(inner, dict) else (document,)
    for level in levels:
        for field, kind in _KINDS.items():
            if isinstance(level.get(field), kind):
                facts[field] = level[field]
        for spelling in _RESOURCES:
            facts["resource"] = [*facts["resource"], *_texts(level.get(spelling))]


def _texts(value: object) -> list[str]:
    listed = cast("list[object]", value) if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, str)]
