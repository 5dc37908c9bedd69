"""Who may use the engine; whatever is sent instead of credentials is a 401."""

import base64
from typing import Any

import httpx
import jwt
import pytest

TASKS = "/rules/v1/tasks"


def bearer(**claims: Any) -> bytes:
    return b"Bearer " + jwt.encode(claims, "a key that is long enough for nobody to complain").encode()


def basic(pair: bytes) -> bytes:
    return b"Basic " + base64.b64encode(pair)


@pytest.mark.parametrize("header", [basic(b"key:secret"), bearer(exp=32_503_680_000), bearer(), b"Bearer opaque"])
async def test_a_key_with_its_secret_or_a_token_lets_in(api: httpx.AsyncClient, header: bytes) -> None:
    assert (await api.get(TASKS, headers=[(b"Authorization", header)], auth=None)).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        b"", b"Basic", b"Basic ?", b"Basic \xe9\xe9\xe9\xe9", basic(b"key:"), basic(b":secret"), basic(b"\xff:\xff"),
        b"Bearer", b"Digest x", bearer(exp=1), bearer(exp="soon"), bearer(exp=None), bearer(exp=[]),
    ],
)  # fmt: skip
async def test_anything_else_does_not(api: httpx.AsyncClient, header: bytes) -> None:
    answer = await api.get(TASKS, headers=[(b"Authorization", header)], auth=None)
    assert (answer.status_code, answer.json()) == (401, {"statusCode": 401, "error": "Unauthorized"})
