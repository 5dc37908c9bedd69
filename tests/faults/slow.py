"""Answers that come late, in drops, or never."""

import asyncio

from tests.faults.exchange import Exchange
from tests.faults.fault import Fault
from tests.faults.wire import END

_HINT = b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload" + END
_DROP = 0.03
"""Seconds between bytes: often enough for a limit on each, too seldom for the whole."""


async def _never_before(exchange: Exchange) -> None:
    await exchange.request()
    await exchange.gone()


async def _never_after(exchange: Exchange) -> None:
    await exchange.carried_out()
    await exchange.gone()


async def _as_it_gives_up(exchange: Exchange) -> None:
    await exchange.request()
    await exchange.gone()
    await exchange.carried_out()


async def _when_all_is_over(exchange: Exchange) -> None:
    await exchange.late()


async def _drops_of_head(exchange: Exchange) -> None:
    await exchange.drip((await exchange.carried_out()).head, _DROP)
    await exchange.gone()


async def _drops_of_body(exchange: Exchange) -> None:
    found = await exchange.carried_out()
    await exchange.send(found.having("content-length", "10000").head)
    await exchange.drip(found.body, _DROP)
    await exchange.gone()


async def _slow_but_in_time(exchange: Exchange) -> None:
    found = await exchange.carried_out()
    middle = exchange.rng.randrange(1, len(found.whole))
    await exchange.send(found.whole[:middle])
    await asyncio.sleep(_DROP)
    await exchange.send(found.whole[middle:])


async def _only_hints(exchange: Exchange) -> None:
    """Send informational answers for ever."""
    await exchange.carried_out()
    while True:
        await exchange.send(_HINT)
        await asyncio.sleep(_DROP / 10)


async def _some_hints(exchange: Exchange) -> None:
    await exchange.request()
    await exchange.send(_HINT * exchange.rng.randrange(1, 20))
    await exchange.passed_on()


_LATE = ("timeout",)

FAULTS = (
    Fault(
        name="timeout before processing", fate="lost before", kinds=_LATE, strikes=_never_before, hangs=True, again=True
    ),
    Fault(
        name="timeout after processing", fate="lost after", kinds=_LATE, strikes=_never_after, hangs=True, again=True
    ),
    Fault(
        name="processed as it is given up", fate="late", kinds=_LATE, strikes=_as_it_gives_up, hangs=True, again=True
    ),
    Fault(name="processed long after", fate="late", kinds=_LATE, strikes=_when_all_is_over, hangs=True, again=True),
    Fault(name="headers in drops", fate="lost after", kinds=_LATE, strikes=_drops_of_head, hangs=True, passes=True),
    Fault(
        name="body in drops",
        fate="told",
        kinds=_LATE,
        strikes=_drops_of_body,
        hangs=True,
        passes=True,
        leaves_out=frozenset({"delete_task"}),
    ),
    Fault(name="slow, but in time", fate="made", strikes=_slow_but_in_time),
    Fault(
        name="informational answers for ever",
        fate="lost after",
        kinds=("timeout", "connection_lost", "unusable_answer"),
        strikes=_only_hints,
        hangs=True,
        passes=True,
    ),
    Fault(name="some informational answers", fate="made", strikes=_some_hints),
)
