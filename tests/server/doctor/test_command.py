import json
import subprocess
from pathlib import Path

import pytest

from tests.canary.values import API_KEY, API_SECRET
from tests.server.doctor.around import a_gateway
from tests.support.command import ran, ran_unread


def doctor(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would."""
    return ran("doctor", *arguments, cwd=folder, HOME=str(folder), **environment)


def test_without_an_account_all_is_well_and_the_way_to_a_tenant_is_shown(tmp_path: Path) -> None:
    result = doctor(tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert "No account is configured: the built-in sandbox is used." in result.stdout
    assert "WAYLAY_API_KEY and WAYLAY_API_SECRET" in " ".join(result.stdout.split())
    assert result.stdout.endswith("\nAll is well.\n")
    assert "\x1b" not in result.stdout
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_a_reader_who_is_gone_does_not_end_the_doctor_half_way(tmp_path: Path, arguments: list[str]) -> None:
    environment = {"HOME": str(tmp_path), "WAYLAY_MCP_POLICY": str(tmp_path / "none.toml")}
    assert ran_unread("doctor", *arguments, **environment) == (1, "")


async def test_json_is_one_object_and_a_problem_is_the_exit_status(tmp_path: Path) -> None:
    file = tmp_path / "waylay.env"
    file.write_text(f"WAYLAY_GATEWAY_URL=https://gateway.invalid\nWAYLAY_API_KEY='{API_KEY.replace(chr(39), '')}'\n")
    result = doctor(tmp_path, "--json", "--env-file", str(file), WAYLAY_API_SECRET=API_SECRET)
    assert (result.returncode, result.stderr) == (1, "")
    found = json.loads(result.stdout)
    assert found["status"] == "problem"
    checks = {check["check"]: check for check in found["checks"]}
    assert {*checks["host name"]} == {"check", "status", "says", "cure", "details"}
    assert [name for name, check in checks.items() if check["status"] == "problem"] == ["host name"]
    assert checks["credentials"]["details"] == {"because": "host name"}
    assert checks["settings"]["details"]["set"][0]["from"] == f"{file}:1"


def test_settings_that_stop_a_server_do_not_stop_the_doctor(tmp_path: Path) -> None:
    result = doctor(tmp_path, "--read-only", "--env-file", str(tmp_path / "none.env"), WAYLAY_API_KEY="x")
    assert (result.returncode, result.stderr) == (1, "")
    assert "for 2 reasons: --env-file: there is no file" in " ".join(result.stdout.split())
    assert "WAYLAY_API_SECRET is missing" in result.stdout


@pytest.mark.parametrize("wrong", [["--nonsense"], ["--confirm", "never"]])
def test_wrong_usage_has_its_own_exit_status(wrong: list[str], tmp_path: Path) -> None:
    result = doctor(tmp_path, *wrong)
    assert result.returncode == 2
    assert "usage: waylay-tasks-mcp" in result.stderr
    assert result.stdout == ""


async def test_a_gateway_that_is_well_is_found_well_by_the_command(tmp_path: Path) -> None:
    async with a_gateway()(tmp_path) as environment:
        import anyio.to_thread

        result = await anyio.to_thread.run_sync(lambda: doctor(tmp_path, **environment))
    assert (result.returncode, result.stderr) == (0, "")
    assert "Reading works: there are 5 tasks." in " ".join(result.stdout.split())
