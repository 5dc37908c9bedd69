"""What may happen: the guard's promises once more, without its code."""

from collections.abc import Callable
from dataclasses import dataclass, field

from server.guard.policy import STRICTNESS, Requirement
from tests.machines.deciding import CAROL
from tests.machines.deeds import Act, Deed, State, hurdle
from tests.support.world import Clock

SECONDS, APPROVAL_SECONDS = 300, 1800
WINDOW, MOST_REFUSALS = 600, 2
TOLD_APART = 3600
MOST_WAITING = 20
ENOUGH: dict[str, Requirement] = {"token": "confirm", "question": "human"}
NO = {"not ticked": "declined", "declined": "declined", "cancelled": "cancelled", "silence": "expired"}

OVER = ("denied", "refused")

Matter = tuple[str, tuple[str, str]]
"""A caller's identity, and what they want done: what refusals are counted by."""

Key = tuple[str, Act, str, Requirement]
"""A caller's identity, the act, the client, and what the policy requires: what a request is found again by."""


@dataclass
class Asked:
    """A question or a token, and what it is for."""

    way: str
    deed: Deed
    shown: State
    expires: float
    outcome: str | None = None


@dataclass
class Request:
    """A request for approval. It leaves the model once its end was told."""

    id: str
    deed: Deed
    requirement: Requirement
    shown: State
    expires: float
    outcome: str | None = None

    @property
    def key(self) -> Key:
        """What it is found again by."""
        return key_of(self.deed, self.requirement)


@dataclass(frozen=True)
class Brought:
    """What a call brings along."""

    way: str
    handle: str
    answer: str = "accepted"


@dataclass
class Meanwhile:
    """What somebody at the page does once it is announced, or somebody else a moment before an approval is spent."""

    does: str
    came: str | None = None


@dataclass
class Model:
    """Everything that was asked, and what came of it."""

    clock: Clock
    look: Callable[[Act], State | None]
    wait: float
    asked: dict[str, Asked] = field(default_factory=dict[str, Asked])
    requests: dict[Key, Request] = field(default_factory=dict[Key, Request])
    ended: list[Request] = field(default_factory=list[Request])
    refused: dict[Matter, list[float]] = field(default_factory=dict[Matter, list[float]])

    def expected(self, deed: Deed, brought: Brought | None, live: str, meanwhile: Meanwhile) -> str:
        """Return what has to become of a call, and note what that does to consents.

        Args:
            deed: The call.
            brought: The consent that counts as brought along.
            live: What the user says when asked while the call waits.
            meanwhile: What somebody does once the page is announced.
        """
        asked = None
        if brought is not None:
            asked = self.asked.get(brought.handle)
            refused = self._refused(deed, brought, asked)
            if refused is not None:
                return refused
        state = self.look(deed.act)
        done = hurdle(deed.act, state)
        if done == "not_possible" and asked is not None:
            asked.outcome = "stale"
        if state is None or done == "not_possible":
            return str(done)
        requirement = deed.requirement(state)
        if requirement == "deny":
            return "policy"
        if asked is not None:
            return self._redeemed(asked, requirement, state)
        if done is not None or requirement == "none":
            return done or "done"
        return self._asking(deed, requirement, state, live, meanwhile)

    def valid(self, asked: Asked, deed: Deed) -> bool:
        """Tell whether a consent holds for a deed right now."""
        state = self.look(deed.act)
        mine = asked.outcome is None and self.clock.now < asked.expires and asked.deed.call == deed.call
        return mine and state == asked.shown and hurdle(deed.act, state) is None

    def refusals(self, deed: Deed) -> int:
        """Return how often people said no to a call lately."""
        return sum(at >= self.clock.now - WINDOW for at in self.refused.get(deed.matter, []))

    def refuse(self, deed: Deed) -> None:
        """Note that a person said no: that voids the tokens for it, and what was approved and not used."""
        self.refused.setdefault(deed.matter, []).append(self.clock.now)
        for asked in self.asked.values():
            if asked.way == "token" and asked.outcome is None and asked.deed.matter == deed.matter:
                asked.outcome = "declined"
        for request in self.requests.values():
            if request.outcome == "approved" and request.deed.matter == deed.matter:
                request.outcome = "refused"

    def decide(self, request: Request, by: str, *, approve: bool) -> str:
        """Note a decision by somebody, by their identity, and return what has to come of it."""
        caller = request.deed.hand.identity
        if approve and request.requirement == "approver" and not (by and caller and by != caller):
            return "not_allowed"
        open_for = {None} if approve else {None, "approved"}
        if request.outcome not in open_for or self.clock.now >= request.expires:
            return "too_late"
        request.outcome = "approved" if approve else "denied"
        request.expires = max(request.expires, self.clock.now + SECONDS)
        if not approve:
            self.refuse(request.deed)
        return request.outcome

    def prune(self) -> None:
        """Forget the questions and tokens that expired long ago."""
        self.asked = {
            handle: asked for handle, asked in self.asked.items() if asked.expires >= self.clock.now - TOLD_APART
        }

    def waiting(self) -> list[Request]:
        """Return the requests that nobody has decided, in time."""
        return [one for one in self.requests.values() if one.outcome is None and self.clock.now < one.expires]

    def in_force(self, keys: set[Key]) -> list[Request]:
        """Return the approvals that a call with one of these keys could be carried out with."""
        found = [request for key, request in self.requests.items() if key in keys]
        return [
            request
            for request in found
            if request.outcome == "approved"
            and self.clock.now < request.expires
            and self.look(request.deed.act) == request.shown
        ]

    def ends(self, request: Request, outcome: str) -> None:
        """Take a request out whose end was told."""
        request.outcome = outcome
        self.ended.append(self.requests.pop(request.key))

    def _refused(self, deed: Deed, brought: Brought, asked: Asked | None) -> str | None:
        if brought.way == "question" and not deed.hand.forms:
            return "unanswered"
        if asked is None or asked.way != brought.way:
            return "unknown_confirmation"
        if asked.deed.call != deed.call:
            return "wrong_confirmation"
        if asked.outcome is not None:
            return "already_used" if asked.outcome == "spent" else asked.outcome
        if self.clock.now >= asked.expires:
            asked.outcome = "expired"
        elif brought.answer != "accepted":
            asked.outcome = NO[brought.answer]
        if asked.outcome == "declined":
            self.refuse(deed)
        return asked.outcome

    def _redeemed(self, asked: Asked, requirement: Requirement, state: State) -> str:
        if STRICTNESS.index(requirement) > STRICTNESS.index(ENOUGH[asked.way]):
            return "wrong_confirmation"
        asked.outcome = "spent" if asked.shown == state else "stale"
        return "done" if asked.outcome == "spent" else "stale"

    def _asking(self, deed: Deed, requirement: Requirement, state: State, live: str, meanwhile: Meanwhile) -> str:
        if requirement == "approver" or (requirement == "human" and not deed.hand.forms):
            return self._at_the_page(deed, requirement, state, meanwhile)
        if self.refusals(deed) >= MOST_REFUSALS:
            return "refused_before"
        if not deed.hand.forms:
            return "offer"
        if deed.hand.era == "modern":
            return "question"
        if NO.get(live) == "declined":
            self.refuse(deed)
        return NO.get(live, "done")

    def _at_the_page(self, deed: Deed, requirement: Requirement, state: State, meanwhile: Meanwhile) -> str:
        request = self.requests.get(key_of(deed, requirement))
        if request is None:
            if self.refusals(deed) >= MOST_REFUSALS:
                return "refused_before"
            if sum(one.deed.hand.identity == deed.hand.identity for one in self.waiting()) >= MOST_WAITING:
                return "unavailable"
            # Its ID comes with the answer.
            request = Request("", deed.direct, requirement, state, self.clock.now + APPROVAL_SECONDS)
            self.requests[request.key] = request
        elif request.outcome not in OVER and self.clock.now < request.expires and request.shown != state:
            self.ends(request, "stale")
            return "stale"
        return self._waited(request, meanwhile)

    def _waited(self, request: Request, meanwhile: Meanwhile) -> str:
        announced = request.outcome is None and self.clock.now < request.expires
        if announced and meanwhile.does in {"approve", "deny"}:
            meanwhile.came = self.decide(request, CAROL.identity, approve=meanwhile.does == "approve")
        waits = self.wait if request.outcome is None else 0
        if request.outcome not in OVER and self.clock.now + waits >= request.expires:
            self.ends(request, "expired")
            return "expired"
        if request.outcome is None:
            return "approval_pending"
        if request.outcome == "approved" and meanwhile.does == "change before the last look":
            self.ends(request, "stale")
            return "stale"
        outcome = request.outcome
        self.ends(request, "spent" if outcome == "approved" else outcome)
        return {"approved": "done", "refused": "declined"}.get(outcome, outcome)


def key_of(deed: Deed, requirement: Requirement) -> Key:
    """Return what a request for a call is found again by."""
    return deed.hand.identity, deed.act, deed.hand.client, requirement
