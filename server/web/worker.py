"""One of several processes that serve the same web application on the same socket."""

import os
import signal
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from server.memory import put_off_collecting
from server.stderr import log_to_stderr
from server.web.fair_share import FairShare
from server.web.folder import using
from server.web.opening import open_web, serve_web
from server.web.shared import Shared


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker is given.

    Attributes:
        shared: What it shares with the others.
        listener: Where all of them listen.
        share: How many connections the others have.
        where: The address of the socket.
        lifeline: Ends when the supervisor does, however that ends.
    """

    shared: Shared
    listener: socket.socket
    share: FairShare
    where: str
    lifeline: "Connection[None, None]"


def work(given: Work) -> None:
    """Serve until the process is told to end, or the supervisor is gone."""
    put_off_collecting()
    log_to_stderr(given.shared.settings, stamped=True)
    alone = threading.Event()
    threading.Thread(target=_end_with, args=(given.lifeline, alone), daemon=True).start()
    settings = given.shared.settings
    with using(given.shared.folder) as remove:
        # An interrupt at a terminal reaches all processes, and the supervisor answers for it.
        with suppress(KeyboardInterrupt):
            web = open_web(settings, given.where, given.shared)
            serve_web(web, settings, given.listener, given.share)
        if alone.is_set():
            remove()


def _end_with(lifeline: "Connection[None, None]", alone: threading.Event) -> None:
    with suppress(EOFError, OSError):
        lifeline.recv()
    alone.set()
    os.kill(os.getpid(), signal.SIGTERM)
