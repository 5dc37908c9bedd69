"""What one specification changes in another: all of it, in our order, and never two texts that look alike."""

import copy
import json
import time
from collections.abc import Mapping
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.test_text import is_invisible
from tools.alignment import apart
from tools.difference import differences
from tools.models.specification import RULE_EXAMPLE, TEMPLATE_EXAMPLE

MAIL: dict[str, Any] = {"label": "mail_1", "name": "mail", "version": "1.0.0"}
SCRIPT = "".join(f"step({number});" for number in range(1000))
LINES = "".join(f"step({number});\n" for number in range(1000))
MARK = "only here"

KEYS = st.sampled_from(["name", "task", "a", "b.c", "x y", "\u202e", "k" * 101]) | st.text(max_size=3)
LEAVES = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([1.0, "a  b", "a b", "", "x\ny" * 120])
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
DOCUMENTS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(KEYS, VALUES, max_size=5)


def rule(**changed: Any) -> dict[str, Any]:
    """Return a rule with other parts."""
    return {**copy.deepcopy(RULE_EXAMPLE), **changed}


def template(**changed: Any) -> dict[str, Any]:
    """Return a task from a template with other settings."""
    return {**TEMPLATE_EXAMPLE, **changed}


def canonical(document: object) -> str:
    return json.dumps(document, sort_keys=True)


@given(DOCUMENTS, DOCUMENTS)
def test_there_are_rows_exactly_where_something_differs(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert bool(differences(before, after)) == (canonical(before) != canonical(after))


@given(DOCUMENTS, DOCUMENTS)
def test_what_stands_before_and_after_never_looks_alike(before: dict[str, Any], after: dict[str, Any]) -> None:
    for row in differences(before, after):
        assert row[1].split() != row[2].split()
        assert not any(is_invisible(character) or character == "\n" for text in row for character in text)


@given(DOCUMENTS, DOCUMENTS, st.data())
def test_whatever_comes_or_goes_anywhere_is_shown(before: Any, after: Any, data: st.DataObject) -> None:
    marked = copy.deepcopy(after)
    place(marked, data)
    assert any(MARK in row[2] for row in differences(before, marked))
    assert any(MARK in row[1] for row in differences(marked, before))


def place(document: Any, data: st.DataObject) -> None:
    """Put the mark somewhere into a document."""
    inner: list[Any] = [*document.values()] if isinstance(document, dict) else document
    containers: list[Any] = [value for value in inner if isinstance(value, (dict, list))]
    if containers and data.draw(st.booleans()):
        place(data.draw(st.sampled_from(containers)), data)
    elif isinstance(document, dict):
        document[data.draw(KEYS)] = MARK
    else:
        document.insert(data.draw(st.integers(0, len(document))), MARK)


@given(DOCUMENTS, DOCUMENTS)
def test_the_order_of_the_rows_is_not_the_callers(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert differences(backwards(before), backwards(after)) == differences(before, after)


def backwards(value: Any) -> Any:
    """Return a document with the fields of every object the other way around."""
    if isinstance(value, dict):
        return {key: backwards(inner) for key, inner in reversed(cast("dict[str, Any]", value).items())}
    return [backwards(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


@given(st.lists(st.sampled_from("abcdefgh"), max_size=12), st.lists(st.sampled_from("abcdefgh"), max_size=12))
def test_what_is_outside_of_the_stretches_that_differ_is_the_same(old: list[str], new: list[str]) -> None:
    patched = list(old)
    for gone, come in reversed(list(apart(old, new))):
        patched[gone.start : gone.stop] = new[come.start : come.stop]
    assert patched == new


def test_how_often_a_task_runs_is_also_said_in_words() -> None:
    often, seldom = {"type": "periodic", "frequency": 1_000}, {"type": "periodic", "frequency": 300_000}
    assert differences(often, seldom) == [("frequency", "1000 (1 s)", "300000 (5 min)")]
    assert differences({"task": often}, {"task": seldom}) == [("task.frequency", "1000 (1 s)", "300000 (5 min)")]
    assert differences(often, {**often, "frequency": "1000 (1 s)"}) == [("frequency", "1000 (1 s)", '"1000 (1 s)"')]
    assert differences(often, {**often, "frequency": 10**15}) == [("frequency", "1000 (1 s)", str(10**15))]
    assert differences({"frequency": 0}, {"frequency": True}) == [("frequency", "0", "true")]
    assert differences({"variables": often}, {"variables": seldom}) == [("variables.frequency", "1000", "300000")]


def test_an_actuator_that_is_appended_is_one_row_and_shown_whole() -> None:
    (added,) = differences(rule(), rule(actuators=[*RULE_EXAMPLE["actuators"], MAIL]))
    assert added == ("actuators[1]", "(not set)", '{"label": "mail_1", "name": "mail", "version": "1.0.0"}')


def test_what_is_inserted_in_front_or_taken_out_does_not_move_the_rest() -> None:
    sensors = [{**MAIL, "label": f"s{number}"} for number in range(300)]
    less = rule(sensors=[*sensors[:100], *sensors[101:]])
    assert [row[0] for row in differences(rule(sensors=sensors), rule(sensors=[MAIL, *sensors]))] == ["sensors[0]"]
    assert [(row[0], row[2]) for row in differences(rule(sensors=sensors), less)] == [("sensors[100]", "(not set)")]


def test_a_large_piece_is_opened_down_to_its_properties() -> None:
    large = {**MAIL, "properties": {"to": "x@example.com", "body": "b" * 100}}
    rows = {path: after for path, _, after in differences(rule(), rule(actuators=[*RULE_EXAMPLE["actuators"], large]))}
    assert rows["actuators[1].name"] == '"mail"'
    assert rows["actuators[1].properties.to"] == '"x@example.com"'


@pytest.mark.parametrize("at", [101, 2501, 9000])
@pytest.mark.parametrize("text", [SCRIPT, LINES], ids=["one line", "many"])
def test_a_long_text_is_shown_where_it_differs(text: str, at: int) -> None:
    changed = f"{text[:at]}EVIL{text[at:]}"
    ((path, before, after),) = differences(template(variables={"s": text}), template(variables={"s": changed}))
    assert path.startswith("variables.s")
    assert "EVIL" in after
    assert "EVIL" not in before
    assert max(len(before), len(after)) < 120


def test_what_is_left_out_of_a_long_text_is_counted() -> None:
    changed = SCRIPT.replace("step(500)", "stop(500)")
    ((path, before, after),) = differences(template(variables={"s": SCRIPT}), template(variables={"s": changed}))
    assert path == "variables.s (4,862 characters before and 4,967 after this stay)"
    assert (before[:2], before[-2:]) == ('…"', '"…')
    assert "stop(500)" in after


def test_changed_lines_of_a_text_are_named_by_their_number() -> None:
    changed = LINES.replace("step(7);\n", "stop(7);\n").replace("step(500);\nstep(501);\n", "")
    assert differences(template(variables={"s": LINES}), template(variables={"s": changed})) == [
        ("variables.s, line 8", '"step(7);"', '"stop(7);"'),
        ("variables.s, lines 501-502", r'"step(500);\nstep(501);"', "(not set)"),
    ]


def test_spaces_that_are_the_only_difference_are_seen() -> None:
    assert differences(template(name="a  b"), template(name="a b")) == [("name", r'"a \u0020b"', '"a b"')]


@pytest.mark.parametrize("known", ["actuators", "sensors", "triggers", "relations", "task"])
def test_what_is_known_comes_before_what_is_not_whatever_the_caller_puts_first(known: str) -> None:
    decoys = {f"a{number}": number for number in range(40)}
    changed = {"task": {**RULE_EXAMPLE["task"], "frequency": 1}} if known == "task" else {known: [MAIL]}
    rows = differences(rule(), {**decoys, **rule(**changed)})
    assert rows[0][0].startswith(known)


def test_variables_come_behind_what_a_task_does_in_either_form() -> None:
    variables = {f"v{number}": number for number in range(40)}
    rows = differences(rule(), rule(task={"variables": variables, **RULE_EXAMPLE["task"]}, actuators=[MAIL]))
    assert rows[0][0].startswith("actuators")


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("a.b", 'tags["a.b"]'),
        ("si\u200bte", r'tags["si\u200bte"]'),
        ('x"]: 1 -> 2', r'tags["x\"]: 1 -> 2"]'),
        ("a, line 5", 'tags["a, line 5"]'),
        ("", 'tags[""]'),
        ("plain-key_1", "tags.plain-key_1"),
    ],
)
def test_a_key_is_shown_as_it_is_and_cannot_pose_as_a_path(key: str, path: str) -> None:
    assert differences(template(), template(tags={key: "x" * 200, "z": 1}))[0][0] == path


def test_a_long_key_is_shortened_in_the_middle_and_stands_whole_beside_its_value() -> None:
    key = "k" * 5_000 + "start"
    ((path, before, after),) = differences(template(), template(**{key: True}))
    assert path.endswith('start"]')
    assert "characters" in path
    assert len(path) < 160
    assert (before, json.loads(after)) == ("(not set)", {key: True})


def test_an_object_that_is_emptied_is_not_taken_for_one_that_is_gone() -> None:
    large: Mapping[str, Any] = {"variables": {f"v{number}": number for number in range(40)}}
    emptied, gone = differences(template(**large), template(variables={})), differences(template(**large), template())
    assert (len(emptied), emptied[0][2]) == (1, "{}")
    assert {row[2] for row in gone} == {"(not set)"}


def test_what_nobody_reads_to_the_end_is_compared_all_the_same() -> None:
    deep: Any = MARK
    for _ in range(200):
        deep = {"a": [deep]}
    assert MARK in differences({}, {"deep": deep})[0][2]


LARGE = {
    "a long text": ("x" * 1_200_000, "y" * 1_200_000),
    "many lines": ("\n".join(map(str, range(200_000))), "\n".join(map(str, range(200_000, 0, -1)))),
    "many fields": ({f"k{n}": n for n in range(60_000)}, {f"k{n}": n + 1 for n in range(60_000)}),
    "many items": ([{"a": n} for n in range(60_000)], [{"a": n + 1} for n in range(60_000)]),
    "what nobody sees": ("\u200b" * 400_000, "\u200c" * 400_000),
    "all characters": ("".join(map(chr, range(0x10000, 0x90000))), ""),
}


@pytest.mark.parametrize("before_after", LARGE.values(), ids=LARGE)
def test_of_a_large_document_whole_fields_are_compared_within_a_moment(before_after: tuple[Any, Any]) -> None:
    before, after = ({"name": "x", "variables": {"v": value}} for value in before_after)
    began = time.process_time()
    ((path, old, new),) = differences(before, after)
    assert time.process_time() - began < 1
    assert path == "variables"
    assert (json.loads(old), json.loads(new)) == (before["variables"], after["variables"])
    assert old.isascii()
    assert differences(before, before) == []
