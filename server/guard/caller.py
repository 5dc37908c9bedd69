"""Who calls, and how a person behind the call can be asked: what the guard needs to know of the protocol."""

from dataclasses import dataclass, field
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

    handle: str = field(repr=False)
    answer: Answer


class Caller(Protocol):
    """The caller of one tool call."""

    @property
    def principal(self) -> str:
        """Who it is, in which session; consent given to one is not valid for another."""
        ...

    @property
    def identity(self) -> str:
        """Who it is across sessions, as issuer and subject; empty when nobody signed in."""
        ...

    @property
    def is_remote(self) -> bool:
        """Whether the call came over HTTP."""
        ...

    @property
    def name(self) -> str:
        """Who it is, for people."""
        ...

    @property
    def client(self) -> str:
        """The program that calls, by its own word; empty when it does not say."""
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

    async def progress(self, waited: float, longest: float, message: str) -> None:
        """Tell the client, if it wants to know, that the call still waits: seconds so far, and at most."""
        ...
