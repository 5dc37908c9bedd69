"""The way to the Tasks API: a gateway, or the embedded engine in this process."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pydantic import SecretStr

from server.credentials import Application, Gateway, KeySecret, gateway_of
from server.settings import Settings

if TYPE_CHECKING:
    import httpx

SANDBOX_ADDRESS = "http://sandbox"


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the Tasks API.

    Attributes:
        open: Opens the HTTP client.
        where: The tenant as a person knows it.
        identity: Which account of which gateway this is; consents are bound to it.
    """

    open: "Callable[[], httpx.AsyncClient]"
    where: str
    identity: str


def connection_for(settings: Settings) -> Connection:
    """Return the connection for what is configured; nothing is opened yet.

    Raises:
        SettingsError: the configured profile cannot be used.
    """
    if settings.uses_sandbox:
        return _to_sandbox(settings)
    gateway = gateway_of(settings)
    return Connection(lambda: _gateway_client(gateway, settings), gateway.url, f"{gateway.url} {_account(gateway)}")


def _account(gateway: Gateway) -> str:
    """Return a digest that tells accounts apart and tells nothing of their secrets."""
    credentials = gateway.credentials
    known: SecretStr = credentials.key if isinstance(credentials, (KeySecret, Application)) else credentials.token
    return hashlib.sha256(known.get_secret_value().encode()).hexdigest()


def _gateway_client(gateway: Gateway, settings: Settings) -> "httpx.AsyncClient":
    import httpx

    from server.signing import signing_for

    return httpx.AsyncClient(
        base_url=gateway.url,
        auth=signing_for(gateway),
        timeout=httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout),
        limits=httpx.Limits(keepalive_expiry=30),
        follow_redirects=False,
    )


def _to_sandbox(settings: Settings) -> Connection:
    @cache
    def engine():  # noqa: ANN202 - starlette is imported with the engine, not before
        from server.sandbox.app import build_sandbox

        return build_sandbox(settings.sandbox_db, settings.sandbox_tasks, settings.sandbox_seed)

    def client() -> "httpx.AsyncClient":
        import httpx

        transport = httpx.ASGITransport(engine(), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=SANDBOX_ADDRESS, auth=("sandbox", "sandbox"))

    return Connection(client, "sandbox", str(settings.sandbox_db or "in this process"))
