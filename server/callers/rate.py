"""How often a caller may call."""

import time
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limits import RateLimitItemPerMinute
    from limits.strategies import SlidingWindowCounterRateLimiter


class CallRate:
    """Counts calls in a sliding window of a minute; of each caller two numbers are kept, for two minutes.

    Args:
        per_minute: Calls that one caller may make in a minute; 0 is no limit.
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute

    def wait(self, caller: str) -> int:
        """Count a call, and return for how many seconds the caller has to wait first; then it does not count."""
        if not self.per_minute or self._limiter.hit(self._limit, caller):
            return 0
        reset = self._limiter.get_window_stats(self._limit, caller).reset_time
        return max(1, ceil(reset - time.time()))

    @cached_property
    def _limit(self) -> "RateLimitItemPerMinute":
        from limits import RateLimitItemPerMinute

        return RateLimitItemPerMinute(self.per_minute)

    @cached_property
    def _limiter(self) -> "SlidingWindowCounterRateLimiter":
        from limits.storage import MemoryStorage
        from limits.strategies import SlidingWindowCounterRateLimiter

        return SlidingWindowCounterRateLimiter(MemoryStorage())
