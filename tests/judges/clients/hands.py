"""A client of somebody else's that does what it is told: the same to the scenario, whoever made it."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Era = Literal["modern", "legacy"]
Way = Literal["stdio", "http"]

ACCEPT: dict[str, Any] = {"action": "accept", "content": {"confirm": True}}
DECLINE: dict[str, Any] = {"action": "decline"}


@dataclass(frozen=True, slots=True)
class Said:
    """What a call came to.

    Attributes:
        result: The result, as the client gives it to its host.
        asked: The questions that the client was asked meanwhile.
    """

    result: dict[str, Any]
    asked: list[str]

    @property
    def data(self) -> dict[str, Any]:
        """What is in it for programs."""
        return self.result.get("structuredContent") or {}

    @property
    def kind(self) -> str:
        """What kind of failure it is; empty when it is none."""
        return str(self.data.get("error", {}).get("kind", ""))


class Hands(Protocol):
    """A connected client."""

    async def tools(self) -> list[str]:
        """Return the names of the tools."""
        ...

    async def version(self) -> str:
        """Return the protocol revision that was agreed on, or the name of its era."""
        ...

    async def call(self, tool: str, answer: dict[str, Any] | None, **arguments: Any) -> Said:
        """Call a tool, and give an answer to what is asked meanwhile."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """The server that a client connects to, in one of two ways.

    Attributes:
        url: The endpoint; None starts the server.
        environment: The variables of a server that is started.
    """

    url: str | None
    environment: dict[str, str]

    @property
    def way(self) -> Way:
        """How it is reached."""
        return "http" if self.url else "stdio"


class Client(Protocol):
    """A client that can be connected."""

    @property
    def name(self) -> str:
        """What it is."""
        ...

    @property
    def eras(self) -> tuple[Era, ...]:
        """Which eras it speaks."""
        ...

    def connect(self, target: Target, era: Era, *, forms: bool) -> AbstractAsyncContextManager[Hands]:
        """Connect it; with forms, it says that it can show them."""
        ...
