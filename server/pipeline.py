"""What carries out calls, put together: the Tasks API, the guard, the journal, the audit, and the dispatch."""

from collections.abc import Callable
from dataclasses import dataclass

from server.dispatch import Dispatch
from server.guard.approving import Approving
from server.guard.guard import Guard
from server.guard.page import ApprovalPage
from server.guard.policy import Policy
from server.guard.terms import Terms
from server.guard.ways import accepts_tokens
from server.journal.audit import Audit
from server.journal.workbench import Workbench
from server.results import Results
from server.settings import Settings
from server.store.store import Store
from server.upstream.client import Upstream
from server.upstream.connection import Connection
from server.version import NAME
from tools.catalog import OPERATIONS

_REQUESTS_OF_A_CALL = 4
"""Requests that an operation makes at most, one after the other."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A dispatch and what has to be closed after it."""

    dispatch: Dispatch
    upstream: Upstream

    async def aclose(self) -> None:
        """Close connections."""
        await self.upstream.aclose()


def open_pipeline(
    settings: Settings,
    connection: Connection,
    *,
    policy: Policy,
    store: Store,
    page: ApprovalPage,
    clock: Callable[[], float],
) -> Pipeline:
    """Return the pipeline for these settings; the arguments are those of `server.app.build`."""
    upstream, terms = connection.open(), _terms(settings, connection)
    patience = settings.total_timeout * _REQUESTS_OF_A_CALL
    audit = Audit(store, settings.audit, clock)
    dispatch = Dispatch(
        OPERATIONS,
        tokens=frozenset(operation.name for operation in OPERATIONS if accepts_tokens(policy, operation)),
        workbench=Workbench(upstream, store, audit, terms.audience, clock=clock, patience=patience),
        guard=Guard(policy, terms, store, Approving(store, page, terms, audit, clock), audit, clock=clock),
        terms=terms,
        audit=audit,
        results=Results(settings.output_limit, sandbox=settings.uses_sandbox),
        clock=clock,
        read_only=settings.read_only,
    )
    return Pipeline(dispatch, upstream)


def _terms(settings: Settings, connection: Connection) -> Terms:
    return Terms(
        audience=f"{NAME} {connection.identity}",
        where=connection.where,
        seconds=settings.confirm_seconds,
        approval_seconds=settings.approval_seconds,
        approval_wait=settings.approval_wait,
        pace=settings.destructive_per_hour,
    )
