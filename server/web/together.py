"""Several processes that serve over HTTP as one server."""

import multiprocessing
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import anyio

from server.callers.token_file import read_token_file
from server.choosing import policy_for
from server.observing.counting import forget_worker
from server.settings import Settings, SettingsError
from server.web.fair_share import OpenConnections
from server.web.listening import address
from server.web.opening import open_web
from server.web.running import SETTLING
from server.web.shared import Shared, for_workers, one_desk, shared_folder
from server.web.supervisor import Supervisor
from server.web.worker import Work, work

_REST = 5
"""Seconds that a worker gets beyond what its calls may take."""


def serve_together(settings: Settings, listener: socket.socket, greet: Callable[[str, str], None]) -> None:
    """Serve with several workers until the process is told to end.

    Args:
        settings: How many, and what they do.
        listener: Where they listen; it is closed when that begins to end.
        greet: Says where they are reached, and where the approval page is.

    Raises:
        SettingsError: the workers could not be started, or have nothing to seal consents with.
        KeyboardInterrupt: the end came by an interrupt.
    """
    if sys.platform == "win32":
        raise SettingsError("--workers needs a system on which processes can share a socket; run several servers")
    with shared_folder() as folder:
        shared, where = _shared(settings, folder), address(listener, settings)
        greet(where, _rehearsed(shared, where))
        if _supervised(shared, listener, where) == signal.SIGINT:
            raise KeyboardInterrupt


def _shared(settings: Settings, folder: Path) -> Shared:
    theirs = for_workers(settings, folder)
    counted = folder / "counted" if settings.metrics == "on" else None
    if counted is not None:
        counted.mkdir()
    desk = one_desk(multiprocessing.get_context("spawn"))
    made = None if theirs.auth_tokens is None else read_token_file(theirs.auth_tokens)
    return Shared(theirs, policy_for(theirs), made, desk, folder, counted)


def _rehearsed(shared: Shared, where: str) -> str:
    """Open what each worker will, so that what is wrong with it stops the start; return where the approval page is."""
    web = open_web(shared.settings.model_copy(update={"metrics": "off"}), where, shared)
    anyio.run(web.running.aclose)
    return web.page


def _supervised(shared: Shared, listener: socket.socket, where: str) -> int:
    spawn, number = multiprocessing.get_context("spawn"), shared.settings.workers
    connections = OpenConnections(spawn, number)
    theirs, ours = spawn.Pipe(duplex=False)

    def start(place: int) -> BaseProcess:
        given = Work(shared, listener, connections.of(place), where, theirs)
        process = spawn.Process(target=work, args=(given,), daemon=True)
        process.start()
        return process

    def ended(place: int, process: int) -> None:
        connections.vacate(place)
        _forget(shared, process)

    patience = shared.settings.drain_seconds + SETTLING + _REST
    with ours, theirs:
        return Supervisor(start, number, patience, ended).run(listener.close)


def _forget(shared: Shared, process: int) -> None:
    if shared.counted is not None:
        with suppress(OSError):
            forget_worker(shared.counted, process)
