"""No connection comes about, or it breaks."""

import socket

from tests.faults.exchange import Exchange
from tests.faults.fault import Arrival, Fate, Fault, Strikes
from tests.faults.wire import Message, answer

_NOBODY = "::1"
"""An address of this machine at which nobody listens on the gateway's port."""


def _unknown_name() -> str:
    raise socket.gaierror(socket.EAI_NONAME, "name or service not known")


async def _unknown_authority(arrival: Arrival) -> None:
    await arrival.writer.start_tls(arrival.stranger)


async def _no_tls(arrival: Arrival) -> None:
    await arrival.reader.read(1)
    arrival.writer.write(answer("400 Bad Request", b"plain HTTP only", "text/plain").whole)
    arrival.writer.close()


async def _reset_at_its_first_bytes(exchange: Exchange) -> None:
    exchange.reset()


async def _reset_within_it(exchange: Exchange) -> None:
    await exchange.some_of_it()
    exchange.reset()


async def _reset_before(exchange: Exchange) -> None:
    await exchange.request()
    exchange.reset()


async def _reset_after(exchange: Exchange) -> None:
    await exchange.carried_out()
    exchange.reset()


async def _reset_within_the_head(exchange: Exchange) -> None:
    await exchange.send(_part_of_head(exchange, await exchange.carried_out()))
    exchange.reset()


async def _reset_within_the_body(exchange: Exchange) -> None:
    await exchange.send(_up_to_the_body(exchange, await exchange.carried_out()))
    exchange.reset()


async def _closed_before(exchange: Exchange) -> None:
    exchange.keeps = False


async def _closed_after(exchange: Exchange) -> None:
    await exchange.carried_out()
    exchange.keeps = False


async def _closed_within_the_head(exchange: Exchange) -> None:
    await exchange.send(_part_of_head(exchange, await exchange.carried_out()))
    exchange.keeps = False


async def _closed_within_the_body(exchange: Exchange) -> None:
    await exchange.send(_up_to_the_body(exchange, await exchange.carried_out()))
    exchange.keeps = False


def _part_of_head(exchange: Exchange, found: Message) -> bytes:
    return found.head[: exchange.rng.randrange(1, len(found.head))]


def _up_to_the_body(exchange: Exchange, found: Message) -> bytes:
    return found.whole[: len(found.head) + exchange.rng.randrange(max(1, len(found.body)))]


async def _closed_while_idle(exchange: Exchange) -> None:
    await exchange.passed_on()
    exchange.keeps = False


_NO_CONNECTION = ("unreachable",)
_BROKEN = ("connection_lost",)
_CUT_OFF = ("unusable_answer", "connection_lost")
_NO_BODY = frozenset({"delete_task"})
"""What it is answered with has no body that could be cut off."""

_BREAKS: tuple[tuple[str, Fate, tuple[str, ...], Strikes, frozenset[str]], ...] = (
    ("reset at the first bytes", "lost before", _BROKEN, _reset_at_its_first_bytes, frozenset()),
    ("reset within the request", "lost before", _BROKEN, _reset_within_it, frozenset()),
    ("reset before processing", "lost before", _BROKEN, _reset_before, frozenset()),
    ("reset after processing", "lost after", _BROKEN, _reset_after, frozenset()),
    ("reset within the head", "lost after", _BROKEN, _reset_within_the_head, frozenset()),
    ("reset within the body", "told", _CUT_OFF, _reset_within_the_body, _NO_BODY),
    ("closed as the request arrives", "lost before", _BROKEN, _closed_before, frozenset()),
    ("closed after processing", "lost after", _BROKEN, _closed_after, frozenset()),
    ("closed within the head", "lost after", _BROKEN, _closed_within_the_head, frozenset()),
    ("closed within the body", "told", _CUT_OFF, _closed_within_the_body, _NO_BODY),
)

FAULTS = (
    Fault(
        name="connection refused",
        fate="not sent",
        kinds=_NO_CONNECTION,
        resolves=lambda: _NOBODY,
        again=True,
        sent_again=True,
    ),
    Fault(
        name="unknown host name",
        fate="not sent",
        kinds=_NO_CONNECTION,
        resolves=_unknown_name,
        again=True,
        sent_again=True,
    ),
    Fault(
        name="no TLS where it is expected",
        fate="not sent",
        kinds=_NO_CONNECTION,
        connects=_no_tls,
        tls=True,
        again=True,
        sent_again=True,
    ),
    Fault(name="unknown TLS authority", fate="not sent", kinds=_NO_CONNECTION, connects=_unknown_authority, tls=True),
    *(
        Fault(name=name, fate=fate, kinds=kinds, strikes=strikes, again=True, leaves_out=leaves_out)
        for name, fate, kinds, strikes, leaves_out in _BREAKS
    ),
    Fault(name="closed while idle", fate="made", strikes=_closed_while_idle, everywhere=True),
)
