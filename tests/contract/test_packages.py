"""What is told of the packages in other places is what the code says; `make package` builds and installs them."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.settings import Settings
from server.version import VERSION
from tests.judges.environments import Failed
from tests.packaging.descriptions import MANIFEST, SERVER, descriptions
from tests.packaging.facts import REGISTRY_NAME, ROOT, is_secret
from tests.packaging.registry_format import read
from tests.packaging.routes import VERSIONS
from tests.support.serving import PATIENCE, clean_environment

WRITTEN_ONCE = {"server/version.py"}
GENERATED = {"server.json", "deploy/mcpb/manifest.json"}
START = MANIFEST.with_name("start.py")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
BUILT = ("build/", "dist/")
"""Where make puts what it builds."""

TARGETS = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))


@pytest.mark.parametrize("path", descriptions())
def test_what_others_are_told_is_what_the_code_says(path: str) -> None:
    assert (ROOT / path).read_text("utf-8") == descriptions()[path], "make golden writes it anew"


def test_the_version_is_written_in_one_place() -> None:
    told = [ROOT / name for name in ("pyproject.toml", "Makefile", "README.md", "CONTRIBUTING.md", "server.json")]
    for folder in ("server", "tools", "prompts", "deploy", ".github", ".ci", "docs"):
        told += [path for path in (ROOT / folder).rglob("*") if path.suffix not in (".pyc", ".png") and path.is_file()]
    holding = {path.relative_to(ROOT).as_posix() for path in told if _says_it(path)}
    assert holding - GENERATED == WRITTEN_ONCE


def _says_it(path: Path) -> bool:
    return re.search(rf"(?<![\d.]){re.escape(VERSION)}(?![\d.])", path.read_text("utf-8", "replace")) is not None


def test_every_secret_that_is_asked_for_is_marked_as_one_and_nothing_else() -> None:
    secret = {field.alias for field in Settings.model_fields.values() if is_secret(field)}
    assert {"WAYLAY_API_KEY", "WAYLAY_API_SECRET", "WAYLAY_TOKEN", "WAYLAY_MCP_STATE_KEYS"} <= secret
    (package,) = json.loads(SERVER.read_text("utf-8"))["packages"]
    for variable in package["environmentVariables"]:
        assert variable["isSecret"] == (variable["name"] in secret), variable["name"]
    manifest = json.loads(MANIFEST.read_text("utf-8"))
    for variable, value in manifest["server"]["mcp_config"]["env"].items():
        asked = manifest["user_config"][value.removeprefix("${user_config.").removesuffix("}")]
        assert asked.get("sensitive", False) == (variable in secret), variable


def test_who_owns_the_package_is_said_alike_wherever_a_registry_looks() -> None:
    owner = re.findall(r"<!-- mcp-name: (\S+) -->", (ROOT / "README.md").read_text("utf-8"))
    assert owner == [REGISTRY_NAME]
    image = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    assert re.findall(r'io\.modelcontextprotocol\.server\.name="(.+?)"', image) == [REGISTRY_NAME]
    assert json.loads(SERVER.read_text("utf-8"))["name"] == REGISTRY_NAME


BREAKS: dict[str, Callable[[Any], Any]] = {
    "a name without a namespace": lambda server: server.update(name="waylay-tasks-mcp"),
    "a description that is too long": lambda server: server.update(description="x" * 101),
    "a range of versions": lambda server: server["packages"][0].update(version=">=0.1"),
    "the latest version": lambda server: server.update(version="latest"),
    "a key that is unknown": lambda server: server.update(status="active"),
    "no package": lambda server: server.update(packages=[]),
    "a variable that is unknown": lambda server: server["packages"][0]["environmentVariables"][0].update(name="NONE"),
    "a secret with a default": lambda server: server["packages"][0]["environmentVariables"][0].update(default="x"),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_the_registrys_rules_are_held(broken: str, tmp_path: Path) -> None:
    content = json.loads(SERVER.read_text("utf-8"))
    BREAKS[broken](content)
    path = tmp_path / "server.json"
    path.write_text(json.dumps(content))
    with pytest.raises(Failed):
        read(path)
    assert read(SERVER).name == REGISTRY_NAME


@pytest.mark.parametrize("left", ["", " ", "${user_config.api_secret}"])
def test_the_bundle_takes_a_field_that_was_left_empty_as_not_filled_in(left: str) -> None:
    assert _started(WAYLAY_API_KEY=left, WAYLAY_API_SECRET=left).returncode == 0
    half = _started(WAYLAY_API_KEY="key", WAYLAY_API_SECRET=left)
    assert half.returncode == 2
    assert "WAYLAY_API_SECRET is missing" in half.stderr


def _started(**given: str) -> subprocess.CompletedProcess[str]:
    """Start the server as the bundle does, with nobody who speaks to it."""
    environment = clean_environment(**given)
    environment["PYTHONPATH"] = ":".join(filter(None, (str(ROOT), environment.get("PYTHONPATH"))))
    return subprocess.run(  # noqa: S603 - this Python
        [sys.executable, START], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment,
        timeout=2 * PATIENCE, check=False,
    )  # fmt: skip


def test_the_workflow_does_what_ci_does_on_every_python_that_is_promised() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    job = workflow["jobs"]["check"]
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["classifiers"]
    promised = [line.rpartition(" ")[2] for line in classifiers if re.search(r":: 3\.\d+$", line)]
    assert job["strategy"]["matrix"]["python"] == promised == [*VERSIONS]
    assert "bash .ci/run" in [step.get("run") for step in job["steps"]]
    assert workflow["permissions"] == {}
    assert job["permissions"] == {"contents": "read"}


def test_a_python_that_is_chosen_is_the_one_that_make_takes() -> None:
    command = ["make", "--dry-run", "--always-make", ".venv/run"]
    shown = subprocess.run(  # noqa: S603 - make
        command, cwd=ROOT, env=clean_environment(PYTHON="python-of-choice", PATH="/usr/bin:/bin"),
        capture_output=True, text=True, timeout=2 * PATIENCE, check=True,
    )  # fmt: skip
    assert "python-of-choice -m venv .venv" in shown.stdout


def test_make_takes_no_python_that_can_make_no_environment(tmp_path: Path) -> None:
    """As on Debian without python3-venv, whose `venv` can be imported and has no pip to put into an environment."""
    for name, lacks in (("python3.14", "ensurepip"), ("python3.13", "venv"), ("python3.12", "nothing")):
        python = tmp_path / name
        python.write_text(f'#!/bin/sh\ncase "$2" in *{lacks}*) exit 1;; esac\n', "utf-8")
        python.chmod(0o700)
    shown = subprocess.run(
        ["make", "--dry-run", "--always-make", ".venv/run"],  # noqa: S607 - make
        cwd=ROOT, env=clean_environment(PATH=f"{tmp_path}:/usr/bin:/bin"), capture_output=True, text=True,
        timeout=PATIENCE, check=True,
    )  # fmt: skip
    assert "python3.12 -m venv .venv" in shown.stdout


def test_contributing_explains_every_make_target_and_no_other() -> None:
    named = set(re.findall(r"`make ([a-z-]+)[ `]", CONTRIBUTING))
    assert named == TARGETS


def test_a_part_of_the_tests_is_run_as_contributing_says() -> None:
    (command,) = re.findall(r"^\.venv/bin/python (-m pytest .+)$", CONTRIBUTING, re.MULTILINE)
    collected = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, *shlex.split(command), "--collect-only", "-q", "-p", "no:cacheprovider"],
        cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=4 * PATIENCE, check=True,
    )  # fmt: skip
    assert "test_list_tasks" in collected.stdout


def test_contributing_names_files_that_are_there() -> None:
    for name in re.findall(r"`((?:[\w.-]+/)+[\w.-]+|[\w-]+\.(?:md|toml|json))`", CONTRIBUTING):
        assert name.startswith(BUILT) or (ROOT / name).exists(), name
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", CONTRIBUTING):
        assert (ROOT / link).exists(), link
