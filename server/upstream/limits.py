"""How patient the client is, and how much it takes on."""

from dataclasses import dataclass

from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the client is, and how much it takes on.

    Attributes:
        total_timeout: Seconds that a request may take as a whole: every attempt, and what lies between them.
        attempts: Times that a request is sent at most.
        pause: Seconds between the first attempt and the second at most; twice as many each time after.
        in_flight: Requests under way at the same time.
        waiting: Requests that wait for their turn.
        moment: Seconds after which what a write is about is looked at again before it is sent.
        answer: Bytes that an answer may have, unpacked.
        failures: Failures in a row after which requests are refused for a while.
        open_seconds: Seconds of that while.
        connect_timeout: Seconds that a connection may take; an attempt that has less says nothing about the gateway.
    """

    total_timeout: float = 30
    attempts: int = 4
    pause: float = 0.25
    in_flight: int = 20
    waiting: int = 100
    moment: float = 1.5
    answer: int = 8_000_000
    failures: int = 8
    open_seconds: float = 10
    connect_timeout: float = 5


def limits_of(settings: Settings) -> Limits:
    """Return what is configured."""
    return Limits(
        total_timeout=settings.total_timeout,
        attempts=settings.retry_attempts,
        in_flight=settings.max_in_flight,
        waiting=settings.max_waiting,
        answer=settings.max_answer,
        connect_timeout=settings.connect_timeout,
    )
