"""An issuer of access tokens on a real socket: the OpenID provider, with what clients of this server need besides."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from tests.support.issuer import Issuer, Json, changed, text_of

ALL = "tasks:read tasks:write tasks:delete"


@dataclass
class Authorization(Issuer):
    """The provider as an OAuth authorization server, for clients that register by themselves.

    Attributes:
        resource: What tokens are for.
        grants: What is granted of what is asked for; None is all of it.
        wanted: The scopes that were asked for, one text for each sign-in.
    """

    resource: str = ""
    grants: str | None = None
    wanted: list[str] = field(default_factory=list[str])
    _clients: dict[str, Json] = field(default_factory=dict[str, Json])

    def routes(self) -> dict[str, Callable[[Request], Any]]:
        """Return what it answers."""
        more = {"/.well-known/oauth-authorization-server": self._discovery, "/register": self._register}
        return {**super().routes(), **more}

    def claims_of(self, subject: str = "dave-8", **changes: Any) -> Json:
        """Return what an access token says; None takes a claim out."""
        now = int(self.now())
        said = {
            "iss": self.address, "aud": self.resource, "sub": subject, "client_id": "an assistant", "iat": now,
            "exp": now + 300, "jti": secrets.token_urlsafe(8), "scope": ALL,
        }  # fmt: skip
        return changed(said, changes)

    def access_token(self, subject: str = "dave-8", **changes: Any) -> str:
        """Return an access token."""
        return self.remembered(self.keys[0].sign(self.claims_of(subject, **changes), typ="at+jwt"))

    async def _discovery(self, request: Request) -> Response:
        self.metadata.setdefault("registration_endpoint", f"{self.address}/register")
        return await super()._discovery(request)

    async def _register(self, request: Request) -> Response:
        client = {**await request.json(), "client_id": secrets.token_urlsafe(8), "token_endpoint_auth_method": "none"}
        self._clients[client["client_id"]] = client
        return JSONResponse(client, 201)

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if asked.get("client_id") not in self._clients:
            return await super()._authorize(request)
        self.wanted.append(asked.get("scope", ""))
        code = self.remembered(secrets.token_urlsafe(16))
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.address}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if form.get("client_id") not in self._clients:
            return await super()._token(request)
        asked = self.codes.pop(form["code"])
        challenge = text_of(hashlib.sha256(form["code_verifier"].encode()).digest())
        kept = (asked["client_id"], asked["resource"], asked["code_challenge"])
        if kept != (form["client_id"], form["resource"], challenge):
            return JSONResponse({"error": "invalid_grant"}, 400)
        scope = self.grants if self.grants is not None else asked.get("scope", "")
        token = self.access_token(
            (self.user or {})["sub"], aud=asked["resource"], client_id=asked["client_id"], scope=scope
        )
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 300, "scope": scope})
