"""What has to be set before callers can sign in, and what is served without."""

from pathlib import Path

import pytest

from server.callers.sign_in import caller_sign_in
from server.settings import SettingsError
from server.settings_sources import load_settings
from tests.server.callers.test_static_tokens import file_of, line
from tests.support.command import ran
from tests.support.world import settings

ISSUER = {"WAYLAY_MCP_AUTH_ISSUER": "https://id.example.com", "WAYLAY_MCP_PUBLIC_URL": "https://mcp.example.com"}
ELSEWHERE = {"host": "192.0.2.1", "allowed_hosts": "mcp.example.com"}


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({**ISSUER, "WAYLAY_MCP_PUBLIC_URL": None}, "WAYLAY_MCP_PUBLIC_URL is missing: WAYLAY_MCP_AUTH_ISSUER issues"),
        ({**ISSUER, "WAYLAY_MCP_AUTH_ISSUER": "http://id.example.com"}, "WAYLAY_MCP_AUTH_ISSUER: http:// would let"),
        (
            {**ISSUER, "WAYLAY_MCP_AUTH_ISSUER": "https://x?key=hunter2"},
            "AUTH_ISSUER: expected no user, password, query",
        ),
        ({**ISSUER, "WAYLAY_MCP_AUTH_ISSUER": ""}, "WAYLAY_MCP_AUTH_ISSUER is set to nothing"),
        ({**ISSUER, "WAYLAY_MCP_AUTH_AUDIENCE": ""}, "WAYLAY_MCP_AUTH_AUDIENCE is set to nothing"),
        ({"WAYLAY_MCP_AUTH_TOKENS": ""}, "WAYLAY_MCP_AUTH_TOKENS is set to nothing"),
        ({"WAYLAY_MCP_AUTH_AUDIENCE": "hunter2"}, "WAYLAY_MCP_AUTH_AUDIENCE is set without WAYLAY_MCP_AUTH_ISSUER"),
    ],
)
def test_half_a_sign_in_for_callers_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str | None], says: str
) -> None:
    for name, value in environment.items():
        if value is not None:
            monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as stopped:
        load_settings()
    assert says in str(stopped.value)
    assert "hunter2" not in str(stopped.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_loopback_nobody_has_to_sign_in(host: str) -> None:
    assert caller_sign_in(settings(host=host)) is None


def test_other_machines_are_served_once_callers_sign_in(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="set WAYLAY_MCP_AUTH_ISSUER and WAYLAY_MCP_PUBLIC_URL, or WAYLAY_MCP_AUTH"):
        caller_sign_in(settings(**ELSEWHERE))
    assert caller_sign_in(settings(**ELSEWHERE, auth_tokens=file_of(tmp_path, line()))) is not None
    issuer = {"auth_issuer": "https://id.example.com", "public_url": "https://mcp.example.com/"}
    assert caller_sign_in(settings(**ELSEWHERE, **issuer)) is not None


def test_tokens_of_a_file_go_with_a_public_address_and_need_none(tmp_path: Path) -> None:
    for public_url in (None, "https://mcp.example.com"):
        assert caller_sign_in(settings(public_url=public_url, auth_tokens=file_of(tmp_path, line()))) is not None


def refusal(*arguments: str, **environment: str) -> str:
    result = ran("serve", *arguments, HOME="/nonexistent", **environment)
    assert result.returncode == 2
    return result.stderr


def test_the_command_listens_for_nobody_else_without_a_sign_in(tmp_path: Path) -> None:
    """Not even for a moment: an address that is none of this machine's would be another complaint."""
    said = refusal("--http", "--host", "192.0.2.1", "--port", "0", "--allowed-host", "mcp.example.com")
    assert said == (
        "waylay-tasks-mcp: WAYLAY_MCP_HOST (or --host) is not loopback, and callers do not sign in: "
        "set WAYLAY_MCP_AUTH_ISSUER and WAYLAY_MCP_PUBLIC_URL, or WAYLAY_MCP_AUTH_TOKENS\n"
    )
    assert "tokens.toml cannot be read" in refusal("--http", WAYLAY_MCP_AUTH_TOKENS=str(tmp_path / "tokens.toml"))
    assert "go with serve --http" in refusal("--auth-tokens", "x")
