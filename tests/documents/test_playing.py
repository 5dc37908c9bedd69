"""A page that shows what is not so is found out."""

from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.documents.blocks import Block, blocks
from tests.documents.checking import check_kind
from tests.documents.commands import check_commands
from tests.documents.matching import Identifiers, differs
from tests.documents.playing import Player

ONE, OTHER, THIRD = "3f9a04c1d2", "0123456789", "aaaa111122"


@pytest.fixture
def player(tmp_path: Path) -> Generator[Player]:
    with ExitStack() as ending:
        yield Player(tmp_path, ending)


def page(folder: Path, text: str) -> list[Block]:
    written = folder / "page.md"
    written.write_text(text, "utf-8")
    return blocks(written)


def transcript(text: str, about: str = "") -> Block:
    return Block("page.md", 1, "console", text, "runs", about)


def test_a_block_belongs_to_the_comment_right_before_it_in_lists_too(tmp_path: Path) -> None:
    found = page(
        tmp_path, "<!-- runs: exits 2 -->\n```sh\na\n```\n\n- x\n\n  <!-- not run:\n  why -->\n  ```sh\n  b\n  ```\n"
    )
    assert [(block.kind, block.about, block.text) for block in found] == [
        ("runs", "exits 2", "a\n"),
        ("not run", "why", "b\n"),
    ]
    (alone,) = page(tmp_path, "<!-- runs -->\n\nText.\n\n```sh\na\n```\n")
    assert alone.kind is None


@pytest.mark.parametrize(
    "text",
    [
        "```sh\nls\n```",
        "<!-- believed -->\n```sh\nls\n```",
        "<!-- not run: why -->\n```sh\nls\n```",
        "<!-- not run: there is no engine here -->\n```sh\nwaylay-tasks-mcp serve --htp\n```",
        "<!-- not run: there is no engine here -->\n```sh\nmake nothing-of-this\n```",
        "<!-- checked by: tests/documents/test_playing.py::test_that_is_not_there -->\n```text\n\n```",
        "<!-- file -->\n```toml\n```",
        "    indented code counts as well",
    ],
)
def test_a_block_of_which_nothing_says_how_it_is_true_is_refused(tmp_path: Path, text: str) -> None:
    (block,) = page(tmp_path, text)
    with pytest.raises(AssertionError):
        check_kind(block)


def test_what_is_not_run_is_read(tmp_path: Path) -> None:
    (block,) = page(tmp_path, '<!-- not run: nothing here starts it -->\n```json\n{"servers": }\n```')
    with pytest.raises(ValueError, match="Expecting value"):
        check_kind(block)


def test_commands_are_found_behind_variables_programs_and_other_commands() -> None:
    check_commands("A=b waylay-tasks-mcp serve --http > log; make test && claude add x -- waylay-tasks-mcp --read-only")
    for wrong in ("A=b waylay-tasks-mcp bye", "ls | waylay-tasks-mcp --nothing", "cd x && make bread"):
        with pytest.raises(AssertionError):
            check_commands(wrong)


def test_what_was_said_is_compared_with_what_is_shown() -> None:
    known = Identifiers()
    assert differs("a\nb", "a\nb\n", known) is None
    assert differs("at 2026-11-25T10:00:00Z", "at 2031-01-01T00:00:01Z", known) is None
    assert differs("a … c\n…\nz", "a b c\nd\ne\nz", known) is None
    assert differs("a\n…", "a", known) is None
    assert differs("a\nb", "a", known) == "expected 'b', and it said 'nothing more'"
    assert differs("a", "a\nb", known) == "it also said 'b'"
    assert differs("…\nz", "a\ny", known) == "expected 'z', and it said 'nothing more'"
    assert differs("2 tasks", "3 tasks", known) == "expected '2 tasks', and it said '3 tasks'"


def test_an_identifier_may_be_another_one_and_then_stays_that_one() -> None:
    known = Identifiers()
    assert differs(f"change {ONE}", f"change {OTHER}", known) is None
    assert known.in_command(f"undo {ONE}, not {THIRD}") == f"undo {OTHER}, not {THIRD}"
    assert differs(f"again {ONE}", f"again {THIRD}", known) is not None
    assert differs("confirmation=c.Ync9Kwh75EWuG4bKoJcsJQ", "confirmation=c.AAAAAAAAAAAAAAAAAAAAAA", known) is None
    assert known.in_command("x confirmation=c.Ync9Kwh75EWuG4bKoJcsJQ") == "x confirmation=c.AAAAAAAAAAAAAAAAAAAAAA"


def test_blocks_of_a_page_share_a_shell(player: Player) -> None:
    player.play(Block("page.md", 1, "toml", "a = 1\n", "file", "x/a.toml"))
    player.play(Block("page.md", 4, "sh", "cd x\nexport WORD=hello\n", "runs", ""))
    player.play(transcript("$ cat a.toml\na = 1\n$ echo $WORD; false\nhello\n", "exits 1"))


def test_what_is_typed_is_typed_where_the_page_shows_it(player: Player) -> None:
    asks = "$ read -p 'Sure? ' word; echo \"You said $word.\"\nSure? {}\nYou said {}.\n"
    player.play(transcript(asks.format("yes", "yes"), "typed yes"))
    with pytest.raises(AssertionError, match="You said no"):
        player.play(transcript(asks.format("yes", "no"), "typed yes"))


@pytest.mark.parametrize(
    ("shown", "about"), [("$ echo a\nb\n", ""), ("$ false\n", ""), ("$ true\n", "exits 1"), ("$ false\n$ true\n", "")]
)
def test_a_page_that_shows_something_else_fails(player: Player, shown: str, about: str) -> None:
    with pytest.raises(AssertionError):
        player.play(transcript(shown, about))


def test_settings_with_which_no_server_would_start_fail(player: Player) -> None:
    player.play(Block("page.md", 1, "sh", "WAYLAY_API_KEY=…\nWAYLAY_API_SECRET=…   # yours\n", "settings", ""))
    with pytest.raises(Exception, match="is missing"):
        player.play(Block("page.md", 1, "sh", "WAYLAY_API_KEY=…\n", "settings", ""))


def test_a_server_that_a_snippet_does_not_start_fails(player: Player) -> None:
    wrong = '{"servers": {"waylay-tasks": {"command": "waylay-tasks-mcp", "args": ["--nothing"]}}}'
    with pytest.raises(Exception):  # noqa: B017, PT011 - however the client says it
        player.play(Block("page.md", 1, "json", wrong, "starts", ""))
