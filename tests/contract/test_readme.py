import json
import re
import tomllib
from pathlib import Path

import pytest

from prompts.catalog import load_prompts
from server.cli import run
from server.guard.policy import STRICTNESS
from server.settings import Settings
from server.version import VERSION
from tests.generate import README, ROOT
from tests.support.policies import BY_NAME, policy, task
from tools.contract import Target

TEXT = README.read_text("utf-8")


def test_every_snippet_of_configuration_can_be_pasted() -> None:
    snippets = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert len(snippets) >= 3
    for snippet in snippets:
        (servers,) = json.loads(snippet).values()
        assert servers["waylay-tasks"]["command"] == "waylay-tasks-mcp"


def test_every_variable_that_is_named_exists_and_every_setting_is_named() -> None:
    named = set(re.findall(r"\bWAYLAY_[A-Z_]+[A-Z]\b", TEXT))
    assert named - {"WAYLAY_MCP"} == {field.alias for field in Settings.model_fields.values()}


def test_every_flag_that_is_named_exists(capsys: pytest.CaptureFixture[str]) -> None:
    known = ""
    for command in (
        [],
        ["serve"],
        ["sandbox"],
        ["policy", "check"],
        ["audit"],
        ["approvals", "deny"],
        ["token", "new"],
    ):
        with pytest.raises(SystemExit):
            run([*command, "--help"])
        known += capsys.readouterr().out
    for flag in set(re.findall(r"(?<!-)--[a-z][a-z-]+", TEXT)):
        assert flag in known, flag


def test_the_policy_that_is_shown_says_what_it_seems_to(tmp_path: Path) -> None:
    (example,) = re.findall(r"<!-- policy -->\n```toml\n(.*?)```\n<!-- /policy -->", TEXT, re.DOTALL)
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
    levels = re.findall(r"^\| `(\w+)` \|", TEXT.partition("| `require` |")[2].partition("\n\n")[0], re.MULTILINE)
    assert tuple(levels) == STRICTNESS


def test_every_prompt_is_named() -> None:
    for prompt in load_prompts():
        assert f"`{prompt.name}`" in TEXT


def test_the_make_targets_that_are_named_exist() -> None:
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"`?make ([a-z]+)", TEXT)) - {"makes"} <= set(targets)


def test_the_changelog_has_this_version_on_top() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## \[?(\d+\.\d+\.\d+|Unreleased)", changelog, re.MULTILINE)
    assert VERSION in versions[:2]


def test_every_dependency_has_a_range_and_a_reason() -> None:
    source = (ROOT / "pyproject.toml").read_text("utf-8")
    for dependency in tomllib.loads(source)["project"]["dependencies"]:
        assert re.fullmatch(r"[a-z0-9-]+>=[\d.]+,<\d+(; sys_platform != 'win32')?", dependency), dependency
        assert re.search(rf'"{re.escape(dependency)}",\s+# \w', source), dependency
