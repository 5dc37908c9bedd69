"""A session of the older era is told of what it asked for, each once, and no longer than its token is good."""

from typing import Any, cast

import anyio
from mcp.server.session import ServerSession

from server.resources.subscriber import Subscriber
from tests.support.serving import PATIENCE
from tests.support.world import NOW, Clock


class Session:
    """A session whose client takes what it is told when it is let."""

    def __init__(self) -> None:
        self.takes = anyio.Event()
        self.told: list[str] = []
        self.busy = anyio.Event()

    async def send_resource_updated(self, uri: str) -> None:
        """Tell it."""
        self.busy.set()
        await self.takes.wait()
        self.told.append(uri)


def subscriber(session: Session, clock: Clock, *uris: str) -> Subscriber:
    """Return one that asked for these, with a token for five minutes."""
    made = Subscriber(cast("ServerSession", cast("Any", session)), clock)
    made.renew(NOW + 300)
    made.uris.update(uris)
    return made


async def told(session: Session, number: int) -> list[str]:
    """Return what it was told, once that is so much."""
    session.takes.set()
    with anyio.fail_after(PATIENCE):
        while len(session.told) < number:
            await anyio.lowlevel.checkpoint()
    return session.told


async def test_what_waits_to_be_told_is_told_once() -> None:
    session = Session()
    one = subscriber(session, Clock(), "a", "b")
    for _ in range(1_000):
        one.tell(["a", "b", "c"])
    await session.busy.wait()
    one.tell(["b"])
    assert await told(session, 2) == ["a", "b"]


async def test_a_new_token_goes_on_where_the_old_one_is_good_still() -> None:
    session, clock = Session(), Clock()
    one = subscriber(session, clock, "a")
    clock.advance(299)
    one.renew(NOW + 600)
    clock.advance(200)
    one.tell(["a"])
    assert await told(session, 1) == ["a"]


async def test_what_was_asked_for_with_a_token_that_has_expired_is_forgotten() -> None:
    clock = Clock()
    one = subscriber(Session(), clock, "a")
    clock.advance(300)
    one.renew(NOW + 600)
    assert one.uris == set()


async def test_what_waited_until_the_token_had_expired_is_told_nobody() -> None:
    session, clock = Session(), Clock()
    one = subscriber(session, clock, "a", "b")
    one.tell(["a", "b"])
    await session.busy.wait()
    clock.advance(300)
    # What was under way was handed over before.
    assert await told(session, 1) == ["a"]
    for _ in range(5):
        await anyio.lowlevel.checkpoint()
    assert session.told == ["a"]


async def test_what_was_unsubscribed_from_meanwhile_is_not_told() -> None:
    session = Session()
    one = subscriber(session, Clock(), "a", "b", "c")
    one.tell(["a", "b", "c"])
    await session.busy.wait()
    one.unsubscribe("b")
    assert await told(session, 2) == ["a", "c"]


async def test_the_end_of_the_connection_ends_telling() -> None:
    session = Session()
    one = subscriber(session, Clock(), "a")
    one.tell(["a"])
    await session.busy.wait()
    one.close()
    session.takes.set()
    for _ in range(5):
        await anyio.lowlevel.checkpoint()
    assert session.told == []
