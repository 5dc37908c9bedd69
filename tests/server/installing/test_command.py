"""What people see of `install`, and what it refuses."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.cli import run
from server.installing.command import NAMES
from tests.server.installing.files import CLIENTS, copies, install, servers
from tests.support.at_a_terminal import AtATerminal
from tests.support.command import ran
from tests.support.serving import COMMAND, PATIENCE, clean_environment

KEY, SECRET = "9f0b1c2d3e4f5061", "Zm9vYmFyYmF6cXV4LXNlY3JldA"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a project, in an empty home folder."""
    home = tmp_path / "home"
    (home / "project").mkdir(parents=True)
    for name in [name for name in os.environ if name.startswith(("WAYLAY_", "XDG_", "CODEX", "CLAUDE", "COPILOT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home / "project")
    return home


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return why a command line was refused; whatever it is, nothing was changed."""
    assert run(["install", *arguments]) == 2
    line = capsys.readouterr().err.strip()
    assert "othing was changed" in line
    return line


def at_a_terminal(answer: str, *arguments: str, before: str = "", **environment: str) -> tuple[int, str]:
    """Run the command with a person at its terminal, and return its exit status and what they saw.

    Args:
        answer: What the person types when they are asked.
        arguments: The command's arguments.
        before: What they type before it runs.
        environment: Its environment.
    """
    person, terminal = pty.openpty()
    os.write(person, before.encode())
    with _can_be_interrupted():
        process = subprocess.Popen(  # noqa: S603 - our own command
            [COMMAND, "install", *arguments],
            env=clean_environment(PATH=os.defpath, **environment),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
        )
    os.close(terminal)
    seen, until = b"", time.monotonic() + PATIENCE
    while time.monotonic() < until and select.select([person], [], [], until - time.monotonic())[0]:
        try:
            seen += os.read(person, 65_536)
        except OSError:  # it has ended
            break
        if seen.endswith(b"Type yes: "):
            process.send_signal(signal.SIGINT) if answer == "\x03" else os.write(person, answer.encode())
    os.close(person)
    return process.wait(PATIENCE), seen.decode().replace("\r\n", "\n")


@contextmanager
def _can_be_interrupted() -> Generator[None]:
    """Have processes that start now heed an interrupt: a shell that runs these tests beside others has it ignored."""
    held = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, held)


def test_the_grammar_has_the_clients_that_there_are() -> None:
    assert tuple(CLIENTS) == NAMES


def test_a_person_sees_the_change_and_agrees(home: Path) -> None:
    file = home / ".cursor" / "mcp.json"
    file.parent.mkdir()
    file.write_text('{\n  "mcpServers": {\n    "files": {"command": "npx"}\n  }\n}\n')
    status, seen = at_a_terminal("yes\n", "--client", "cursor", "--read-only", HOME=str(home))
    assert status == 0
    assert servers("cursor", file)["waylay-tasks"] == {"command": COMMAND, "args": ["--read-only"]}
    (copy,) = copies(file)
    shown = [line for line in seen.splitlines() if line.startswith(("+ ", "- ", "  "))]
    assert f'+      "command": "{COMMAND}",' in shown
    assert f"The file as it was: {copy}" in seen
    assert "Next: Open Cursor Settings" in seen
    undo = next(line for line in seen.splitlines() if line.startswith("To undo: ")).removeprefix("To undo: ").split()
    assert run([*undo[1:], "--yes"]) == 0
    assert file.read_text() == copy.read_text()


def test_a_replacement_says_which_flags_it_takes_away_and_how_to_have_them_back(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / ".cursor" / "mcp.json"
    assert run(["install", "--client", "cursor", "--read-only", "--yes"]) == 0
    before = file.read_bytes()
    capsys.readouterr()
    assert run(["install", "--client", "cursor", "--yes"]) == 0
    said = capsys.readouterr().out
    assert "It takes away: --read-only. Give what is to stay once more.\n" in said
    assert "To undo: copy the file as it was back" in said
    assert any(copy.read_bytes() == before for copy in copies(file))


@pytest.mark.parametrize("answer", ["no\n", "y\n", "\n", "yes please\n", "\x04", "\x03"])
def test_anything_but_a_yes_is_a_no(answer: str, home: Path) -> None:
    status, seen = at_a_terminal(answer, "--client", "cursor", HOME=str(home))
    assert (status, seen.endswith("Nothing was changed.\n")) == (1, True)
    assert [path.name for path in home.iterdir()] == ["project"]


def test_in_the_background_where_no_answer_can_be_read_there_is_none(home: Path) -> None:
    command = ("install", "--client", "cursor")
    with AtATerminal(*command, environment={"HOME": str(home)}, output_too=True, orphaned=True) as person:
        person.types("yes\n")
        ended = person.ends()
    assert ended.status == 2
    assert "no answer can be read from this terminal" in ended.screen
    assert ended.screen.endswith("Nothing was changed\n")
    assert [path.name for path in home.iterdir()] == ["project"]


def test_a_yes_that_was_typed_before_the_question_is_none(home: Path) -> None:
    status, seen = at_a_terminal("no\n", "--client", "cursor", before="yes\nyes\n", HOME=str(home))
    assert (status, seen.endswith("Nothing was changed.\n")) == (1, True)
    assert [path.name for path in home.iterdir()] == ["project"]


def test_where_the_output_has_no_such_characters_they_are_written_in_another_way(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_text('{"mcpServers": {"other": {"command": "npx"}}}')
    result = subprocess.run(  # noqa: S603 - our own command
        [COMMAND, "install", "--client", "cursor", "--path", str(file), "--yes"],
        env=clean_environment(PATH=os.defpath, PYTHONIOENCODING="ascii"),
        stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, b"")
    assert "waylay-tasks" in servers("cursor", file)


def test_half_a_character_stays_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_text('{"mcpServers": {"waylay-tasks": {"command": "waylay-tasks-mcp", "env": {"A": "\\ud800"}}}}')
    assert install("cursor", file) == 0
    assert '"A": "\\ud800"' in file.read_text()


def test_where_nobody_can_be_asked_nothing_is_written(home: Path) -> None:
    result = ran("install", "--client", "cursor", HOME=str(home), PATH=os.defpath)
    assert result.returncode == 2
    assert result.stderr == (
        "waylay-tasks-mcp: nobody can be asked here: add --yes to write this, or --print. Nothing was changed\n"
    )
    assert "+++" in result.stdout
    assert [path.name for path in home.iterdir()] == ["project"]


def test_where_there_is_nothing_to_take_out_that_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more in ("--yes", "--print"):
        assert run(["install", "--client", "cursor", "--remove", more]) == 0
        assert capsys.readouterr().out.endswith("Nothing to do: waylay-tasks is not in it.\n")
    assert [path.name for path in home.iterdir()] == ["project"]


@pytest.mark.parametrize("client", NAMES)
def test_what_is_printed_can_be_pasted_and_nothing_is_written(
    client: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["install", "--client", client, "--print", "--confirm", "human"]) == 0
    shown = capsys.readouterr().out
    assert [path.name for path in home.iterdir()] == ["project"]
    file = home / f"pasted{'.toml' if CLIENTS[client].format == 'toml' else '.json'}"
    file.write_text(shown)
    entry = servers(client, file)["waylay-tasks"]
    assert (Path(entry["command"]).name, entry["args"]) == ("waylay-tasks-mcp", ["--confirm", "human"])
    if file.suffix == ".json":
        json.loads(shown)


@pytest.mark.parametrize(
    ("client", "content", "why"),
    [
        ("cursor", b'{"mcpServers": {}', "line 1, column 18: expected a comma or }"),
        ("cursor", b"[]", "the whole of it is not an object, as Cursor has it"),
        ("zed", b'{"context_servers": null}', '"context_servers" is not an object, as Zed has it'),
        ("codex", b"a = ", "line 1, column 5: invalid value"),
        ("codex", b"mcp_servers = 3", '"mcp_servers" is not a table, as Codex has it'),
        ("claude-desktop", '{"é": 1}'.encode("utf-16"), "it is not in UTF-8 (byte 1)"),
        ("vscode", b'{"inputs": {}}', '"inputs" is not an array'),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_left_alone(
    client: str, content: bytes, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config"
    file.write_bytes(content)
    more = ["--ask-for-credentials"] if client == "vscode" else []
    line = refused(capsys, "--client", client, "--path", str(file), "--yes", *more)
    assert line == f"waylay-tasks-mcp: {file}: {why}. Nothing was changed"
    assert (file.read_bytes(), copies(file)) == (content, [])


def test_what_contradicts_itself_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "project" / "broken.toml").write_text("[[rule]]\nrequire = 'sometimes'\n")
    for arguments, why in (
        (["--client", "windsurf", "--scope", "project"], "Windsurf has no file for a project"),
        (["--client", "cursor", "--ask-for-credentials"], "Cursor cannot ask for them"),
        (["--client", "vscode", "--ask-for-credentials", "--profile", "x"], "are two ways to sign in"),
        (["--client", "cursor", "--scope", "project", "--write-credentials"], "goes with --scope user"),
        (["--client", "cursor", "--write-credentials"], "the environment has none"),
        (["--client", "cursor", "--env-file", "none.env"], f"there is no file {home / 'project' / 'none.env'}"),
        (["--client", "cursor", "--policy", "none.toml"], f"there is no file {home / 'project' / 'none.toml'}"),
        (["--client", "cursor", "--policy", "broken.toml"], "broken.toml"),
        (["--client", "cursor", "--name", "a b"], "--name: expected letters, digits, - and _"),
        (["--client", "cursor", "--policy", ""], "--policy: there is no file"),
        (["--client", "cursor", "--output-limit", "abc"], "--output-limit: "),
        (["--scope", "project"], "--scope needs --client"),
        (["--remove"], "--remove needs --client"),
    ):
        assert why in refused(capsys, *arguments, "--yes"), arguments
    assert sorted(path.name for path in home.rglob("*")) == ["broken.toml", "project"]


def test_files_are_given_to_the_server_by_their_full_path(home: Path) -> None:
    (home / "project" / "my.env").touch()
    (home / "project" / "my.toml").write_text('[[rule]]\nrequire = "human"\n')
    arguments = ["--client", "claude-code", "--env-file", "my.env", "--policy", "my.toml", "--scope", "project"]
    assert run(["install", *arguments, "--name", "plant", "--yes"]) == 0
    entry = servers("claude-code", home / "project" / ".mcp.json")["plant"]
    assert entry["args"] == [
        "--env-file", str(home / "project" / "my.env"), "--policy", str(home / "project" / "my.toml"),
    ]  # fmt: skip
    assert entry["type"] == "stdio"


def test_that_claude_code_writes_its_file_itself_is_said_before_the_question(home: Path) -> None:
    _, seen = at_a_terminal("no\n", "--client", "claude-code", HOME=str(home))
    assert seen.index("Claude Code writes this file itself") < seen.index("Type yes: ")


def test_flags_before_the_command_count_as_well(home: Path) -> None:
    assert run(["--read-only", "install", "--client", "cursor", "--yes"]) == 0
    assert servers("cursor", home / ".cursor" / "mcp.json")["waylay-tasks"]["args"] == ["--read-only"]


def test_credentials_are_asked_for_by_vs_code_and_stand_nowhere(home: Path) -> None:
    arguments = ["install", "--client", "vscode", "--scope", "project", "--yes"]
    file = home / "project" / ".vscode" / "mcp.json"
    assert run([*arguments, "--ask-for-credentials"]) == 0
    written = json.loads(file.read_text())
    ids = [one["id"] for one in written["inputs"] if one["type"] == "promptString" and one["password"]]
    assert list(written["servers"]["waylay-tasks"]["env"].values()) == [f"${{input:{identity}}}" for identity in ids]
    assert run([*arguments, "--ask-for-credentials", "--read-only"]) == 0
    assert [one["id"] for one in json.loads(file.read_text())["inputs"]] == ids
    file.write_text(json.dumps(json.loads(file.read_text()) | {"inputs": []}))
    assert run([*arguments, "--ask-for-credentials", "--read-only"]) == 0
    assert [one["id"] for one in json.loads(file.read_text())["inputs"]] == ids
    assert run([*arguments, "--remove"]) == 0
    assert json.loads(file.read_text()) == {"inputs": [], "servers": {}}


def test_credentials_are_written_only_where_that_is_asked_for_and_never_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WAYLAY_API_KEY", KEY)
    monkeypatch.setenv("WAYLAY_API_SECRET", SECRET)
    file = home / ".cursor" / "mcp.json"
    run(["install", "--client", "cursor", "--yes"])
    assert "env" not in servers("cursor", file)["waylay-tasks"]
    file.unlink()
    for more in (["--print"], ["--yes"], ["--read-only", "--yes"], ["--print", "--remove"], ["--remove", "--yes"]):
        way = [] if "--remove" in more else ["--write-credentials"]
        assert run(["install", "--client", "cursor", *way, *more]) == 0
        if "--yes" in more and "--remove" not in more:
            env = servers("cursor", file)["waylay-tasks"]["env"]
            assert env == {"WAYLAY_API_KEY": KEY, "WAYLAY_API_SECRET": SECRET}
            assert file.stat().st_mode & 0o777 == 0o600
    shown = capsys.readouterr()
    assert KEY not in shown.out + shown.err
    assert SECRET not in shown.out + shown.err
    assert '"WAYLAY_API_KEY": "…"' in shown.out


def test_another_way_to_sign_in_takes_the_credentials_out_of_the_entry(home: Path) -> None:
    (home / "project" / "my.env").write_text("WAYLAY_TOKEN=x\n")
    file = home / ".cursor" / "mcp.json"
    file.parent.mkdir()
    entry = {"command": "waylay-tasks-mcp", "env": {"WAYLAY_API_KEY": KEY, "WAYLAY_MCP_READ_ONLY": "true"}}
    file.write_text(json.dumps({"mcpServers": {"waylay-tasks": entry}}))
    assert run(["install", "--client", "cursor", "--env-file", "my.env", "--yes"]) == 0
    assert servers("cursor", file)["waylay-tasks"]["env"] == {"WAYLAY_MCP_READ_ONLY": "true"}


def test_an_entry_of_another_server_by_that_name_is_shown_hidden_and_replaced_as_a_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mcp.json"
    other = {"command": "npx", "args": ["--api-key", KEY], "env": {"TOKEN": SECRET}, "cwd": "/home/ada"}
    file.write_text(json.dumps({"mcpServers": {"waylay-tasks": other}}, indent=2))
    assert install("cursor", file) == 0
    assert list(servers("cursor", file)["waylay-tasks"]) == ["command"]
    shown = capsys.readouterr().out
    assert "This replaces the entry that waylay-tasks has now." in shown
    for secret in (KEY, SECRET, "/home/ada"):
        assert secret not in shown


def test_the_value_of_a_variable_is_not_shown_even_where_it_is_also_an_argument(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {"command": "waylay-tasks-mcp", "args": ["--profile", "plant"], "env": {"WAYLAY_PROFILE": "plant"}}
    table = 'command = "waylay-tasks-mcp"\nargs = ["--profile", "plant"]\nenv = { WAYLAY_PROFILE = "plant" }\n'
    for file, text in (
        (tmp_path / "mcp.json", json.dumps({"mcpServers": {"waylay-tasks": entry}}, indent=2)),
        (tmp_path / "config.toml", f"[mcp_servers.waylay-tasks]\n{table}"),
    ):
        file.write_text(text)
        client = "codex" if file.suffix == ".toml" else "cursor"
        assert run(["install", "--client", client, "--path", str(file), "--profile", "plant", "--print"]) == 0
        shown = capsys.readouterr().out
        assert (shown.count('"plant"'), shown.count('"…"')) == (1, 1)


def test_comments_with_secrets_and_what_would_steer_a_terminal_are_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mcp.json"
    file.write_text(f'{{\n  "mcpServers": {{\n    // api_key: {KEY} \x1b[2J\u202e\n  }}\n}}\n')
    assert install("cursor", file) == 0
    shown = capsys.readouterr().out
    assert not re.search(f"{KEY}|\x1b|\u202e", shown)
    assert KEY in file.read_text()


def test_a_document_on_one_line_is_shown_in_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mcp.json"
    file.write_text(json.dumps({"history": [0] * 5_000, "mcpServers": {}}))
    started = time.monotonic()
    assert install("claude-code", file) == 0
    assert time.monotonic() - started < PATIENCE
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) < 400
    assert "+…" in shown
    assert '"waylay-tasks": {"type": "stdio"' in shown


def test_without_a_client_those_that_are_here_are_listed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["install"]) == 0
    assert "No client was found." in capsys.readouterr().out
    (home / ".config" / "Code" / "User").mkdir(parents=True)
    (home / ".codeium" / "windsurf").mkdir(parents=True)
    (home / ".codeium" / "windsurf" / "mcp_config.json").write_text("{")
    run(["install", "--client", "cursor", "--scope", "project", "--yes"])
    capsys.readouterr()
    assert run(["install"]) == 0
    shown = capsys.readouterr().out
    for part in (
        f"vscode  VS Code, user\n  {home}/.config/Code/User/mcp.json\n  has no such file yet\n",
        f"cursor  Cursor, project\n  {home}/project/.cursor/mcp.json\n  has this server (as waylay-tasks)\n",
        f"windsurf  Windsurf, user\n  {home}/.codeium/windsurf/mcp_config.json\n  cannot be read: line 1, column 2",
    ):
        assert part in shown
