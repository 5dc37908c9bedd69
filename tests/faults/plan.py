"""Which requests a fault hits, and for how long."""

from collections.abc import Awaitable, Callable
from typing import Literal

from tests.faults.exchange import Exchange
from tests.faults.fault import Arrival, Fault

Aim = Literal["reads", "write"]
"""`reads`: from the first request on, so that an operation that reads fails, and one that changes something never gets
to its change. `write`: the request that changes something."""


class Plan:
    """Decides about each connection and request of a cell.

    Args:
        fault: What hits; None lets everything pass.
        aim: Which requests.
        lasting: Whether it stays, so that the server finds out nothing either; else it hits once.
        before: How many requests go before the one that changes something.
    """

    def __init__(self, fault: Fault | None, aim: Aim = "reads", *, lasting: bool = False, before: int = 0) -> None:
        self._fault = fault
        self._aim = aim
        self._lasting = lasting
        self._before = before
        self.methods: list[str] = []
        """Of the requests that came in."""
        self.struck: int = 0

    def lift(self) -> None:
        """Let everything pass from now on."""
        self._fault = None

    def resolve(self, address: str) -> str:
        """Return where the gateway's name leads to.

        Raises:
            OSError: nowhere.
        """
        fault = self._fault
        if fault is None or fault.resolves is None or not self._due(writes=len(self.methods) >= self._before):
            return address
        self.struck += 1
        return fault.resolves()

    def at_connection(self) -> Callable[[Arrival], Awaitable[None]] | None:
        """Return what is done to a new connection, if anything."""
        fault = self._fault
        if fault is None or fault.connects is None or not self._due(writes=len(self.methods) >= self._before):
            return None
        self.struck += 1
        return fault.connects

    async def strike(self, exchange: Exchange) -> None:
        """Do to a request what is to be done to it."""
        self.methods.append("write" if exchange.writes else "read")
        fault = self._fault
        if fault is None:
            await exchange.passed_on()
        elif fault.strikes is None:
            # So that the next request needs a connection of its own, which then can be hit.
            await exchange.passed_on_and_closed()
        elif self._due(writes=exchange.writes):
            self.struck += 1
            await fault.strikes(exchange)
        else:
            await exchange.passed_on()

    def _due(self, *, writes: bool) -> bool:
        if self._fault and self._fault.everywhere:
            return True
        if self.struck:
            return self._lasting
        return writes or self._aim == "reads"
