"""The web application: MCP at /mcp, and what is beside it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from server.app import Running
from server.callers.sessions import IDLE_SECONDS, ROOM, SessionShare
from server.callers.sign_in import PATH, CallerSignIn
from server.observing.endpoints import CountingRefusals, watching_routes
from server.settings import Settings
from server.web.draining import Draining
from server.web.ending import Ending
from server.web.fresh_streams import FreshStreams
from server.web.inside import Inside
from server.web.no_stream import NoStream
from server.web.without_slash import leading

if TYPE_CHECKING:
    from server.observing.metrics import Metrics

_LOOPBACK_HOSTS = ("127.0.0.1", "127.0.0.1:*", "localhost", "localhost:*", "[::1]", "[::1]:*")


def http_app(
    running: Running,
    settings: Settings,
    *,
    approvals: ASGIApp | None = None,
    callers: CallerSignIn | None = None,
    routes: Sequence[BaseRoute] = (),
    draining: Draining | None = None,
    metrics: "Metrics | None" = None,
) -> Starlette:
    """Return the web application: MCP at /mcp; /healthz, /readyz, /metrics and /approvals beside it.

    Args:
        running: The server.
        settings: Which hosts and origins it answers to, and whether it keeps sessions.
        approvals: Answers below /approvals; None leaves that out.
        callers: How callers sign in; nobody has to without it.
        routes: What else is beside it.
        draining: Whether the process is about to end.
        metrics: What is counted; None leaves /metrics out.
    """
    draining, known = draining or Draining(), _security(settings)
    # A session is in the memory of one process, and the next request may come to another.
    stateless = settings.stateless or settings.workers > 1
    watching = watching_routes(running, lambda: draining.begun, metrics, [Middleware(Inside, known)])
    beside: list[Any] = [Route("/healthz", _healthz), *_below("/approvals", approvals), *watching, *routes]
    beside += [*callers.routes] if callers else []
    app = running.server.streamable_http_app(
        stateless_http=stateless,
        session_idle_timeout=IDLE_SECONDS,
        max_sessions=ROOM,
        transport_security=known,
        token_verifier=callers,
        custom_starlette_routes=[*beside, leading(f"{PATH}/", PATH, ("GET", "POST", "DELETE"))],
    )
    draining.endings.append(running.subscribing.end)
    app.router.redirect_slashes = False
    if stateless:
        app.add_middleware(NoStream, path=PATH)
    _let_in(app, callers, stateless=stateless)
    app.add_middleware(FreshStreams)
    app.add_middleware(Ending, path=PATH, draining=draining)
    if metrics is not None:
        app.add_middleware(CountingRefusals, path=PATH, metrics=metrics)
    return app


def _let_in(app: Starlette, callers: CallerSignIn | None, *, stateless: bool) -> None:
    if callers is None:
        return
    if not stateless:
        app.add_middleware(SessionShare, path=PATH)
    callers.watch(app)


def _security(settings: Settings) -> TransportSecuritySettings:
    return TransportSecuritySettings(
        allowed_hosts=[*_LOOPBACK_HOSTS, *_at_any_port(settings.answered_hosts)],
        allowed_origins=[*_origins(_LOOPBACK_HOSTS), *settings.answered_origins],
    )


def _at_any_port(hosts: Iterable[str]) -> Iterator[str]:
    """Yield the names, and those that have no port with any: what a name is answered to for is not its port."""
    for host in hosts:
        yield host
        if ":" not in host.rpartition("]")[2]:
            yield f"{host}:*"


async def _healthz(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def _origins(hosts: Sequence[str]) -> list[str]:
    return [f"http://{host}" for host in hosts]


def _below(path: str, app: ASGIApp | None) -> list[BaseRoute]:
    return [] if app is None else [leading(path, f"{path}/"), Mount(path, app)]
