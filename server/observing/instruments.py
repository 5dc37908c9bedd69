"""The metrics that there are. The help text of each says what it is; labels hold no names, IDs or people."""

import platform
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from server.version import VERSION

PREFIX = "waylay_tasks_mcp"

_CALLS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""Seconds. A call that waits for an approval may take half a minute, and for an answer in the client some minutes."""

_REQUESTS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_STORE = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5)


class Instruments:
    """Every metric.

    Args:
        registry: What they are part of.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self.calls = self._counter(
            "calls", "Calls of tools, reads of resources and completions, by what came of them.", "tool", "outcome"
        )
        self.call_seconds = self._histogram("call_duration_seconds", "How long they took.", _CALLS, "tool")
        self.calls_in_progress = self._gauge("calls_in_progress", "Those under way.")
        self.questions = self._counter("questions", "Questions put before something is done, by way.", "way")
        self.answers = self._counter("answers", "What calls found had come of their question.", "way", "answer")
        self.requests = self._counter(
            "upstream_requests", "Requests to the service, each attempt; by status or failure.", "method", "route",
            "result",
        )  # fmt: skip
        self.request_seconds = self._histogram(
            "upstream_request_duration_seconds", "How long requests took, each attempt.", _REQUESTS, "method", "route"
        )
        self.retries = self._counter("upstream_retries", "Requests that were sent again.", "method", "route")
        self.in_flight = self._gauge("upstream_requests_in_flight", "Requests to the service being made.")
        self.waiting = self._gauge("upstream_requests_waiting", "Requests that wait for their turn.")
        self.circuit_open = self._gauge("upstream_circuit_open", "Workers that send nothing, as the service failed.")
        self.store_seconds = self._histogram("store_duration_seconds", "How long work of the store took.", _STORE)
        self.store_failures = self._counter("store_failures", "Work of the store's that failed.")
        self.refusals = self._counter("refused_requests", "Requests to /mcp that came to no call, by status.", "status")
        build = self._gauge("build_info", "What runs here; always 1.", "version", "python", mode="livemax")
        build.labels(VERSION, platform.python_version()).set(1)

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(name, says, labels, namespace=PREFIX, registry=self._registry)

    def _histogram(self, name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, says, labels, namespace=PREFIX, registry=self._registry, buckets=buckets)

    def _gauge(self, name: str, says: str, *labels: str, mode: Literal["livesum", "livemax"] = "livesum") -> Gauge:
        """Return a gauge; of several workers those that live are added up."""
        return Gauge(name, says, labels, namespace=PREFIX, registry=self._registry, multiprocess_mode=mode)
