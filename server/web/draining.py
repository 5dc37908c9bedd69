"""The end of a server: what is under way is finished, and given up only when that takes too long."""

from collections.abc import Callable
from types import TracebackType

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

    def busy(self, *, standing: bool) -> "Busy":
        """Return what is entered for a request; `standing` ones last until the client or the server ends them."""
        among, too_late = (self._standing, self._begun) if standing else (self._calls, self._over)
        return Busy(among, too_late=too_late)


class Busy:
    """A request under way. It is entered for each one, and a generator would cost as much again as what it does.

    Args:
        among: Those under way that end with it.
        too_late: Whether they have been told to.
    """

    def __init__(self, among: set[anyio.CancelScope], *, too_late: bool) -> None:
        self._among = among
        self._too_late = too_late
        self._scope = anyio.CancelScope()

    def __enter__(self) -> anyio.CancelScope:
        """Begin; cancelling what is returned cuts the request short."""
        self._scope.__enter__()
        self._among.add(self._scope)
        if self._too_late:
            self._scope.cancel()
        return self._scope

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """End."""
        self._among.discard(self._scope)
        return bool(self._scope.__exit__(kind, error, trace))


def let_calls_finish() -> None:
    """Keep the library behind event streams from ending all of them, calls under way included, at the first signal.

    It does so by itself for the whole process; `Draining` ends those that would never end.
    """
    AppStatus.disable_automatic_graceful_drain()
