"""What the guard can say to a call. Its refusals are failures and stand in `words`."""

from dataclasses import dataclass, field

from server.guard.ledger import Approval
from tools.contract import Outcome, Preview


@dataclass(frozen=True, slots=True)
class Admitted:
    """Carry it out.

    Attributes:
        preview: The target, as it was looked at last; None for what only reads.
        by_person: Whether a person agreed, so that no limit holds it back.
        approval: The approval that was spent on it.
    """

    preview: Preview | None = None
    by_person: bool = False
    approval: Approval | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """There is nothing to do; this is the outcome."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Question:
    """The client has to ask its user this, and call again with the answer and the handle."""

    text: str
    label: str
    handle: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Offer:
    """The assistant has to ask its user, and call again with the token.

    Attributes:
        text: All of it, for the model.
        preview: What the user is to agree to.
        where: The account or sandbox that the call goes to.
        token: What the second call has to bring.
        seconds: How long it counts.
    """

    text: str = field(repr=False)
    preview: Preview
    where: str
    token: str = field(repr=False)
    seconds: float


Verdict = Admitted | Answered | Question | Offer
