"""Somebody who calls tools over one connection, and writes down what came of it."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from mcp import Client
from mcp.types import CallToolResult

from tests.soak.deed import Claim, Deed, Said, document_of
from tests.soak.judging import Books
from tests.soak.user import Mind, User
from tests.support.serving import over_http

Kind = Literal["modern, forms", "modern, token", "legacy, token"]
"""The era of a client, and how it confirms: workers keep no sessions, so older clients cannot be asked."""

KINDS: tuple[Kind, ...] = ("modern, forms", "modern, token", "legacy, token")

Offer = Mapping[str, Any]
"""What a call answers with that waits for a yes."""

_PATIENCE = 25
"""Seconds after which a call is given up, which are more than the server takes with every fault."""


@dataclass(slots=True)
class Notes:
    """What all callers write down.

    Attributes:
        books: What is judged in the end.
        connections: How many there were of each kind.
        broken: What connections ended with, and how often.
        reads: What was read, what came of it, and the seconds that it took.
        wrong: What was seen to be wrong at once.
    """

    books: Books = field(default_factory=Books)
    connections: Counter[Kind] = field(default_factory=Counter[Kind])
    broken: Counter[str] = field(default_factory=Counter[str])
    reads: list[tuple[str, str, float]] = field(default_factory=list[tuple[str, str, float]])
    wrong: list[str] = field(default_factory=list[str])


class Caller:
    """Calls tools.

    Args:
        client: Over which.
        user: Who is asked.
        notes: Where it is written down.
        forms: Whether the client shows forms.
    """

    def __init__(self, client: Client, user: User, notes: Notes, *, forms: bool) -> None:
        self._client = client
        self._user = user
        self._notes = notes
        self.forms = forms

    async def read(self, tool: str, **arguments: Any) -> Mapping[str, Any]:
        """Read, and return what was read; nothing where that failed."""
        began, came = time.monotonic(), "no answer"
        try:
            result = await self._call(tool, arguments)
            came = "failed" if result.is_error else "read"
        except TimeoutError:
            return {}
        finally:
            self._notes.reads.append((tool, came, time.monotonic() - began))
        return {} if result.is_error else document_of(result.structured_content)

    async def change(
        self, tool: str, deed: Deed, arguments: Mapping[str, Any], mind: Mind, patience: float = _PATIENCE
    ) -> Claim:
        """Make a change, with the user's answer where one is asked for, and return what is said of it.

        A call that is not answered in time is given up.
        """
        self._user.mind = mind
        result = await self._claimed(tool, deed, arguments, patience)
        if isinstance(result, Claim):
            return result
        return await self._confirmed(tool, deed, arguments, result, mind)

    async def with_token(self, tool: str, deed: Deed, arguments: Mapping[str, Any], token: str) -> Claim:
        """Make a call with a token, whatever that is worth."""
        result = await self._claimed(tool, deed, {**arguments, "confirmation": token})
        return result if isinstance(result, Claim) else self._kept(_nothing(tool, deed, "asked again"))

    async def offer(self, tool: str, deed: Deed, arguments: Mapping[str, Any], mind: Mind) -> str | None:
        """Return the token of a call that waits for a yes which the user gives; None where there is none."""
        self._user.mind = mind
        result = await self._claimed(tool, deed, arguments)
        return None if isinstance(result, Claim) else self._agreed(result, mind)

    async def _confirmed(self, tool: str, deed: Deed, arguments: Mapping[str, Any], offer: Offer, mind: Mind) -> Claim:
        """Come back with the token, with a wrong one where the user says no, or not at all."""
        token = self._agreed(offer, mind)
        if token is None and secrets.randbelow(2):
            return self._kept(_nothing(tool, deed, "not confirmed"))
        return await self.with_token(tool, deed, arguments, token or secrets.token_urlsafe(16))

    def _agreed(self, offer: Offer, mind: Mind) -> str | None:
        answer = self._user.answers(str(offer["facts"]))
        return offer["confirmation"] if answer.action == "accept" and answer.content == {"confirm": True} else None

    async def _claimed(
        self, tool: str, deed: Deed, arguments: Mapping[str, Any], patience: float = _PATIENCE
    ) -> Claim | Offer:
        """Call, and return what is said of the change, or the offer to confirm it."""
        began = time.monotonic()
        came: Claim | Offer = Claim(tool, deed, "no answer", kind="broken")
        try:
            came = _came(tool, deed, await self._call(tool, arguments, patience))
        except TimeoutError:
            # A client may also wait in vain for the answer of a worker that was killed.
            came = Claim(tool, deed, "no answer", kind="given up")
        finally:
            if isinstance(came, Claim):
                came = self._kept(replace(came, seconds=time.monotonic() - began))
        return came

    async def _call(self, tool: str, arguments: Mapping[str, Any], patience: float = _PATIENCE) -> CallToolResult:
        async with asyncio.timeout(patience):
            return await self._client.call_tool(tool, dict(arguments))

    def _kept(self, claim: Claim) -> Claim:
        self._notes.books.claims.append(claim)
        return claim


def _came(tool: str, deed: Deed, result: CallToolResult) -> Claim | Offer:
    found = document_of(result.structured_content)
    if "confirmation_required" in found:
        return document_of(found["confirmation_required"])
    change_id = found.get("change_id")
    if not result.is_error and not change_id:
        return _nothing(tool, deed, "nothing to do")
    if not result.is_error:
        return Claim(tool, deed, "done", change_id=change_id, made=found.get("task_id"))
    error = document_of(found["error"])
    as_of = datetime.fromisoformat(error["as_of"]).timestamp() if "as_of" in error else None
    said: Said = "not done" if as_of is None else "not yet"
    said = said if error["changed"] == "no" else "done" if error["changed"] == "yes" else "unknown"
    return Claim(tool, deed, said, change_id=error.get("change_id"), as_of=as_of, kind=error["kind"])


def _nothing(tool: str, deed: Deed, kind: str) -> Claim:
    """Return what it comes to when there is no change, and no error either."""
    return Claim(tool, deed, "not done", kind=kind)


@asynccontextmanager
async def caller(kind: Kind, address: str, notes: Notes) -> AsyncGenerator[Caller]:
    """Yield a caller with a connection of its own."""
    forms, user = kind == "modern, forms", User(notes.books.yeses, notes.wrong)
    async with (
        over_http(address) as transport,
        Client(
            transport,
            mode="legacy" if kind == "legacy, token" else "auto",
            elicitation_callback=user if forms else None,
            cache=None,
        ) as client,
    ):
        notes.connections[kind] += 1
        yield Caller(client, user, notes, forms=forms)
