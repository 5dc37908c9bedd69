"""Who watches calls from the first moment to the last, without a say in them."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from server.journal.visit import Visit


class Observer(Protocol):
    """Watches calls."""

    def calling(self, visit: Visit) -> AbstractContextManager[object]:
        """Return what is entered when a call begins, and left when all is done that it leads to.

        By then `visit` says what came of it: `outcome`, `changed`, `change_id` and `trace` are set, also where the call
        was cancelled or raises. What it raises itself would fail the call, so it must not raise.
        """
        ...

    def guarding(self) -> AbstractContextManager[object]:
        """Return what is entered while the guard decides, and asks where it does; it must not raise either."""
        ...


class NoObserver:
    """Watches nothing."""

    def calling(self, visit: Visit) -> AbstractContextManager[object]:
        """Return what does nothing."""
        return nullcontext()

    def guarding(self) -> AbstractContextManager[object]:
        """Return what does nothing."""
        return nullcontext()
