"""What carries out calls, put together: the Tasks API, the guard, the journal, the audit, and the dispatch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.types import CallToolRequestParams, CallToolResult, InputRequiredResult

from server.callers.permission import Permission
from server.dispatch import Dispatch
from server.guard.approving import Approving
from server.guard.guard import Guard
from server.guard.page import ApprovalPage
from server.guard.policy import Policy
from server.guard.terms import Terms
from server.guard.ways import accepts_tokens
from server.journal.audit import Audit
from server.journal.workbench import Workbench
from server.observing.counting_witness import CountingWitness
from server.observing.meter import Meter
from server.observing.observing import Observing
from server.observing.tracing import continued
from server.reads import Reads
from server.resources.linking import Links
from server.resources.offer import Offer
from server.resources.updates import Updates
from server.results import Results
from server.settings import Settings
from server.store.store import Store
from server.upstream.client import Upstream
from server.upstream.connection import Connection
from server.version import NAME
from tools.catalog import OPERATIONS

_REQUESTS_OF_A_CALL = 4
"""Requests that an operation makes at most, one after the other."""

_SURELY_OVER = 120
"""Seconds within which the service may carry out a request, however soon this server stops waiting for the answer."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A dispatch, what reads for resources and completions, and what has to be closed after them."""

    dispatch: Dispatch
    upstream: Upstream
    workbench: Workbench
    reads: Reads

    async def call(
        self, context: ServerRequestContext[Any, Any], params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        """Carry out one `tools/call` as part of the trace that it names."""
        with continued(context.meta):
            return await self.dispatch.call(context, params)

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
    meter: Meter | None,
    offer: Offer,
    updates: Updates,
) -> Pipeline:
    """Return the pipeline for these settings.

    The arguments are those of `server.app.build`; besides, what tells what is offered, and who hears of changes.
    """
    observing = Observing(meter, connection.where)
    upstream, terms = connection.open(observing), _terms(settings, connection)
    observing.health, store.watching = upstream.health, observing.storing
    patience = max(_SURELY_OVER, settings.total_timeout * _REQUESTS_OF_A_CALL)
    audit = Audit(store, settings.audit, clock, terms.where)
    witness = CountingWitness(audit, observing)
    workbench = Workbench(
        upstream,
        store,
        audit,
        terms.audience,
        clock=clock,
        patience=patience,
        settle_seconds=settings.settle_seconds,
        told=updates.changed,
    )
    guard = Guard(policy, terms, store, Approving(store, page, terms, witness, clock), witness, clock=clock)
    permission = Permission(needs_sign_in=settings.callers_sign_in, per_minute=settings.calls_per_minute)
    dispatch = Dispatch(
        OPERATIONS,
        tokens=frozenset(operation.name for operation in OPERATIONS if accepts_tokens(policy, operation)),
        workbench=workbench,
        guard=guard,
        terms=terms,
        audit=audit,
        results=Results(settings.output_limit, sandbox=settings.uses_sandbox),
        clock=clock,
        read_only=settings.read_only,
        observer=observing,
        permission=permission,
        links=Links(offer),
        updates=updates,
    )
    reads = Reads(
        OPERATIONS,
        api=workbench,
        guard=guard,
        permission=permission,
        observer=observing,
        audience=terms.audience,
        clock=clock,
    )
    return Pipeline(dispatch, upstream, workbench, reads)


def _terms(settings: Settings, connection: Connection) -> Terms:
    return Terms(
        audience=f"{NAME} {connection.identity}",
        where=connection.where,
        seconds=settings.confirm_seconds,
        approval_seconds=settings.approval_seconds,
        approval_wait=settings.approval_wait,
        pace=settings.destructive_per_hour,
    )
