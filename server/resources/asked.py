"""What reading a resource asks for: who may not make one of these calls may neither read it nor be told of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from server.reads import Reading
from server.resources.addresses import Address
from server.resources.catalog import TASK_ID
from server.resources.overview import LIST_TASKS, queries


def asked(address: Address) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the calls that reading a resource is made of: names of tools, and arguments."""
    if address.task_id is None:
        yield from ((LIST_TASKS, arguments) for arguments in queries())
    else:
        yield address.resource.tool, {TASK_ID: address.task_id}


async def check(reading: Reading, address: Address) -> None:
    """Let pass who may read a resource.

    Raises:
        CallFailure: they may not, or its address fits nothing.
    """
    for name, arguments in asked(address):
        await reading.check(name, arguments)
