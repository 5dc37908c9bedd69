"""What a fault is: a value that says what goes wrong, and what is true then."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from tests.faults.exchange import Exchange

Fate = Literal["made", "told", "not sent", "refused", "lost before", "failed before", "lost after", "late"]
"""What becomes of the change whose request is hit:

- `made`: carried out, and the answer can be used all the same;
- `told`: carried out, and the answer says that it was, though not what came of it;
- `not sent`: no connection came about, so the request left nothing behind;
- `refused`: the answer says that it was not carried out;
- `lost before`: not carried out, and no answer says so;
- `failed before`: not carried out, and the service says that it failed, so that it is done with it;
- `lost after`: carried out, and no answer says so;
- `late`: carried out after the server has given up waiting.
"""

Strikes = Callable[[Exchange], Awaitable[None]]
"""What is done to a request."""

READS = frozenset({"list_tasks", "get_task", "get_task_configuration"})
"""The operations that only read."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A connection that was just accepted.

    Attributes:
        reader: From the client.
        writer: To the client.
        stranger: Proves to be the gateway by an authority that nobody knows.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    stranger: ssl.SSLContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong between the server and the service.

    Attributes:
        name: What it is called in the table.
        fate: What becomes of a change that it hits.
        kinds: The kinds of error that name it rightly.
        strikes: What is done to a request; None where the connection is hit.
        connects: What is done to a new connection.
        resolves: Where the gateway's name leads to, or the failure to find it.
        again: Whether reading is tried again at once.
        passes: Whether it may be over when the same call is made again; as a rule what is tried again.
        sent_again: Whether a change is sent again: only where it is certain that it was not carried out.
        hangs: Whether only the server's patience ends it.
        tls: Whether the gateway speaks TLS.
        everywhere: Whether it befalls every request of a call.
        leaves_out: Operations that it cannot befall, or that nobody could tell from a good answer.
    """

    name: str
    fate: Fate
    kinds: tuple[str, ...] = ()
    strikes: Strikes | None = None
    connects: Callable[[Arrival], Awaitable[None]] | None = None
    resolves: Callable[[], str] | None = None
    again: bool = False
    passes: bool | None = None
    sent_again: bool = False
    hangs: bool = False
    tls: bool = False
    everywhere: bool = False
    leaves_out: frozenset[str] = frozenset()

    @property
    def may_pass(self) -> bool:
        """Whether it may be over when the same call is made again."""
        return self.again if self.passes is None else self.passes
