"""The terms on which a guard admits: how long consents hold, and what a runaway is."""

from dataclasses import dataclass

REFUSALS = 2
REFUSAL_WINDOW = 600
"""A call that a person refused this often within so many seconds is not put to anyone again in that window."""

CLOCKS_DIFFER = 60
"""Seconds by which a consent may seem to come from the future, as another server's may: beyond that the clock was set
back, and how long it would still hold cannot be told."""

PACE_WINDOW = 3600
"""Seconds over which changes that destroy are counted."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one server.

    Attributes:
        audience: The server and tenant that consents are bound to.
        where: The tenant as a person knows it: `sandbox`, or the gateway's address.
        seconds: How long a question stays open.
        approval_seconds: How long a request for approval stays open.
        approval_wait: Seconds for which a call waits for an approval before it has to come again.
        pace: Changes that destroy which a caller may make in an hour before a person has to agree to each.
    """

    audience: str
    where: str
    seconds: float
    approval_seconds: float = 1800
    approval_wait: float = 25
    pace: int = 30
