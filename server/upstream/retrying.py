"""When a request is sent again, and when it is given up.

What went wrong                                   | a read        | a write        | says afterwards
--------------------------------------------------|---------------|----------------|--------------------------------
no connection: refused, unknown host, TLS broken  | again         | again          | unreachable, changed no
the gateway's certificate is not accepted         | not again     | not again      | unreachable, changed no
no connection in time                             | again         | again          | timeout, changed no
429                                               | again         | again          | rate_limited, changed no
no token: 429, 502, 503, 504, silence, a break    | again         | again          | as that says, changed no
503, 502, 504                                     | again         | never          | server_fault, changed unknown
silence: one attempt's time is over               | again         | never          | timeout, changed unknown
the connection broke, also one kept from before   | again         | never          | connection_lost, changed unknown
a success whose body was cut off                  | again         | never          | as below
an answer about another task than asked for       | again         | never          | unusable_answer, changed unknown
401 under a token that was exchanged              | once, anew    | once, anew     | unauthorized, changed no
500 and any other 5xx                             | not again     | never          | server_fault, changed unknown
404, and any other 4xx in the service's own words | not again     | never          | as it says, changed no
any other 4xx, 408, 425, 460, 499, a redirect     | not again     | never          | as it says, changed unknown
an answer not readable                            | not again     | never          | as below
too many requests wait, or no turn came in time   | not again     | not again      | busy, changed no
the gateway is left alone for a while             | not again     | not again      | unavailable, changed no

Whatever it says of a write, a read changed nothing. A write is sent again only when the one before certainly did not
arrive or was not taken. 429 says so. 503 does not: what stands in front of a service says 503 too, also after it passed
the request on. 500 is the service's own word on this very request, so that a read would hear it again. Before a success
that was cut off or cannot be read, the head said that the change was made: `changed` is yes where it called its body
JSON, as the service's are, and else unknown, for it may be the page of something on the way.

A write goes to what was just seen. Before it is sent again, for whichever of these reasons, and before it is sent for
the first time if the last look at its target began more than a moment ago (it waited for its turn, its token, or this
server's store), its target is looked at once more, in the turn that it has. If that is not what the call was admitted
for, nothing is sent (stale, changed no). If it cannot be looked at, that is an attempt that failed, of which the table
says the same as of a read. Where the connection then takes longer than that moment, nothing is sent either (timeout,
changed no), and the next attempt looks again. So between what was seen and what is sent nothing here waits for long.

Between two attempts lies a random time, at most `pause`, then twice as much, and so on; and before it what
`Retry-After` of a 429 or 5xx asks for, in seconds or as a date. Nothing is waited for that ends after the total time:
then the failure is told at once, with the time that was asked for. `attempts` of a failure counts them where there was
more than one. Where this server itself refuses a further attempt (busy, unavailable), the failure before it is told.

The total time covers everything. Where it ends while a connection is made, nothing was sent; while an answer is waited
for, it is `timeout`.
"""

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio
import tenacity

from server.upstream.errors import Busy, ServerFault, Unavailable, UpstreamFailure

if TYPE_CHECKING:
    from server.upstream.limits import Limits

ResultT = TypeVar("ResultT")

_PASSING = frozenset({502, 503, 504})
"""What stands in front of the service says so when the service cannot be reached for the moment."""


class Retrying:
    """Makes attempts until one succeeds or nothing more can be hoped for.

    Args:
        limits: How often and how long.
        sleep: Waits so many seconds.
        clock: Returns seconds that never go back.
    """

    def __init__(
        self,
        limits: "Limits",
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._sleep = sleep
        self._clock = clock

    async def __call__(self, attempt: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Return what an attempt comes to.

        Raises:
            UpstreamFailure: that of the last attempt, which says how many there were.
        """
        attempts, began = _Attempts(attempt), self._clock()
        try:
            return await attempts.next()
        except UpstreamFailure as failure:
            if not _may_be_repeated(failure):
                raise
        # Most requests get by with one attempt, and do without what decides about more.
        retrying = self._retrying(self._limits.total_timeout - (self._clock() - began))
        try:
            return await retrying(attempts.counted)
        except UpstreamFailure as failure:
            raise attempts.told(failure) from None

    def _retrying(self, seconds: float) -> tenacity.AsyncRetrying:
        """Return one for each request: tenacity's keep what they are at in themselves, and requests run side by side.

        Args:
            seconds: What is left of the time that the request may take.
        """
        return tenacity.AsyncRetrying(
            sleep=self._sleep,
            stop=tenacity.stop_after_attempt(self._limits.attempts) | tenacity.stop_before_delay(seconds),
            wait=self._pause,
            retry=tenacity.retry_if_exception(_may_be_repeated),
            reraise=True,
        )

    def _pause(self, state: tenacity.RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.wait if isinstance(failure, UpstreamFailure) else None
        # What is asked for is asked of everybody at once, so chance is added to it.
        return (asked or 0) + tenacity.wait_random_exponential(self._limits.pause)(state)


class _Attempts(Generic[ResultT]):
    """The attempts at one request."""

    def __init__(self, attempt: Callable[[], Awaitable[ResultT]]) -> None:
        self._attempt = attempt
        self._failures: list[UpstreamFailure] = []
        self._counts = False

    async def counted(self) -> ResultT:
        """Say first what the first attempt came to, which was made before anything counted; then make the next ones."""
        if not self._counts:
            self._counts = True
            raise self._failures[0]
        return await self.next()

    async def next(self) -> ResultT:
        try:
            return await self._attempt()
        except (Busy, Unavailable):
            raise
        except UpstreamFailure as failure:
            self._failures.append(failure)
            raise

    def told(self, failure: UpstreamFailure) -> UpstreamFailure:
        """Return the failure to tell of, with the number of attempts."""
        told, count = (self._failures[-1] if self._failures else failure), len(self._failures)
        if count > 1:
            told.details = {**told.details, "attempts": count}
            told.message += f" It was tried {count} times." if told.may_pass else ""
        return told


def _may_be_repeated(error: BaseException) -> bool:
    if not isinstance(error, UpstreamFailure) or isinstance(error, (Busy, Unavailable)):
        return False
    passes = not isinstance(error, ServerFault) or error.details.get("status") in _PASSING
    return passes and error.retryable
