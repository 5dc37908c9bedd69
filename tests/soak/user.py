"""A user whose client shows forms: agrees or not, and it is written down to what."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

from tests.soak.deed import Deed, Yes
from tests.support.answers import ACCEPT, DECLINE


@dataclass(slots=True)
class Mind:
    """What a user thinks of the next question.

    Attributes:
        deed: What the question has to be about.
        answer: How it is answered.
        meanwhile: What happens to the task while the question is on the screen, so that no yes to it holds.
    """

    deed: Deed
    answer: ElicitResult
    meanwhile: Callable[[], object] | None = None

    @property
    def agrees(self) -> bool:
        """Whether the user means a yes to the task as it is."""
        return self.answer is ACCEPT and self.meanwhile is None


class User:
    """Answers as the mind is made up, and declines what was not expected.

    Args:
        yeses: Where each yes is written down.
        wrong: Where it is said that something was asked that should not have been.
    """

    def __init__(self, yeses: list[Yes], wrong: list[str]) -> None:
        self._yeses = yeses
        self._wrong = wrong
        self.mind: Mind | None = None

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        assert isinstance(params, ElicitRequestFormParams)
        return self.answers(params.message)

    def answers(self, question: str) -> ElicitResult:
        """Answer a question about a task."""
        # Nothing is asked twice within a call.
        mind, self.mind = self.mind, None
        if mind is None or not mind.deed.asks or mind.deed.about not in question:
            self._wrong.append(f"a question was put that is not about {mind and mind.deed}: {question}")
            return DECLINE
        if mind.meanwhile is not None:
            mind.meanwhile()
        if mind.agrees:
            self._yeses.append(Yes(mind.deed, time.time()))
        return mind.answer
