"""What clients start, and what they give it: looked at, never started, and shown without secrets."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.doctor.check import Finding
from server.installing.found import Entry
from server.version import VERSION
from tests.server.doctor.around import with_file
from tests.server.doctor.examining import Diagnosis, Patient
from tests.support.serving import COMMAND

PAIR = {"WAYLAY_API_KEY": "hunter2", "WAYLAY_API_SECRET": "hunter2"}


async def diagnosed(patient: Patient, entry: dict[str, Any], **environment: str) -> Diagnosis:
    """Return what is found where a client has this entry."""
    file = json.dumps({"mcpServers": {"waylay-tasks": {"command": COMMAND, **entry}}})
    async with with_file(".cursor/mcp.json", file)(patient.folder):
        return await patient.examined(environment)


async def clients(patient: Patient, entry: dict[str, Any], **environment: str) -> Finding:
    return (await diagnosed(patient, entry, **environment)).findings["clients"]


def a_program(path: Path, first_line: str) -> str:
    """Make a program that would leave a trace if it were started."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{first_line}\ntouch "{path.parent}/started"\n')
    path.chmod(0o700)
    return str(path)


@pytest.mark.parametrize("command", ["./waylay-tasks-mcp", "FOLDER/waylay-tasks-mcp", COMMAND])
async def test_nothing_is_started_that_a_file_names(
    command: str, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError

    a_program(patient.folder / "waylay-tasks-mcp", "#!/bin/sh")
    monkeypatch.setattr("subprocess.Popen", refused)
    monkeypatch.setattr("os.posix_spawn", refused)
    monkeypatch.setattr("os.execve", refused)
    found = await clients(patient, {"command": command.replace("FOLDER", str(patient.folder))}, **PAIR)
    assert found.status == "ok"
    assert not (patient.folder / "started").exists()


async def test_a_client_that_starts_another_version_is_doubted(patient: Patient) -> None:
    program = a_program(patient.folder / "venv/bin/waylay-tasks-mcp", "#!/bin/sh")
    (patient.folder / "venv/lib/python3.12/site-packages/waylay_tasks_mcp-0.0.7.dist-info").mkdir(parents=True)
    found = await clients(patient, {"command": program})
    assert found.status == "warning"
    assert f"starts version 0.0.7, and this is {VERSION}" in found.says


@pytest.mark.parametrize("head", ["#!/gone/python", "#!/bin/sh\n'''exec' '/gone/my venv/python' \"$0\" \"$@\""])
async def test_a_program_whose_python_is_gone_is_a_problem(head: str, patient: Patient) -> None:
    program = a_program(patient.folder / "venv/bin/waylay-tasks-mcp", head)
    found = await clients(patient, {"command": program})
    assert (found.status, "the Python that it was installed with is gone" in found.says) == ("problem", True)


@pytest.mark.parametrize(
    "command",
    ["env WAYLAY_API_SECRET=hunter2 waylay-tasks-mcp", "X=hunter2", "https://u:hunter2@h/x", "sk-hunter2-hunter2"],
)
async def test_a_command_that_may_hold_a_secret_is_not_shown(command: str, patient: Patient) -> None:
    found = await diagnosed(patient, {"command": command, "env": {"A=hunter2": "", "WAYLAY_MCP_X=hunter2": ""}})
    assert "starts a command that is not shown here, and there is no such program" in found.findings["clients"].says
    assert "hunter2" not in found.text + found.json


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"WAYLAY_API_KEY": "", "WAYLAY_API_SECRET": " "}, "WAYLAY_API_KEY is set to nothing"),
        ({"WAYLAY_API_KEY": "k"}, "WAYLAY_API_SECRET is missing"),
        ({"WAYLAY_API_SECRET": "s"}, "WAYLAY_API_KEY is missing"),
        ({**PAIR, "WAYLAY_TOKEN": "t"}, "are both set"),
        ({"WAYLAY_GATEWAY_URL": "https://x.invalid"}, "is set without credentials"),
    ],
)
async def test_variables_with_which_the_server_would_not_start_are_a_problem(
    variables: dict[str, str], says: str, patient: Patient
) -> None:
    found = await clients(patient, {"env": variables})
    assert (found.status, says in found.says) == ("problem", True), found
    assert ("(an account)" in str(found.lines)) == bool(
        {"WAYLAY_API_KEY", "WAYLAY_TOKEN"} & {name for name, value in variables.items() if value.strip()}
    )


@pytest.mark.parametrize(
    "entry",
    [
        {"env": PAIR},
        {"env": {"WAYLAY_API_KEY": "k"}, "envFile": "/x.env"},
        {"env": {"WAYLAY_API_KEY": "k"}, "command": "docker", "args": ["-e", "WAYLAY_API_SECRET", "waylay-tasks-mcp"]},
        {"env": {"WAYLAY_GATEWAY_URL": "https://x.invalid"}, "args": ["--profile", "p"]},
        {"command": "docker", "args": ["run", "waylay-tasks-mcp", "--policy", "/etc/none.toml"]},
        {"args": ["--policy", "${workspaceFolder}/none.toml"]},
    ],
)
async def test_an_account_that_is_complete_elsewhere_is_none(entry: dict[str, Any], patient: Patient) -> None:
    a_program(patient.folder / "docker", "#!/bin/sh")
    found = await clients(patient, entry, PATH=str(patient.folder))
    assert found.status == "ok", found


async def test_half_a_pair_whose_other_half_is_in_the_environment_is_none(patient: Patient) -> None:
    found = await clients(patient, {"env": {"WAYLAY_API_KEY": "k"}}, WAYLAY_API_SECRET="s")
    assert found.status == "ok"


@pytest.mark.parametrize("args", [["--env-file", "/none/x.env"], ["--policy=/none/p.toml"], ["--auth-tokens", "/none"]])
async def test_a_file_that_is_named_and_not_there_is_a_problem(args: list[str], patient: Patient) -> None:
    found = await clients(patient, {"args": args})
    flag = args[0].partition("=")[0]
    assert (found.status, f"names a file in {flag} that is not there" in found.says) == ("problem", True)


async def test_a_file_that_depends_on_the_clients_folder_is_doubted_where_it_is_not_in_this_one(
    patient: Patient,
) -> None:
    assert (await clients(patient, {"args": ["--policy", "p.toml"]})).status == "warning"
    (patient.folder / "p.toml").write_text("")
    assert (await clients(patient, {"args": ["--policy", "p.toml"]})).status == "ok"


def test_an_entry_keeps_no_value() -> None:
    assert {*Entry.__dataclass_fields__} == {"name", "command", "variables", "empty", "reads_a_file"}
