"""Work that may block, such as asking a name server, within a time limit."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Generic, TypeVar

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


class LeftBehind(ThreadPoolExecutor):
    """Runs what the event loop gives to threads, in threads that end with the process.

    The loop looks names up in such threads, and waits at its end for those that it has by itself: a name server that is
    silent would hold the process up for as long as the system waits for it.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run it, and return where its result comes to."""
        future: Future[Any] = Future()
        threading.Thread(target=_fulfil, args=(future, lambda: fn(*args, **kwargs)), daemon=True).start()
        return future


def _fulfil(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 - raised again where it is waited for
        future.set_exception(error)
    else:
        future.set_result(result)


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
