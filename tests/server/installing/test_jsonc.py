"""Any document with comments: one member goes in or out, and no other character moves."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.installing.jsonc.edits import applied
from server.installing.jsonc.parsing import DEEPEST, parse
from server.installing.jsonc.putting import append_edits, put_edits
from server.installing.jsonc.removing import remove_edits, remove_element_edits
from server.installing.jsonc.tree import Unreadable

NAMES = st.text(max_size=6) | st.sampled_from(["mcpServers", "a", 'with "quotes"', "\\", "// no comment"])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
    | st.sampled_from(["/* no comment */", "// nor this", '"', "{", "],"])
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
SERVERS = st.dictionaries(NAMES, VALUES, max_size=3)
DOCUMENTS = st.tuples(st.dictionaries(NAMES, VALUES, max_size=3), st.none() | SERVERS).map(
    lambda parts: {**parts[0], **({} if parts[1] is None else {"mcpServers": parts[1]})}
).filter(lambda document: isinstance(document.get("mcpServers", {}), dict))  # fmt: skip
ENTRY = {"command": "/x/y", "args": ["--read-only"]}


@st.composite
def written(draw: st.DrawFn) -> tuple[str, Any]:
    """Return a document, laid out in some way, and what it says."""
    document = draw(DOCUMENTS)
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    comments = ["/* c */", "/*\n*/", f"// c, {{{newline}", f"//{newline}"]
    gaps = st.lists(st.sampled_from(["", " ", "\t", newline, newline + "  ", *comments]), max_size=2).map("".join)
    pretty = draw(st.booleans())

    def gap(indent: str) -> str:
        return newline + indent if pretty and draw(st.booleans()) else draw(gaps)

    def text(value: Any, indent: str) -> str:
        if isinstance(value, (dict, list)):
            opening, closing = "{}" if isinstance(value, dict) else "[]"
            return opening + _items(value, indent) + closing
        return json.dumps(value, ensure_ascii=draw(st.booleans()))

    def _items(value: Any, indent: str) -> str:
        inner = indent + draw(st.sampled_from(["  ", "\t"]))
        members = [
            f"{gap(inner)}{json.dumps(key) + gap('') + ':' + gap('') if isinstance(value, dict) else ''}"
            f"{text(value[key] if isinstance(value, dict) else key, inner)}{gap('')}"
            for key in value
        ]
        behind = "," if members and draw(st.booleans()) else ""
        return ",".join(members) + behind + gap(indent)

    start = draw(st.sampled_from(["", "\ufeff"]))
    return start + draw(gaps) + text(document, "") + draw(gaps), document


def read(text: str) -> Any:
    root = parse(text)
    return root.data() if root else {}


@given(written())
def test_a_document_is_read_as_it_was_meant(pair: tuple[str, Any]) -> None:
    text, document = pair
    assert read(text) == document


@given(written(), st.sampled_from(["waylay-tasks", "é\n\"'"]))
@example(('{\n  "a": null/* c */}/* c */', {"a": None}), "waylay-tasks")
def test_putting_a_member_in_only_adds_characters(pair: tuple[str, Any], name: str) -> None:
    text, document = pair
    servers = {key: value for key, value in document.get("mcpServers", {}).items() if key != name}
    edits = put_edits(text, ("mcpServers", name), ENTRY)
    changed = applied(text, edits)
    assert read(changed) == {**document, "mcpServers": {**document.get("mcpServers", {}), name: ENTRY}}
    if name not in document.get("mcpServers", {}):
        assert all(edit.start == edit.end for edit in edits)
        back = applied(changed, remove_edits(changed, ("mcpServers", name)))
        assert read(back) == {**document, "mcpServers": servers}


@given(written(), st.data())
def test_taking_any_member_out_only_takes_characters_of_it(pair: tuple[str, Any], data: st.DataObject) -> None:
    text, document = pair
    names = list(document.get("mcpServers", {}))
    if not names:
        return
    name = data.draw(st.sampled_from(names))
    edits = remove_edits(text, ("mcpServers", name))
    assert all(edit.text == "" for edit in edits)
    taken = "".join(text[edit.start : edit.end] for edit in sorted(edits, key=lambda edit: edit.start))
    assert taken.replace(_member(text, name), "").strip(" \t\r\n") in ("", ",")
    servers = {key: value for key, value in document["mcpServers"].items() if key != name}
    assert read(applied(text, edits)) == {**document, "mcpServers": servers}


def _member(text: str, name: str) -> str:
    """Return a member as it stands in the text."""
    root = parse(text)
    assert root is not None
    servers = root.member("mcpServers")
    assert servers is not None
    item = servers.value.member(name)
    assert item is not None
    return text[item.start : item.end]


@given(written())
def test_what_was_put_beside_others_comes_out_without_a_trace(pair: tuple[str, Any]) -> None:
    text, document = pair
    servers = document.get("mcpServers", {})
    if not servers or "waylay-tasks" in servers:
        return
    changed = applied(text, put_edits(text, ("mcpServers", "waylay-tasks"), ENTRY))
    assert applied(changed, remove_edits(changed, ("mcpServers", "waylay-tasks"))) == text


@given(st.lists(VALUES, max_size=3), st.booleans(), st.data())
def test_elements_go_in_and_out_of_arrays(elements: list[Any], pretty: bool, data: st.DataObject) -> None:
    text = json.dumps({"inputs": elements, "z": 1}, indent=2 if pretty else None)
    changed = applied(text, append_edits(text, ("inputs",), {"id": "k"}))
    assert read(changed) == {"inputs": [*elements, {"id": "k"}], "z": 1}
    at = data.draw(st.integers(0, len(elements)))
    back = applied(changed, remove_element_edits(changed, ("inputs",), at))
    assert read(back) == {"inputs": [*[*elements, {"id": "k"}][:at], *[*elements, {"id": "k"}][at + 1 :]], "z": 1}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"a": }', "line 1, column 7: expected a value"),
        ('{\n  "a": 1\n  "b": 2\n}', "line 3, column 3: expected a comma or }"),
        ("{'a': 1}", "line 1, column 2: expected a name in double quotes, or }"),
        ('{"a" 1}', "line 1, column 6: expected a colon"),
        ('{"a": "b\n"}', "line 1, column 7: a text that does not end in its line, or has a mistake in it"),
        ('{"a": 1', "line 1, column 8: expected a comma or }"),
        ("{} x", "line 1, column 4: expected the end of the file"),
        ("{ /* no end", "line 1, column 3: a comment begins that does not end"),
        ("{,}", "line 1, column 2: expected a name in double quotes, or }"),
        ("[1,,2]", "line 1, column 4: expected a value"),
        ('{"a": 01}', "line 1, column 7: expected a value"),
        ('\r\n{"a": tru}', "line 2, column 7: expected a value"),
        ("[" * (DEEPEST + 2), f"line 1, column {DEEPEST + 2}: more than {DEEPEST} levels"),
    ],
)
def test_what_is_no_json_is_refused_with_line_and_column(text: str, where: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(text)
    assert str(refused.value) == where


def test_numbers_that_python_does_not_read_are_no_obstacle() -> None:
    assert read('{"a": ' + "1" * 9_000 + ', "b": 1e999, "c": -0.5}')["c"] == -0.5


def test_of_a_name_that_comes_twice_the_last_one_counts_and_a_removal_takes_it() -> None:
    text = '{"a": {"x": 1}, "a": {"x": 2}}'
    changed = applied(text, put_edits(text, ("a", "y"), 3))
    assert changed == '{"a": {"x": 1}, "a": {"x": 2, "y": 3}}'
    assert applied(text, remove_edits(text, ("a",))) == '{"a": {"x": 1}}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{\n  "a": 1 // of a\n}', '{\n  "a": 1, // of a\n  "w": 2\n}'),
        ('{\n  "a": 1, // of a\n  // end\n}', '{\n  "a": 1, // of a\n  "w": 2,\n  // end\n}'),
        ('{\n  "a": 1 /* of\n a */\n}', '{\n  "a": 1,\n  "w": 2 /* of\n a */\n}'),
        ('{"a": 1 // of a\n}', '{"a": 1, "w": 2 // of a\n}'),
        ("{ /* none */ }", '{ /* none */ \n  "w": 2\n}'),
        ("{ // none\n}", '{ // none\n  "w": 2\n}'),
    ],
)
def test_a_comment_stays_with_what_it_is_about(before: str, after: str) -> None:
    assert applied(before, put_edits(before, ("w",), 2)) == after
    assert read(applied(after, remove_edits(after, ("w",)))) == read(before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{ "a": 1, // of a\n  "w": 2, "b": 3 }', '{ "a": 1, // of a\n   "b": 3 }'),
        ('{ "a": 1, // of a\n  "w": 2 }', '{ "a": 1 // of a\n   }'),
        ('{ // of nothing\n  "w": 2 }', "{ // of nothing\n   }"),
        ('{\n  "a": 1,\n  // about w\n  "w": 2 // of w\n}', '{\n  "a": 1\n  // about w // of w\n}'),
        ('{"w": 2 /* of w */ , "a": 1}', '{ /* of w */  "a": 1}'),
    ],
)
def test_taking_one_out_leaves_comments_and_what_stands_behind_them(before: str, after: str) -> None:
    assert applied(before, remove_edits(before, ("w",))) == after
