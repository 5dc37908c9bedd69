"""Troubleshooting goes by messages that there are, and leaves out none that stops a start."""

import re

import pytest

from tests.documents.messages import is_about, messages, raised
from tests.generate import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
SHOWN = re.findall(r"^\| `([^`]+)` \| ", PAGE, re.MULTILINE)
STARTING = (
    "server/setting_names.py",
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
ENDING = ("server/installing", "server/calling", "server/name_value.py", "server/journal/audit_listing.py")
"""Where a command is refused that is no server."""

STOPS = sorted(set(raised(frozenset({"SettingsError", "ValueError"}), *STARTING)))
REFUSALS = frozenset({"SettingsError", "InvalidArguments", "Refused", "Unreadable"})
REFUSED = sorted(set(raised(REFUSALS, *ENDING)))
_TAIL = re.compile(r"[.;…: ]*(?:nothing was changed)?[.… ]*$", re.IGNORECASE)


def test_there_are_no_rows_twice() -> None:
    assert len(SHOWN) == len(set(SHOWN)) > 120


def test_every_row_says_something_about_its_message() -> None:
    assert not re.findall(r"^\| `.+` \|\s*\|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("message", SHOWN)
def test_every_message_is_one_that_the_sources_hold(message: str) -> None:
    assert any(is_about(message, text) for text in messages()), f"nothing says: {message}"


@pytest.mark.parametrize(("said", "at_least"), [(STOPS, 40), (REFUSED, 40)], ids=["starts", "commands"])
def test_every_message_that_stops_a_start_or_a_command_is_there(said: list[tuple[str, str]], at_least: int) -> None:
    assert len(said) > at_least
    for text, where in said:
        if _TAIL.sub("", text).strip("…: "):
            assert any(is_about(shown, text) for shown in SHOWN), f"{where}: {text}"
