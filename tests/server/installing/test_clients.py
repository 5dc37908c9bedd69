"""Where clients keep their files, how they are started, and who has this server."""

import inspect
import sys
from pathlib import Path

import pytest

from server.installing import assistants, editors, launching
from server.installing.found import Entry, configured_clients, entries_of
from server.installing.machine import Machine
from tests.server.installing.files import CLIENTS

HOME, PROJECT = Path("/home/ada"), Path("/work/line-4")
USER_FILES = {
    "linux": {
        "vscode": ".config/Code/User/mcp.json",
        "vscode-insiders": ".config/Code - Insiders/User/mcp.json",
        "cursor": ".cursor/mcp.json",
        "claude-desktop": ".config/Claude/claude_desktop_config.json",
        "claude-code": ".claude.json",
        "windsurf": ".codeium/windsurf/mcp_config.json",
        "zed": ".config/zed/settings.json",
        "codex": ".codex/config.toml",
        "gemini-cli": ".gemini/settings.json",
        "antigravity": ".gemini/config/mcp_config.json",
        "copilot-cli": ".copilot/mcp-config.json",
        "cline": ".cline/data/settings/cline_mcp_settings.json",
        "kiro": ".kiro/settings/mcp.json",
        "lm-studio": ".lmstudio/mcp.json",
    },
    "darwin": {
        "vscode": "Library/Application Support/Code/User/mcp.json",
        "vscode-insiders": "Library/Application Support/Code - Insiders/User/mcp.json",
        "claude-desktop": "Library/Application Support/Claude/claude_desktop_config.json",
    },
    "win32": {
        "vscode": "AppData/Roaming/Code/User/mcp.json",
        "vscode-insiders": "AppData/Roaming/Code - Insiders/User/mcp.json",
        "claude-desktop": "AppData/Roaming/Claude/claude_desktop_config.json",
        "zed": "AppData/Roaming/Zed/settings.json",
    },
}
PROJECT_FILES = {
    "vscode": ".vscode/mcp.json",
    "vscode-insiders": ".vscode/mcp.json",
    "cursor": ".cursor/mcp.json",
    "claude-code": ".mcp.json",
    "zed": ".zed/settings.json",
    "codex": ".codex/config.toml",
    "gemini-cli": ".gemini/settings.json",
    "copilot-cli": ".github/mcp.json",
    "kiro": ".kiro/settings/mcp.json",
}


@pytest.mark.parametrize("platform", USER_FILES)
def test_every_client_has_its_file_on_every_system(platform: str) -> None:
    machine = Machine(platform, HOME, PROJECT, {})
    expected = {**USER_FILES["linux"], **USER_FILES[platform]}
    found = {name: client.files["user"](machine) for name, client in CLIENTS.items()}
    assert found == {name: HOME / path for name, path in expected.items()}


def test_clients_that_have_a_file_in_projects_have_it_there() -> None:
    machine = Machine("linux", HOME, PROJECT, {})
    found = {name: client.files["project"](machine) for name, client in CLIENTS.items() if "project" in client.files}
    assert found == {name: PROJECT / path for name, path in PROJECT_FILES.items()}


@pytest.mark.parametrize(
    ("client", "variable"),
    [
        ("vscode", "XDG_CONFIG_HOME"),
        ("zed", "XDG_CONFIG_HOME"),
        ("codex", "CODEX_HOME"),
        ("copilot-cli", "COPILOT_HOME"),
        ("claude-code", "CLAUDE_CONFIG_DIR"),
    ],
)
def test_variables_move_folders_where_they_name_one_from_the_root(client: str, variable: str) -> None:
    usual = CLIENTS[client].files["user"](Machine("linux", HOME, PROJECT, {}))
    moved = CLIENTS[client].files["user"](Machine("linux", HOME, PROJECT, {variable: "/elsewhere"}))
    assert moved.is_relative_to("/elsewhere")
    assert CLIENTS[client].files["user"](Machine("linux", HOME, PROJECT, {variable: "not/from/root"})) == usual


def test_every_client_says_where_the_fact_is_from() -> None:
    for room in (editors, assistants):
        for name, make in inspect.getmembers(room, inspect.isfunction):
            if not name.startswith("_") and make.__module__ == room.__name__:
                assert "Source:" in (make.__doc__ or ""), name


def test_an_entry_of_this_server_is_known_by_its_command_or_by_its_name() -> None:
    servers = {
        "plant": {"command": "C:\\Tools\\waylay-tasks-mcp.exe", "env": {"WAYLAY_API_KEY": "k"}},
        "by-uvx": {"command": "uvx", "args": ["waylay-tasks-mcp", "--read-only"]},
        "waylay-tasks": {"url": "https://mcp.example.com/mcp"},
        "other": {"command": "npx", "args": ["waylay-tasks-mcp-like"]},
        "odd": 3,
    }
    assert [*entries_of(servers)] == [
        Entry("plant", ("C:\\Tools\\waylay-tasks-mcp.exe",), ("WAYLAY_API_KEY",)),
        Entry("by-uvx", ("uvx", "waylay-tasks-mcp", "--read-only"), ()),
        Entry("waylay-tasks", (), ()),
    ]


def test_files_of_clients_are_found_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / ".cursor").mkdir()
    (tmp_path / ".zed").mkdir()
    (tmp_path / ".zed" / "settings.json").write_text('{"context_servers": {"w": {"command": "waylay-tasks-mcp"}}}')
    (tmp_path / ".claude.json").write_text("{")
    before = sorted(tmp_path.rglob("*"))
    found = configured_clients(Machine("linux", tmp_path, tmp_path, {}))
    assert [(one.client, one.scope, one.state) for one in found] == [
        ("cursor", "user", "no file"),
        ("claude-code", "user", "unreadable"),
        ("zed", "project", "configured"),
    ]
    assert found[1].why == "line 1, column 2: expected a name in double quotes, or }"
    assert sorted(tmp_path.rglob("*")) == before


class Installed:
    """Stands for what an installer wrote down of where the package is from."""

    def __init__(self, source: str) -> None:
        self._source = source

    def read_text(self, name: str) -> str:
        return self._source if name == "direct_url.json" else ""


def command_in(
    monkeypatch: pytest.MonkeyPatch, prefix: Path, found: dict[str, str], source: str = ""
) -> tuple[str, ...]:
    """Return the command of an environment that has a console script where it should be."""
    monkeypatch.setattr(sys, "prefix", str(prefix))
    monkeypatch.setattr(sys, "executable", str(prefix / "bin" / "python"))
    monkeypatch.setattr(launching.shutil, "which", found.get)

    def installed(name: str) -> Installed:
        return Installed(source)

    monkeypatch.setattr(launching, "distribution", installed)
    return launching.launch()


def test_the_command_is_the_full_path_unless_every_program_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, link = tmp_path / "bin" / "waylay-tasks-mcp", tmp_path / "local" / "waylay-tasks-mcp"
    for folder in (script.parent, link.parent):
        folder.mkdir()
    script.touch()
    link.symlink_to(script)
    other = str(tmp_path / "other")
    assert command_in(monkeypatch, tmp_path, {}) == (str(script),)
    assert command_in(monkeypatch, tmp_path, {"waylay-tasks-mcp": other}) == (str(script),)
    assert command_in(monkeypatch, tmp_path, {"waylay-tasks-mcp": str(link)}) == (str(link),)
    monkeypatch.setattr(launching, "_ORDINARY", (str(link.parent),))
    assert command_in(monkeypatch, tmp_path, {"waylay-tasks-mcp": str(link)}) == ("waylay-tasks-mcp",)
    script.unlink()
    assert command_in(monkeypatch, tmp_path, {}) == ("waylay-tasks-mcp",)


def test_on_windows_the_command_ends_as_programs_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "waylay-tasks-mcp.exe").touch()
    monkeypatch.setattr(sys, "platform", "win32")
    assert command_in(monkeypatch, tmp_path, {}) == (str(tmp_path / "bin" / "waylay-tasks-mcp.exe"),)


def test_what_runs_from_a_cache_is_started_by_whoever_owns_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    uv, pipx = Path("/home/ada/.cache/uv/archive-v0/Xy12"), Path("/home/ada/.local/pipx/.cache/0a1b2c")
    git = '{"url": "https://example.com/w.git", "vcs_info": {"vcs": "git", "commit_id": "0"}}'
    assert command_in(monkeypatch, uv, {"uvx": "/usr/bin/uvx"}) == ("uvx", "waylay-tasks-mcp")
    assert command_in(monkeypatch, uv, {"uvx": "/home/ada/.local/bin/uvx"}, git) == (
        "/home/ada/.local/bin/uvx", "--from", "git+https://example.com/w.git@0", "waylay-tasks-mcp",
    )  # fmt: skip
    assert command_in(monkeypatch, pipx, {}) == ("pipx", "run", "waylay-tasks-mcp")
    assert command_in(monkeypatch, pipx, {}, '{"url": "file:///w.whl"}') == (
        "pipx", "run", "--spec", "file:///w.whl", "waylay-tasks-mcp",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        (
            '{"url": "https://a:t@example.com/w", "subdirectory": "py", "vcs_info": {"vcs": "git", "commit_id": "0"}}',
            "git+https://example.com/w@0#subdirectory=py",
        ),
        (
            '{"url": "ssh://git@example.com/w.git", "vcs_info": {"vcs": "git", "requested_revision": "v1"}}',
            "git+ssh://git@example.com/w.git@v1",
        ),
        ('{"url": "https://tok-1@example.com:8443/w.whl", "archive_info": {}}', "https://example.com:8443/w.whl"),
    ],
)
def test_the_source_has_its_commit_and_folder_and_no_account(
    written: str, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = Path("/home/ada/.cache/uv/archive-v0/Xy12")
    assert command_in(monkeypatch, uv, {}, written) == ("uvx", "--from", taken, "waylay-tasks-mcp")
