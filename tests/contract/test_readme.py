"""What README and documentation name exists, and what there is is named."""

import argparse
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from prompts.catalog import load_prompts
from server.cli_parser import parser
from server.guard.policy import STRICTNESS
from server.settings import Settings
from server.version import VERSION
from tests.documents.blocks import blocks
from tests.documents.pages import name_of, pages
from tests.documents.snippets import parsed
from tests.generate import README, ROOT
from tests.reference.parsers import below, flags
from tests.support.policies import BY_NAME, policy, task
from tools.contract import Target

DOCS = sorted((ROOT / "docs").rglob("*.md"))
TEXT = "\n".join(page.read_text("utf-8") for page in (README, *DOCS))
POLICY = (ROOT / "docs" / "policy.md").read_text("utf-8")
OF_OTHER_PROGRAMS = {"--silent", "--head", "--user", "--build", "--no-deps", "--wait", "--check", "--rm"}
"""Flags of curl, docker and ruff."""
LONGEST = 200
"""Lines of a README that is read."""


def test_the_readme_can_be_read_in_one_go() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= LONGEST


def test_every_snippet_of_a_clients_configuration_is_one_that_starts_this_server() -> None:
    shown = [block for page in pages() for block in blocks(page) if block.language in ("json", "toml")]
    started = [block for block in shown if block.kind == "starts"]
    assert len(started) >= 5
    assert {"README.md", "docs/connect.md"} <= {block.page for block in started}
    for block in started:
        (servers,) = parsed(block).values()
        assert servers["waylay-tasks"]["command"] == "waylay-tasks-mcp"


def test_every_variable_that_is_named_exists_and_every_setting_is_named() -> None:
    named = set(re.findall(r"\bWAYLAY_[A-Z_]+[A-Z]\b", TEXT))
    assert named - {"WAYLAY_MCP"} == {field.alias for field in Settings.model_fields.values()}


@pytest.mark.parametrize("page", [README, *DOCS], ids=name_of)
def test_every_flag_that_is_named_exists(page: Path) -> None:
    known = set(_flags(parser())) | OF_OTHER_PROGRAMS
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text("utf-8"))) <= known


def _flags(command: argparse.ArgumentParser) -> Iterator[str]:
    yield "--help"
    yield from (flag for action in flags(command) for flag in action.option_strings)
    for subcommand in below(command).values():
        yield from _flags(subcommand)


def test_the_policy_that_is_shown_says_what_it_seems_to(tmp_path: Path) -> None:
    example = next(block.text for block in blocks(ROOT / "docs" / "policy.md") if block.about.startswith("policy.toml"))
    shown = policy(tmp_path, example)
    scratch, store = task(name="[scratch] Door"), task(resources=("coldstore-1",), tags={"criticality": "high"})
    judged: list[tuple[str, Target, dict[str, object], str]] = [
        ("delete_task", scratch, {"force_stop": True}, "none"),
        ("delete_task", task(), {"force_stop": True}, "deny"),
        ("delete_task", store, {"force_stop": False}, "human"),
        ("start_task", store, {}, "human"),
        ("stop_task", task(), {}, "confirm"),
    ]
    for name, target, arguments, requirement in judged:
        assert shown.judge(BY_NAME[name], target, arguments).requirement == requirement


def test_every_level_of_a_policy_is_explained() -> None:
    levels = re.findall(r"^\| `(\w+)` \|", POLICY.partition("| `require` |")[2].partition("\n\n")[0], re.MULTILINE)
    assert tuple(levels) == STRICTNESS


def test_every_room_of_the_server_is_on_the_map() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = text.partition("## Where to find what")[2].partition("\n## ")[0]
    on_the_map = set(re.findall(r"`server/(\w+)`", " ".join(re.findall(r"^\| (`.+`) \| .", rows, re.MULTILINE))))
    rooms = {path.parent.name for path in (ROOT / "server").glob("*/__init__.py")}
    assert len(rooms) > 15
    assert on_the_map == rooms


def test_every_prompt_is_named() -> None:
    for prompt in load_prompts():
        assert f"`{prompt.name}`" in TEXT


def test_the_make_targets_that_are_named_exist() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", TEXT, re.MULTILINE)) <= set(targets)


def test_the_changelog_has_this_version_on_top() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## \[?(\d+\.\d+\.\d+|Unreleased)", changelog, re.MULTILINE)
    assert VERSION in versions[:2]


def test_every_dependency_has_a_range_and_a_reason() -> None:
    source = (ROOT / "pyproject.toml").read_text("utf-8")
    for dependency in tomllib.loads(source)["project"]["dependencies"]:
        assert re.fullmatch(r"[a-z0-9-]+>=[\d.]+,<\d+(; sys_platform != 'win32')?", dependency), dependency
        assert re.search(rf'"{re.escape(dependency)}",\s+# \w', source), dependency
