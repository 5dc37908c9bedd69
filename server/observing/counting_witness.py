"""What the guard asks, counted on its way to the audit."""

from collections.abc import Mapping
from typing import Any, Protocol

from server.guard.call import Call
from server.guard.consent import Way
from server.guard.witness import Witness


class Counts(Protocol):
    """Counts questions."""

    def asked(self, way: str) -> None:
        """Note that a question was put."""
        ...


class CountingWitness:
    """Hears what another witness hears, and counts it.

    Args:
        witness: The other one.
        counts: Counts.
    """

    def __init__(self, witness: Witness, counts: Counts) -> None:
        self._witness = witness
        self._counts = counts

    def question(self, call: Call, way: Way) -> Mapping[str, Any]:
        """Return the record of a question that is about to be put."""
        return self._witness.question(call, way)

    async def put(self, record: Mapping[str, Any]) -> None:
        """Hear that a question and its record were kept."""
        self._counts.asked(record["asked"])
        await self._witness.put(record)
