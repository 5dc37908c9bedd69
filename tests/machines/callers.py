"""Assistants and their clients, as the server sees them: requests that the SDK would make, without the SDK."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.types import (
    CallToolResult,
    ClientCapabilities,
    ElicitationCapability,
    ElicitResult,
    FormElicitationCapability,
    Implementation,
    InitializeRequestParams,
    InputRequiredResult,
)

from server.callers.scopes import SCOPES
from tests.support.answers import ACCEPT, ACCEPT_FALSE, CANCEL, DECLINE
from tests.support.world import Era

ISSUER = "https://issuer.example"
VERSIONS: dict[Era, str] = {"modern": "2026-07-28", "legacy": "2025-11-25"}
ANSWERS = {"accepted": ACCEPT, "not ticked": ACCEPT_FALSE, "declined": DECLINE, "cancelled": CANCEL}
"""What people answer; `silence` is no answer at all."""

Result = CallToolResult | InputRequiredResult


@dataclass(frozen=True)
class Hand:
    """An assistant in a client, for somebody who signed in, or for nobody.

    Attributes:
        forms: Whether the client shows forms to its user.
    """

    person: str
    client: str
    forms: bool = False
    era: Era = "modern"

    @property
    def identity(self) -> str:
        """What the server should take for the caller's identity."""
        return f"{ISSUER} {self.person}" if self.person else ""

    @property
    def bearer(self) -> str:
        """The secret that signs the person in."""
        return f"bearer-of-{self.person}"

    def signed_in(self) -> AuthenticatedUser | None:
        """Return what the SDK makes of the secret."""
        if not self.person:
            return None
        claims = {"iss": ISSUER}
        return AuthenticatedUser(
            AccessToken(token=self.bearer, client_id="tests", scopes=[*SCOPES], subject=self.person, claims=claims)
        )


HANDS = (
    Hand("alice", "bot"),
    Hand("alice", "second bot"),
    Hand("alice", "desk", forms=True),
    Hand("alice", "old desk", forms=True, era="legacy"),
    Hand("bob", "bot"),
    Hand("bob", "old bot", era="legacy"),
    Hand("", "bot"),
)


@dataclass
class Session:
    """The part of the SDK's session that the server uses.

    Attributes:
        answer: What the user says to a question that is put while the call waits.
        heard: What was reported meanwhile.
    """

    hand: Hand
    answer: str
    heard: list[str] = field(default_factory=list[str])

    @property
    def client_params(self) -> InitializeRequestParams:
        return InitializeRequestParams(
            protocol_version=VERSIONS[self.hand.era],
            capabilities=self.client_capabilities,
            client_info=Implementation(name=self.hand.client, version="1"),
        )

    @property
    def client_capabilities(self) -> ClientCapabilities:
        forms = ElicitationCapability(form=FormElicitationCapability()) if self.hand.forms else None
        return ClientCapabilities(elicitation=forms)

    @property
    def can_send_request(self) -> bool:
        return self.hand.era == "legacy"

    async def elicit_form(self, message: str, schema: Mapping[str, Any], request_id: object) -> ElicitResult:
        if self.answer == "silence":
            await asyncio.sleep(1_000_000)
        return ANSWERS[self.answer]

    async def report_progress(self, progress: float, total: float, message: str) -> None:
        self.heard.append(message)


def context_of(session: Session) -> ServerRequestContext[Any, Any]:
    """Return the context of a call, and sign its caller in for the task that runs."""
    auth_context_var.set(session.hand.signed_in())
    return ServerRequestContext(
        session=cast("ServerSession", session),
        lifespan_context={},
        protocol_version=VERSIONS[session.hand.era],
        method="tools/call",
        request_id=1,
    )
