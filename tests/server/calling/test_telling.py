"""Arguments from the words of a command line: what was meant is what the tool gets, whatever it looks like."""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.calling.shown import example
from server.calling.telling import told_arguments
from server.calling.text_source import LARGEST, TextSource
from server.errors import InvalidArguments
from server.guard.policy import DefaultPolicy
from server.tool_list import tool
from tools.catalog import OPERATIONS
from tools.create_task import CREATE_TASK
from tools.list_tasks import LIST_TASKS
from tools.models.specification import Specification
from tools.replace_task import REPLACE_TASK
from tools.schema import input_schema
from tools.spellings import spellings

NAMES = [operation.name for operation in OPERATIONS]


def told(name: str, *words: str, whole: str | None = None, stdin: bytes = b"") -> dict[str, Any]:
    operation = OPERATIONS[NAMES.index(name)]
    properties = tool(operation, DefaultPolicy()).input_schema["properties"]
    source = TextSource(lambda: io.BytesIO(stdin))
    return told_arguments(words, whole, properties, spellings(operation.args), source)


def refusal(name: str, *words: str, whole: str | None = None) -> str:
    with pytest.raises(InvalidArguments) as refused:
        told(name, *words, whole=whole)
    return refused.value.message


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
"""What a shell can pass."""
SAID = TEXT.filter(lambda text: text != "-" and not text.startswith("@"))
KEYS = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_.-]{0,8}", fullmatch=True).filter(lambda key: not key.endswith("."))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
TAGS = st.dictionaries(KEYS, SAID | st.lists(SAID, min_size=2, max_size=3), min_size=1, max_size=3)


def by_schema(schema: Mapping[str, Any], name: str = "") -> st.SearchStrategy[Any]:
    """Return values that fit a schema."""
    if name == "tags":
        return TAGS
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("type") == "array":
        return st.lists(by_schema(schema["items"]), max_size=3)
    if "properties" in schema:
        inner = {key: by_schema(child, key) for key, child in schema["properties"].items() if key != "task"}
        return st.fixed_dictionaries({}, optional=inner).filter(bool)
    kinds = {"string": SAID, "integer": st.integers(-(10**17), 10**17), "boolean": st.booleans()}
    return kinds.get(schema.get("type", ""), st.dictionaries(KEYS, JSON, min_size=1, max_size=3))


def words_of(key: str, value: Any, *, tags: bool = False) -> Iterator[str]:
    """Yield a value as somebody types it who tells objects field by field."""
    if isinstance(value, dict) and value:
        for field, inner in cast("dict[str, Any]", value).items():
            yield from words_of(f"{key}.{field}", inner, tags=key.endswith("tags"))
    elif tags and isinstance(value, list):
        yield from (f"{key}={one}" for one in cast("list[str]", value))
    elif isinstance(value, bool):
        yield f"{key}={str(value).lower()}"
    else:
        yield f"{key}={value if isinstance(value, str) else json.dumps(value)}"


def without_document(arguments: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in arguments.items() if key != "specification"}


TYPED = st.sampled_from([LIST_TASKS, CREATE_TASK, *OPERATIONS]).flatmap(
    lambda operation: st.tuples(
        st.just(operation.name),
        st.fixed_dictionaries(
            {}, optional={key: by_schema(one, key) for key, one in input_schema(operation.args)["properties"].items()}
        ),
    )
)


@given(TYPED)
def test_what_is_typed_by_the_schema_is_what_the_tool_gets(typed: tuple[str, dict[str, Any]]) -> None:
    name, arguments = typed
    words = [word for key, value in arguments.items() for word in words_of(key, value) if key != "specification"]
    document = arguments.get("specification", {})
    for key, value in document.items():
        # Values that no schema describes are read as JSON, and so told as JSON.
        free = key == "variables"
        inner = {field: json.dumps(one) for field, one in value.items()} if free else value
        words += words_of(f"specification.{key}", inner)
    if name == "replace_task":  # its schema says nothing of its document, which is read as that of create_task
        words, arguments = [word for word in words if "specification." not in word], without_document(arguments)
    assert told(name, *words) == arguments


@given(TYPED)
def test_all_arguments_at_once_are_taken_as_they_are(typed: tuple[str, dict[str, Any]]) -> None:
    name, arguments = typed
    assert told(name, whole=json.dumps(arguments)) == arguments
    assert told(name, whole="-", stdin=json.dumps(arguments).encode()) == arguments


@given(st.sampled_from(NAMES), st.lists(st.text(max_size=20) | st.builds("{}={}".format, st.text(), st.text())))
def test_whatever_is_typed_is_understood_or_refused(name: str, words: list[str]) -> None:
    with suppress(InvalidArguments):
        told(name, *words)


def test_a_text_of_digits_stays_a_text_and_a_number_is_one() -> None:
    assert told("list_tasks", "name=42", "hits=42", "tags.unit=4", "include_health=true") == {
        "name": "42", "hits": 42, "tags": {"unit": "4"}, "include_health": True,
    }  # fmt: skip


def test_what_does_not_fit_stays_what_it_is_for_the_tool_to_refuse() -> None:
    assert told("list_tasks", "hits=many", "include_health=yes", "tags=none") == {
        "hits": "many", "include_health": "yes", "tags": "none",
    }  # fmt: skip


def test_lists_are_told_in_three_ways() -> None:
    expected = {"fields": ["runs", "health"]}
    assert told("list_tasks", "fields=runs,health") == expected
    assert told("list_tasks", "fields=runs", "fields=health") == expected
    assert told("list_tasks", 'fields=["runs", "health"]') == expected
    assert told("list_tasks", 'tag_keys=["a,b"]') == {"tag_keys": ["a,b"]}


def test_a_tag_that_is_told_twice_may_have_either_value() -> None:
    assert told("list_tasks", "tags.site=ghent", "tags.site=lille") == {"tags": {"site": ["ghent", "lille"]}}


def test_a_document_from_a_file_is_changed_by_what_is_told_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "task.json"
    file.write_text('{"name": "Pump", "template": "pumpVibration", "tags": {"site": "ghent"}}\n')
    for words in (
        (f"specification=@{file}", "specification.name=7", "specification.tags.unit=4", "specification.frequency=5"),
        ("specification.name=7", "specification.tags.unit=4", "specification.frequency=5", f"specification=@{file}"),
    ):
        for name in ("create_task", "replace_task"):
            assert told(name, *words)["specification"] == {
                "name": "7", "template": "pumpVibration", "tags": {"site": "ghent", "unit": "4"}, "frequency": 5,
            }  # fmt: skip


def test_in_a_rules_form_the_settings_are_read_as_in_the_other() -> None:
    words = ("specification.task.name=7", "specification.task.frequency=5", "specification.task.start=false")
    task = told("create_task", *words, 'specification.sensors=[{"label": "a"}]')["specification"]
    assert task == {"task": {"name": "7", "frequency": 5, "start": False}, "sensors": [{"label": "a"}]}


def test_the_apis_own_spelling_counts_too() -> None:
    assert told("get_task", "taskId=x") == {"task_id": "x"}
    assert refusal("get_task", "taskId=x", "task_id=y") == "task_id was given twice"


def test_a_file_and_stdin_are_read_without_the_line_break_at_their_end(tmp_path: Path) -> None:
    (tmp_path / "name").write_bytes(b"\xef\xbb\xbfPump\r\n")
    assert told("list_tasks", f"name=@{tmp_path}/name", "filter=-", stdin=b"one\n") == {
        "name": "Pump", "filter": "one",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("hits",), 'expected name=value, not "hits"'),
        (("=5",), 'expected name=value, not "=5"'),
        (("hits=1", "hits=2"), "hits was given twice"),
        (("hits.more=1",), "hits has no fields that could be told one by one: give it whole"),
        (("tags.=1",), "tags.: expected a field's name behind the dot"),
        (("tags=x", "tags.site=ghent"), "tags: expected a JSON object"),
        (("name=@/nowhere/file",), "name: the file behind @ cannot be read (No such file or directory)"),
        (("name=@a\0b",), "name: what is behind @ is no file's name"),
        (("name=-", "filter=-"), "filter: stdin can be read once, and name has read it"),
    ],
)
def test_what_cannot_be_understood_is_refused(words: tuple[str, ...], said: str) -> None:
    assert refusal("list_tasks", *words) == said


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"\xff")
    assert refusal("list_tasks", f"name=@{file}") == "name: expected text in UTF-8"
    file.write_bytes(b"x" * (LARGEST + 1))
    assert refusal("list_tasks", f"name=@{file}") == "name: more than 4,000,000 bytes are not read"


def test_all_arguments_have_to_be_an_object() -> None:
    assert refusal("list_tasks", whole="[1]") == "--args: expected a JSON object, as in --args '{\"hits\": 5}'"


def test_a_field_that_is_there_twice_is_refused_by_its_name(tmp_path: Path) -> None:
    said = 'the field "task_id" is there twice; leave one of them out'
    assert refusal("get_task", whole='{"task_id": "a", "task_id": "b"}') == f"--args: {said}"
    assert refusal("create_task", 'specification.tags=[{"task_id": 1, "task_id": 1}]').endswith(said)
    file = tmp_path / "task.json"
    file.write_text('{"name": "Pump", "tags": {"task_id": "a", "task_id": "b"}}')
    for words in ((f"specification=@{file}",), (f"specification=@{file}", "specification.name=7")):
        assert refusal("create_task", *words) == f"specification: {said}"


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_every_tool_is_taken(name: str, tmp_path: Path) -> None:
    shown = example(tool(OPERATIONS[NAMES.index(name)], DefaultPolicy())).split()
    assert shown[:3] == ["waylay-tasks-mcp", "call", name]
    file = tmp_path / "file.json"
    file.write_text(json.dumps({"name": "Pump", "template": "t", "type": "periodic", "frequency": 60_000}))
    words = [word.replace("@file.json", f"@{file}").replace("CHANGE_ID", "3f9a04c1d2") for word in shown[3:]]
    arguments = OPERATIONS[NAMES.index(name)].args.model_validate(told(name, *words))
    assert isinstance(getattr(arguments, "specification", Specification()), dict)


def test_a_replacements_document_is_read_as_that_of_a_creation() -> None:
    assert REPLACE_TASK.args.model_fields.keys() >= {"specification"}
    assert told("replace_task", "specification.name=7") == {"specification": {"name": "7"}}
