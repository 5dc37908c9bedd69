"""Reads the resources that come from the service, by the operations' own runs."""

from collections.abc import Callable

from server.cache import Cache
from server.errors import CallFailure
from server.reads import Context, Reading, Reads
from server.resources.addresses import Address, configuration_uri
from server.resources.asked import check
from server.resources.failing import as_error
from server.resources.fenced import fenced
from server.resources.overview import look_over, overview_text
from server.results import Results
from tools.text import iso, json_text

_SECONDS = 5.0
"""For how long an overview serves for the next who ask."""

_MARGIN = 200
"""Characters kept free for what stands around a text."""


class Reader:
    """Reads.

    Args:
        reads: Carries out what reads.
        results: Words what goes wrong.
        limit: Characters that a text may have.
        sandbox: Whether the tasks are the embedded engine's, which every text then says first.
        clock: Returns epoch seconds.
    """

    def __init__(
        self, reads: Reads, results: Results, *, limit: int, sandbox: bool, clock: Callable[[], float]
    ) -> None:
        self._reads = reads
        self._results = results
        self._limit = limit - _MARGIN
        self._sandbox = sandbox
        self._clock = clock
        self._overviews = Cache[str](_SECONDS)

    async def read(self, context: Context, uri: str, address: Address) -> str:
        """Return the text of a resource.

        Raises:
            MCPError: with what went wrong.
        """
        what = f"resource {address.resource.kind}"
        try:
            return await self._reads.visit(context, what, lambda reading: self._text(reading, address))
        except CallFailure as failure:
            raise as_error(failure, self._results, uri) from None

    def forget(self) -> None:
        """Read anew from now on: something has changed."""
        self._overviews.forget()

    async def _text(self, reading: Reading, address: Address) -> str:
        # Whether they may is asked each time: what is kept was read for who asked first.
        await check(reading, address)
        if address.task_id is None:
            return await self._overview(reading)
        if address.resource.kind == "task":
            return await self._task(reading, address.task_id)
        return await self._configuration(reading, address.task_id)

    async def _overview(self, reading: Reading) -> str:
        now = self._clock()

        async def make() -> str:
            return self._marked(overview_text(await look_over(reading, now)))

        return await self._overviews.get(reading.caller.identity, make)

    async def _task(self, reading: Reading, task_id: str) -> str:
        outcome = await reading.outcome("get_task", {"task_id": task_id})
        shown = outcome.fit(self._limit)
        head = f"Task as of {iso(round(self._clock() * 1000))}. Its configuration: {configuration_uri(task_id)}"
        return self._marked(f"{head}\n\n{fenced(shown.text)}")

    async def _configuration(self, reading: Reading, task_id: str) -> str:
        outcome = await reading.outcome("get_task_configuration", {"task_id": task_id})
        shown = outcome.fit(self._limit)
        mark = {"sandbox": True} if self._sandbox else {}
        more = shown.text.rpartition("\n")[2] if "next_offset" in shown.data.get("part", {}) else None
        return json_text({**mark, **shown.data, **({"more": more} if more else {})})

    def _marked(self, text: str) -> str:
        return f"[sandbox] {text}" if self._sandbox else text
