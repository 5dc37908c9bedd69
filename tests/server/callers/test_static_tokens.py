"""Tokens of a file: made by the command, accepted by the server, and nowhere to be read."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.approvals.deciding import not_another
from server.approvals.signed_in_page import SignedInPage
from server.callers.made_token import PREFIX, fingerprint, make_token
from server.callers.sign_in import caller_sign_in
from server.callers.token_file import read_token_file, token_line
from server.cli import run
from server.settings import SettingsError
from tests.support.door import door
from tests.support.world import Sandbox, settings

TOKEN = make_token()
ALL = ("tasks:read", "tasks:write", "tasks:delete")
NO_ISSUER: dict[str, Any] = {"auth_issuer": None, "public_url": None}


def file_of(folder: Path, *lines: str) -> Path:
    path = folder / "tokens.toml"
    path.write_text("\n".join(lines), "utf-8")
    return path


def line(name: str = "ci", token: str = TOKEN, scopes: Iterable[str] = ALL, days: int | None = None) -> str:
    until = None if days is None else datetime.now(UTC).date() + timedelta(days)
    return token_line(name, fingerprint(token), [*scopes], until)


@pytest.mark.parametrize("days", [None, 2])
async def test_a_token_of_the_file_lets_in_whom_it_is_for_as_far_as_it_goes(
    sandbox: Sandbox, tmp_path: Path, days: int | None
) -> None:
    tokens = file_of(tmp_path, "# ours", line("other", make_token()), line(scopes=ALL[:2], days=days))
    task_id = sandbox.create()
    async with door(sandbox, auth_tokens=tokens, **NO_ISSUER) as entrance:
        async with entrance.client(TOKEN) as client:
            assert len((await client.list_tools()).tools) == 9
            await client.call_tool("start_task", {"task_id": task_id})
        ((_, record),) = entrance.world.store.audit.since(0, 10)
        refused = await entrance.knock(make_token())
        nobody = await entrance.knock()
    assert record["principal"] == "token ci"
    said = "The token is not accepted: it is not known here."
    scope = 'scope="tasks:read tasks:write tasks:delete"'
    challenge = f'Bearer error="invalid_token", error_description="{said}", {scope}'
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, challenge)
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, f"Bearer {scope}")


@pytest.mark.parametrize("wrong", [TOKEN[:-1], TOKEN + "x", TOKEN.removeprefix(PREFIX), fingerprint(TOKEN), "é"])
async def test_what_is_not_the_token_to_the_letter_is_refused(sandbox: Sandbox, tmp_path: Path, wrong: str) -> None:
    async with door(sandbox, auth_tokens=file_of(tmp_path, line()), **NO_ISSUER) as entrance:
        headers = [(b"Authorization", f"Bearer {wrong}".encode())]
        answer = await entrance.browser.post(f"{entrance.address}/mcp", json={}, headers=headers)
    assert answer.status_code == 401


async def test_a_token_of_the_file_ends_at_the_start_of_its_last_day(sandbox: Sandbox, tmp_path: Path) -> None:
    async with door(sandbox, auth_tokens=file_of(tmp_path, line(days=1)), **NO_ISSUER) as entrance:
        assert (await entrance.knock(TOKEN)).status_code == 200
        entrance.clock.advance(86_400)
        answer = await entrance.knock(TOKEN)
    assert (answer.status_code, "it has expired" in answer.text) == (401, True)


async def test_both_ways_to_sign_in_go_together(sandbox: Sandbox, tmp_path: Path) -> None:
    async with door(sandbox, auth_tokens=file_of(tmp_path, line())) as entrance:
        assert (await entrance.knock(TOKEN)).status_code == 200
        assert entrance.issuer.asked == []
        assert (await entrance.knock(entrance.issuer.access_token())).status_code == 200


async def test_a_signed_token_is_no_good_where_there_is_no_issuer(sandbox: Sandbox, tmp_path: Path) -> None:
    async with door(sandbox, auth_tokens=file_of(tmp_path, line()), **NO_ISSUER) as entrance:
        answer = await entrance.knock(entrance.issuer.access_token())
    assert (answer.status_code, "of a kind that is not accepted here" in answer.text) == (401, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no token in it: make one with waylay-tasks-mcp token new"),
        ("ci = hunter2", "is not TOML: at line 1, column 6"),
        ("ci = 'hunter2'", "ci: expected { sha256 = …, scopes = … }, as waylay-tasks-mcp token new prints it"),
        ("'ci \" x' = {}", "expected a name of letters, digits, - and _"),
        (f"ci = {{ sha256 = '{fingerprint(TOKEN)}', scopes = ['tasks:all'] }}", "ci.scopes.0: expected 'tasks:read'"),
        (f"ci = {{ sha256 = '{fingerprint(TOKEN)}', scopes = [] }}", "ci.scopes: expected one scope at least"),
        (f"ci = {{ sha256 = '{fingerprint(TOKEN)}' }}", "ci.scopes: it is missing; waylay-tasks-mcp token new prints"),
        ("ci = { sha256 = 'hunter2', scopes = ['tasks:read'] }", "ci.sha256: expected the 64 digits and letters"),
        (f"{line()}\n{line()}", "is not TOML: at "),
        (f"{line()}\n{line('other')}", "two names have the same token: give each its own"),
        (f"{line()[:-2]}, expires = 'soon' }}", "ci.expires: expected a date such as 2027-01-01, without quotes"),
        (f"{line()[:-2]}, token = 'hunter2' }}", "ci.token: there is no such key; the keys are sha256, scopes"),
    ],
)
def test_a_mistake_in_the_file_stops_the_start_with_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError) as stopped:
        caller_sign_in(settings(auth_tokens=file_of(tmp_path, text)))
    assert says in str(stopped.value)
    assert str(stopped.value).startswith(f"WAYLAY_MCP_AUTH_TOKENS: {tmp_path}/tokens.toml")
    assert "\n" not in str(stopped.value)
    assert "hunter2" not in str(stopped.value)


def test_a_file_that_is_not_there_or_no_text_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        read_token_file(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="is no text in UTF-8"):
        read_token_file(tmp_path / "binary")


@pytest.mark.parametrize(("moment", "until"), [("2027-01-01", 0), ("2027-01-01T01:00:00+01:00", 0), ("2027-01-02", 1)])
def test_a_day_begins_in_utc_unless_a_zone_is_named(tmp_path: Path, moment: str, until: int) -> None:
    entries = read_token_file(file_of(tmp_path, f"{line()[:-2]}, expires = {moment} }}"))
    assert entries["ci"].expires == datetime(2027, 1, 1, tzinfo=UTC) + timedelta(until)


def made(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert run(["token", "new", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_the_command_shows_a_token_once_and_a_line_without_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    scopes = ("--scope", "tasks:write", "--scope", "tasks:read")
    shown = made(capsys, "--name", "ci", *scopes, "--expires", "2099-01-01")
    token, entry = shown[1], shown[4]
    assert token.startswith(PREFIX)
    assert token not in entry
    (kept,) = read_token_file(file_of(tmp_path, entry)).values()
    assert (kept.sha256, [*kept.scopes]) == (fingerprint(token), ["tasks:read", "tasks:write"])
    assert kept.expires == datetime(2099, 1, 1, tzinfo=UTC)
    assert made(capsys, "--name", "ci", "--scope", "tasks:read")[1] != token


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--name", "c i"), "--name: expected letters, digits, - and _"),
        (("--name", "ci", "--expires", "2026-01-01"), "--expires: expected a day that is still to come"),
    ],
)
def test_the_command_refuses_what_would_be_of_no_use(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert run(["token", "new", "--scope", "tasks:read", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_who_has_a_token_of_the_file_is_nobody_that_an_approver_could_differ_from() -> None:
    """An approver has to be somebody else than the caller, and a token has no person to it."""
    assert not_another("token ci", "https://id.example.com carol-7") is not None
    page = SignedInPage(
        settings(public_url="https://x", oidc_issuer="https://y", oidc_client_id="z", approver_group="g")
    )
    assert "signed in elsewhere" in (page.serves("approver", "token ci") or "")
