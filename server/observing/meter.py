"""What is counted and timed; nothing here knows with what."""

from typing import Protocol

from server.upstream.health import Health


class Meter(Protocol):
    """Counts and times, or does not. Names, IDs and people are no labels: the sets of labels are bounded."""

    def call_began(self) -> None:
        """Note that a call began."""

    def call_ended(self, tool: str, outcome: str, seconds: float) -> None:
        """Note what came of a call."""

    def asked(self, way: str) -> None:
        """Note that a question was put."""

    def answered(self, way: str, answer: str) -> None:
        """Note what came of a question in a call."""

    def requested(self, method: str, route: str, result: str, seconds: float) -> None:
        """Note a request to the service: `result` is a status, or the kind of failure."""

    def repeated(self, method: str, route: str) -> None:
        """Note that a request is sent again."""

    def loaded(self, health: Health) -> None:
        """Note how busy the way to the service is."""

    def stored(self, seconds: float, *, failed: bool) -> None:
        """Note a piece of work of the store's."""


class NoMeter(Meter):
    """Counts nothing."""
