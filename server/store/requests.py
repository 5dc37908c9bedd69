"""A request for approval, as page and terminal show it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class ApprovalRequest(BaseModel):
    """A request for approval as a person is shown it. Foreign values are cleaned already; times are epoch seconds.

    Attributes:
        id: Names the request; knowing it allows nothing.
        facts: What the target is now, as label and value.
        difference: What a replacement changes: path, before, after.
        where: The tenant.
        caller: Who asks.
        identity: Who asks, as issuer and subject; empty when nobody signed in.
        client: The program that asks.
        page: The page on which it can be decided.
        requirement: `approver` has to be decided by somebody else than the caller.
        outcome: Empty until it is decided; approved, then spent once it was carried out, or refused by a later no.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    operation: str
    title: str
    question: str
    facts: list[tuple[str, str]]
    difference: list[tuple[str, str, str]]
    consequence: str
    where: str
    caller: str
    identity: str
    client: str
    requirement: Literal["human", "approver"]
    rule: str
    page: str
    created: float
    expires: float
    outcome: Literal["approved", "denied", "refused", "spent", "stale", "expired"] | None = None
    decided: float | None = None
    decided_by: str | None = None
    note: str | None = None
    change_id: str | None = None
