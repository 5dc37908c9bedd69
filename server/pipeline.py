"""What carries out calls, put together: the Tasks API, the guard with its ledger, and the dispatch."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from server.connection import Connection
from server.dispatch import Dispatch
from server.guard.guard import Guard
from server.guard.ledger import Ledger
from server.results import Results
from server.settings import Settings
from server.upstream import Upstream
from server.version import NAME
from tools.catalog import OPERATIONS


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A dispatch and what has to be closed after it."""

    dispatch: Dispatch
    upstream: Upstream
    ledger: Ledger

    async def aclose(self) -> None:
        """Close connections and files."""
        await self.upstream.aclose()
        await self.ledger.aclose()


def open_pipeline(
    settings: Settings, connection: Connection, ledger_path: Path | None, clock: Callable[[], float]
) -> Pipeline:
    """Return the pipeline for these settings; the arguments are those of `server.app.build`."""
    upstream = connection.open()
    ledger = Ledger(ledger_path, clock)
    guard = Guard(
        settings.confirm,
        ledger,
        clock,
        seconds=settings.confirm_seconds,
        where=connection.where,
        audience=f"{NAME} {connection.identity}",
    )
    results = Results(settings.output_limit, sandbox=settings.uses_sandbox)
    return Pipeline(Dispatch(OPERATIONS, upstream, guard, results, read_only=settings.read_only), upstream, ledger)
