"""The web application of a process, put together, and served until the process is told to end."""

import logging
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from server.app import Running
from server.approvals.pages import page_over_http
from server.callers.sign_in import caller_sign_in
from server.features import reach_over_http
from server.memory import share_heaps, take_up_collecting
from server.observing.counting import new_metrics
from server.observing.exporting import sending_spans
from server.observing.unfailing import why
from server.ready import ready_server
from server.settings import Settings
from server.state import store_for
from server.web.app import http_app
from server.web.draining import Draining, let_calls_finish
from server.web.fair_share import FairShare
from server.web.running import run_until_told
from server.web.shared import Shared

if TYPE_CHECKING:
    from server.observing.metrics import Metrics

logger = logging.getLogger("waylay_tasks_mcp.observing")


@dataclass(frozen=True, slots=True)
class Web:
    """A web application that can be served.

    Attributes:
        app: It.
        running: The server in it.
        draining: Whether the process is about to end.
        page: Where people find the approval page, for whoever starts the server.
    """

    app: ASGIApp
    running: Running
    draining: Draining
    page: str


def open_web(settings: Settings, where: str, shared: Shared | None = None) -> Web:
    """Return the web application.

    Args:
        settings: What it does.
        where: The address under which it is reached.
        shared: What this process shares with other workers; None where it serves alone.

    Raises:
        SettingsError: a file cannot be used, or a sign-in is not complete.
    """
    callers = caller_sign_in(settings, made=shared.tokens if shared else None)
    store, draining = store_for(settings), Draining()
    approvals = page_over_http(settings, store, where, time.time, desk=shared.desk if shared else None)
    metrics = _metrics(shared) if settings.metrics == "on" else None
    policy, reach = shared.policy if shared else None, reach_over_http(settings)
    running = ready_server(settings, store, approvals.page, metrics, policy, reach=reach)
    app = http_app(running, settings, approvals=approvals.app, callers=callers, draining=draining, metrics=metrics)
    return Web(app, running, draining, approvals.found)


def _metrics(shared: Shared | None) -> "Metrics | None":
    """Return what counts; None where that cannot be kept, which is no reason not to serve."""
    try:
        return new_metrics(shared.counted if shared else None)
    except (OSError, ValueError) as error:
        logger.error("nothing is counted: %s", why(error))  # noqa: TRY400 - no traceback
        return None


def serve_web(web: Web, settings: Settings, listener: socket.socket, share: FairShare | None = None) -> None:
    """Serve a web application until the process is told to end.

    Args:
        web: It.
        settings: How long calls may take at the end.
        listener: Where.
        share: What there is to know of other workers that listen there; None where there are none.

    Raises:
        KeyboardInterrupt: that was by an interrupt.
    """
    web.running.store.check_ahead()
    take_up_collecting()
    share_heaps()
    let_calls_finish()
    with sending_spans():
        run_until_told(
            web.app,
            listener,
            web.running.aclose,
            share=share,
            draining=web.draining,
            drain_seconds=settings.drain_seconds,
        )
