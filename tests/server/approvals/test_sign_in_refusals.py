"""Nobody signs in when something about the sign-in, the issuer or its word is wrong."""

import asyncio
import gzip
import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.approvals.sign_in import SignInFailed
from server.issuers.client import LARGEST
from tests.support.issuer import CAROL, Issuer, key, sign_not_at_all
from tests.support.serving import PATIENCE
from tests.support.signing_in import client_of, signs_in, there_and_back

Answer = Callable[[Request], Any]

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def refused(issuer: Issuer, says: str, **given: Any) -> None:
    with pytest.raises(SignInFailed, match=says):
        await signs_in(client_of(issuer, **given))


def saying(content: bytes, status: int, encoding: str = "identity") -> Answer:
    async def answer(request: Request) -> Response:
        headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
        return Response(content, status, headers)

    return answer


def answering(document: object, status: int = 200) -> Answer:
    return saying(json.dumps(document).encode(), status)


async def test_an_unsigned_token_is_no_token(issuer: Issuer) -> None:
    issuer.sign = sign_not_at_all
    await refused(issuer, "ID token of .* cannot be trusted: it is signed in a way that is not accepted")


async def test_a_public_key_is_no_secret_to_sign_with(issuer: Issuer) -> None:
    issuer.sign = key("first").sign_as_if_it_were_a_secret
    await refused(issuer, "it is signed in a way that is not accepted")


async def test_a_way_of_signing_that_the_issuer_does_not_list_is_not_accepted(issuer: Issuer) -> None:
    issuer.rotate("curve", "ES256")
    issuer.metadata = {"id_token_signing_alg_values_supported": ["RS256"]}
    await refused(issuer, "it is signed in a way that is not accepted")


@pytest.mark.parametrize("listed", [["HS256", "none"], []])
async def test_an_issuer_that_lists_no_way_that_proves_anything_signs_nobody_in(
    issuer: Issuer, listed: list[str]
) -> None:
    issuer.metadata = {"id_token_signing_alg_values_supported": listed}
    issuer.sign = key("first").sign_as_if_it_were_a_secret
    await refused(issuer, "signs in no way that is accepted here")


async def test_a_key_of_somebody_else_under_the_name_of_the_issuers_proves_nothing(issuer: Issuer) -> None:
    issuer.sign = lambda claims: key("strange").sign(claims, kid="first")
    await refused(issuer, "its signature is of no key of the issuer's")


async def test_a_key_that_stays_unknown_is_looked_for_once_more(issuer: Issuer) -> None:
    issuer.sign = key("strange").sign
    await refused(issuer, "its signature is of no key of the issuer's")
    assert issuer.asked.count("/jwks") == 2


async def test_a_key_that_the_token_brings_along_proves_nothing(issuer: Issuer) -> None:
    strange = key("curve", "ES256")
    issuer.sign = lambda claims: strange.sign(claims, jwk=strange.published())
    await refused(issuer, "its signature is of no key of the issuer's")


async def test_a_key_that_is_too_short_proves_nothing(issuer: Issuer) -> None:
    short = key("short", bits=1024)
    issuer.keys = [key("first"), short]
    issuer.sign = short.sign
    await refused(issuer, "its signature is of no key of the issuer's")


async def test_a_key_that_is_for_something_else_proves_nothing(issuer: Issuer) -> None:
    issuer.instead["/jwks"] = answering({"keys": [{**key("first").published(), "use": "enc", "key_ops": ["encrypt"]}]})
    await refused(issuer, "cannot be trusted")


async def test_a_key_is_good_for_signatures_of_its_own_kind(issuer: Issuer) -> None:
    issuer.sign = lambda claims: key("curve", "ES256").sign(claims, kid="first")
    await refused(issuer, "cannot be trusted")


STRANGE = [
    {"kty": "AKP", "kid": "first"},
    {"kty": "oct", "k": "A" * 64, "kid": "first"},
    {"kty": "RSA", "kid": "first"},
    {"kty": "RSA", "kid": "first", "n": 5, "e": "AQAB"},
    {"kty": "RSA", "kid": "first", "n": "!", "e": ""},
    {"kty": "EC", "kid": "first", "crv": "P-256", "x": "AA", "y": "AA"},
    {"kty": "EC", "kid": "first", "crv": "P-0", "x": "AA", "y": "AA"},
    {},
    5,
    None,
]


@pytest.mark.parametrize("strange", STRANGE, ids=str)
async def test_what_is_no_key_does_not_hide_one_that_is(issuer: Issuer, strange: object) -> None:
    issuer.instead["/jwks"] = answering({"keys": [strange, key("first").published()]})
    assert (await signs_in(client_of(issuer))).name == "Carol"


async def test_what_is_in_a_tokens_header_without_being_critical_is_ignored(issuer: Issuer) -> None:
    issuer.sign = lambda claims: key("first").sign(claims, **{"pi.atm": "x"})
    assert (await signs_in(client_of(issuer))).name == "Carol"
    issuer.sign = lambda claims: key("first").sign(claims, **{"pi.atm": "x", "crit": ["pi.atm"]})
    await refused(issuer, "it cannot be read")


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"iss": "https://evil.example.com"}, "it is of another issuer"),
        ({"iss": None}, "it is of another issuer"),
        ({"aud": "another"}, "it is meant for another client"),
        ({"aud": []}, "it is meant for another client"),
        ({"aud": None}, "it is meant for another client"),
        ({"aud": ["waylay mcp", "another"]}, "it is meant for another client"),
        ({"aud": ["waylay mcp", "another"], "azp": "another"}, "it is meant for another client"),
        ({"aud": "another", "azp": "waylay mcp"}, "it is meant for another client"),
        ({"azp": "another"}, "it is meant for another client"),
        ({"exp": time.time() - 61}, "it has expired"),
        ({"exp": None}, "it has expired, or never does"),
        ({"exp": "tomorrow"}, "it has expired, or never does"),
        ({"nbf": time.time() + 3600}, "it is not valid yet"),
        ({"iat": time.time() + 3600}, "it is not valid yet"),
        ({"iat": None}, "it is not valid yet"),
        ({"nonce": "another"}, "it belongs to another sign-in"),
        ({"nonce": None}, "it belongs to another sign-in"),
        ({"nonce": ["another"]}, "it belongs to another sign-in"),
        ({"sub": None}, "it does not say who signed in"),
        ({"sub": ""}, "it does not say who signed in"),
        ({"sub": 7}, "it does not say who signed in"),
        ({"sub": ["carol-7"]}, "it does not say who signed in"),
        ({"at_hash": "another"}, "it belongs to another access token"),
        ({"at_hash": ["another"]}, "a claim of it makes no sense"),
        ({"amr": "pwd"}, "a claim of it makes no sense"),
    ],
)
async def test_an_id_token_that_says_something_else_is_not_believed(
    issuer: Issuer, claims: dict[str, Any], says: str
) -> None:
    issuer.claims = claims
    await refused(
        issuer, f"^The ID token of the issuer {issuer.address} cannot be trusted: {says}.*Nobody was signed in"
    )


async def test_a_clock_may_differ_by_a_minute_and_several_may_hear_what_is_said_to_us(issuer: Issuer) -> None:
    now = time.time()
    issuer.claims = {"exp": now - 30, "iat": now + 30, "nbf": now + 30, "aud": ["waylay mcp", "x"], "azp": "waylay mcp"}
    assert (await signs_in(client_of(issuer))).name == "Carol"


@pytest.mark.parametrize("token", [None, 5, "", "a.b.c", "nothing", "a.b.c.d.e"])
async def test_what_is_no_id_token_says_nothing(issuer: Issuer, token: object) -> None:
    issuer.tokens = {"id_token": token}
    await refused(issuer, "it cannot be read|it sent no ID token")


@pytest.mark.parametrize("changed", [{"state": "another"}, {"state": ""}, {"state": "\u00e9\udcff"}])
async def test_an_answer_to_another_sign_in_is_not_taken(issuer: Issuer, changed: dict[str, str]) -> None:
    with pytest.raises(SignInFailed, match="belongs to no sign-in that was begun here"):
        await signs_in(client_of(issuer), changed)
    assert "/token" not in issuer.asked


async def test_an_answer_cannot_be_used_for_a_sign_in_that_was_begun_later(issuer: Issuer) -> None:
    sign_in = client_of(issuer)
    first, second = await sign_in.begin(), await sign_in.begin()
    answer = await there_and_back(first.url)
    with pytest.raises(SignInFailed, match="belongs to no sign-in"):
        await sign_in.finish(second.kept, answer)
    with pytest.raises(SignInFailed, match="belongs to no sign-in"):
        await sign_in.finish(second.kept, {name: text for name, text in answer.items() if name != "state"})


async def test_a_code_that_somebody_else_got_is_refused_by_its_verifier_or_its_nonce(issuer: Issuer) -> None:
    sign_in = client_of(issuer)
    mine, theirs = await sign_in.begin(), await sign_in.begin()
    injected = {**await there_and_back(mine.url), "code": (await there_and_back(theirs.url))["code"]}
    with pytest.raises(SignInFailed, match="did not accept the sign-in"):
        await sign_in.finish(mine.kept, injected)
    injected["code"] = (await there_and_back(theirs.url))["code"]
    with pytest.raises(SignInFailed, match="it belongs to another sign-in"):
        await sign_in.finish({**mine.kept, "code_verifier": theirs.kept["code_verifier"]}, injected)


async def test_a_code_is_good_once(issuer: Issuer) -> None:
    sign_in = client_of(issuer)
    begun = await sign_in.begin()
    answer = await there_and_back(begun.url)
    await sign_in.finish(begun.kept, answer)
    with pytest.raises(SignInFailed, match="did not accept the sign-in, which may be too old: sign in again"):
        await sign_in.finish(begun.kept, answer)


@pytest.mark.parametrize(
    ("returns", "says"),
    [
        ({"error": "login_required"}, "something has to be done there first"),
        ({"error": "server_error"}, "it cannot do that right now"),
        ({"error": "invalid_scope"}, "does not accept what this server asks for"),
        ({"error": "<b>hunter2</b>"}, "it does not say why in a way that is known here"),
        ({"error": "access_denied", "error_description": "hunter2"}, "the sign-in was declined there"),
        ({"code": None}, "sent nothing to sign in with"),
        ({"code": ""}, "sent nothing to sign in with"),
    ],
)
async def test_an_answer_without_a_code_becomes_a_sentence(issuer: Issuer, returns: dict[str, str], says: str) -> None:
    issuer.returns = returns
    with pytest.raises(SignInFailed, match=says) as failed:
        await signs_in(client_of(issuer))
    assert "hunter2" not in str(failed.value)


async def test_somebody_who_says_no_is_not_signed_in(issuer: Issuer) -> None:
    issuer.user = None
    await refused(issuer, f"^The issuer {issuer.address} signed nobody in: the sign-in was declined there.$")


@pytest.mark.parametrize("returns", [{"iss": "https://evil.example.com"}, {"iss": None}, {"iss": ""}])
async def test_an_answer_of_another_issuer_does_not_get_the_code(issuer: Issuer, returns: dict[str, Any]) -> None:
    issuer.returns = returns
    await refused(issuer, "This answer is not of the issuer")
    assert "/token" not in issuer.asked


async def test_an_issuer_that_promises_no_name_in_its_answer_is_held_to_one_that_it_gives(issuer: Issuer) -> None:
    issuer.metadata, issuer.returns = {"authorization_response_iss_parameter_supported": None}, {"iss": None}
    assert (await signs_in(client_of(issuer))).name == "Carol"
    issuer.returns = {"iss": "https://evil.example.com"}
    await refused(issuer, "This answer is not of the issuer")


@pytest.mark.parametrize("userinfo", [{"sub": "dave-8"}, {"sub": None}, {"sub": ["carol-7"]}])
async def test_what_is_told_about_somebody_else_admits_nobody(issuer: Issuer, userinfo: dict[str, Any]) -> None:
    issuer.groups_in, issuer.userinfo = "userinfo", userinfo
    await refused(issuer, "told about somebody else than who signed in")


async def test_the_id_token_comes_before_what_is_told_beside_it(issuer: Issuer) -> None:
    issuer.groups_in, issuer.userinfo = "userinfo", {"name": "Dave", "iss": "x"}
    person = await signs_in(client_of(issuer))
    assert (person.name, person.identity) == ("Carol", f"{issuer.address} carol-7")


@pytest.mark.parametrize("other", ["https://evil.example.com", "/", ""])
async def test_a_document_of_another_issuer_is_not_used(issuer: Issuer, other: str) -> None:
    issuer.metadata = {"issuer": other if other.startswith("https") else issuer.address + other + "/"}
    await refused(issuer, "calls itself .*WAYLAY_MCP_OIDC_ISSUER has to be its name to the letter")
    assert "/authorize" not in issuer.asked


UNSAFE = [
    "http://login.example.com/x",
    "http://login.example.com\\@127.0.0.1/x",
    "https://user:pw@login.example.com/",
    "ftp://127.0.0.1/",
    "javascript:alert(1)",
    "https://login.example.com:0/",
    "https://",
    5,
]


@pytest.mark.parametrize("field", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"])
async def test_an_endpoint_that_others_could_listen_at_is_not_used(issuer: Issuer, field: str) -> None:
    for address in UNSAFE:
        issuer.metadata = {field: address}
        await refused(issuer, rf"describes itself in a way that cannot be used here \({field}\)")
    assert set(issuer.asked) == {"/.well-known/openid-configuration"}


@pytest.mark.parametrize("field", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"])
async def test_a_document_that_leaves_out_what_is_needed_says_what(issuer: Issuer, field: str) -> None:
    issuer.metadata = {field: None}
    await refused(issuer, rf"\({field}\)")


async def test_an_issuer_that_wants_to_know_clients_otherwise_is_told_apart(issuer: Issuer) -> None:
    issuer.metadata = {"token_endpoint_auth_methods_supported": ["private_key_jwt", "tls_client_auth"]}
    await refused(issuer, "in another way than client_secret_basic or client_secret_post")
    assert "/token" not in issuer.asked


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_secret_that_is_not_the_right_one_is_for_the_operator_to_mend(issuer: Issuer, method: Any) -> None:
    issuer.method = method
    await refused(issuer, r"does not accept this server \(invalid_client\)", secret=SecretStr("another"))


HUGE = json.dumps({"x": "x" * LARGEST}).encode()
PATHS = ["/.well-known/openid-configuration", "/token", "/jwks", "/userinfo"]


def redirecting(path: str) -> Answer:
    async def answer(request: Request) -> Response:
        return RedirectResponse(path, 307)

    return answer


SENSELESS = [
    b"not json",
    b"[]",
    b"5",
    b"null",
    b"{}",
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b'{"keys": 5, "expires_in": 1e999, "access_token": 5, "issuer": "x"}',
    b'{"keys": [], "expires_in": "soon", "id_token": "\\ud800"}',
    b'{"issuer": null, "expires_at": [], "id_token": "a.b.c", "keys": [{"kty": []}]}',
    b"\x00\xff",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("status", [200, 201, 400])
async def test_an_answer_that_makes_no_sense_signs_nobody_in(issuer: Issuer, path: str, status: int) -> None:
    issuer.groups_in = "userinfo"
    for content in SENSELESS:
        issuer.instead[path] = saying(content, status)
        await refused(issuer, f"^The .*issuer {issuer.address} .*(sign|signed)")
    assert issuer.asked.count(path) >= len(SENSELESS)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "answer",
    [
        saying(HUGE, 200),
        saying(gzip.compress(HUGE), 200, "gzip"),
        saying(b'{"error": "server_error"}', 500),
        saying(b"{}", 404),
    ],
    ids=["huge", "huge once it is unpacked", "500", "404"],
)
async def test_an_answer_that_is_none_signs_nobody_in(issuer: Issuer, path: str, answer: Answer) -> None:
    issuer.groups_in = "userinfo"
    issuer.instead[path] = answer
    await refused(issuer, "gave an answer that cannot be used; nobody was signed in")


@pytest.mark.parametrize("path", PATHS)
async def test_redirects_are_not_followed(issuer: Issuer, path: str) -> None:
    issuer.groups_in = "userinfo"
    elsewhere = "/jwks" if path == PATHS[0] else PATHS[0]
    issuer.instead[path] = redirecting(elsewhere)
    await refused(issuer, "gave an answer that cannot be used")
    assert issuer.asked[-1] == path


async def test_tokens_that_come_with_a_failure_are_none(issuer: Issuer) -> None:
    sign_in = client_of(issuer)
    begun = await sign_in.begin()
    answer = await there_and_back(begun.url)
    claims = {**CAROL, "iss": issuer.address, "aud": "waylay mcp", "nonce": begun.kept["nonce"], "iat": 0, "exp": 1e10}
    tokens = {"access_token": "x", "token_type": "Bearer", "id_token": key("first").sign(claims)}
    issuer.instead["/token"] = answering(tokens, 403)
    with pytest.raises(SignInFailed, match="cannot be used"):
        await sign_in.finish(begun.kept, answer)
    issuer.instead["/token"] = answering(tokens)
    assert (await sign_in.finish(begun.kept, answer)).name == "Carol"


async def test_an_issuer_that_is_not_there_signs_nobody_in() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(SignInFailed) as failed:
        await client_of(Issuer(address)).begin()
    assert str(failed.value) == f"The issuer {address} cannot be reached; nobody can sign in right now."


async def test_an_issuer_that_comes_back_is_asked_again(issuer: Issuer) -> None:
    issuer.instead["/.well-known/openid-configuration"] = answering({}, 503)
    sign_in = client_of(issuer)
    with pytest.raises(SignInFailed):
        await signs_in(sign_in)
    issuer.instead.clear()
    assert (await signs_in(sign_in)).name == "Carol"


@pytest.mark.parametrize("path", PATHS)
async def test_an_issuer_that_takes_its_time_is_not_waited_for(issuer: Issuer, path: str) -> None:
    over = asyncio.Event()

    async def answer(request: Request) -> Response:
        await over.wait()
        return Response()

    issuer.groups_in = "userinfo"
    issuer.instead[path] = answer
    try:
        async with asyncio.timeout(PATIENCE):
            await refused(issuer, "did not answer in time; nobody can sign in right now", seconds=0.5)
    finally:
        over.set()


async def test_an_issuer_that_trickles_is_not_waited_for_either(issuer: Issuer) -> None:
    over = asyncio.Event()

    async def trickle(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not over.is_set():
            await send({"type": "http.response.body", "body": b" ", "more_body": True})
            await asyncio.wait([asyncio.ensure_future(over.wait())], timeout=0.05)
        await send({"type": "http.response.body", "body": b""})

    async def answer(request: Request) -> Any:
        return trickle

    issuer.instead["/token"] = answer
    try:
        async with asyncio.timeout(PATIENCE):
            await refused(issuer, "did not answer in time", seconds=0.5)
    finally:
        over.set()
