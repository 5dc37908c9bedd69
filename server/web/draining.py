"""The end of a server: what is under way is finished, and given up only when that takes too long."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import anyio
from sse_starlette.sse import AppStatus


class Draining:
    """Whether this process has been told to end, and what it is still busy with. For the event loop alone."""

    def __init__(self) -> None:
        self._begun = self._over = False
        self._standing: set[anyio.CancelScope] = set()
        self._calls: set[anyio.CancelScope] = set()
        self.endings: list[Callable[[], None]] = []
        """Called when it is told to end: they end what clients would listen to for ever."""

    @property
    def begun(self) -> bool:
        """Whether it was: new connections are not accepted any more, and calls under way are finished."""
        return self._begun

    def begin(self) -> None:
        """Note that it was, and end what would never end by itself."""
        self._begun = True
        for scope in self._standing:
            scope.cancel()
        for end in self.endings:
            end()

    def give_up(self) -> None:
        """Cancel whatever is still under way; it still finds out what became of it."""
        self._over = True
        for scope in self._calls:
            scope.cancel()

    @contextmanager
    def busy(self, *, standing: bool) -> Generator[anyio.CancelScope]:
        """Be busy with a request; `standing` ones last until the client or the server ends them."""
        among, too_late = (self._standing, self._begun) if standing else (self._calls, self._over)
        with anyio.CancelScope() as scope:
            among.add(scope)
            if too_late:
                scope.cancel()
            try:
                yield scope
            finally:
                among.discard(scope)


def let_calls_finish() -> None:
    """Keep the library behind event streams from ending all of them, calls under way included, at the first signal.

    It does so by itself for the whole process; `Draining` ends those that would never end.
    """
    AppStatus.disable_automatic_graceful_drain()
