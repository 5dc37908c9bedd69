import itertools
from pathlib import Path

import pytest

from server.doctor.proxies import route_to
from server.doctor.settings_found import find_settings
from server.settings import GROUPS, Settings, SettingsError
from server.settings_sources import load_settings
from tests.canary.values import API_KEY, API_SECRET
from tests.server.doctor.examining import Patient

PIECES = (
    ("WAYLAY_API_KEY", "a-key"),
    ("WAYLAY_API_SECRET", "a-secret"),
    ("WAYLAY_TOKEN", "a-token"),
    ("WAYLAY_TOKEN", ""),
    ("WAYLAY_PROFILE", "p"),
    ("WAYLAY_GATEWAY_URL", "https://api.example.com"),
    ("WAYLAY_GATEWAY_URL", "nonsense"),
    ("WAYLAY_API_SECERT", "x"),
    ("WAYLAY_MCP_CONFIRM", "off"),
    ("WAYLAY_MCP_CONFIRM", "humans"),
    ("WAYLAY_MCP_CONFRIM", "human"),
    ("WAYLAY_MCP_POLICY", "p.toml"),
    ("WAYLAY_MCP_STATE_DIR", "s"),
    ("WAYLAY_MCP_STATE_KEYS", "weak"),
    ("WAYLAY_MCP_HOST", "0.0.0.0"),  # noqa: S104 - nothing listens
    ("WAYLAY_MCP_PUBLIC_URL", "https://mcp.example.com"),
    ("WAYLAY_MCP_AUTH_ISSUER", "https://login.example.com"),
    ("WAYLAY_MCP_OIDC_ISSUER", "https://login.example.com"),
    ("WAYLAY_MCP_WORKERS", "0"),
    ("WAYLAY_OTHER", "x"),
)
"""Settings that go with each other or do not."""


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_doctor_and_the_server_agree_about_what_is_wrong(count: int) -> None:
    for chosen in itertools.islice(itertools.combinations(PIECES, count), None, None, count**2):
        with pytest.MonkeyPatch.context() as outside:
            for name, value in chosen:
                outside.setenv(name, value)
            found, loaded = find_settings(None, {}), what_a_server_makes_of_it()
        if isinstance(loaded, Settings):
            assert (found.settings, found.wrong) == (loaded, []), chosen
        else:
            assert found.settings is None, chosen
            assert loaded in [line.replace(" (environment)", "") for line in found.wrong], (chosen, loaded)


def what_a_server_makes_of_it() -> Settings | str:
    try:
        return load_settings()
    except SettingsError as error:
        return str(error)


def test_a_condition_is_only_told_where_it_does_not_follow_from_what_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYLAY_API_KEY", "k")
    monkeypatch.setenv("WAYLAY_API_SECRET", "")
    found = find_settings(None, {})
    assert found.wrong == ["WAYLAY_API_SECRET (environment) is set to nothing: give it a value, or unset it"]


async def test_everything_wrong_is_told_at_once_with_where_it_stands(patient: Patient, tmp_path: Path) -> None:
    file = tmp_path / "waylay.env"
    file.write_text("WAYLAY_MCP_WORKERS=none\n\nWAYLAY_MCP_CONFRIM=human\nexport\n")
    environment = {"WAYLAY_API_KEY": API_KEY, "WAYLAY_MCP_OUTPUT_LIMIT": "few", "WAYLAY_MCP_PORTS": "1"}
    found = await patient.examined(environment, env_file=file)
    settings = found.findings["settings"]
    assert settings.says.startswith("The server does not start, for 6 reasons: ")
    told = "\n".join([settings.says, *settings.lines])
    for line in (
        f"--env-file: {file}, line 4: expected NAME=value",
        f"WAYLAY_MCP_CONFRIM ({file}:3) is no setting; did you mean WAYLAY_MCP_CONFIRM?",
        "WAYLAY_MCP_PORTS (environment) is no setting; did you mean WAYLAY_MCP_PORT?",
        "WAYLAY_MCP_OUTPUT_LIMIT: expected a valid integer",
        "WAYLAY_MCP_WORKERS: expected a valid integer",
        "WAYLAY_API_SECRET is missing",
    ):
        assert line in told
    assert set(found.statuses.values()) == {"problem", "not checked", "ok"}
    assert API_KEY not in found.text + found.json


async def test_what_is_set_is_told_with_where_it_comes_from_and_no_secret(patient: Patient, tmp_path: Path) -> None:
    file = tmp_path / "waylay.env"
    file.write_text(
        f"# mine\nWAYLAY_API_KEY={API_KEY.replace(' ', '')}\nWAYLAY_MCP_READ_ONLY=true\nWAYLAY_MCP_CONFIRM=auto\n"
    )
    environment = {"WAYLAY_API_SECRET": API_SECRET, "WAYLAY_MCP_CONFIRM": "human", "HTTPS_PROXY": "http://p.invalid"}
    found = await patient.examined(environment, env_file=file, flags={"WAYLAY_MCP_OUTPUT_LIMIT": "9000"})
    settings = found.findings["settings"]
    assert settings.details["set"] == [
        {"name": "WAYLAY_API_KEY", "value": "set", "from": f"{file}:2"},
        {"name": "WAYLAY_API_SECRET", "value": "set", "from": "environment"},
        {"name": "WAYLAY_MCP_CONFIRM", "value": "human", "from": "environment"},
        {"name": "WAYLAY_MCP_READ_ONLY", "value": "true", "from": f"{file}:3"},
        {"name": "WAYLAY_MCP_OUTPUT_LIMIT", "value": "9000", "from": "command line"},
    ]
    assert f"WAYLAY_MCP_CONFIRM also stands in {file}:4, where it does not count" in settings.lines
    assert str(len(API_SECRET)) not in found.text.partition("store")[0]


async def test_a_name_that_is_nearly_a_setting_is_doubted_where_the_server_starts_all_the_same(
    patient: Patient,
) -> None:
    environment = {"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_ULR": "https://eu.example.com", "WAYLAY_LOGO": "blue"}
    settings = (await patient.examined({**environment, "HTTPS_PROXY": "ftp://x"})).findings["settings"]
    assert settings.status == "warning"
    assert "did you mean WAYLAY_GATEWAY_URL?" in settings.says
    assert "WAYLAY_LOGO (environment) is no setting of this server, and is ignored" in settings.lines


async def test_ports_and_addresses_are_no_passwords(patient: Patient) -> None:
    values = {
        "WAYLAY_MCP_HOST": "::1",
        "WAYLAY_MCP_ALLOWED_HOSTS": "h:1, x:8443",
        "WAYLAY_MCP_ALLOWED_ORIGINS": "https://x.example:3000",
    }
    found = (await patient.examined(values)).findings["settings"].details["set"]
    assert {one["name"]: one["value"] for one in found} == values


def test_a_proxy_with_a_user_and_a_slash_at_its_end_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://u%2F:p%23@127.0.0.1:3128/")
    route = route_to("https://waylay.invalid")
    assert route.proxy is not None
    assert route.proxy.shown == "http://127.0.0.1:3128"


def test_the_groups_are_those_that_settings_are_made_of() -> None:
    assert Settings.__bases__ == GROUPS


@pytest.mark.parametrize(
    "environment",
    [
        {"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_URL": "https://user:hunter2-hunter2@x"},
        {"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_URL": "https://user:hunter2-hunter2\uff20x"},
        {"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_URL": "https://x:hunter2-hunter2"},
        {"WAYLAY_PROFILE": '{"credentials": {"api_key": "hunter2-hunter2"}}'},
        {"WAYLAY_MCP_STATE_URL": "postgresql://u:hunter2-hunter2@"},
        {"WAYLAY_MCP_STATE_URL": "postgresql://u:hunter2-hunter2@127.0.0.1:1/x"},
        {"WAYLAY_MCP_ALLOWED_ORIGINS": "https://u:hunter2-hunter2@x"},
        {"WAYLAY_MCP_PUBLIC_URL": "https://x?key=hunter2-hunter2"},
        {"WAYLAY_MCP_STATE_KEYS": "hunter2-hunter2"},
        {"WAYLAY_MCP_PORT": "hunter2-hunter2"},
        {"WAYLAY_MCP_CONFIRM": "hunter2-hunter2"},
        {"WAYLAY_APISECRET": "hunter2-hunter2"},
        {"WAYLAY_API_KEY": "'hunter2-hunter2'", "WAYLAY_API_SECRET": "hunter2-hunter2"},
        {"WAYLAY_TOKEN": "Bearer hunter2-hunter2"},
        {"WAYLAY_TOKEN": "x", "HTTPS_PROXY": "http://u:hunter2-hunter2@127.0.0.1:1"},
        {"WAYLAY_TOKEN": "x", "HTTPS_PROXY": "ftp://u:hunter2-hunter2@127.0.0.1:1"},
        {"WAYLAY_TOKEN": "x", "HTTPS_PROXY": "u:hunter2-hunter2@127.0.0.1:1"},
        {"WAYLAY_TOKEN": "x", "HTTPS_PROXY": "http://u:hunter2-hunter2@[127.0.0.1"},
        {"WAYLAY_TOKEN": "x", "HTTPS_PROXY": "http://u:hunter2-hunter2/@127.0.0.1:1"},
        {"WAYLAY_TOKEN": "x", "HTTPS_PROXY": "http://hunter2:2024/hunter2@127.0.0.1:1"},
        {"WAYLAY_TOKEN": "x", "HTTPS_PROXY": "http://hunter2:2024#hunter2@127.0.0.1:1"},
        {"WAYLAY_TOKEN": "x", "HTTPS_PROXY": "http://hunter2:2024?hunter2@127.0.0.1:1"},
        {"WAYLAY_TOKEN": "x", "HTTPS_PROXY": "http://u:p@hunter2/x@127.0.0.1:1"},
        {"WAYLAY_MCP_HOST": "https://u:hunter2@h"},
        {"WAYLAY_MCP_HOST": "u:hunter2@h", "WAYLAY_MCP_ALLOWED_HOSTS": "x"},
        {"WAYLAY_PROFILE": "https://h:hunter2-hunter2"},
        {"WAYLAY_PROFILE": "h:hunter2-hunter2"},
        {"WAYLAY_MCP_ALLOWED_HOSTS": "https://h:hunter2,x:1"},
        {"WAYLAY_PROFILE": "sk-hunter2-hunter2"},
    ],
    ids="-".join,
)
async def test_no_secret_is_shown_in_whichever_variable_it_was_put(
    environment: dict[str, str], patient: Patient
) -> None:
    found = await patient.examined(
        {"WAYLAY_GATEWAY_URL": "https://gateway.invalid", **environment}
        if "WAYLAY_TOKEN" in environment
        else environment
    )
    assert "hunter2" not in found.text + found.json
