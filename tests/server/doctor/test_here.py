"""Files of this server's own, and the clients on this machine."""

import json
import os
from pathlib import Path

import pytest

from tests.server.doctor.around import with_file
from tests.server.doctor.examining import Patient
from tests.server.doctor.test_store import contents
from tests.support.serving import COMMAND


async def test_the_clients_that_start_this_server_are_named_with_the_names_of_what_they_give_it(
    patient: Patient, tmp_path: Path
) -> None:
    entry = {"command": COMMAND, "env": {"WAYLAY_API_KEY": "hunter2-key", "WAYLAY_API_SECRET": "hunter2-secret"}}
    file = json.dumps({"mcpServers": {"waylay-tasks": entry}})
    async with with_file(".cursor/mcp.json", file)(tmp_path) as environment:
        found = await patient.examined(environment)
    clients = found.findings["clients"]
    assert (clients.status, clients.says) == ("ok", "This server is in Cursor.")
    assert "waylay-tasks, with WAYLAY_API_KEY, WAYLAY_API_SECRET (an account)" in clients.lines[0]
    assert "hunter2" not in found.text + found.json


async def test_a_clients_file_that_cannot_be_read_is_doubted(patient: Patient, tmp_path: Path) -> None:
    async with with_file(".cursor/mcp.json", "{nonsense")(tmp_path) as environment:
        clients = (await patient.examined(environment)).findings["clients"]
    assert (clients.status, "The file of Cursor cannot be read" in clients.says) == ("warning", True)
    assert clients.cure is not None
    assert clients.cure.startswith(
        f"Correct {tmp_path / '.cursor' / 'mcp.json'}, or give this account the right to read"
    )


@pytest.mark.parametrize(
    ("policy", "status", "says"),
    [
        ('[[rule]]\noperation = "*_task"\nrequire = "human"\n', "ok", "1 rule."),
        ('[[rule]]\noperation = "delete_task"\nrequire = "human"\n', "warning", "Replacing a task goes around rule 1,"),
        ('[[rule]]\noperation = "delete_task"\nrequire = "none"\n', "warning", "never asks anybody before delete_task"),
    ],
)
async def test_a_policy_is_told_by_its_rules(
    policy: str, status: str, says: str, patient: Patient, tmp_path: Path
) -> None:
    async with with_file("p.toml", policy, WAYLAY_MCP_POLICY="FOLDER/p.toml")(tmp_path) as environment:
        found = (await patient.examined(environment)).findings["policy"]
    assert (found.status, says in found.says) == (status, True)


async def test_a_guard_that_is_off_is_doubted(patient: Patient) -> None:
    assert (await patient.examined({"WAYLAY_MCP_CONFIRM": "off"})).statuses["policy"] == "warning"


async def test_no_approval_page_is_doubted_where_a_person_has_to_decide(patient: Patient) -> None:
    environment = {"WAYLAY_MCP_CONFIRM": "human", "WAYLAY_MCP_APPROVALS": "off"}
    approvals = (await patient.examined(environment)).findings["approvals"]
    assert approvals.status == "warning"
    assert "WAYLAY_MCP_APPROVALS is off" in approvals.says
    relaxed = await patient.examined({**environment, "WAYLAY_MCP_CONFIRM": "auto"})
    assert relaxed.statuses["approvals"] == "ok"


async def test_tokens_that_expired_are_named(patient: Patient, tmp_path: Path) -> None:
    digest = "ab" * 32
    lines = f'ann = {{ sha256 = "{digest}", scopes = ["tasks:read"], expires = 2020-01-01 }}\n'
    async with with_file("t.toml", lines, WAYLAY_MCP_AUTH_TOKENS="FOLDER/t.toml")(tmp_path) as environment:
        callers = (await patient.examined(environment)).findings["callers"]
    assert (callers.status, "expired: ann" in callers.says) == ("warning", True)


async def test_where_nobody_is_at_home_the_store_is_a_problem_and_clients_are_none(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_: int) -> object:
        raise KeyError

    monkeypatch.setattr("pwd.getpwuid", nobody)
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    environment = {"WAYLAY_MCP_SANDBOX_DB": str(tmp_path / "s.db")}
    found = await patient.examined(environment, at_home=False)
    assert found.problems == ["store"]
    assert "there is no home folder" in found.findings["store"].says
    assert "There is no home folder" in found.findings["clients"].says


async def test_files_that_are_not_there_yet_are_not_made(patient: Patient, tmp_path: Path) -> None:
    files = {"WAYLAY_MCP_AUDIT": "a.jsonl", "WAYLAY_MCP_SANDBOX_DB": "s.db", "WAYLAY_MCP_STATE_DIR": "state"}
    found = await patient.examined({name: str(tmp_path / file) for name, file in files.items()})
    assert set(found.statuses.values()) == {"ok"}
    assert not contents(tmp_path)


@pytest.mark.parametrize(
    ("variable", "check"),
    [("WAYLAY_MCP_POLICY", "policy"), ("WAYLAY_MCP_AUTH_TOKENS", "callers"), ("WAYLAY_PROFILE", "account")],
)
async def test_a_pipe_that_nobody_writes_to_is_not_waited_for(
    variable: str, check: str, patient: Patient, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    found = await patient.examined({variable: str(tmp_path / "pipe.json")})
    assert "is a pipe or a device" in found.findings[check].says


async def test_settings_in_a_pipe_are_not_waited_for(patient: Patient, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    settings = (await patient.examined({}, env_file=tmp_path / "pipe")).findings["settings"]
    assert (settings.status, "there is no file" in settings.says) == ("problem", True)
