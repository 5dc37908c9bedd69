"""How requests are signed: one httpx auth per kind of credentials."""

import math
import time
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx
import jwt
from pydantic import SecretStr

from server.upstream.credentials import Application, Credentials, Gateway, KeySecret, Token
from server.upstream.failures import exchange_failure

EXCHANGING = "waylay_tasks_mcp.exchanging"
"""The extension that a request carries while a token is being fetched for it, and so not sent itself."""

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

    Source: `WaylayTokenAuth` of waylay-sdk-core 1.0.
    """

    gateway_url: str
    credentials: Application
    _token: SecretStr | None = field(default=None, repr=False)
    _expires: float = 0

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Exchange for a token where there is none that still holds, then sign the request; once more after a 401.

        Raises:
            UpstreamFailure: there is no token to be had; the request was not sent.
        """
        for fresh in (self._token is None or time.time() > self._expires - _EXPIRY_MARGIN, True):
            if fresh:
                request.extensions[EXCHANGING] = True
                answer = yield self._exchange(request)
                await answer.aread()
                self._remember(answer)
                request.extensions[EXCHANGING] = False
            response = yield self._signed(request)
            if fresh or response.status_code != HTTPStatus.UNAUTHORIZED:
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
            self._expires = float(claims.get("exp", math.inf))
        except (httpx.HTTPStatusError, jwt.PyJWTError, ValueError, KeyError, TypeError):
            raise exchange_failure(response) from None
        self._token = SecretStr(token)
