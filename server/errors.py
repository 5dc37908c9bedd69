"""Everything that can go wrong with a call.

    CallFailure                     what happened, whether anything changed, what to do next
    ├── InvalidArguments            the arguments do not fit; nothing was sent
    ├── ReadOnly                    the tool changes something and this server only reads
    ├── NotAdmitted                 no consent: the guard refused; nothing was changed
    │   └── Waiting                 a person has not decided yet
    ├── Blocked                     the operation cannot do this as things are
    ├── InternalFault               a defect of ours
    ├── NotSignedIn · InsufficientScope · TooManyCalls   of server.callers: who calls may not, or not so often
    └── UpstreamFailure             of server.upstream: the Tasks API, or the way to it
        ├── Busy                    too many requests are under way; nothing was sent
        ├── Unavailable             the gateway failed so often that it is left alone; nothing was sent
        ├── LookedUp                what went wrong with a change, and what was found out about it
        ├── Unreachable             no connection: refused, unknown host, TLS
        ├── TimedOut                no answer in time
        ├── ConnectionLost          the connection broke during the exchange
        ├── UnusableAnswer          an answer that cannot be read: HTML, cut off, too large, a redirect
        └── StatusFailure           an HTTP status that is not a success
            ├── Unauthorized 401 · Forbidden 403 · NotFound 404 · Rejected 400 and the other 4xx
            └── RateLimited 429 · ServerFault 5xx

Texts are ours throughout: neither an exception's own words nor anything of a credential is repeated.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tools.contract import NotPossible

Changed = Literal["no", "yes", "unknown"]

FAULT = "This server failed over the call; its log says why."

_LOOK = "Look with get_task or list_tasks before doing anything again."
_HINTS: Mapping[Changed, str | None] = {
    "no": None,
    "yes": _LOOK,
    "unknown": f"{_LOOK} list_changes finds out what became of it.",
}


class CallFailure(Exception):
    """A call that did not do what was asked.

    Args:
        message: What happened, in one or two sentences.
        changed: Whether anything was changed.
        hint: What to do next.
        field: The argument that it is about.
        details: More that is known, safe to show; part of the structured error.
    """

    kind: str = "failure"
    may_pass: bool = False
    """Whether what went wrong may be gone when the call is made again."""

    def __init__(
        self,
        message: str,
        *,
        changed: Changed = "no",
        hint: str | None = None,
        field: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.changed: Changed = changed
        self.hint = hint
        self.field = field
        self.details = details or {}

    @property
    def retryable(self) -> bool:
        """Whether the same call may simply be made again: never while it may have had its effect already."""
        return self.may_pass and self.changed == "no"


class InvalidArguments(CallFailure):
    """The arguments do not fit the tool's schema."""

    kind = "invalid_arguments"


class ReadOnly(CallFailure):
    """The server was started to read only."""

    kind = "read_only"


class NotAdmitted(CallFailure):
    """The guard let nothing through. `reason` tells the refusals apart."""

    def __init__(self, reason: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.kind = reason


class Waiting(NotAdmitted):
    """A person has not decided yet; the same call finds its request again."""

    may_pass = True


class Blocked(CallFailure):
    """The operation cannot do this as things are."""

    kind = "not_possible"


class InternalFault(CallFailure):
    """A defect of this server."""

    kind = "internal"


def blocked(reason: "NotPossible") -> Blocked:
    """Return the failure for what an operation says that it cannot do."""
    return Blocked(reason.message, hint=reason.hint)


def fault(changed: Changed) -> InternalFault:
    """Return the failure for a defect of ours in a call that has changed so much."""
    return InternalFault(FAULT, changed=changed, hint=_HINTS[changed])
