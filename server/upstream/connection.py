"""The way to the Tasks API: a gateway, or the embedded engine in this process."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.settings import Settings

if TYPE_CHECKING:
    from server.upstream.client import Upstream
    from server.upstream.credentials import Gateway

SANDBOX_ADDRESS = "http://sandbox"


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the Tasks API.

    Attributes:
        open: Opens the client.
        where: The tenant as a person knows it.
        identity: Which account of which gateway this is; consents are bound to it.
    """

    open: "Callable[[], Upstream]"
    where: str
    identity: str


def connection_for(settings: Settings) -> Connection:
    """Return the connection for what is configured; nothing is opened yet.

    Raises:
        SettingsError: the configured profile cannot be used.
    """
    if settings.uses_sandbox:
        # An engine in memory is this process's alone, so what is agreed to about its tasks holds nowhere else.
        identity = f"sandbox {settings.sandbox_db.resolve() if settings.sandbox_db else secrets.token_hex(8)}"
        return Connection(lambda: _to_sandbox(settings), "sandbox", identity)
    from server.upstream.credentials import gateway_of

    gateway = gateway_of(settings)
    return Connection(lambda: _to_gateway(gateway, settings), gateway.where, f"{gateway.url} {gateway.account}")


def _to_gateway(gateway: "Gateway", settings: Settings) -> "Upstream":
    import httpx

    from server.upstream.client import Upstream
    from server.upstream.signing import signing_for

    client = httpx.AsyncClient(
        base_url=gateway.url,
        auth=signing_for(gateway),
        timeout=httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30),
        follow_redirects=False,
    )
    return Upstream(client, settings.total_timeout)


def _to_sandbox(settings: Settings) -> "Upstream":
    import httpx

    from server.sandbox.app import build_sandbox
    from server.upstream.client import Upstream

    engine = build_sandbox(settings.sandbox_db, settings.sandbox_tasks, settings.sandbox_seed)
    transport = httpx.ASGITransport(engine, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url=SANDBOX_ADDRESS, auth=("sandbox", "sandbox"))
    return Upstream(client, settings.total_timeout, then_close=engine.state.store.close)
