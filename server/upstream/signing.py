"""How requests are signed: one httpx auth per kind of credentials."""

import math
import time
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field
from http import HTTPStatus

import anyio
import httpx
import jwt
from pydantic import SecretStr

from server.upstream.credentials import Application, Credentials, Gateway, KeySecret, Token
from server.upstream.statuses import exchange_failure

HELD_BACK = "waylay_tasks_mcp.held_back"
"""The extension that a request carries while something else is asked first, for a token or about its target."""

_NO_TOKEN = (httpx.HTTPStatusError, jwt.PyJWTError, ValueError, KeyError, TypeError, OverflowError, RecursionError)
"""What reading a token raises when there is none: a status, no JSON or one too deep, no JWT, an expiry of any kind."""

_EXPIRY_MARGIN = 30
"""Seconds before its expiry at which a token is renewed."""


def signing_for(gateway: Gateway) -> httpx.Auth:
    """Return what signs the requests to `gateway`."""
    credentials: Credentials = gateway.credentials
    if isinstance(credentials, KeySecret):
        return httpx.BasicAuth(credentials.key.get_secret_value(), credentials.secret.get_secret_value())
    if isinstance(credentials, Token):
        return BearerAuth(credentials.token)
    return ExchangedToken(gateway.url, credentials)


@dataclass(frozen=True, slots=True)
class BearerAuth(httpx.Auth):
    """A token that was given."""

    token: SecretStr

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request."""
        request.headers["Authorization"] = f"Bearer {self.token.get_secret_value()}"
        yield request


@dataclass(slots=True)
class ExchangedToken(httpx.Auth):
    """A token that an application's credentials are exchanged for, and renewed before it expires.

    Requests side by side share it, and one exchange when it has to be renewed.

    Source: `WaylayTokenAuth` of waylay-sdk-core 1.0.
    """

    gateway_url: str
    credentials: Application
    _token: SecretStr | None = field(default=None, repr=False)
    _expires: float = 0
    _turn: anyio.Lock = field(default_factory=lambda: anyio.Lock(fast_acquire=True), repr=False)

    @property
    def token(self) -> SecretStr | None:
        """The token that they were exchanged for last, if they were."""
        return self._token

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Exchange for a token where there is none that still holds, then sign the request; once more after a 401.

        Raises:
            UpstreamFailure: there is no token to be had; the request was not sent.
        """
        refused: SecretStr | None = None
        for last in (False, True):
            fresh = False
            request.extensions[HELD_BACK] = True
            async with self._turn:
                if self._token is refused or time.time() > self._expires - _EXPIRY_MARGIN:
                    answer = yield self._exchange(request)
                    await answer.aread()
                    self._remember(answer)
                    fresh = True
            request.extensions[HELD_BACK] = False
            refused = self._token
            response = yield self._signed(request)
            if last or fresh or response.status_code != HTTPStatus.UNAUTHORIZED:
                return

    def _signed(self, request: httpx.Request) -> httpx.Request:
        token = self._token.get_secret_value() if self._token else ""
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    def _exchange(self, request: httpx.Request) -> httpx.Request:
        return httpx.Request(
            "POST",
            f"{self.gateway_url}/accounts/v1/tokens",
            params={"grant_type": "application_credentials", "tenant": self.credentials.tenant},
            json={
                "applicationId": self.credentials.key.get_secret_value(),
                "applicationSecret": self.credentials.secret.get_secret_value(),
            },
            extensions={"timeout": request.extensions.get("timeout", {})},
        )

    def _remember(self, response: httpx.Response) -> None:
        """Keep the token; one that names no expiry holds until the service refuses it."""
        try:
            token = str(response.raise_for_status().json()["token"])
            claims = jwt.decode(token, options={"verify_signature": False})
            expires = float(claims.get("exp", math.inf))
        except _NO_TOKEN:
            raise exchange_failure(response) from None
        if not token.isascii() or not token.isprintable():
            raise exchange_failure(response)
        self._token, self._expires = SecretStr(token), expires
