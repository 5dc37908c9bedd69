"""What people wrote into an entry of this server is hidden wherever the entry is shown."""

import json
from pathlib import Path

import pytest

from server.cli import run
from tests.server.installing.files import install

SECRETS = ("S3cr3tVal", "9f8a7b6c5d4e", "tok-0a1b", "hunter2hunter2", "483920175", "dflt-77")
ENTRY = {
    "command": "waylay-tasks-mcp",
    "args": ["--token", "tok-0a1b", "--read-only"],
    "env": {"WAYLAY_TOKEN": "${TOKEN:-dflt-77}", "WAYLAY_PROFILE": "${input:profile}"},
    "headers": {"Authorization": "Bearer S3cr3tVal"},
    "apiKey": "9f8a7b6c5d4e",
    "pin": 483920175,
    "disabled": False,
}
JSON = json.dumps({"mcpServers": {"waylay-tasks": ENTRY}}, indent=2).replace(
    '"pin"', '// password hunter2hunter2\n      /* hunter2hunter2\n */ "pin"'
)
TOML = """\
[mcp_servers.waylay-tasks]
command = "waylay-tasks-mcp"  # password hunter2hunter2
args = ["--token", "tok-0a1b", "--read-only"]
bearer_token = "9f8a7b6c5d4e"
pins = [483920175,1]
pin=483920175
http_headers = { Authorization = "Bearer S3cr3tVal" }

[mcp_servers.waylay-tasks.env]
WAYLAY_TOKEN = "${TOKEN:-dflt-77}"
"""


@pytest.mark.parametrize("client", ["cursor", "codex"])
@pytest.mark.parametrize("more", [(), ("--print",), ("--remove", "--print"), ("--remove",)])
def test_nothing_of_it_is_printed(
    client: str, more: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config"
    file.write_text(TOML if client == "codex" else JSON)
    way = [] if "--print" in more else ["--yes"]
    assert run(["install", "--client", client, "--path", str(file), *more, *way]) == 0
    shown = capsys.readouterr().out
    assert not [secret for secret in SECRETS if secret in shown]
    assert "…" in shown
    assert "waylay-tasks-mcp" in shown


def test_its_names_references_and_switches_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mcp.json"
    file.write_text(JSON)
    assert run(["install", "--client", "cursor", "--path", str(file), "--print", "--read-only"]) == 0
    entry = json.loads(capsys.readouterr().out)["mcpServers"]["waylay-tasks"]
    assert entry["args"] == ["--read-only"]
    assert entry["env"] == {"WAYLAY_TOKEN": "…", "WAYLAY_PROFILE": "${input:profile}"}
    assert (entry["headers"], entry["apiKey"]) == ({"Authorization": "…"}, "…")
    assert (entry["pin"], entry["disabled"]) == ("…", False)


@pytest.mark.parametrize("client", ["cursor", "codex"])
def test_that_comments_in_it_are_lost_is_said(client: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "config"
    file.write_text(TOML if client == "codex" else JSON)
    assert install(client, file) == 0
    assert "The comments inside the entry go with it." in capsys.readouterr().out
    assert install(client, file, "--confirm", "human") == 0
    assert "The comments" not in capsys.readouterr().out
