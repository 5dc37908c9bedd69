"""The way to the Tasks API: a gateway, or the embedded engine in this process."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.settings import Settings

if TYPE_CHECKING:
    import httpx

    from server.upstream.client import Upstream
    from server.upstream.credentials import Gateway
    from server.upstream.watching import Watcher

_KEPT_SECONDS = 4
"""Seconds for which an idle connection is used again. Usual servers close one after five seconds at the earliest, and a
write that was sent just then would be in doubt."""

SANDBOX_ADDRESS = "http://sandbox"


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the Tasks API.

    Attributes:
        open: Opens the client, watched by whoever watches requests.
        where: The tenant as a person knows it.
        identity: Which account of which gateway this is; consents are bound to it.
    """

    open: "Callable[[Watcher], Upstream]"
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
        return Connection(lambda watcher: _to_sandbox(settings, watcher), "sandbox", identity)
    from server.upstream.credentials import gateway_of

    gateway = gateway_of(settings)
    identity = f"{gateway.url} {gateway.account}"
    return Connection(lambda watcher: _to_gateway(gateway, settings, watcher), gateway.where, identity)


def _to_gateway(gateway: "Gateway", settings: Settings, watcher: "Watcher") -> "Upstream":
    from server.upstream.client import Upstream
    from server.upstream.limits import limits_of

    return Upstream(gateway_client(gateway, settings), limits_of(settings), watcher)


def gateway_client(gateway: "Gateway", settings: Settings) -> "httpx.AsyncClient":
    """Return the HTTP client for a gateway, with signing and time limits set."""
    import httpx

    from server.upstream.signing import signing_for

    return httpx.AsyncClient(
        base_url=gateway.url,
        auth=signing_for(gateway),
        timeout=httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout),
        limits=httpx.Limits(
            max_connections=settings.max_in_flight,
            max_keepalive_connections=settings.max_in_flight,
            keepalive_expiry=_KEPT_SECONDS,
        ),
        follow_redirects=False,
    )


def _to_sandbox(settings: Settings, watcher: "Watcher") -> "Upstream":
    import httpx

    from server.sandbox.app import build_sandbox
    from server.upstream.client import Upstream
    from server.upstream.limits import limits_of

    engine = build_sandbox(
        settings.sandbox_db, settings.sandbox_tasks, settings.sandbox_seed, hostile=settings.sandbox_hostile
    )
    transport = httpx.ASGITransport(engine, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url=SANDBOX_ADDRESS, auth=("sandbox", "sandbox"))
    return Upstream(client, limits_of(settings), watcher, then_close=engine.state.store.close)
