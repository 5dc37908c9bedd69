"""Whatever happens while somebody signs in, nothing that could be used leaves the server in words."""

import gc
import logging
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from server.approvals.sign_in import SignInFailed
from tests.support.issuer import CLIENT_SECRET, Issuer, sign_not_at_all
from tests.support.signing_in import client_of, signs_in, there_and_back

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _repeats(request: Request) -> Response:
    said = f"{(await request.body()).decode()} {request.headers.get('Authorization')}"
    return JSONResponse({"error": said, "error_description": said, "sub": said}, 400)


async def _sends_away(request: Request) -> Response:
    return RedirectResponse("/elsewhere", 307)


WRONG: list[dict[str, Any]] = [
    {},
    {"instead": {"/token": _repeats}},
    {"instead": {"/token": _sends_away}},
    {"instead": {"/userinfo": _repeats}},
    {"claims": {"nonce": "another"}},
    {"sign": sign_not_at_all},
    {"tokens": {"id_token": "a.b.c"}},
    {"user": {"sub": "dave", "groups": "others"}},
    {"method": "client_secret_post"},
    {"method": "client_secret_post", "instead": {"/token": _repeats}},
    {"method": "client_secret_post", "metadata": {"token_endpoint_auth_methods_supported": ["client_secret_basic"]}},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
async def test_no_secret_is_in_a_sentence_a_repr_or_a_log(
    issuer: Issuer, wrong: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    issuer.groups_in = "userinfo"
    for name, value in wrong.items():
        setattr(issuer, name, value)
    sign_in = client_of(issuer)
    begun = await sign_in.begin()
    brought = await there_and_back(begun.url)
    # The browser of the test, and what it asked for, are not the server's.
    caplog.clear()
    said = [await _outcome(sign_in.finish(begun.kept, brought)) for _ in range(2)]
    said += [repr(sign_in), repr(begun), repr(vars(sign_in)), caplog.text]
    secrets = {CLIENT_SECRET, begun.kept["code_verifier"], begun.kept["nonce"], begun.kept["state"], *issuer.given}
    assert brought["code"] in secrets
    assert "HTTP Request: POST" in caplog.text
    assert [secret for secret in secrets if secret and any(secret in text for text in said)] == []


async def test_no_token_stays_in_memory_once_somebody_is_signed_in(issuer: Issuer) -> None:
    issuer.groups_in = "userinfo"
    sign_in = client_of(issuer)
    await signs_in(sign_in)
    gc.collect()
    objects: list[Any] = [found for found in gc.get_objects() if isinstance(found, dict)]
    assert [found for found in objects if found.get("access_token") in list(issuer.given)] == []
    await sign_in.aclose()


async def _outcome(finishing: Any) -> str:
    try:
        return repr(await finishing)
    except SignInFailed as failed:
        return f"{failed!r} {failed.__cause__!r}"
