"""Where whoever watches the requests to the Tasks API comes in: metrics and spans are none of the client's business."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

from tools.contract import Request


@dataclass(slots=True)
class Exchange:
    """One attempt at a request, as a watcher sees it.

    Attributes:
        headers: What the watcher adds to the request; never anything that the client sets itself.
        attempt: Which attempt at this request it is, from 1.
        status: The HTTP status that came back, None where none did.
        failure: The kind of the failure that it ended in, as `server.errors` has it; None where it did not fail.
    """

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    attempt: int = 1
    status: int | None = None
    failure: str | None = None


class Watcher(Protocol):
    """Watches requests."""

    def request(self, request: Request) -> AbstractContextManager[Exchange]:
        """Return what one attempt is made in; when it is left, the exchange says what came of it.

        It is left by an exception as well: by the failure itself, and by the cancellation of a call that is given up.
        What is refused before it is sent (busy, unavailable) is no attempt, and not seen here.
        """
        ...


class Unwatched:
    """Watches nothing."""

    def request(self, request: Request) -> AbstractContextManager[Exchange]:
        """Return what changes nothing."""
        return nullcontext(Exchange())
