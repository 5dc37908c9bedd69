"""What can go wrong with a request to the Tasks API; `server.errors` draws where it belongs."""

from typing import Any

from server.errors import CallFailure, Changed


class UpstreamFailure(CallFailure):
    """The Tasks API could not be used, or said no.

    Args:
        message: What happened, in one or two sentences.
        changed: Whether anything was changed.
        hint: What to do next.
        details: More that is known, safe to show.
        answered: Whether the service itself said this: it is done with the request, and will not carry it out later.
        wait: Seconds that the service asks to wait before the next attempt.
        may_pass: Whether it may be gone when the call is made again, where that does not follow from the kind.
    """

    kind = "upstream"

    def __init__(
        self,
        message: str,
        *,
        changed: Changed = "no",
        hint: str | None = None,
        details: dict[str, Any] | None = None,
        answered: bool = False,
        wait: float | None = None,
        may_pass: bool | None = None,
    ) -> None:
        super().__init__(message, changed=changed, hint=hint, details=details)
        self.answered = answered
        self.wait = wait
        self.may_pass = type(self).may_pass if may_pass is None else may_pass


class Busy(UpstreamFailure):
    """Too many requests are under way, so this one was not sent."""

    kind = "busy"
    may_pass = True


class Unavailable(UpstreamFailure):
    """The gateway failed so often that it is left alone for a while, so the request was not sent."""

    kind = "unavailable"
    may_pass = True


class LookedUp(UpstreamFailure):
    """A change that went wrong, and what was found when the service was asked about it."""

    def __init__(
        self, failure: CallFailure, message: str, *, changed: Changed, hint: str | None, again: bool, at: str | None
    ) -> None:
        details = {**failure.details, "as_of": at} if at else failure.details
        super().__init__(message, changed=changed, hint=hint, details=details, may_pass=again)
        self.kind = failure.kind


class Unreachable(UpstreamFailure):
    """No connection came about, so nothing was sent."""

    kind = "unreachable"
    may_pass = True


class TimedOut(UpstreamFailure):
    """No answer came in time."""

    kind = "timeout"
    may_pass = True


class TooLate(TimedOut):
    """A connection came about, but so late that what was seen before may not be so any more; nothing was sent."""


class ConnectionLost(UpstreamFailure):
    """The connection broke after the request was under way."""

    kind = "connection_lost"
    may_pass = True


class UnusableAnswer(UpstreamFailure):
    """An answer came, and it is not one of the Tasks API."""

    kind = "unusable_answer"


class StatusFailure(UpstreamFailure):
    """The service answered with a status that is not a success."""


class Unauthorized(StatusFailure):
    """401."""

    kind = "unauthorized"


class Forbidden(StatusFailure):
    """403."""

    kind = "forbidden"


class NotFound(StatusFailure):
    """404.

    Attributes:
        names_it: Whether it says of what was asked for that there is none, as the service does. What stands in front of
            it says 404 of an address that it does not know.
    """

    kind = "not_found"
    names_it: bool = False


class Rejected(StatusFailure):
    """400, and any other 4xx without a meaning of its own."""

    kind = "rejected"


class RateLimited(StatusFailure):
    """429."""

    kind = "rate_limited"
    may_pass = True


class ServerFault(StatusFailure):
    """5xx."""

    kind = "server_fault"
    may_pass = True
