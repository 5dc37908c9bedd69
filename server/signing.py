"""How requests are signed: one httpx auth per kind of credentials."""

import time
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field

import httpx
import jwt
from pydantic import SecretStr

from server.credentials import Application, Credentials, Gateway, KeySecret, Token

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
    requires_response_body = True
    _token: SecretStr | None = field(default=None, repr=False)
    _expires: float = 0

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Exchange for a token where there is none that still holds, then sign the request."""
        if self._token is None or time.time() > self._expires - _EXPIRY_MARGIN:
            response = yield self._exchange()
            await response.aread()
            self._remember(response)
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        yield request

    def _exchange(self) -> httpx.Request:
        return httpx.Request(
            "POST",
            f"{self.gateway_url}/accounts/v1/tokens",
            params={"grant_type": "application_credentials", "tenant": self.credentials.tenant},
            json={
                "applicationId": self.credentials.key.get_secret_value(),
                "applicationSecret": self.credentials.secret.get_secret_value(),
            },
        )

    def _remember(self, response: httpx.Response) -> None:
        """Keep the token; without a readable one the request goes out unsigned and the service says 401."""
        self._token = None
        try:
            token = str(response.raise_for_status().json()["token"])
            claims = jwt.decode(token, options={"verify_signature": False})
        except (httpx.HTTPStatusError, jwt.PyJWTError, ValueError, KeyError, TypeError):
            return
        self._token, self._expires = SecretStr(token), float(claims.get("exp", 0))
