"""What the guard can say to a call. Its refusals are failures and stand in `words`."""

from dataclasses import dataclass

from tools.contract import Outcome, Preview


@dataclass(frozen=True, slots=True)
class Admitted:
    """Carry it out."""


@dataclass(frozen=True, slots=True)
class Answered:
    """There is nothing to do; this is the outcome."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Question:
    """The client has to ask its user this, and call again with the answer and the handle."""

    text: str
    label: str
    handle: str


@dataclass(frozen=True, slots=True)
class Offer:
    """The assistant has to ask its user, and call again with the token."""

    text: str
    preview: Preview
    token: str
    seconds: float


Verdict = Admitted | Answered | Question | Offer
