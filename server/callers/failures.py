"""Calls that were turned away because of who makes them."""

from server.errors import CallFailure


class NotSignedIn(CallFailure):
    """Nobody signed in where callers have to."""

    kind = "not_signed_in"


class InsufficientScope(CallFailure):
    """The token does not allow this."""

    kind = "insufficient_scope"


class TooManyCalls(CallFailure):
    """The caller has made as many calls as it may for now."""

    kind = "rate_limited"
    may_pass = True
