"""A table goes into a TOML document or out of it, and everything else stays."""

from typing import NoReturn

import pytest
import tomlkit
from tomlkit.exceptions import NonExistentKey

from server.installing.jsonc.tree import Unreadable
from server.installing.toml_editing import put_table, remove_table, toml_data

PATH = ("mcp_servers", "waylay-tasks")
VALUE = {"command": "/x/y", "args": ["--read-only"], "env": {"A": 'b\\"c'}}
TABLE = '[mcp_servers.waylay-tasks]\ncommand = "/x/y"\nargs = ["--read-only"]\nenv = {A = "b\\\\\\"c"}\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", TABLE),
        ('a = "b"\n', f'a = "b"\n\n{TABLE}'),
        ('a = "b"\r\n', f'a = "b"\r\n\r\n{TABLE}'.replace("\n", "\r\n").replace("\r\r", "\r")),
        ("# only this\n", f"# only this\n\n{TABLE}"),
        ('[mcp_servers.x]\ncommand = "x" # [y]\n', f'[mcp_servers.x]\ncommand = "x" # [y]\n\n{TABLE}'),
        ("a = [\n  [1],\n]\n", f"a = [\n  [1],\n]\n\n{TABLE}"),
    ],
)
def test_a_new_table_goes_to_the_end_and_comes_out_without_a_trace(before: str, after: str) -> None:
    assert put_table(before, PATH, VALUE) == after
    assert remove_table(after, PATH) == before


def test_a_table_is_replaced_in_its_place_and_comments_around_it_stay() -> None:
    old = '[mcp_servers.waylay-tasks]\ncommand = "old"\n\n[mcp_servers.waylay-tasks.env]\nA = "b"\n'
    around = "# before\n{}\n# about x\n[mcp_servers.x]\ncommand = 'x'\n"
    assert put_table(around.format(old), PATH, VALUE) == around.format(TABLE)
    assert remove_table(around.format(old), PATH) == around.format("")


def test_tables_that_are_inline_stay_so() -> None:
    before = 'mcp_servers = { x = { command = "x" } } # short\n\n[tui]\nquiet = true\n'
    changed = put_table(before, PATH, {"command": "y"})
    assert changed == before.replace('"x" } }', '"x" }, waylay-tasks = {command = "y"}}')
    assert remove_table(changed, PATH).replace("}}", "} }") == before


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a = ", "line 1, column 5: invalid value"),
        ("a = 1\nb = [", "line 2, column 6: invalid value"),
        ("mcp_servers = 3\n", "mcp_servers is no table"),
    ],
)
def test_what_is_no_toml_or_has_no_tables_there_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        put_table(text, PATH, VALUE)
    assert str(refused.value) == why


MARK = "\ufeff"


@pytest.mark.parametrize("before", ["mcp_servers = {}\n", 'mcp_servers = {x = {command = "x"}}\n', "[mcp_servers]\n"])
def test_a_byte_order_mark_stays_the_first_character(before: str) -> None:
    after = put_table(MARK + before, PATH, {"command": "y"})
    assert after.startswith(MARK)
    assert toml_data(after)["mcp_servers"]["waylay-tasks"] == {"command": "y"}
    back = remove_table(after, PATH)
    assert (back[0], toml_data(back)) == (MARK, toml_data(before))


@pytest.mark.parametrize("before", ["a = nan\n", "a = [1.0, {b = nan}]\n[mcp_servers.x]\nc = -nan\n"])
def test_what_is_no_number_changes_nothing(before: str) -> None:
    after = put_table(before, PATH, VALUE)
    assert after == f"{before}\n{TABLE}"
    assert remove_table(after, PATH) == before


@pytest.mark.parametrize(
    "before",
    [
        '[mcp_servers]\n\n[mcp_servers.waylay-tasks]\ncommand = "x"\n',
        '[mcp_servers]\nwaylay-tasks.command = "x"\n',
        '[mcp_servers]\nwaylay-tasks = {command = "x"}\n',
        'mcp_servers = {waylay-tasks = {command = "x"}}\n',
        'mcp_servers.waylay-tasks.command = "x"\nmcp_servers.waylay-tasks.args = []\n',
        'mcp_servers.waylay-tasks = {command = "x"}\n',
    ],
)
def test_the_last_table_goes_whether_or_not_its_parent_stays(before: str) -> None:
    data = toml_data(remove_table(f"quiet = true\n{before}", PATH))
    assert data.pop("quiet") is True
    assert data in ({}, {"mcp_servers": {}})


def test_what_the_library_fails_at_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> NoReturn:
        raise NonExistentKey(text)

    monkeypatch.setattr(tomlkit, "parse", fail)
    text = 'mcp_servers = {waylay-tasks = {command = "x"}}\n'
    with pytest.raises(Unreadable, match="cannot be changed here"):
        put_table(text, PATH, {"command": "y"})
    with pytest.raises(Unreadable, match="cannot be changed here"):
        remove_table(text, PATH)


def test_a_number_with_more_digits_than_python_reads_is_refused() -> None:
    with pytest.raises(Unreadable):
        put_table(f"a = {'9' * 5_000}\n", PATH, VALUE)
