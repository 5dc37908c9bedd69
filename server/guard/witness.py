"""Who hears what the guard asks."""

from collections.abc import Mapping
from typing import Any, Protocol

from server.guard.call import Call
from server.guard.consent import Way


class Witness(Protocol):
    """Hears of every question that is put to somebody, before anybody sees it."""

    def question(self, call: Call, way: Way) -> Mapping[str, Any]:
        """Return the record of a question that is about to be put; it is kept in one transaction with the question."""
        ...

    async def put(self, record: Mapping[str, Any]) -> None:
        """Hear that a question and its record were kept. Never fails."""
        ...
