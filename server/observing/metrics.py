"""Metrics of this process, and of all workers where there are several."""

from functools import cache
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from server.observing.instruments import Instruments
from server.observing.processes import Processes
from server.upstream.health import Health


class Metrics:
    """A meter that tells what it counted.

    Args:
        folder: Where the workers of a server write what they count; None for a process that is alone.
    """

    def __init__(self, folder: Path | None = None) -> None:
        own = CollectorRegistry()
        self._of = Instruments(own)
        self._told = own if folder is None else CollectorRegistry()
        if folder is not None:
            MultiProcessCollector(self._told, str(folder))
        self._told.register(Processes(folder))
        self._load: tuple[int, int, bool] | None = None
        # The library puts the labels together anew each time; there are few sets of them, and many calls.
        self._calls, self._call_seconds = cache(self._of.calls.labels), cache(self._of.call_seconds.labels)
        self._requests, self._request_seconds = cache(self._of.requests.labels), cache(self._of.request_seconds.labels)

    def told(self, accepted: str) -> tuple[bytes, str]:
        """Return what was counted, and its content type.

        Args:
            accepted: What the client accepts, as the header has it.
        """
        encode, content_type = choose_encoder(accepted)
        return encode(self._told), content_type

    def call_began(self) -> None:
        """Note that a call began."""
        self._of.calls_in_progress.inc()

    def call_ended(self, tool: str, outcome: str, seconds: float) -> None:
        """Note what came of a call."""
        self._of.calls_in_progress.dec()
        self._calls(tool, outcome).inc()
        self._call_seconds(tool).observe(seconds)

    def asked(self, way: str) -> None:
        """Note that a question was put."""
        self._of.questions.labels(way).inc()

    def answered(self, way: str, answer: str) -> None:
        """Note what came of a question in a call."""
        self._of.answers.labels(way, answer).inc()

    def requested(self, method: str, route: str, result: str, seconds: float) -> None:
        """Note a request to the service: `result` is a status, or the kind of failure."""
        self._requests(method, route, result).inc()
        self._request_seconds(method, route).observe(seconds)

    def repeated(self, method: str, route: str) -> None:
        """Note that a request is sent again."""
        self._of.retries.labels(method, route).inc()

    def loaded(self, health: Health) -> None:
        """Note how busy the way to the service is; what is noted already is not written again."""
        load = (health.in_flight, health.waiting, health.circuit != "closed")
        if load == self._load:
            return
        self._load = load
        self._of.in_flight.set(health.in_flight)
        self._of.waiting.set(health.waiting)
        self._of.circuit_open.set(health.circuit != "closed")

    def stored(self, seconds: float, *, failed: bool) -> None:
        """Note a piece of work of the store's."""
        self._of.store_seconds.observe(seconds)
        if failed:
            self._of.store_failures.inc()

    def refused(self, status: int) -> None:
        """Note a request to /mcp that came to no call."""
        self._of.refusals.labels(str(status)).inc()
