"""Troubleshooting goes by messages that there are, and leaves out none that stops a start."""

import re

import pytest

from tests.documents.messages import is_about, messages, raised
from tests.generate import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
SHOWN = re.findall(r"^\| `([^`]+)` \| ", PAGE, re.MULTILINE)
STARTING = (
    "server/settings_checks.py",
    "server/settings_sources.py",
    "server/setting_groups",
    "server/state_checks.py",
    "server/state.py",
    "server/cli.py",
    "server/audit_file.py",
    "server/sandbox_file.py",
    "server/upstream/credentials.py",
    "server/policy/reading.py",
    "server/callers/sign_in.py",
    "server/callers/token_file.py",
    "server/approvals/pages.py",
    "server/web",
)
STOPS = sorted(set(raised(frozenset({"SettingsError", "ValueError"}), *STARTING)))


def test_there_are_no_rows_twice() -> None:
    assert len(SHOWN) == len(set(SHOWN)) > 80


@pytest.mark.parametrize("message", SHOWN)
def test_every_message_is_one_that_the_sources_hold(message: str) -> None:
    assert any(is_about(message, text) for text in messages()), f"nothing says: {message}"


def test_every_message_that_stops_a_start_is_there() -> None:
    assert len(STOPS) > 40
    for text, where in STOPS:
        if text.strip("…: "):
            assert any(is_about(shown, text) for shown in SHOWN), f"{where}: {text}"
