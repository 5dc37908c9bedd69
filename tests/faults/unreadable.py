"""The service did what it was asked to, and its answer is no good."""

import gzip
from collections.abc import Callable

from tests.faults.exchange import Exchange
from tests.faults.fault import Fault, Strikes
from tests.faults.wire import JSON, Message, answer

ROOM = 20_000
"""Bytes that an answer may have in a cell."""


def _made_into(change: Callable[[Exchange, Message], Message]) -> Strikes:
    """Return what passes the request on, and changes the answer."""

    async def strike(exchange: Exchange) -> None:
        await exchange.send(change(exchange, await exchange.carried_out()).whole)

    return strike


def _cut(exchange: Exchange, found: Message) -> Message:
    """Return an answer whose JSON ends early, though its length is right."""
    return found.saying(found.body[: exchange.rng.randrange(1, max(2, len(found.body)))] or b"{", JSON)


def _other_type(exchange: Exchange, found: Message) -> Message:
    return found.saying(b'"done"', JSON)


def _other_name(exchange: Exchange, found: Message) -> Message:
    return found.having("content-type", "text/plain") if found.body else found


def _nested(exchange: Exchange, found: Message) -> Message:
    return found.saying(b"[" * (ROOM // 2) + b"]" * (ROOM // 2), JSON)


def _large(exchange: Exchange, found: Message) -> Message:
    return found.saying(found.body.ljust(10 * ROOM), JSON)


def _large_unsaid(exchange: Exchange, found: Message) -> Message:
    """Return an answer that is too large and does not say so beforehand."""
    whole = found.body.ljust(10 * ROOM)
    size = ROOM // 4
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    chunked = found.without("content-length").having("transfer-encoding", "chunked")
    return Message(chunked.having("content-type", JSON).head, body)


def _bomb(exchange: Exchange, found: Message) -> Message:
    return found.saying(gzip.compress(found.body.ljust(1000 * ROOM)), JSON).having("content-encoding", "gzip")


def _garbage(exchange: Exchange, found: Message) -> Message:
    return Message(exchange.rng.randbytes(200) + b"\r\n\r\n", b"")


def _nothing(exchange: Exchange, found: Message) -> Message:
    return answer("204 No Content").without("content-length")


def _empty(exchange: Exchange, found: Message) -> Message:
    return found.saying(b"", JSON)


def _uncounted(exchange: Exchange, found: Message) -> Message:
    return found.without("x-count")


_FOREIGN = ("unusable_answer",)
_NOT_OF_DELETE = frozenset({"delete_task"})
"""What it is answered with has no body, so that there is nothing to cut off, or to miss."""

FAULTS = (
    Fault(
        name="JSON cut off",
        fate="told",
        kinds=_FOREIGN,
        strikes=_made_into(_cut),
        again=True,
        leaves_out=_NOT_OF_DELETE,
    ),
    Fault(
        name="JSON of another type",
        fate="told",
        kinds=_FOREIGN,
        strikes=_made_into(_other_type),
        leaves_out=_NOT_OF_DELETE,
    ),
    Fault(name="JSON nested deep", fate="told", kinds=_FOREIGN, strikes=_made_into(_nested), leaves_out=_NOT_OF_DELETE),
    Fault(name="JSON under another name", fate="made", strikes=_made_into(_other_name)),
    Fault(
        name="an empty answer",
        fate="told",
        kinds=_FOREIGN,
        strikes=_made_into(_empty),
        again=True,
        leaves_out=_NOT_OF_DELETE,
    ),
    Fault(
        name="204 where JSON is expected",
        fate="lost after",
        kinds=_FOREIGN,
        strikes=_made_into(_nothing),
        leaves_out=_NOT_OF_DELETE,
    ),
    Fault(
        name="an answer ten times too large",
        fate="told",
        kinds=_FOREIGN,
        strikes=_made_into(_large),
        leaves_out=_NOT_OF_DELETE,
    ),
    Fault(
        name="the same in pieces",
        fate="told",
        kinds=_FOREIGN,
        strikes=_made_into(_large_unsaid),
        leaves_out=_NOT_OF_DELETE,
    ),
    Fault(name="a gzip bomb", fate="told", kinds=_FOREIGN, strikes=_made_into(_bomb), leaves_out=_NOT_OF_DELETE),
    Fault(
        name="no HTTP",
        fate="lost after",
        kinds=("connection_lost", "unusable_answer"),
        strikes=_made_into(_garbage),
        again=True,
    ),
    Fault(name="no X-Count", fate="made", strikes=_made_into(_uncounted)),
)
