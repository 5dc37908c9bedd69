"""What the guard needs of the place where consents are kept."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from server.guard.consent import Consent

MAX_OPEN = 10_000
"""Consents that may be open at once; beyond that nothing is asked, so that nobody can fill the disk."""


MAX_OPEN_OF_A_CALLER = {"question": 100, "token": 100, "page": 20}
"""How many of each kind one caller may have open: whoever floods people with requests is not to hide one among them."""


class TooManyOpen(Exception):
    """`MAX_OPEN` consents are open, or more than one caller may have."""


class Entry(NamedTuple):
    """A kept consent.

    Attributes:
        outcome: What came of it; None while it is open.
        created: When it was made, in epoch seconds.
        refusals: How often a person has said no to the same matter so far.
    """

    consent: Consent
    outcome: str | None
    created: float
    refusals: int


class Approval(NamedTuple):
    """How a request for approval stands. `outcome` is None until somebody decides, or time does."""

    id: str
    consent: Consent
    outcome: str | None
    expires: float
    decided_by: str | None
    note: str | None


class Ledger(Protocol):
    """Keeps consents. Every method raises `StoreUnavailable` where the store fails."""

    async def open(self, consent: Consent, record: Mapping[str, Any]) -> str:
        """Keep a new consent, and the audit's `record` of it as a `question_id`; return its handle."""
        ...

    async def read(self, handle: str) -> Entry | None:
        """Return the consent that a handle stands for, None for a handle that is not known."""
        ...

    async def close(self, handle: str, outcome: str) -> bool:
        """Note what came of a consent; true for the one caller who finds it open and unexpired.

        A no voids what is unused of the same matter: it gets the outcome `refused`.
        """
        ...

    async def expire(self, handle: str) -> None:
        """Note that a consent was found expired."""
        ...

    async def refusals(self, call: str, since: float = 0) -> int:
        """Return how often a person has said no to a matter since a time, in epoch seconds."""
        ...


class ApprovalLedger(Protocol):
    """Keeps requests for approval, with the failures of `Ledger`."""

    async def request(
        self, open_call: str, consent: Consent, shown: Mapping[str, Any], record: Mapping[str, Any]
    ) -> Approval:
        """Return the request that is open for a call, or keep a new one for `consent` itself, with its `record`."""
        ...

    async def opened(self, open_call: str) -> Approval | None:
        """Return the request for a call whose end the caller has not been told of; None when there is none."""
        ...

    async def look(self, request_id: str) -> Approval | None:
        """Return how a request stands."""
        ...

    async def end(self, request_id: str, outcome: str) -> bool:
        """Note `spent` or `stale`; true for the one caller who finds the approval in force."""
        ...

    async def told(self, request_id: str) -> None:
        """Note that the caller knows how a request ended."""
        ...


class Pace(Protocol):
    """Knows how much a caller has destroyed lately."""

    async def destroyed(self, audience: str, identity: str, seconds: float) -> int:
        """Return how many changes that destroy a caller has begun in the last `seconds`."""
        ...


class Records(Protocol):
    """Everything that the guard keeps or looks up; each part is opened when it is first used."""

    @property
    def consents(self) -> Ledger:
        """Questions and tokens."""
        ...

    @property
    def approvals(self) -> ApprovalLedger:
        """Requests for approval."""
        ...

    @property
    def changes(self) -> Pace:
        """What was changed."""
        ...
