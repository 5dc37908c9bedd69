"""Who gets in over HTTP with a token of the issuer's, and who does not."""

import asyncio
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from server.issuers.published import FRESH, LASTING, PAUSE
from tests.support.authorization import ALL
from tests.support.door import Door, door
from tests.support.issuer import key, sign_not_at_all
from tests.support.world import Era, Sandbox, data

MINUTE = 60


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_a_token_of_the_issuers_for_this_server_lets_its_bearer_in(entrance: Door, era: Era) -> None:
    async with entrance.client(era=era) as client:
        assert data(await client.call_tool("list_tasks", {}))["total"] == 0


@pytest.mark.parametrize(
    ("changes", "header"),
    [
        ({}, {"typ": "JWT"}),
        ({}, {"typ": "application/at+jwt"}),
        ({"scope": None, "scp": ["tasks:read", 7]}, {}),
        ({"scope": None, "scp": ALL}, {}),
        ({"client_id": None, "azp": "an assistant"}, {}),
        ({"client_id": None}, {}),
        ({"iat": None, "jti": None}, {}),
        ({}, {"unheard-of": "x"}),
    ],
)
async def test_issuers_differ_in_how_they_write_tokens(
    entrance: Door, changes: dict[str, Any], header: dict[str, str]
) -> None:
    claims = entrance.issuer.claims_of(**changes)
    assert (await entrance.knock(key("first").sign(claims, **header))).status_code == 200


async def test_one_audience_of_several_is_enough_and_clocks_differ_a_little(entrance: Door) -> None:
    now = int(entrance.clock())
    claims: dict[str, Any] = {
        "aud": ["https://other", entrance.issuer.resource],
        "exp": now - MINUTE / 2,
        "nbf": now + MINUTE / 2,
    }
    assert (await entrance.knock(entrance.issuer.access_token(**claims))).status_code == 200


async def refused(entrance: Door, token: str, says: str) -> None:
    answer = await entrance.knock(token)
    challenge = answer.headers["WWW-Authenticate"]
    assert answer.status_code == 401
    assert challenge.startswith('Bearer error="invalid_token", ')
    assert f'scope="{ALL}"' in challenge
    assert f'resource_metadata="{entrance.address}/.well-known/oauth-protected-resource/mcp"' in challenge
    assert says in answer.json()["error"]["message"]
    assert not token or token not in answer.text + challenge


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"aud": "https://other.example.com/mcp"}, "it is meant for another server"),
        ({"aud": None}, "it is meant for another server"),
        ({"aud": []}, "it is meant for another server"),
        ({"aud": 7}, "it is meant for another server"),
        ({"iss": "https://login.example.com/other-tenant"}, "it is of another issuer"),
        ({"iss": None}, "it is of another issuer"),
        ({"sub": None}, "it does not say whose it is"),
        ({"sub": ""}, "it does not say whose it is"),
        ({"sub": 7}, "it does not say whose it is"),
        ({"sub": "x" * 300}, "a claim of it makes no sense"),
        ({"sub": "dave\n8"}, "a claim of it makes no sense"),
        ({"exp": None}, "it has expired, or never does"),
        ({"exp": "tomorrow"}, "it has expired, or never does"),
        ({"exp": 1e400}, "it has expired, or never does"),
        ({"nonce": "n"}, None),
        ({"cnf": {"jkt": "x"}}, "it is bound to a key of its holder's"),
    ],
)
async def test_a_token_that_says_something_else_lets_nobody_in(
    entrance: Door, changes: dict[str, Any], says: str | None
) -> None:
    token = entrance.issuer.access_token(**changes)
    if says is None:
        assert (await entrance.knock(token)).status_code == 200
    else:
        await refused(entrance, token, says)


@pytest.mark.parametrize(
    ("claim", "after", "says"),
    [("exp", -2, "it has expired"), ("nbf", 2, "it is not valid yet"), ("iat", 2, "it is not valid yet")],
)
async def test_a_token_is_good_in_its_time(entrance: Door, claim: str, after: int, says: str) -> None:
    moment = int(entrance.clock()) + after * MINUTE
    await refused(entrance, entrance.issuer.access_token(**dict[str, Any]({claim: moment})), says)


async def test_a_token_ends_while_its_bearer_is_connected(entrance: Door) -> None:
    token = entrance.issuer.access_token()
    assert (await entrance.knock(token)).status_code == 200
    entrance.clock.advance(300 + MINUTE + 1)
    await refused(entrance, token, "it has expired")


FORGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "it is signed in a way that is not accepted": key("first").sign_as_if_it_were_a_secret,
    "it is signed in a way that is not accepted ": sign_not_at_all,
    "its signature is of no key of the issuer's": lambda claims: key("strange").sign(claims, kid="first"),
    "its signature is of no key of the issuer's ": key("strange").sign,
    "it cannot be read": lambda claims: key("first").sign(claims, crit=["b64"], b64=True),
    "it is no access token": lambda claims: key("first").sign(claims, typ="logout+jwt"),
    "it is an ID token": lambda claims: key("first").sign({**claims, "nonce": "n"}, typ="JWT"),
}


@pytest.mark.parametrize("says", FORGED)
async def test_what_the_issuer_did_not_sign_as_an_access_token_lets_nobody_in(entrance: Door, says: str) -> None:
    await refused(entrance, FORGED[says](entrance.issuer.claims_of()), says.strip())


@pytest.mark.parametrize("field", ["jku", "x5u"])
async def test_keys_are_not_fetched_from_where_a_token_says(entrance: Door, field: str) -> None:
    header = {field: f"{entrance.issuer.address}/keys-of-somebody"}
    forged = key("strange").sign(entrance.issuer.claims_of(), **header)
    await refused(entrance, forged, "its signature is of no key of the issuer's")
    assert "/keys-of-somebody" not in entrance.issuer.asked


async def test_a_key_that_the_token_brings_along_proves_nothing(entrance: Door) -> None:
    forged = key("strange").sign(entrance.issuer.claims_of(), jwk=key("strange").published())
    await refused(entrance, forged, "it cannot be read")


@pytest.mark.parametrize(
    "token", ["a.b", "a.b.c", "e30.e30.", "a.b.c.d.e", "x" * 20_000, "eyJhbGciOiJSUzI1NiJ9.W10.AA"]
)
async def test_nonsense_lets_nobody_in(entrance: Door, token: str) -> None:
    await refused(entrance, token, "The token is not accepted: it")


async def test_without_a_token_a_caller_learns_where_to_get_one(entrance: Door) -> None:
    token = entrance.issuer.access_token()
    for answer in (
        await entrance.knock(),
        await entrance.knock(Authorization="Basic YTpi"),
        await entrance.knock(Authorization="Bearer"),
        await entrance.knock(**{"X-Authorization": f"Bearer {token}"}),
        await entrance.knock(path=f"/mcp?access_token={token}"),
    ):
        challenge = answer.headers["WWW-Authenticate"]
        assert answer.status_code == 401
        assert challenge.startswith("Bearer scope=")
        assert "error" not in challenge


async def test_beside_the_endpoint_no_token_is_looked_at(entrance: Door) -> None:
    answer = await entrance.browser.get(f"{entrance.address}/healthz", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 200
    assert entrance.issuer.asked == []


async def test_new_keys_of_the_issuers_count_at_once_and_old_ones_no_more(entrance: Door) -> None:
    old = entrance.issuer.access_token()
    assert (await entrance.knock(old)).status_code == 200
    entrance.issuer.rotate("second", "ES256")
    assert (await entrance.knock(entrance.issuer.access_token())).status_code == 200
    await refused(entrance, old, "its signature is of no key of the issuer's")


async def test_a_key_that_was_withdrawn_counts_for_some_minutes_at_most(entrance: Door) -> None:
    old = entrance.issuer.access_token()
    assert (await entrance.knock(old)).status_code == 200
    entrance.issuer.rotate("second")
    entrance.clock.advance(FRESH)
    await refused(entrance, old, "its signature is of no key of the issuer's")


async def test_tokens_of_unknown_keys_do_not_make_this_server_flood_the_issuer(entrance: Door) -> None:
    forged = key("strange").sign(entrance.issuer.claims_of())
    for _ in range(10):
        await refused(entrance, forged, "its signature is of no key of the issuer's")
    assert entrance.issuer.asked.count("/jwks") == 2
    entrance.clock.advance(PAUSE)
    await refused(entrance, forged, "its signature is of no key of the issuer's")
    assert entrance.issuer.asked.count("/jwks") == 3


async def test_keys_are_fetched_once_for_all_who_come_at_the_same_time(entrance: Door) -> None:
    token = entrance.issuer.access_token()
    answers = await asyncio.gather(*(entrance.knock(token) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert entrance.issuer.asked.count("/jwks") == 1


async def unavailable(entrance: Door, token: str, says: str) -> None:
    answer = await entrance.knock(token)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "WWW-Authenticate" not in answer.headers
    assert says in answer.json()["error"]["message"]
    assert "nothing was done" in answer.json()["error"]["message"]


async def test_an_issuer_that_is_away_from_the_start_is_called_that(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    async with door(sandbox, up=False) as entrance:
        for _ in range(3):
            await unavailable(entrance, entrance.issuer.access_token(), "cannot be reached")
    (line,) = [record for record in caplog.records if record.name == "waylay_tasks_mcp.issuers"]
    assert (line.levelno, line.message) == (
        logging.WARNING, f"The issuer {entrance.issuer.address} cannot be reached; nobody can sign in right now.",
    )  # fmt: skip


async def _broken(request: Request) -> Response:
    return PlainTextResponse("oops", 500)


async def test_an_issuer_that_goes_away_later_leaves_its_keys_in_force_for_an_hour(entrance: Door) -> None:
    assert (await entrance.knock(entrance.issuer.access_token())).status_code == 200
    entrance.issuer.instead = dict.fromkeys(entrance.issuer.routes(), _broken)
    entrance.clock.advance(LASTING - 1)
    assert (await entrance.knock(entrance.issuer.access_token())).status_code == 200
    unknown = key("strange").sign(entrance.issuer.claims_of())
    await unavailable(entrance, unknown, "gave an answer that cannot be used")
    entrance.clock.advance(1)
    await unavailable(entrance, entrance.issuer.access_token(), "gave an answer that cannot be used")
    entrance.issuer.instead = {}
    entrance.clock.advance(PAUSE)
    assert (await entrance.knock(entrance.issuer.access_token())).status_code == 200


async def _not_found(request: Request) -> Response:
    return PlainTextResponse("none", 404)


async def _other_name(request: Request) -> Response:
    return JSONResponse({"issuer": "https://evil.example.com", "jwks_uri": "https://evil.example.com/jwks"})


async def _unsafe(request: Request) -> Response:
    return JSONResponse({"issuer": str(request.base_url).rstrip("/"), "jwks_uri": "http://192.0.2.1/jwks"})


async def _no_keys(request: Request) -> Response:
    return JSONResponse({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]})


OAUTH, OPENID = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"


@pytest.mark.parametrize("missing", [OAUTH, OPENID])
async def test_an_issuer_describes_itself_as_oauth_or_as_openid_has_it(entrance: Door, missing: str) -> None:
    entrance.issuer.instead = {missing: _not_found}
    assert (await entrance.knock(entrance.issuer.access_token())).status_code == 200


@pytest.mark.parametrize(
    ("instead", "says"),
    [
        ({OAUTH: _other_name, OPENID: _other_name}, 'calls itself "https://evil.example.com": WAYLAY_MCP_AUTH_ISSUER'),
        ({OAUTH: _not_found, OPENID: _unsafe}, "describes itself in a way that cannot be used here (jwks_uri)"),
        ({"/jwks": _no_keys}, "gave an answer that cannot be used"),
    ],
)
async def test_an_issuer_that_cannot_be_trusted_lets_nobody_in(
    entrance: Door, instead: dict[str, Any], says: str
) -> None:
    entrance.issuer.instead = instead
    await unavailable(entrance, entrance.issuer.access_token(), says)


async def test_two_authorization_headers_are_one_too_many(entrance: Door) -> None:
    token = entrance.issuer.access_token()
    headers = [("Authorization", f"Bearer {token}"), ("Authorization", "Bearer other")]
    answer = await entrance.browser.post(f"{entrance.address}/mcp", json={}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["data"]) == (400, {"error": "invalid_request"})


async def test_why_a_token_was_refused_is_logged_and_the_token_is_not(
    entrance: Door, caplog: pytest.LogCaptureFixture
) -> None:
    token = entrance.issuer.access_token(aud="https://other")
    with caplog.at_level(logging.DEBUG):
        await refused(entrance, token, "it is meant for another server")
    assert "a token was refused: it is meant for another server" in caplog.text
    assert not re.search(re.escape(token.rpartition(".")[2]), caplog.text)
