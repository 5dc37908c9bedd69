import errno
import os
import stat
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from server.cli import run
from server.state_checks import check_keys
from tests.support.command import ran
from tests.support.serving import COMMAND, PATIENCE, clean_environment


def started(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with an environment of its own and nothing on stdin."""
    return ran(*arguments, HOME="/nonexistent", **environment)


@pytest.mark.parametrize(
    "command", [[], ["serve"], ["doctor"], ["sandbox"], ["demo"], ["policy"], ["policy", "check"], ["keys", "new"]]
)
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run([*command, "--help"])
    assert left.value.code == 0
    assert f"usage: waylay-tasks-mcp {' '.join(command)}".strip() in capsys.readouterr().out


def test_the_help_names_the_commands_and_the_two_variables_of_a_tenant(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["--help"])
    shown = capsys.readouterr().out
    for word in ("serve", "sandbox", "demo", "policy", "WAYLAY_API_KEY", "WAYLAY_API_SECRET"):
        assert word in shown


def test_an_unknown_command_is_named_beside_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run(["nonsense"])
    assert left.value.code == 2
    assert "argument COMMAND: invalid choice: 'nonsense' (choose from" in capsys.readouterr().err


def test_a_command_is_listed_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["policy", "--help"])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines() if "check" in line] == ["check"]


def test_bad_settings_stop_the_start_with_one_clear_line() -> None:
    result = started(WAYLAY_API_KEY="x")
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == (
        "waylay-tasks-mcp: WAYLAY_API_SECRET is missing: a key needs its secret, and a secret its key\n"
    )


def test_a_host_that_is_not_loopback_is_refused_unless_its_names_are_given() -> None:
    for command in (["serve", "--http"], ["sandbox"]):
        result = started(*command, "--host", "0.0.0.0", "--port", "0")  # noqa: S104
        assert result.returncode == 2
        assert "(or --host) is not loopback: name the hosts to answer to in" in result.stderr
        assert "(or --allowed-host)" in result.stderr


def test_an_address_without_http_is_a_mistake() -> None:
    result = started("serve", "--port", "9000")
    assert result.returncode == 2
    assert "go with serve --http" in result.stderr


def test_an_address_that_is_taken_is_one_line_too() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = started("serve", "--http", "--port", str(port))
    assert result.returncode == 2
    why = f"{os.strerror(errno.EADDRINUSE)}; choose another with --host and --port"
    assert result.stderr == f"waylay-tasks-mcp: cannot listen on 127.0.0.1 port {port}: {why}\n"


@pytest.mark.parametrize("command", [[], ["serve", "--http", "--port", "0"], ["sandbox", "--port", "0"]])
def test_a_sandbox_file_that_cannot_be_used_stops_the_start(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, and long enough to be looked at as one " * 50)
    for file in (tmp_path / "text", tmp_path / "nowhere" / "tasks.sqlite3"):
        result = started(*command, WAYLAY_MCP_SANDBOX_DB=str(file))
        assert result.returncode == 2
        assert result.stderr == f"waylay-tasks-mcp: the sandbox cannot keep its tasks in {file}\n"


@pytest.mark.parametrize("command", [[], ["serve", "--http", "--port", "0"]])
def test_a_file_for_the_audit_that_cannot_be_written_stops_the_start(command: list[str], tmp_path: Path) -> None:
    for file, code in ((tmp_path / "nowhere" / "audit.jsonl", errno.ENOENT), (tmp_path, errno.EISDIR)):
        result = started(*command, WAYLAY_MCP_AUDIT=str(file))
        assert result.returncode == 2
        line = f"WAYLAY_MCP_AUDIT: {file} cannot be written ({os.strerror(code)})"
        assert line in result.stderr.splitlines()[-1]


def test_a_file_for_the_audit_is_its_owners_alone_and_what_is_in_it_stays(tmp_path: Path) -> None:
    made, there, pipe = tmp_path / "made", tmp_path / "there", tmp_path / "pipe"
    there.write_text("a line\n")
    os.mkfifo(pipe)
    for file in (made, there, pipe):
        assert started(WAYLAY_MCP_AUDIT=str(file)).returncode == 0
    assert (stat.S_IMODE(made.stat().st_mode), there.read_text()) == (0o600, "a line\n")


def test_approvers_who_sign_in_need_a_page_only_where_there_would_be_one() -> None:
    sign_in = {
        "WAYLAY_MCP_PUBLIC_URL": "https://mcp.example.com",
        "WAYLAY_MCP_OIDC_ISSUER": "https://login.example.com",
        "WAYLAY_MCP_OIDC_CLIENT_ID": "waylay",
        "WAYLAY_MCP_APPROVER_GROUP": "ops",
        "WAYLAY_MCP_APPROVALS": "off",
    }
    refused = started("serve", "--http", "--port", "0", **sign_in)
    assert refused.returncode == 2
    assert "WAYLAY_MCP_OIDC_ISSUER and WAYLAY_MCP_APPROVALS=off contradict each other" in refused.stderr
    assert started(**sign_in).returncode == 0


def test_a_profile_that_is_missing_stops_the_start() -> None:
    result = started("--profile", "nobody")
    assert result.returncode == 2
    assert "there is no such profile" in result.stderr


def test_a_client_that_leaves_at_once_ends_the_server_quietly() -> None:
    result = started()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_settings_come_from_a_named_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text("WAYLAY_TOKEN=abc\nWAYLAY_API_KEY=def\n")
    result = started("--env-file", str(file))
    assert result.returncode == 2
    assert "WAYLAY_API_SECRET is missing" in result.stderr


def test_what_is_not_read_to_its_end_ends_without_a_word() -> None:
    with subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment()
    ) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        assert demo.stdout.readline()
        demo.stdout.close()
        assert demo.stderr.read() == ""
        demo.wait(PATIENCE)


def test_a_new_key_is_one_that_a_server_takes() -> None:
    keys = {started("keys", "new").stdout.strip() for _ in range(2)}
    assert len(keys) == 2
    check_keys([SecretStr(key) for key in keys])
