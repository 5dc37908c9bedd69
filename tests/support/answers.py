"""Users who answer a client's questions."""

from collections.abc import Callable

from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

ACCEPT = ElicitResult(action="accept", content={"confirm": True})
ACCEPT_FALSE = ElicitResult(action="accept", content={"confirm": False})
ACCEPT_NOTHING = ElicitResult(action="accept")
DECLINE = ElicitResult(action="decline")
CANCEL = ElicitResult(action="cancel")


class User:
    """Answers questions in turn, the last answer from then on, and remembers what was asked.

    Args:
        answers: What to answer.
        meanwhile: Done before each answer, while the question is on the screen.
    """

    def __init__(self, *answers: ElicitResult, meanwhile: Callable[[], object] | None = None) -> None:
        self._answers = list(answers)
        self._meanwhile = meanwhile
        self.asked: list[ElicitRequestFormParams] = []

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        assert isinstance(params, ElicitRequestFormParams)
        self.asked.append(params)
        if self._meanwhile is not None:
            self._meanwhile()
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
