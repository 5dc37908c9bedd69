"""People sign in at a real issuer."""

import asyncio
import subprocess
import sys
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken

from server.approvals.deciding import not_another
from server.approvals.sign_in import SignInFailed
from server.guard.asking import RequestCaller
from tests.support.issuer import CAROL, CLIENT_ID, Issuer, Method, key
from tests.support.serving import clean_environment
from tests.support.signing_in import BACK, client_of, signs_in, there_and_back
from tests.support.world import Clock

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
async def test_somebody_of_the_group_signs_in_however_the_client_shows_who_it_is(
    issuer: Issuer, method: Method
) -> None:
    issuer.method = method
    sign_in = client_of(issuer)
    person = await signs_in(sign_in)
    assert (person.name, person.identity) == ("Carol", f"{issuer.address} carol-7")
    await sign_in.aclose()


async def test_who_signs_in_is_the_same_to_the_page_and_to_the_guard(issuer: Issuer) -> None:
    token = AccessToken(token="t", client_id="c", scopes=[], subject="carol-7", claims={"iss": issuer.address})
    call: Any = SimpleNamespace(protocol_version="")
    entered = auth_context_var.set(AuthenticatedUser(token))
    try:
        assert (await signs_in(client_of(issuer))).identity == RequestCaller(call, call).identity
    finally:
        auth_context_var.reset(entered)


@pytest.mark.parametrize(
    ("types", "are_public", "compared"),
    [
        (["public"], False, True),
        (["public", "pairwise"], False, False),
        (["pairwise"], False, False),
        (["public", "pairwise"], True, True),
        (None, False, True),
    ],
)
async def test_who_approves_is_compared_with_who_calls_only_where_both_go_by_one_name(
    issuer: Issuer, types: list[str] | None, are_public: bool, compared: bool
) -> None:
    issuer.metadata = {"subject_types_supported": types}
    person = await signs_in(client_of(issuer, public_subjects=are_public))
    assert (person.identity == f"{issuer.address} carol-7") == compared
    assert (not_another(f"{issuer.address} dave-8", person.identity) is None) == compared


async def test_the_browser_carries_nothing_that_could_be_used_without_what_the_server_keeps(issuer: Issuer) -> None:
    begun, other = await client_of(issuer).begin(), await client_of(issuer).begin()
    asked = dict(parse_qsl(urlsplit(begun.url).query))
    assert asked["redirect_uri"] == BACK
    assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (CLIENT_ID, "code", "S256")
    assert (asked["state"], asked["nonce"]) == (begun.kept["state"], begun.kept["nonce"])
    assert begun.kept["code_verifier"] not in begun.url
    assert all(len(text) >= 43 and other.kept[name] != text for name, text in begun.kept.items())


@pytest.mark.parametrize(
    ("metadata", "group", "scope", "asked"),
    [
        ({}, "operators", None, "openid profile email groups"),
        ({}, None, "approve", "openid profile email approve"),
        ({"scopes_supported": None}, "operators", "approve", "openid profile email approve"),
        ({"scopes_supported": ["openid"]}, "operators", None, "openid"),
    ],
)
async def test_scopes_that_the_issuer_does_not_know_are_not_asked_for(
    issuer: Issuer, metadata: dict[str, Any], group: str | None, scope: str | None, asked: str
) -> None:
    issuer.metadata = metadata
    begun = await client_of(issuer, group=group, scope=scope).begin()
    assert dict(parse_qsl(urlsplit(begun.url).query))["scope"] == asked


@pytest.mark.parametrize("groups", ["operators", ["staff", "operators"]])
@pytest.mark.parametrize("where", ["id_token", "userinfo"])
async def test_groups_are_a_list_or_one_text_in_the_id_token_or_beside_it(
    issuer: Issuer, groups: object, where: Any
) -> None:
    issuer.user, issuer.groups_in = {**CAROL, "groups": groups}, where
    assert (await signs_in(client_of(issuer))).name == "Carol"
    assert ("/userinfo" in issuer.asked) == (where == "userinfo")


@pytest.mark.parametrize("groups", ["operators-to-be", ["Operators"], [], {"operators": True}, [["operators"]], None])
@pytest.mark.parametrize("where", ["id_token", "userinfo"])
async def test_somebody_outside_the_group_is_told_who_they_are_and_what_they_lack(
    issuer: Issuer, groups: object, where: Any
) -> None:
    issuer.user, issuer.groups_in = {**CAROL, "groups": groups}, where
    with pytest.raises(SignInFailed, match=r'^"Carol" signed in, but is not in the group "operators", and so cannot'):
        await signs_in(client_of(issuer))


async def test_an_issuer_that_tells_nothing_beside_the_id_token_tells_of_no_group(issuer: Issuer) -> None:
    issuer.groups_in, issuer.metadata = "userinfo", {"userinfo_endpoint": None}
    with pytest.raises(SignInFailed, match="is not in the group"):
        await signs_in(client_of(issuer))


@pytest.mark.parametrize("tokens", [{}, {"scope": "openid approve"}])
async def test_a_scope_is_granted_as_asked_for_unless_the_issuer_says_otherwise(
    issuer: Issuer, tokens: dict[str, str]
) -> None:
    issuer.tokens = tokens
    assert (await signs_in(client_of(issuer, group=None, scope="approve"))).name == "Carol"


@pytest.mark.parametrize("scope", ["openid", "openid approve-not", "", ["approve"], 5])
async def test_somebody_without_the_scope_is_told_what_they_lack(issuer: Issuer, scope: object) -> None:
    issuer.tokens = {"scope": scope}
    with pytest.raises(SignInFailed, match=r'^"Carol" signed in, but was not granted the scope "approve", and so'):
        await signs_in(client_of(issuer, group=None, scope="approve"))


async def test_where_group_and_scope_are_needed_one_is_not_enough(issuer: Issuer) -> None:
    with pytest.raises(SignInFailed, match="not in the group"):
        await signs_in(client_of(issuer, group="admins", scope="approve"))
    issuer.tokens = {"scope": "openid"}
    with pytest.raises(SignInFailed, match='not in the group "admins" and was not granted the scope "approve"'):
        await signs_in(client_of(issuer, group="admins", scope="approve"))
    with pytest.raises(SignInFailed, match="not granted the scope"):
        await signs_in(client_of(issuer, scope="approve"))


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"name": "Carol\n\u202eCEO\u200b", "email": "c@example.com"}, "Carol CEO"),
        ({"name": "\u200b", "preferred_username": "carol"}, "carol"),
        ({"name": 5, "email": "c@example.com"}, "c@example.com"),
        ({}, "carol-7"),
        ({"name": "x" * 500}, "x" * 119 + "…"),
    ],
)
async def test_a_name_is_the_first_that_can_be_shown_and_safe_to_show(
    issuer: Issuer, user: dict[str, object], name: str
) -> None:
    issuer.user = {"sub": "carol-7", "groups": "operators", **user}
    assert (await signs_in(client_of(issuer))).name == name


async def test_what_the_issuer_says_about_itself_is_asked_for_once_an_hour(issuer: Issuer) -> None:
    clock = Clock()
    issuer.now = clock
    sign_in = client_of(issuer, clock=clock)
    for _ in range(3):
        await signs_in(sign_in)
    documents = [path for path in issuer.asked if path in ("/.well-known/openid-configuration", "/jwks")]
    assert len(documents) == 2
    clock.advance(3601)
    await signs_in(sign_in)
    assert [path for path in issuer.asked if path in documents] == documents * 2


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_keys_that_the_issuer_replaced_are_fetched_anew(issuer: Issuer, algorithm: str) -> None:
    sign_in = client_of(issuer)
    await signs_in(sign_in)
    issuer.rotate("second", algorithm)
    assert (await signs_in(sign_in)).name == "Carol"
    assert issuer.asked.count("/jwks") == 2
    issuer.keys = [key("third"), key("second", algorithm)]
    assert (await signs_in(sign_in)).name == "Carol"


async def test_two_people_who_sign_in_at_once_are_not_taken_for_each_other(issuer: Issuer) -> None:
    issuer.groups_in = "userinfo"
    sign_in = client_of(issuer)
    first = await sign_in.begin()
    second = await sign_in.begin()
    came_back = await there_and_back(second.url), await there_and_back(first.url)
    issuer.user = {**CAROL, "sub": "dave-8", "name": "Dave"}
    dave = await sign_in.finish(second.kept, came_back[0])
    issuer.user = CAROL
    carol = await sign_in.finish(first.kept, came_back[1])
    assert (dave.name, carol.name, issuer.cookies) == ("Dave", "Carol", [])


async def test_an_issuer_may_end_in_a_slash(issuer: Issuer) -> None:
    issuer.metadata = {"issuer": f"{issuer.address}/"}
    issuer.claims = issuer.returns = {"iss": f"{issuer.address}/"}
    person = await signs_in(client_of(issuer, address=f"{issuer.address}/"))
    assert person.identity == f"{issuer.address}/ carol-7"


async def test_nothing_of_signing_in_is_loaded_before_somebody_does() -> None:
    code = (
        "import sys, server.web.serving, server.approvals.sign_in as it\n"
        "it.SignIn('https://x', 'c', None, 'https://y', group='g', scope=None)\n"
        "print([name for name in ('authlib', 'joserfc') if name in sys.modules])"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, env=clean_environment(), stdout=subprocess.PIPE
    )
    assert (await process.communicate())[0].strip() == b"[]"
