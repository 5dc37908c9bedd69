"""Which resources there are for who is asking: those whose tool they may call."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from server.callers.permission import allowed
from server.resources.addresses import Address, address_of
from server.resources.catalog import LIVE


class Offered(Protocol):
    """A resource, as far as this matters."""

    @property
    def tool(self) -> str:
        """The tool that it belongs to."""
        ...


OfferedT = TypeVar("OfferedT", bound=Offered)


class Offer:
    """Knows what is offered.

    Args:
        tools: The names of the tools that this server offers.
    """

    def __init__(self, tools: frozenset[str]) -> None:
        self._tools = tools

    @property
    def tools(self) -> list[str]:
        """The tools that who is asking may call."""
        return sorted(allowed(self._tools))

    def of(self, resources: Iterable[OfferedT]) -> list[OfferedT]:
        """Return those of the resources that who is asking may read."""
        usable = {*allowed(self._tools)}
        return [resource for resource in resources if resource.tool in usable]

    def addresses(self, uris: Iterable[str]) -> dict[str, Address]:
        """Return what those of the addresses name that are of something offered."""
        among = self.of(LIVE)
        found = {uri: address_of(uri, among) for uri in uris}
        return {uri: address for uri, address in found.items() if address is not None}

    def address(self, uri: str) -> Address | None:
        """Return what an address names of all that is offered; None for anything else."""
        return self.addresses([uri]).get(uri)
