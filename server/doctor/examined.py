"""What is examined: what checks have found so far, for those that come after them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from server.settings import Settings

if TYPE_CHECKING:
    from server.doctor.asking import Asked, Asking
    from server.doctor.proxies import Route
    from server.upstream.credentials import Gateway
    from tools.models.entity import TaskListing


class NotExamined(Exception):
    """A check relies on what none before it has looked at: a defect of ours."""


ThingT = TypeVar("ThingT")


@dataclass(slots=True, kw_only=True)
class Examined:
    """What is examined, and what is known of it so far.

    Attributes:
        env_file: The file of settings that is named.
        flags: Settings from the command line, by their environment names.
        patience: Seconds that each step towards the gateway may take.
        chosen: The settings, where a server would start with them.
        where: Where each of them stands.
        gateway: Where the Tasks API is and how to sign in.
        claims: What its token says, where that can be read.
        route: How requests leave.
        addresses: Of the gateway, or of the proxy before it.
        asking: Asks the gateway.
        asked: What came of the first question, for a page of tasks.
        total: How many tasks there are.
    """

    env_file: Path | None = None
    flags: Mapping[str, Any] = field(default_factory=dict[str, Any])
    patience: float = 3
    chosen: Settings | None = None
    where: Mapping[str, str] = field(default_factory=dict[str, str])
    gateway: "Gateway | None" = None
    claims: Mapping[str, Any] | None = None
    route: "Route | None" = None
    addresses: Sequence[str] = ()
    asking: "Asking | None" = None
    asked: "Asked[TaskListing] | None" = None
    total: int | None = None

    @property
    def settings(self) -> Settings:
        """The settings, for checks that come after theirs."""
        return known(self.chosen)

    async def aclose(self) -> None:
        """Close the connections."""
        if self.asking is not None:
            await self.asking.aclose()


def known(thing: ThingT | None) -> ThingT:
    """Return what a check before this one has found.

    Raises:
        NotExamined: none has.
    """
    if thing is None:
        raise NotExamined
    return thing
