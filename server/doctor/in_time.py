"""Work that may block, such as asking a name server, within a time limit."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

import anyio

ResultT = TypeVar("ResultT")


async def in_time(work: Callable[[], ResultT], seconds: float) -> ResultT:
    """Return what `work` returns, run in a thread. One that hangs is left behind, and ends with the process.

    That is what anyio's own threads are not for: the process would wait for them at its end.

    Args:
        work: What is done.
        seconds: How long it may take.

    Raises:
        TimeoutError: it takes longer. Besides, what `work` raises.
    """
    task = _Task(work)
    threading.Thread(target=task.run, daemon=True).start()
    with anyio.fail_after(seconds):
        await task.over.wait()
    return task.outcome()


class _Task(Generic[ResultT]):
    """Work on its way."""

    def __init__(self, work: Callable[[], ResultT]) -> None:
        self._work = work
        self._loop = asyncio.get_running_loop()
        self.over = anyio.Event()
        self._results: list[ResultT] = []
        self._failure = Exception()

    def outcome(self) -> ResultT:
        """Return what came of it, once it is over; raises what it raised."""
        if not self._results:
            raise self._failure
        return self._results[0]

    def run(self) -> None:
        """Do it, and say that it is over where somebody still waits for that."""
        try:
            result = self._work()
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            self._failure = error
        else:
            self._results.append(result)
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.over.set)
