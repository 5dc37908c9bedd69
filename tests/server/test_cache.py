"""Those who ask for the same at the same time get what the first one gets, and nobody gets what is out of date."""

from collections.abc import Awaitable, Callable

import anyio
import pytest
from anyio.lowlevel import checkpoint

from server.cache import Cache
from tests.support.serving import PATIENCE


class Making:
    """A making that comes to its end when it is told to; what it comes to says which it was.

    Args:
        fails: Whether it fails.
    """

    def __init__(self, *, fails: bool = False) -> None:
        self.ends = anyio.Event()
        self.times = 0
        self._fails = fails

    async def __call__(self) -> int:
        """Make it."""
        self.times += 1
        which = self.times
        await self.ends.wait()
        if self._fails:
            raise LookupError(which)
        return which


async def all_wait() -> None:
    """Let everybody go on until they wait for something."""
    for _ in range(5):
        await checkpoint()


@pytest.mark.parametrize("fails", [False, True])
async def test_what_ten_ask_for_is_made_once_whatever_comes_of_it(*, fails: bool) -> None:
    cache, making, got = Cache[int](5.0), Making(fails=fails), list[int]()
    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(outcome, cache, making, got)
            await all_wait()
            making.ends.set()
    assert got == [1] * 10
    assert making.times == 1
    # A failure is not kept.
    await outcome(cache, making, got)
    assert got[-1] == (2 if fails else 1)


async def outcome(cache: Cache[int], make: Callable[[], Awaitable[int]], got: list[int]) -> None:
    """Note what comes of asking."""
    try:
        got.append(await cache.get("key", make))
    except LookupError as error:
        got.append(error.args[0])


async def test_who_asks_after_a_change_gets_nothing_of_before() -> None:
    cache, before, after = Cache[int](5.0), Making(), Making()
    after.times, got, later = 100, list[int](), list[int]()
    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(outcome, cache, before, got)
            await all_wait()
            cache.forget()
            for _ in range(3):
                group.start_soon(outcome, cache, after, later)
            await all_wait()
            before.ends.set()
            await all_wait()
            assert cache.peek("key") is None
            after.ends.set()
    assert (got, later) == ([1] * 3, [101] * 3)
    assert cache.peek("key") == 101


async def test_where_the_first_gives_up_the_next_one_makes_it() -> None:
    cache, making, got, given_up = Cache[int](5.0), Making(), list[int](), list[int]()
    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as group, anyio.create_task_group() as first:
            first.start_soon(outcome, cache, making, given_up)
            await all_wait()
            for _ in range(3):
                group.start_soon(outcome, cache, making, got)
            await all_wait()
            first.cancel_scope.cancel()
            making.ends.set()
    assert (given_up, got, making.times) == ([], [2] * 3, 2)
