"""What the tests could not be run on is never left unsaid."""

import os
import subprocess
import sys

from tests.generate import ROOT
from tests.support.serving import PATIENCE, clean_environment

WITHOUT = """
import sys, pytest
from tests.support import postgres, programs

postgres.find_binaries = lambda: None
programs.CHROMIUM = programs.NGINX = None
store = "tests/server/store/"
chosen = [store + "test_approvals.py", store + "test_postgresql.py", "-k", "taken_once"]
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *chosen]))
"""


def without_any(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", WITHOUT],
        cwd=ROOT,
        env=clean_environment(PATH=os.defpath, **environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_without_the_programs_that_some_tests_need_the_last_lines_say_so_and_how_to_get_it() -> None:
    result = without_any()
    assert result.returncode == 0, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    assert lines[-6:] == [
        "The store was tested on SQLite alone: there is no PostgreSQL on this machine.",
        "For the rest, install it (Debian: apt-get install postgresql) and test again.",
        "Approval page and task board were not tested in a browser: there is no Chromium here.",
        "For the rest, install it (Debian: apt-get install chromium) and test again.",
        "Replicas were not tested behind a proxy: there is no nginx on this machine.",
        "For the rest, install it (Debian: apt-get install nginx-light) and test again.",
    ]
    assert "1 passed" in lines[-7]
    assert "skipped" not in result.stdout


def test_in_ci_that_is_an_error() -> None:
    result = without_any(CI="true")
    assert result.returncode != 0
    assert (
        "CI has to run every test, and some need postgresql and chromium and nginx-light: install that" in result.stderr
    )
