"""What a request's `_meta` says of its trace, as it is passed on: the SDK takes whatever callers put there for text."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.types import RequestParamsMeta

_TRACE = ("traceparent", "tracestate")
_BAGGAGE = "baggage"
"""What callers tell each other in a trace. It is not used here, and may be about people."""


async def without_what_is_no_trace(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Pass a message on without its baggage, and without a trace that is no text: that is no fault of what it asks."""
    left_out = {*_left_out(ctx.meta)} if ctx.meta else None
    if not left_out:
        return await call_next(ctx)
    kept = {name: value for name, value in (ctx.meta or {}).items() if name not in left_out}
    return await call_next(replace(ctx, meta=cast("RequestParamsMeta", kept)))


def _left_out(meta: RequestParamsMeta) -> Iterator[str]:
    if _BAGGAGE in meta:
        yield _BAGGAGE
    for name in _TRACE:
        if not isinstance(meta.get(name, ""), str):
            yield name
