"""Who calls, and how a person behind the call can be asked: what the guard needs to know of the protocol."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Answer(Enum):
    """What came of a question. Only ACCEPTED is a yes."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Returned:
    """A question that came back with its answer, in the call's second round."""

    handle: str
    answer: Answer


class Caller(Protocol):
    """The caller of one tool call."""

    @property
    def principal(self) -> str:
        """Who it is; consent given to one is not valid for another."""
        ...

    @property
    def can_ask(self) -> bool:
        """Whether the client shows forms to its user."""
        ...

    @property
    def returned(self) -> Returned | None:
        """The answer that this call brings along, None in a first round."""
        ...

    async def ask(self, question: str, label: str, seconds: float) -> Answer | None:
        """Ask now and return the answer; None where the protocol asks by handing the question back."""
        ...
