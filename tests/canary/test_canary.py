"""The canary bites: whatever gets out, wherever, in whichever form, the run fails and says where."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.canary.collector import Channel, Collector
from tests.canary.searching import Find, finds
from tests.canary.secrets_of import Secrets
from tests.generate import ROOT
from tests.support.serving import PATIENCE, clean_environment

SECRET = "leaked/s3cret+~%:\"ü'&9"
HANDLE = "Zk3_-vU2b8oPq1RtLw9xYa"

FORMS = {
    "as it is": SECRET,
    "in a URL": quote(SECRET, safe=""),
    "in JSON": json.dumps({"a": SECRET}),
    "in JSON in JSON": json.dumps(json.dumps({"a": SECRET})),
    "as Python shows it": repr({"a": SECRET}),
    **{
        f"in base64 after {before} bytes": base64.b64encode(f"{'x' * before}{SECRET} and more".encode()).decode()
        for before in range(4)
    },
    "in base64 for URLs": base64.urlsafe_b64encode(SECRET.encode()).decode(),
}


@pytest.fixture
def secrets() -> Secrets:
    known = Secrets()
    known.credential(SECRET, "the key")
    known.handle(HANDLE, "a ticket")
    return known


def found(folder: Path, secrets: Secrets, channel: Channel, text: str) -> list[Find]:
    collector = Collector(folder)
    collector.note(channel, "before")
    collector.test = "test_that_leaks"
    collector.note(channel, f"something {text} else")
    collector.close()
    return finds(folder, secrets)


@pytest.mark.parametrize("form", FORMS)
def test_a_credential_is_found_in_every_form(tmp_path: Path, secrets: Secrets, form: str) -> None:
    assert found(tmp_path, secrets, "results", FORMS[form]) == [Find("the key", "results.txt", "test_that_leaks")]


@pytest.mark.parametrize("channel", ["logs", "audit", "spans", "metrics", "printed", "results", "pages"])
def test_a_credential_is_found_everywhere_and_a_handle_where_it_has_no_business(
    tmp_path: Path, secrets: Secrets, channel: Channel
) -> None:
    assert found(tmp_path / "a", secrets, channel, SECRET)
    assert bool(found(tmp_path / "b", secrets, channel, HANDLE)) == (channel not in ("results", "pages"))


@pytest.mark.parametrize("around", ["{}", "x{}", "token_{}", "{}-and-more", "a/{}?b"])
def test_a_handle_is_found_beside_what_looks_like_a_part_of_it(tmp_path: Path, secrets: Secrets, around: str) -> None:
    assert found(tmp_path, secrets, "logs", around.format(HANDLE)) == [Find("a ticket", "logs.txt", "test_that_leaks")]


def test_what_is_no_secret_is_not_found(tmp_path: Path, secrets: Secrets) -> None:
    secrets.credential("password", "a word")
    secrets.credential("x" * 20, "a filler")
    assert found(tmp_path, secrets, "logs", f"password {'x' * 20} leaked Zk3_-vU2b8oPq1RtLw9xYb") == []


def test_examples_that_hypothesis_keeps_are_looked_through(tmp_path: Path, secrets: Secrets) -> None:
    kept = tmp_path / "examples" / "ab" / "cd"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"\0\1" + SECRET.encode() + b"\2")
    assert finds(tmp_path / "nothing", secrets, tmp_path / "examples") == [Find("the key", "cd", "unknown")]


LEAKING = """
import logging, subprocess, sys
from opentelemetry.trace import get_tracer
from pydantic import SecretStr
from server.store import handles
from tests.canary.values import API_KEY
from tests.support.serving import clean_environment

PRINTS = "import os, sys; sys.stderr.write(os.environ['SAY'])"
ours = logging.getLogger("waylay_tasks_mcp.x")

async def test_a_log(): ours.debug("at %s", API_KEY)
async def test_a_library(): logging.getLogger("library").warning("at %s", API_KEY)
async def test_printing(): sys.stderr.write(API_KEY)
async def test_a_setting(): ours.info(SecretStr("of this test alone").get_secret_value())
async def test_a_handle(): ours.info("at %s", handles.new_handle())
async def test_a_result(world): await world.call("get_task", task_id=world.sandbox.create(API_KEY))
async def test_a_span(): get_tracer("x").start_span(API_KEY).end()
async def test_the_audit(world): await world.call("stop_task", task_id=world.sandbox.create(API_KEY))
async def test_a_process(): subprocess.run([sys.executable, "-c", PRINTS], env=clean_environment(SAY=API_KEY))
"""
"""Tests that let something out, each in another way."""

LEAKS = {
    "test_a_log": ("a credential of the tests", "logs.txt"),
    "test_a_setting": ("a setting's secret, first used in", "logs.txt"),
    "test_a_handle": ("a handle", "logs.txt"),
    "test_printing": ("a credential of the tests", "printed.txt"),
    "test_a_result": ("a credential of the tests", "results.txt"),
    "test_a_span": ("a credential of the tests", "spans.txt"),
    "test_the_audit": ("a credential of the tests", "audit.txt"),
    "test_a_process": ("a credential of the tests", ".txt"),
}
"""What is told of them: the first of those that let the same out in the same place."""


def run_of(folder: Path, tests: str, *chosen: str) -> subprocess.CompletedProcess[str]:
    """Run tests as a part of this project's, listened to for themselves."""
    (folder / "test_leak.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest"]
    return subprocess.run(  # noqa: S603 - this Python
        [*command, "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), str(folder / "test_leak.py"), *chosen],
        cwd=ROOT, env=clean_environment(CANARY_FOLDER=str(folder)), capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip


def test_a_run_that_lets_secrets_out_fails_and_says_where_and_not_what(tmp_path: Path) -> None:
    result = run_of(tmp_path, LEAKING)
    assert "9 passed" in result.stdout, result.stdout + result.stderr
    assert result.returncode == 1
    told = result.stdout[result.stdout.index("secrets got out") :].splitlines()
    for test, (what, where) in LEAKS.items():
        of_this = [
            line for line in told if line.endswith(f"written during test_leak.py::{test}") or f"::{test}" in line
        ]
        assert any(line.startswith(what) and f"{where}, written" in line for line in of_this), (test, told)
    assert "canary-key" not in result.stdout


def test_a_warning_of_a_library_counts_as_a_log(tmp_path: Path) -> None:
    result = run_of(tmp_path, LEAKING, "-k", "test_a_library")
    assert "in logs.txt, written during" in result.stdout
    assert result.returncode == 1


def test_a_run_that_lets_nothing_out_passes(tmp_path: Path) -> None:
    result = run_of(tmp_path, "async def test_nothing(world): await world.call('list_tasks')")
    assert result.returncode == 0, result.stdout + result.stderr
