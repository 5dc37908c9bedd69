import json
import secrets
from pathlib import Path

import pytest

from server.settings import Settings, SettingsError
from server.settings_sources import load_settings
from server.store.handles import new_key
from server.upstream.credentials import Application, KeySecret, Token, gateway_of, profile_file
from tests.support.world import settings

APPROVERS = {
    "WAYLAY_MCP_PUBLIC_URL": "https://mcp.example.com",
    "WAYLAY_MCP_OIDC_ISSUER": "https://login.example.com",
    "WAYLAY_MCP_OIDC_CLIENT_ID": "waylay",
    "WAYLAY_MCP_APPROVER_GROUP": "ops",
}
"""Settings under which approvers can sign in."""


def refused(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as stopped:
        load_settings()
    assert "\n" not in str(stopped.value)
    return str(stopped.value)


def test_nothing_configured_means_the_sandbox() -> None:
    assert load_settings().uses_sandbox


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"WAYLAY_API_KEY": "hunter2"}, "WAYLAY_API_SECRET is missing"),
        ({"WAYLAY_API_SECRET": "hunter2"}, "WAYLAY_API_KEY is missing"),
        ({"WAYLAY_API_KEY": "hunter2", "WAYLAY_API_SECRET": "hunter2", "WAYLAY_TOKEN": "hunter2"},
         "WAYLAY_API_KEY and WAYLAY_TOKEN are both set"),
        ({"WAYLAY_TOKEN": "hunter2", "WAYLAY_PROFILE": "x"}, "WAYLAY_TOKEN and WAYLAY_PROFILE are both set"),
        ({"WAYLAY_GATEWAY_URL": "https://api.example.com"}, "WAYLAY_GATEWAY_URL is set without credentials"),
        ({"WAYLAY_API_KEY": "", "WAYLAY_API_SECRET": ""}, "WAYLAY_API_KEY is set to nothing"),
        ({"WAYLAY_TOKEN": " "}, "WAYLAY_TOKEN is set to nothing"),
        ({"WAYLAY_TOKEN": "hunter2\nhunter2"}, "WAYLAY_TOKEN: expected text without control characters"),
        ({"WAYLAY_TOKEN": "hunter2\u00e9"}, "WAYLAY_TOKEN: expected letters, digits and signs of ASCII"),
        ({"WAYLAY_API_KEY": "hunter2\u2026", "WAYLAY_API_SECRET": "x"}, "WAYLAY_API_KEY: expected letters, digits and"),
        ({"WAYLAY_API_KEY": "x", "WAYLAY_API_SECRET": "\u201chunter2"}, "WAYLAY_API_SECRET: expected letters, digits"),
        ({"WAYLAY_APIKEY": "hunter2"}, "WAYLAY_APIKEY is no setting; did you mean WAYLAY_API_KEY?"),
        ({"WAYLAY_API_TOKEN": "hunter2"}, "WAYLAY_API_TOKEN is no setting; did you mean WAYLAY_API_KEY or WAYLAY_TOK"),
        ({"WAYLAY_TOKEN": "hunter2", "WAYLAY_GATEWAY_URL": "api.example.com"}, "expected an address such as https://"),
        ({"WAYLAY_TOKEN": "hunter2", "WAYLAY_GATEWAY_URL": "ftp://x"}, "expected an address such as https://"),
        ({"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_URL": "https://user:hunter2@x"}, "no user, password, query or fragment"),
        ({"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_URL": "https://user:hunter2\u2100@x"}, "no user, password, query"),
        ({"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_URL": "https://user:hunter2\uff20x"}, "no user, password, query"),
        ({"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_URL": "https://user:[hunter2]@x"}, "no user, password, query"),
        ({"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_URL": "https://user:hunter2/more@x"}, "no user, password, query"),
        ({"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_URL": "https://x?key=hunter2"}, "no user, password, query"),
        ({"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_URL": "https://x:hunter2"}, "expected an address such as https://"),
        ({"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_URL": "https://[hunter2]"}, "expected an address such as https://"),
        ({"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_URL": "https://x y"}, "expected an address such as https://"),
        ({"WAYLAY_TOKEN": "hunter2", "WAYLAY_GATEWAY_URL": "http://api.example.com"}, "in the clear"),
        ({"WAYLAY_MCP_CONFIRM": "humans"}, "WAYLAY_MCP_CONFIRM: expected 'auto', 'human' or 'off'"),
        ({"WAYLAY_MCP_CONFIRM": ""}, "WAYLAY_MCP_CONFIRM is set to nothing"),
        ({"WAYLAY_MCP_POLICY": ""}, "WAYLAY_MCP_POLICY is set to nothing"),
        ({"WAYLAY_MCP_POLICY": "p.toml", "WAYLAY_MCP_CONFIRM": "off"},
         "a policy file and WAYLAY_MCP_CONFIRM=off contradict each other: unset one of them"),
        ({"WAYLAY_MCP_READ_ONLY": " "}, "WAYLAY_MCP_READ_ONLY is set to nothing"),
        ({"WAYLAY_MCP_OIDC_CLIENT_ID": "hunter2"}, "WAYLAY_MCP_OIDC_CLIENT_ID is set without WAYLAY_MCP_OIDC_ISSUER"),
        ({"WAYLAY_MCP_OIDC_CLIENT_SECRET": "hunter2"}, "WAYLAY_MCP_OIDC_CLIENT_SECRET is set without"),
        ({"WAYLAY_MCP_APPROVER_GROUP": "ops"}, "WAYLAY_MCP_APPROVER_GROUP is set without WAYLAY_MCP_OIDC_ISSUER"),
        ({"WAYLAY_MCP_APPROVER_SCOPE": "ops"}, "WAYLAY_MCP_APPROVER_SCOPE is set without WAYLAY_MCP_OIDC_ISSUER"),
        (APPROVERS | {"WAYLAY_MCP_APPROVER_GROUP": " "}, "WAYLAY_MCP_APPROVER_GROUP is set to nothing"),
        (APPROVERS | {"WAYLAY_MCP_APPROVER_SCOPE": ""}, "WAYLAY_MCP_APPROVER_SCOPE is set to nothing"),
        (APPROVERS | {"WAYLAY_MCP_OIDC_CLIENT_ID": ""}, "WAYLAY_MCP_OIDC_CLIENT_ID is set to nothing"),
        (APPROVERS | {"WAYLAY_MCP_OIDC_CLIENT_SECRET": ""}, "WAYLAY_MCP_OIDC_CLIENT_SECRET is set to nothing"),
        (APPROVERS | {"WAYLAY_MCP_OIDC_ISSUER": ""}, "WAYLAY_MCP_OIDC_ISSUER is set to nothing"),
        (APPROVERS | {"WAYLAY_MCP_PUBLIC_URL": ""}, "WAYLAY_MCP_PUBLIC_URL is set to nothing"),
        (APPROVERS | {"WAYLAY_MCP_OIDC_ISSUER": "login.example.com"}, "ISSUER: expected an address such as https://"),
        (APPROVERS | {"WAYLAY_MCP_OIDC_ISSUER": "http://login.example.com"}, "WAYLAY_MCP_OIDC_ISSUER: http:// would"),
        (APPROVERS | {"WAYLAY_MCP_OIDC_ISSUER": "https://user:hunter2@x"}, "ISSUER: expected no user, password, query"),
        (APPROVERS | {"WAYLAY_MCP_OIDC_ISSUER": "https://x?key=hunter2"}, "ISSUER: expected no user, password, query"),
        (APPROVERS | {"WAYLAY_MCP_OIDC_ISSUER": "https://x/#hunter2"}, "ISSUER: expected no user, password, query"),
        (APPROVERS | {"WAYLAY_MCP_PUBLIC_URL": "http://mcp.example.com"}, "WAYLAY_MCP_PUBLIC_URL: http:// would"),
        (APPROVERS | {"WAYLAY_MCP_PUBLIC_URL": "https://user:hunter2@x"}, "PUBLIC_URL: expected no user, password"),
        ({"WAYLAY_MCP_PUBLIC_URL": "https://x?key=hunter2"}, "WAYLAY_MCP_PUBLIC_URL: expected no user, password"),
        ({"WAYLAY_MCP_PUBLIC_URL": "http://127.0.0.1\\@hunter2"}, "WAYLAY_MCP_PUBLIC_URL: expected no user, password"),
        ({"WAYLAY_MCP_PUBLIC_URL": "http://hunter2.example.com\\.localhost"}, "WAYLAY_MCP_PUBLIC_URL: http:// would"),
        (APPROVERS | {"WAYLAY_MCP_PUBLIC_URL": "https://x/hunter2"}, "WAYLAY_MCP_PUBLIC_URL: expected no path"),
        ({"WAYLAY_MCP_PUBLIC_URL": "https://mcp.example.com"}, "set without WAYLAY_MCP_OIDC_ISSUER, WAYLAY_MCP_AUTH_"),
        ({"WAYLAY_MCP_STATE_URL": "postgresql://user:hunter2@host/db", "WAYLAY_MCP_STATE_DIR": "hunter2"},
         "WAYLAY_MCP_STATE_URL and WAYLAY_MCP_STATE_DIR are both set: keep one place for the store"),
        ({"waylay_mcp_confirm": "off"}, "waylay_mcp_confirm is no setting; did you mean WAYLAY_MCP_CONFIRM?"),
        ({"WAYLAY_MCP_CONFRIM": "human"}, "WAYLAY_MCP_CONFRIM is no setting; did you mean WAYLAY_MCP_CONFIRM?"),
        ({"WAYLAY_MCP_NONSENSE_OF_ALL_KINDS": "1"}, "WAYLAY_MCP_NONSENSE_OF_ALL_KINDS is no setting"),
        ({"WAYLAY_MCP_READ_ONLY": "perhaps"}, "WAYLAY_MCP_READ_ONLY: expected a valid boolean"),
        ({"WAYLAY_MCP_OUTPUT_LIMIT": "10"}, "WAYLAY_MCP_OUTPUT_LIMIT: expected greater than or equal to 8000"),
        ({"WAYLAY_MCP_PORT": "http"}, "WAYLAY_MCP_PORT: expected a valid integer"),
        ({"WAYLAY_MCP_CONFIRM_SECONDS": "0"}, "WAYLAY_MCP_CONFIRM_SECONDS: expected greater than 0"),
        ({"WAYLAY_MCP_HOST": "0.0.0.0"}, "WAYLAY_MCP_HOST (or --host) is not loopback: name the hosts"),  # noqa: S104
    ],
)  # fmt: skip
def test_bad_settings_stop_the_start_with_one_line_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], says: str
) -> None:
    line = refused(monkeypatch, **environment)
    assert says in line
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("without", "says"),
    [
        ("WAYLAY_MCP_PUBLIC_URL", "WAYLAY_MCP_PUBLIC_URL is missing"),
        ("WAYLAY_MCP_OIDC_CLIENT_ID", "WAYLAY_MCP_OIDC_CLIENT_ID is missing"),
        ("WAYLAY_MCP_OIDC_ISSUER", "WAYLAY_MCP_OIDC_CLIENT_ID is set without WAYLAY_MCP_OIDC_ISSUER"),
        ("WAYLAY_MCP_APPROVER_GROUP", "WAYLAY_MCP_APPROVER_SCOPE is missing: without one of them anybody who can sign"),
    ],
)
def test_what_approvers_need_to_sign_in_is_asked_for_by_name(
    monkeypatch: pytest.MonkeyPatch, without: str, says: str
) -> None:
    given = {name: value for name, value in APPROVERS.items() if name != without}
    line = refused(monkeypatch, WAYLAY_MCP_OIDC_CLIENT_SECRET="hunter2", **given)
    assert says in line
    assert "hunter2" not in line


@pytest.mark.parametrize("needed", [{"approver_group": "ops"}, {"approver_scope": "ops"}])
@pytest.mark.parametrize("address", ["https://login.example.com/tenant/", "http://127.0.0.1:9", "http://[::1]:9"])
def test_approvers_sign_in_over_https_or_on_this_machine(needed: dict[str, str], address: str) -> None:
    here = address.removesuffix("tenant/")
    found = settings(public_url=here, oidc_issuer=address, oidc_client_id="waylay", **needed)
    assert (found.public_url, found.oidc_issuer) == (here, address)


@pytest.mark.parametrize("approvals", ["auto", "off"])
def test_a_sign_in_for_approvers_may_stand_in_a_file_that_servers_over_stdio_share(
    monkeypatch: pytest.MonkeyPatch, approvals: str
) -> None:
    for name, value in APPROVERS.items():
        monkeypatch.setenv(name, value)
    assert load_settings(flags={"WAYLAY_MCP_APPROVALS": approvals}).oidc_issuer == APPROVERS["WAYLAY_MCP_OIDC_ISSUER"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_needs_no_names(host: str) -> None:
    assert settings(host=host).host == host


def test_other_hosts_are_served_once_their_names_are_known() -> None:
    assert settings(host="0.0.0.0", allowed_hosts="mcp.example.com, other:*").allowed_hosts == (  # noqa: S104
        "mcp.example.com", "other:*",
    )  # fmt: skip


def test_the_public_address_is_such_a_name() -> None:
    signed_in = {"public_url": "https://MCP.example.com:443/", "auth_tokens": "tokens.toml"}
    chosen = settings(host="192.0.2.1", allowed_hosts="one:8000", allowed_origins="https://app", **signed_in)
    assert chosen.answered_hosts == ("one:8000", "mcp.example.com")
    assert chosen.answered_origins == ("https://app", "https://mcp.example.com")


def test_plain_http_is_for_this_machine_or_on_request() -> None:
    assert settings(token="t", gateway_url="http://127.0.0.1:8765").gateway_url
    assert settings(token="t", gateway_url="http://gateway.internal", allow_plain_http=True).gateway_url


def test_flags_come_before_the_environment_and_that_before_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "settings.env"
    file.write_text("WAYLAY_MCP_PORT=1\nWAYLAY_MCP_CONFIRM=human\nWAYLAY_MCP_OUTPUT_LIMIT=9000\n")
    monkeypatch.setenv("WAYLAY_MCP_PORT", "2")
    monkeypatch.setenv("WAYLAY_MCP_CONFIRM", "off")
    found = load_settings(file, {"WAYLAY_MCP_PORT": "3"})
    assert (found.port, found.confirm, found.output_limit) == (3, "off", 9000)


@pytest.mark.parametrize("confirm", ["auto", "human"])
def test_a_policy_goes_with_every_way_to_ask(monkeypatch: pytest.MonkeyPatch, confirm: str) -> None:
    monkeypatch.setenv("WAYLAY_MCP_POLICY", "elsewhere.toml")
    found = load_settings(flags={"WAYLAY_MCP_POLICY": Path("policy.toml"), "WAYLAY_MCP_CONFIRM": confirm})
    assert found.policy == Path("policy.toml")


def test_a_file_in_the_working_directory_is_not_read_unless_it_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("WAYLAY_MCP_CONFIRM=off\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings().confirm == "auto"
    assert load_settings(tmp_path / ".env").confirm == "off"


def test_a_file_that_is_not_there_or_misspells_a_name_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no file"):
        load_settings(tmp_path / "none")
    (tmp_path / "bad").write_text("WAYLAY_MCP_READONLY=true\n")
    with pytest.raises(SettingsError, match="did you mean WAYLAY_MCP_READ_ONLY"):
        load_settings(tmp_path / "bad")


@pytest.mark.parametrize("line", ["WAYLAY_MCP_CONFIRM: human", "WAYLAY_MCP_READ_ONLY", "WAYLAY_TOKEN 'hunter2"])
def test_a_line_of_a_file_that_is_no_setting_stops_the_start_and_is_not_repeated(tmp_path: Path, line: str) -> None:
    (tmp_path / "bad").write_text(f"# settings\n{line}\n")
    with pytest.raises(SettingsError, match="line 2: expected NAME=value") as stopped:
        load_settings(tmp_path / "bad")
    assert "hunter2" not in str(stopped.value)


def test_a_file_that_is_no_text_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "bad")


def test_a_secret_in_a_file_is_taken_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("WAYLAY_API_KEY=key\nexport WAYLAY_API_SECRET='ab${cd}$e f'\n")
    secret = load_settings(tmp_path / "env").api_secret
    assert secret is not None
    assert secret.get_secret_value() == "ab${cd}$e f"


def test_what_is_set_to_nothing_in_the_environment_leaves_the_file_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "env").write_text("WAYLAY_MCP_OUTPUT_LIMIT=9000\n")
    monkeypatch.setenv("WAYLAY_MCP_OUTPUT_LIMIT", "")
    assert load_settings(tmp_path / "env").output_limit == 9000


def test_what_an_editor_left_around_a_secret_is_dropped() -> None:
    token = settings(token=" abc\n").token
    assert token is not None
    assert token.get_secret_value() == "abc"


def test_lists_may_be_repeated_or_separated_by_commas() -> None:
    assert settings(allowed_hosts=["a, b", "c"]).allowed_hosts == ("a", "b", "c")


def test_accounts_and_tenants_are_told_apart(tmp_path: Path) -> None:
    pair = {"type": "application_credentials", "api_key": "k", "api_secret": "s"}
    found = [gateway_of(from_profile(write_profile(tmp_path, **pair, tenant_id=tenant))) for tenant in ("t1", "t2")]
    assert found[0].account != found[1].account
    assert [gateway.where for gateway in found] == [
        "https://api.waylay.io, tenant t1",
        "https://api.waylay.io, tenant t2",
    ]


def test_secrets_are_not_in_what_settings_and_credentials_look_like() -> None:
    given = settings(api_key="hunter2", api_secret="hunter2")
    for shown in (repr(given), str(given), given.model_dump_json(), repr(gateway_of(given))):
        assert "hunter2" not in shown


def write_profile(folder: Path, **credentials: object) -> str:
    file = folder / "profile.json"
    file.write_text(json.dumps({"credentials": credentials, "profile": "x", "settings": {}}))
    return str(file)


def from_profile(path: str, **more: object) -> Settings:
    return settings(profile=path, **more)


def test_profiles_of_the_sdk_are_read(tmp_path: Path) -> None:
    pair = {"api_key": "k", "api_secret": "s", "gateway_url": "https://api-aws.waylay.io/", "accounts_url": None}
    found = gateway_of(from_profile(write_profile(tmp_path, type="client_credentials", **pair)))
    assert found.url == "https://api-aws.waylay.io"
    assert isinstance(found.credentials, KeySecret)
    found = gateway_of(from_profile(write_profile(tmp_path, type="application_credentials", tenant_id="t", **pair)))
    assert isinstance(found.credentials, Application)
    assert found.credentials.tenant == "t"
    found = gateway_of(from_profile(write_profile(tmp_path, type="token", token="abc", gateway_url=None)))
    assert isinstance(found.credentials, Token)
    assert found.url == "https://api.waylay.io"


def test_the_gateway_of_a_profile_can_be_overridden(tmp_path: Path) -> None:
    path = write_profile(tmp_path, type="token", token="abc", gateway_url="https://old.example.com")
    assert gateway_of(from_profile(path, gateway_url="https://new.example.com")).url == "https://new.example.com"


def test_a_profile_goes_by_its_name_in_the_sdks_folder() -> None:
    assert profile_file("_default_").parts[-3:] == ("Waylay", "python_sdk", ".profile._default_.json")


@pytest.mark.parametrize(
    ("credentials", "says"),
    [
        ({"type": "interactive"}, "holds no stored credentials"),
        ({"type": "client_credentials", "api_key": "hunter2"}, "'api_secret' is missing"),
        ({"type": "token", "token": "hunter2", "accounts_url": "https://accounts.example.com"}, "names no gateway_url"),
        ({"type": "token", "token": "hunter2", "gateway_url": "http://far.example.com"}, "in the clear"),
        ({"type": "token", "token": "hunter2", "gateway_url": 5}, "expected an address"),
        ({"type": "client_credentials", "api_key": None, "api_secret": "hunter2"}, "'api_key' is missing"),
        ({"type": "token", "token": " "}, "'token' is missing"),
        ({"type": "token", "token": "hunter2\u00e9"}, "token has characters that are not ASCII"),
    ],
)
def test_a_profile_that_cannot_be_used_says_why(tmp_path: Path, credentials: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError) as stopped:
        gateway_of(from_profile(write_profile(tmp_path, **credentials)))
    assert says in str(stopped.value)
    assert "hunter2" not in str(stopped.value)


@pytest.mark.parametrize("content", ["not json", "[]", '{"credentials": []}', "{}"])
def test_a_file_that_is_no_profile_is_called_that(tmp_path: Path, content: str) -> None:
    file = tmp_path / "profile.json"
    file.write_text(content)
    with pytest.raises(SettingsError, match="is not a Waylay SDK profile"):
        gateway_of(from_profile(str(file)))


def test_a_profile_given_instead_of_its_name_is_not_repeated() -> None:
    with pytest.raises(SettingsError, match="not what is in it") as stopped:
        gateway_of(from_profile('{"credentials": {"type": "token", "token": "hunter2"}}'))
    assert "hunter2" not in str(stopped.value)


@pytest.fixture
def profiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder in which the SDK keeps its profiles; there are none."""

    def folder(application: str) -> Path:
        return tmp_path / application

    monkeypatch.setattr("platformdirs.user_config_path", folder)
    (tmp_path / "Waylay" / "python_sdk").mkdir(parents=True)
    return tmp_path / "Waylay" / "python_sdk"


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize("given", ["hunter2", "https://user:hunter2@host", "hunter2" * 100])
def test_what_names_no_profile_may_be_a_secret_and_is_not_repeated(given: str) -> None:
    with pytest.raises(SettingsError, match=r"there is no such profile|cannot be read") as stopped:
        gateway_of(from_profile(given))
    assert "hunter2" not in str(stopped.value)


def test_where_profiles_are_is_said_of_one_that_is_not_there(profiles: Path) -> None:
    with pytest.raises(SettingsError) as stopped:
        gateway_of(from_profile("plant"))
    assert str(stopped.value) == (
        "WAYLAY_PROFILE: there is no such profile; name one that the Waylay Python SDK has stored (as "
        f"{profiles / '.profile.NAME.json'}), or the path of its file"
    )


def test_a_profile_that_cannot_be_read_has_the_systems_reason(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot be read \(Is a directory\)$"):
        gateway_of(from_profile(f"{tmp_path}/"))


def test_keys_that_can_be_guessed_are_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    good = new_key()
    for weak in ("hunter2", "hunter2" * 10, good[:31]):
        said = refused(monkeypatch, WAYLAY_MCP_STATE_KEYS=f"{good},{weak}")
        assert (
            said == "WAYLAY_MCP_STATE_KEYS: key 2 of 2 is too weak; `waylay-tasks-mcp keys new` makes one that is not"
        )
    monkeypatch.setenv("WAYLAY_MCP_STATE_KEYS", f"{good},{secrets.token_hex(32)}")
    assert len(load_settings().state_keys) == 2
    assert good not in repr(load_settings())


def test_a_line_of_a_file_that_is_none_is_named_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / "waylay.env"
    file.write_text("# mine\nWAYLAY_TOKEN=x\n\n\nexport\n")
    with pytest.raises(SettingsError, match=r"line 5: expected NAME=value"):
        load_settings(file)
