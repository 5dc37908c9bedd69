from pathlib import Path

import pytest

from tests.server.doctor.examining import Patient

ENVIRONMENT, COMMAND_LINE = "in the environment", "on the command line"


@pytest.mark.parametrize(
    ("environment", "flags", "stands", "change"),
    [
        ({"WAYLAY_TOKEN": ""}, {}, {"WAYLAY_TOKEN": ENVIRONMENT}, "give it a value, or unset it"),
        (
            {"WAYLAY_API_SECRET": "hunter2"},
            {},
            {"WAYLAY_API_SECRET": ENVIRONMENT},
            "set WAYLAY_API_KEY beside it, or unset it",
        ),
        (
            {},
            {"WAYLAY_MCP_OUTPUT_LIMIT": "few"},
            {"WAYLAY_MCP_OUTPUT_LIMIT": COMMAND_LINE},
            "change it (expected: a valid integer), or unset it (its default is 16000)",
        ),
        (
            {"WAYLAY_MCP_POLICY": "p.toml"},
            {"WAYLAY_MCP_CONFIRM": "off"},
            {"WAYLAY_MCP_POLICY": ENVIRONMENT, "WAYLAY_MCP_CONFIRM": COMMAND_LINE},
            'unset one of them, or write what needs no confirmation as require = "none" into the policy',
        ),
        (
            {"WAYLAY_MCP_STATE_KEYS": "hunter2"},
            {},
            {"WAYLAY_MCP_STATE_KEYS": ENVIRONMENT},
            "put there what `waylay-tasks-mcp keys new` prints",
        ),
        (
            {"WAYLAY_MCP_OIDC_ISSUER": "https://login.invalid"},
            {},
            {"WAYLAY_MCP_OIDC_ISSUER": ENVIRONMENT},
            "set WAYLAY_MCP_OIDC_CLIENT_ID beside it, or unset it",
        ),
        (
            {"WAYLAY_APIKEY": "hunter2"},
            {},
            {"WAYLAY_APIKEY": ENVIRONMENT},
            "write WAYLAY_API_KEY in its place, or unset it to use the sandbox",
        ),
    ],
)
async def test_the_cure_says_what_to_change_and_where_it_stands(
    environment: dict[str, str], flags: dict[str, str], stands: dict[str, str], change: str, patient: Patient
) -> None:
    found = await patient.examined(environment, flags=flags)
    places = ", and ".join(f"{name} stands {place}" for name, place in stands.items())
    cure = f"{places}: {change}. Then run the doctor again: the other checks need the settings."
    assert found.findings["settings"].cure == cure
    assert "hunter2" not in found.text + found.json


async def test_each_thing_that_is_wrong_has_its_cure(patient: Patient, tmp_path: Path) -> None:
    file = tmp_path / "waylay.env"
    file.write_text("\nWAYLAY_API_KEY=k\nWAYLAY_API_SECRET=s\nexport\n")
    found = await patient.examined({"WAYLAY_TOKEN": "t"}, env_file=file)
    assert found.findings["settings"].cure == (
        f"In {file}, write line 4 as NAME=value, or put # before it. WAYLAY_API_KEY stands in {file}, line 2, and "
        "WAYLAY_TOKEN stands in the environment: keep one way to sign in. Then run the doctor again: the other checks "
        "need the settings."
    )


async def test_a_file_that_is_not_there_has_its_cure(patient: Patient, tmp_path: Path) -> None:
    found = await patient.examined({}, env_file=tmp_path / "none.env")
    assert (found.findings["settings"].cure or "").startswith("Name the file of settings behind --env-file")
