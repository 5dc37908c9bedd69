"""Who may use the engine: any non-empty key and secret, or a token that has not expired; 401 without."""

import base64
import time
from typing import Any, cast

import jwt
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from server.sandbox.body import read_json
from server.sandbox.errors import ApiError

_OPEN_PATHS = ("/accounts/v1/tokens", "/")
_TOKEN_SECONDS = 3600
_SIGNING_KEY = "the sandbox signs its tokens, and nobody checks them"
_KEY_NAMES = {
    "client_credentials": ("clientId", "clientSecret"),
    "application_credentials": ("applicationId", "applicationSecret"),
}


class SignIn:
    """Middleware that lets only signed-in requests through."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 to a request that is not signed in."""
        allowed = scope["type"] != "http" or scope["path"] in _OPEN_PATHS or _signed_in(Headers(scope=scope))
        if allowed:
            await self.app(scope, receive, send)
        else:
            await JSONResponse(ApiError(401, "Unauthorized").body, 401)(scope, receive, send)


async def exchange(request: Request) -> JSONResponse:
    """Exchange credentials for a token, as the accounts service does for the vendor's SDK.

    Raises:
        ApiError: 400 for a body that is not JSON, 401 for one without credentials.
    """
    grant = request.query_params.get("grant_type", "")
    body = await read_json(request)
    names = _KEY_NAMES.get(grant)
    if names is None or not isinstance(body, dict) or not all(cast("dict[str, Any]", body).get(name) for name in names):
        raise ApiError(401, "Unauthorized")
    now = int(time.time())
    claims = {"tenant": "sandbox", "domain": "sandbox", "sub": "users/sandbox", "iat": now, "exp": now + _TOKEN_SECONDS}
    return JSONResponse({"token": jwt.encode(claims, _SIGNING_KEY, algorithm="HS256")})


def _signed_in(headers: Headers) -> bool:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        return _has_key_and_secret(value)
    return scheme.lower() == "bearer" and bool(value) and not _expired(value)


def _has_key_and_secret(value: str) -> bool:
    try:
        key, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return False
    return bool(key and secret)


def _expired(token: str) -> bool:
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return False
    expiry: object = claims.get("exp", time.time() + 1)
    return not isinstance(expiry, int | float) or expiry < time.time()
