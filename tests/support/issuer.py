"""An OpenID provider on a real socket, written from the specifications and with another library than the client's.

Its address is set once it is served: `async with serve(issuer.app) as issuer.address:`.
"""

import base64
import functools
import hashlib
import hmac
import json
import secrets
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote_plus, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.warnings import InsecureKeyLengthWarning
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

Method = Literal["client_secret_basic", "client_secret_post", "none"]
Json = dict[str, Any]

CLIENT_ID = "waylay mcp"
CLIENT_SECRET = "s3cret/canary+~%:5e1d"
"""It has everything that is written differently in a header, in a form and as it is."""

CAROL: Json = {"sub": "carol-7", "name": "Carol", "email": "carol@example.com", "groups": ["staff", "operators"]}


@functools.cache
def key(name: str, algorithm: str = "RS256", bits: int = 2048) -> "Key":
    """Return the key of that name; the same one each time, as it takes a while to make one."""
    if algorithm.startswith("ES"):
        return Key(name, algorithm, ec.generate_private_key(ec.SECP256R1()))
    return Key(name, algorithm, rsa.generate_private_key(65537, bits))


@dataclass(frozen=True)
class Key:
    """A key that tokens are signed with."""

    id: str
    algorithm: str
    private: Any

    def published(self) -> Json:
        """Return it as a JWK Set has it."""
        kind: Any = ECAlgorithm if self.algorithm.startswith("ES") else RSAAlgorithm
        document: Json = kind.to_jwk(self.private.public_key(), as_dict=True)
        return {**document, "kid": self.id, "use": "sig", "alg": self.algorithm}

    def sign(self, claims: Json, **header: object) -> str:
        """Return a token."""
        with warnings.catch_warnings():
            # Whether a key is too short is for the client to say.
            warnings.simplefilter("ignore", InsecureKeyLengthWarning)
            return jwt.encode(claims, self.private, self.algorithm, headers={"kid": self.id, **header})

    def sign_as_if_it_were_a_secret(self, claims: Json) -> str:
        """Return a token signed by HMAC with the public key, which everybody knows."""
        public = self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        head = _part({"alg": "HS256", "kid": self.id, "typ": "JWT"}) + "." + _part(claims)
        return f"{head}.{text_of(hmac.digest(public, head.encode(), 'sha256'))}"


def sign_not_at_all(claims: Json) -> str:
    """Return a token of the algorithm `none`."""
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


@dataclass
class Issuer:
    """The provider.

    Attributes:
        address: Where it is served, and its name.
        user: The claims of who signs in at once; None for somebody who says no.
        method: How the client shows who it is.
        groups_in: Whether groups are in the ID token or only in userinfo.
        keys: Its keys; the first one signs.
        now: Returns epoch seconds.
        metadata: Changes what it says about itself; None takes a field out.
        claims: The same for the ID token.
        tokens: The same for the answer to a code.
        userinfo: The same for userinfo.
        returns: The same for what the browser brings back.
        sign: Signs the ID token otherwise.
        instead: Answers of its own for some paths.
        asked: The paths that were asked for.
        cookies: The cookies that came along.
        given: Every code, token and verifier that went over the wire.
        codes: What was asked for, by the code that was given for it.
    """

    address: str = ""
    user: Json | None = field(default_factory=lambda: dict(CAROL))
    method: Method = "client_secret_basic"
    groups_in: Literal["id_token", "userinfo"] = "id_token"
    keys: list[Key] = field(default_factory=lambda: [key("first")])
    now: Callable[[], float] = time.time
    metadata: Json = field(default_factory=dict[str, Any])
    claims: Json = field(default_factory=dict[str, Any])
    tokens: Json = field(default_factory=dict[str, Any])
    userinfo: Json = field(default_factory=dict[str, Any])
    returns: Json = field(default_factory=dict[str, Any])
    sign: Callable[[Json], str] | None = None
    instead: dict[str, Any] = field(default_factory=dict[str, Any])
    asked: list[str] = field(default_factory=list[str])
    cookies: list[str] = field(default_factory=list[str])
    given: set[str] = field(default_factory=set[str])
    codes: dict[str, Json] = field(default_factory=dict[str, Json])
    _bearers: dict[str, Json] = field(default_factory=dict[str, Json])

    @functools.cached_property
    def app(self) -> Starlette:
        """The provider as an application."""
        return Starlette(
            routes=[
                Route(path, functools.partial(self._answer, answer), methods=["GET", "POST"])
                for path, answer in self.routes().items()
            ]
        )

    def routes(self) -> dict[str, Callable[[Request], Any]]:
        """Return what it answers."""
        return {
            "/.well-known/openid-configuration": self._discovery,
            "/authorize": self._authorize,
            "/token": self._token,
            "/jwks": self._jwks,
            "/userinfo": self._userinfo,
        }

    def rotate(self, name: str, algorithm: str = "RS256") -> None:
        """Sign with another key from now on, and publish no other."""
        self.keys = [key(name, algorithm)]

    async def _answer(self, answer: Callable[[Request], Any], request: Request) -> Response:
        self.asked.append(request.url.path)
        self.cookies += request.headers.getlist("Cookie")
        instead = self.instead.get(request.url.path)
        return await (answer(request) if instead is None else instead(request))

    async def _discovery(self, request: Request) -> Response:
        return JSONResponse(
            changed(
                {
                    "issuer": self.address,
                    "authorization_endpoint": f"{self.address}/authorize",
                    "token_endpoint": f"{self.address}/token",
                    "jwks_uri": f"{self.address}/jwks",
                    "userinfo_endpoint": f"{self.address}/userinfo",
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
                    "token_endpoint_auth_methods_supported": [self.method],
                    "code_challenge_methods_supported": ["S256"],
                    "scopes_supported": ["openid", "profile", "email", "groups", "approve"],
                    "authorization_response_iss_parameter_supported": True,
                },
                self.metadata,
            )
        )

    async def _jwks(self, request: Request) -> Response:
        return JSONResponse({"keys": [each.published() for each in self.keys]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        wanted = {"client_id": CLIENT_ID, "response_type": "code", "code_challenge_method": "S256"}
        if any(asked.get(name) != value for name, value in wanted.items()) or "openid" not in asked["scope"].split():
            return JSONResponse({"error": "invalid_request"}, 400)
        back: Json = {"state": asked["state"], "iss": self.address}
        if self.user is None:
            back["error"] = "access_denied"
        else:
            back["code"] = self.remembered(secrets.token_urlsafe(16))
            self.codes[back["code"]] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(changed(back, self.returns))}", 302)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if not self._is_client(request.headers.get("Authorization", ""), form):
            return JSONResponse({"error": "invalid_client", "error_description": f"not {form}"}, 401)
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = self.remembered(form.get("code_verifier", ""))
        challenge = text_of(hashlib.sha256(verifier.encode()).digest())
        fits = asked and (asked["redirect_uri"], asked["code_challenge"]) == (form.get("redirect_uri"), challenge)
        if not asked or not fits or form.get("grant_type") != "authorization_code":
            return JSONResponse({"error": "invalid_grant", "error_description": f"not {form}"}, 400)
        return JSONResponse(changed(self._issued(asked), self.tokens), headers={"Set-Cookie": "somebody=carol"})

    def _is_client(self, header: str, form: Mapping[str, str]) -> bool:
        """Return whether the client showed who it is in the one way that is agreed on, and in no other."""
        if self.method != "client_secret_basic":
            secret = CLIENT_SECRET if self.method == "client_secret_post" else None
            return not header and (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, secret)
        pair = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        return [unquote_plus(pair[0]), unquote_plus(pair[2])] == [CLIENT_ID, CLIENT_SECRET] and "client_id" not in form

    def _issued(self, asked: Json) -> Json:
        user, bearer = self.user or {}, self.remembered(secrets.token_urlsafe(16))
        self._bearers[bearer] = user
        told = {name: value for name, value in user.items() if name != "groups" or self.groups_in == "id_token"}
        now = int(self.now())
        about = {"iss": self.address, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        half = text_of(hashlib.sha256(bearer.encode()).digest()[:16])
        claims = changed({**told, **about, "at_hash": half}, self.claims)
        token = self.remembered((self.sign or self.keys[0].sign)(claims))
        return {"access_token": bearer, "token_type": "Bearer", "expires_in": 300, "id_token": token}

    async def _userinfo(self, request: Request) -> Response:
        user = self._bearers.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return JSONResponse(changed(user, self.userinfo)) if user else JSONResponse({"error": "invalid_token"}, 401)

    def remembered(self, secret: str) -> str:
        """Return what went over the wire, and keep it in mind."""
        self.given.add(secret)
        return secret


def changed(document: Json, changes: Json) -> Json:
    """Return a document with changes; None takes a field out."""
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


def _part(document: Json) -> str:
    return text_of(json.dumps(document).encode())


def text_of(raw: bytes) -> str:
    """Return bytes as tokens have them."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
