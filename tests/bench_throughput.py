"""How many calls a second are answered over HTTP, beside the least that the SDK needs to give the same answer.

`python -m tests.bench_throughput`

Three servers with the same two workers, event loop and web server, called over the same connections in turns:

bare    a tool of the low-level SDK server that does nothing: it gives the answer that ours gives to the same call, and
        publishes the same tools with the same schemas, so that checking, writing and sending it costs all three alike
noop    get_task of ours, as `serve --http --metrics` has it; what lies between it and the service is left out
ours    the same over httpx, before a service in the same process that answers at once

What calls them runs on the same processors, and so may others, who only ever add to what is measured. So the processor
time that the workers themselves take is printed beside the calls that they answer: that of the round in which it was
least.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from tests.support.processor_time import of_children
from tests.support.throughput_server import TASK_ID, WORKERS

SHOWN = {
    "bare": "bare SDK tool that gives the same answer",
    "noop": "get_task, the service left out (bar: 0.70 x)",
    "ours": "get_task, over httpx in this process",
}
CONNECTIONS, ROUNDS, WARM_UP, SECONDS = 32, 15, 1, 1


@dataclass(slots=True)
class Measured:
    """What was measured of a server, once a round: calls a second, and milliseconds of processor time for a call."""

    rates: list[float] = field(default_factory=list[float])
    costs: list[float] = field(default_factory=list[float])

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def cost(self) -> float:
        return min(self.costs)


def throughput() -> None:
    """Measure and print."""
    say(f"\nget_task over HTTP: {WORKERS} workers, {CONNECTIONS} connections, {ROUNDS} rounds in turns")
    with ExitStack() as stack:
        servers = {name: stack.enter_context(started(name)) for name in SHOWN}
        for _, port in servers.values():
            load(port, WARM_UP)
        measured = {name: Measured() for name in SHOWN}
        for _ in range(ROUNDS):
            for name, (process, port) in servers.items():
                one_round(process, port, measured[name])
    bare = measured["bare"]
    say(f"  {'':44}  calls a second, median    processor time a call, least")
    for name, of in measured.items():
        rate, cost = f"{of.rate:6.0f}  {of.rate / bare.rate:.2f} x", f"{of.cost:6.2f} ms  {bare.cost / of.cost:.2f} x"
        say(f"  {SHOWN[name]:44}  {rate:22}    {cost}")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def started(name: str) -> Generator[tuple[int, str]]:
    """Start a server and yield its process ID and port."""
    command = [sys.executable, "-m", "tests.support.throughput_server", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own
        assert server.stdout is not None
        yield server.pid, server.stdout.readline().strip()
        server.terminate()


def one_round(process: int, port: str, measured: Measured) -> None:
    """Call a server for some seconds."""
    before = of_children(process)
    calls, seconds = load(port, SECONDS)
    measured.rates.append(calls / seconds)
    measured.costs.append((of_children(process) - before) / calls * 1000)


def load(port: str, seconds: float) -> tuple[int, float]:
    """Return the calls that a server answers, and the seconds that they took."""
    command = [sys.executable, "-m", "tests.support.load", port, "get_task", json.dumps({"task_id": TASK_ID})]
    command += [str(CONNECTIONS), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    calls, took = done.stdout.split()
    return int(calls), float(took)


if __name__ == "__main__":
    throughput()
