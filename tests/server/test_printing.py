"""Commands that print, where nothing can be printed."""

from pathlib import Path

import pytest

from tests.support.command import ran_redirected

POLICY = '[[rule]]\nrequire = "human"\n'
ONLY_PRINT = (
    ("keys", "new"),
    ("token", "new", "--name", "ann", "--scope", "tasks:read"),
    ("audit",),
    ("policy", "check", "policy.toml"),
)
DO_MORE = (("doctor",), ("doctor", "--json"), ("demo",), ("approvals",), ("install",))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a machine on which nothing is, but a policy."""
    (tmp_path / "policy.toml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    return {"HOME": str(tmp_path), "WAYLAY_MCP_STATE_DIR": str(tmp_path / "state")}


@pytest.mark.parametrize(("redirection", "why"), [(">&-", "it is closed"), (">/dev/full", "No space left on device")])
@pytest.mark.parametrize(("arguments", "status"), [*((one, 1) for one in ONLY_PRINT), *((one, 0) for one in DO_MORE)])
def test_why_nothing_is_printed_is_said_once(
    home: dict[str, str], arguments: tuple[str, ...], status: int, redirection: str, why: str
) -> None:
    ended = ran_redirected(redirection, *arguments, **home)
    said = f"stdout cannot be written ({why}): the result is not shown, or not all of it.\n"
    assert (ended.returncode, set(ended.stderr.splitlines(keepends=True))) == (status, {said})


@pytest.mark.parametrize("redirection", [">&-", "<&-"])
def test_a_server_without_its_streams_does_not_start_and_says_how_it_would(
    home: dict[str, str], redirection: str
) -> None:
    ended = ran_redirected(redirection, "serve", **home)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "waylay-tasks-mcp: stdin or stdout is closed, and MCP is spoken over both: have a client start this, or use "
        "serve --http\n"
    )


def test_without_a_stdin_nobody_can_be_asked(home: dict[str, str]) -> None:
    ended = ran_redirected("<&-", "install", "--client", "cursor", **home)
    assert ended.returncode == 2
    assert ended.stderr.startswith("waylay-tasks-mcp: nobody can be asked here: add --yes")
