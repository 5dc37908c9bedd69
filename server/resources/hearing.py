"""Who may be told of what: whoever may read it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from server.errors import CallFailure
from server.reads import Context, Reading, Reads
from server.resources.addresses import Address
from server.resources.asked import check
from server.resources.failing import as_error
from server.results import Results

ResultT = TypeVar("ResultT")


class Hearing:
    """Judges, and counts each question as a call of who asks.

    Args:
        reads: Holds them to what reading is held to.
        results: Words what goes wrong.
    """

    def __init__(self, reads: Reads, results: Results) -> None:
        self._reads = reads
        self._results = results

    async def check(self, context: Context, uri: str, address: Address) -> None:
        """Let pass who may be told of a resource.

        Raises:
            MCPError: they may not, in the words of the refusal to read it.
        """
        await self._judged(context, lambda reading: check(reading, address), uri)

    async def of(self, context: Context, addresses: Mapping[str, Address]) -> Sequence[str]:
        """Return those of the addresses that who asks may be told of.

        Raises:
            MCPError: this is one call too many.
        """

        async def judge(reading: Reading) -> Sequence[str]:
            return [uri for uri, address in addresses.items() if await _may(reading, address)]

        return await self._judged(context, judge)

    async def _judged(
        self, context: Context, work: Callable[[Reading], Awaitable[ResultT]], uri: str | None = None
    ) -> ResultT:
        try:
            return await self._reads.visit(context, "subscription", work)
        except CallFailure as failure:
            raise as_error(failure, self._results, uri) from None


async def _may(reading: Reading, address: Address) -> bool:
    try:
        await check(reading, address)
    except CallFailure:
        return False
    return True
