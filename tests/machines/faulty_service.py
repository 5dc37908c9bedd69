"""The way to the service, on which requests and answers get lost, come late, or come broken."""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, NamedTuple

import httpx

from tests.support.world import Clock

TASKS = "/rules/v1/tasks"
CALL: ContextVar[int] = ContextVar("CALL")
"""The number of the call whose requests are sent."""


class Fault(NamedTuple):
    """What happens to a request that changes something.

    Attributes:
        carried: Whether the service carries it out: `now`, `late` or `never`.
        answer: What comes back; `hangs` is nothing, until the call is cancelled.
    """

    carried: str
    answer: str


NO_FAULT = Fault("now", "whole")
FAULTS = (
    Fault("never", "refused"),
    Fault("never", "429"),
    *(
        Fault(carried, answer)
        for carried in ("never", "now", "late")
        for answer in ("timeout", "reset", "502", "hangs")
    ),
    *(Fault(carried, answer) for carried in ("never", "now") for answer in ("500", "page")),
    Fault("now", "cut off"),
)


@dataclass
class Write:
    """A request that changes something.

    Attributes:
        call: The call that sent it.
        sent: When, in epoch seconds.
        carried: When the service carried it out.
        made: The task that it created.
    """

    call: int
    method: str
    path: str
    body: bytes
    sent: float
    carried: float | None = None
    made: str | None = None

    @property
    def creates(self) -> bool:
        """Whether it creates a task."""
        return self.path == TASKS

    @property
    def task_id(self) -> str | None:
        """The task that it is about, or made."""
        return self.made if self.creates else self.path.removeprefix(f"{TASKS}/").partition("/")[0]

    @property
    def effect(self) -> tuple[str, str, bytes]:
        """What it is to come to."""
        return self.method, self.path, self.body


@dataclass
class Ahead:
    """What befalls the requests of a call.

    Attributes:
        write: The one that changes something.
        lost_reads: How many of those after it fail.
        delay: Seconds after which the service carries out what comes late.
    """

    write: Fault = NO_FAULT
    lost_reads: int = 0
    delay: float = 0
    on_its_way: asyncio.Event = field(default_factory=asyncio.Event)


class FaultyService(httpx.AsyncBaseTransport):
    """Passes requests on, or does not, and answers, or does not."""

    def __init__(self, app: Any, clock: Clock) -> None:
        self._service = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._clock = clock
        self._late: set[asyncio.Task[None]] = set()
        self.writes: list[Write] = []
        self.ahead: dict[int, Ahead] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry a request out, or lose it."""
        await asyncio.sleep(0)
        ahead = self.ahead[CALL.get()]
        if request.method != "GET":
            return await self._changing(request, ahead)
        written = any(write.call == CALL.get() for write in self.writes)
        if written and ahead.lost_reads > 0:
            ahead.lost_reads -= 1
            raise httpx.ReadTimeout("lost")
        response = await self._service.handle_async_request(request)
        response.headers["date"] = formatdate(self._clock.now, usegmt=True)
        return response

    async def _changing(self, request: httpx.Request, ahead: Ahead) -> httpx.Response:
        body = await request.aread()
        write = Write(CALL.get(), request.method, request.url.path, body, self._clock.now)
        if ahead.write.answer == "refused":
            raise httpx.ConnectError("refused")
        if ahead.write.answer == "429":
            return _spoilt("429", None)
        self.writes.append(write)
        response = None
        if ahead.write.carried == "now":
            response = await self._carry_out(request, write)
        elif ahead.write.carried == "late":
            self._late.add(asyncio.ensure_future(self._carry_out_late(request, write, ahead.delay)))
        ahead.on_its_way.set()
        return await self._answer(ahead.write.answer, response)

    async def _carry_out(self, request: httpx.Request, write: Write) -> httpx.Response:
        response = await self._service.handle_async_request(request)
        content = await response.aread()
        if response.is_success:
            write.carried = self._clock.now
            write.made = response.headers["location"].rpartition("/")[2] if write.creates else None
        return httpx.Response(response.status_code, headers=response.headers, content=content)

    async def _carry_out_late(self, request: httpx.Request, write: Write, delay: float) -> None:
        await asyncio.sleep(delay)
        await self._carry_out(request, write)

    async def _answer(self, answer: str, response: httpx.Response | None) -> httpx.Response:
        if answer == "whole":
            assert response is not None
            return response
        await asyncio.sleep(1)
        if answer == "hangs":
            await asyncio.Event().wait()
        if answer in ("timeout", "reset"):
            raise httpx.ReadTimeout("silence") if answer == "timeout" else httpx.ReadError("broken")
        return _spoilt(answer, response)

    async def forget(self) -> None:
        """Forget what would come late."""
        for late in self._late:
            late.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)


def _spoilt(answer: str, response: httpx.Response | None) -> httpx.Response:
    if answer == "cut off":
        assert response is not None
        content = response.content[: len(response.content) // 2]
        return httpx.Response(response.status_code, content=content, headers={"content-type": "application/json"})
    if answer == "page":
        return httpx.Response(200, html="<p>Sign in</p>")
    return httpx.Response(int(answer), json={"statusCode": int(answer), "error": "Something is wrong"})
