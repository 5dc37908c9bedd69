"""Starts workers, starts others in place of those that end, and ends them all.

uvicorn has a supervisor too. It starts a worker that dies at once again and again without a pause, waits at the end for
as long as the slowest worker takes, and when it is killed its workers live on.
"""

import logging
import signal
import socket
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import FrameType

logger = logging.getLogger("waylay_tasks_mcp.workers")

_LIVED = 10
"""Seconds after which a worker's end has nothing to do with its start."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30
"""Seconds before a worker is started that died at once: twice as many each time."""


@dataclass(slots=True)
class _Place:
    """A worker's place: who has it, since when, how often in a row it died at once, and when it is filled again."""

    number: int
    process: BaseProcess | None = None
    since: float = 0
    failures: int = 0
    due: float = 0


class Supervisor:
    """Keeps a number of workers running.

    Args:
        start: Starts one in a place, which is a number from 0.
        number: How many there are to be.
        patience: Seconds that they may take to end.
        ended: Hears the place and the process id of each that ended.
    """

    def __init__(
        self, start: Callable[[int], BaseProcess], number: int, patience: float, ended: Callable[[int, int], None]
    ) -> None:
        self._start = start
        self._places = [_Place(each) for each in range(number)]
        self._patience = patience
        self._ended = ended
        self._told: list[int] = []

    def run(self, before_the_end: Callable[[], None]) -> int:
        """Keep them running until a signal says to end; then end them, and return the signal.

        Args:
            before_the_end: Called once it was said.
        """
        with self._listening() as wakeup:
            while not self._told:
                self._fill()
                wait([wakeup, *(process.sentinel for process in self._processes())], self._next())
                self._see_who_ended()
            before_the_end()
            self._end()
        return self._told[0]

    def _fill(self) -> None:
        for place in self._places:
            if place.process is None and time.monotonic() >= place.due and not self._told:
                self._start_in(place)

    def _start_in(self, place: _Place) -> None:
        place.since = time.monotonic()
        try:
            place.process = self._start(place.number)
        except OSError as error:
            # For a moment there may be no room for another process: those that serve go on.
            what = error.strerror or type(error).__name__
            logger.warning("a worker could not be started (%s); that is tried again in %.1f s", what, _vacate(place))

    def _next(self) -> float | None:
        """Return the seconds until a place has to be filled; None when all are."""
        due = [place.due for place in self._places if place.process is None]
        return max(0, min(due) - time.monotonic()) if due else None

    def _see_who_ended(self) -> None:
        for place in self._places:
            if place.process is not None and not place.process.is_alive():
                self._empty(place, place.process)

    def _empty(self, place: _Place, process: BaseProcess) -> None:
        pause = _vacate(place)
        logger.warning("a worker ended (%s); another takes its place in %.1f s", _how(process.exitcode), pause)
        self._ended(place.number, process.pid or 0)

    def _end(self) -> None:
        for process in self._processes():
            process.terminate()
        given_up = time.monotonic() + self._patience
        for process in self._processes():
            process.join(max(0, given_up - time.monotonic()))
            if process.is_alive():
                logger.warning("a worker did not end within %.0f s, and was killed", self._patience)
                process.kill()
                process.join()

    def _processes(self) -> Sequence[BaseProcess]:
        return [place.process for place in self._places if place.process is not None]

    @contextmanager
    def _listening(self) -> Generator[socket.socket]:
        """Note signals that say to end, and yield what becomes readable when one comes."""
        ours, wakeup = socket.socketpair()
        ours.setblocking(False)
        wakeup_before = signal.set_wakeup_fd(ours.fileno(), warn_on_full_buffer=False)
        held = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield wakeup
        finally:
            signal.set_wakeup_fd(wakeup_before)
            for number, handler in held.items():
                signal.signal(number, handler)
            ours.close()
            wakeup.close()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._told.append(number)


def _vacate(place: _Place) -> float:
    """Note that a place has nobody, and return the seconds until it is filled again."""
    now = time.monotonic()
    place.failures = 0 if now - place.since > _LIVED else place.failures + 1
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (place.failures - 1)) if place.failures else 0
    place.process, place.due = None, now + pause
    return pause


def _how(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
