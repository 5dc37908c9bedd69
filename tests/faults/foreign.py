"""Answers that come from elsewhere, or are about something else."""

import json

from tests.faults.exchange import Exchange
from tests.faults.fault import Fault
from tests.faults.refusing import HTML, PAGE
from tests.faults.wire import answer


async def _sign_in_page(exchange: Exchange) -> None:
    await exchange.answer(answer("200 OK", PAGE, HTML))


async def _empty_page(exchange: Exchange) -> None:
    await exchange.carried_out()
    await exchange.send(answer("200 OK", b"", HTML).whole)


async def _another_task(exchange: Exchange) -> None:
    """Answer with a task that was not asked for, as a cache or a mixed-up connection would."""
    found = await exchange.carried_out()
    document = json.loads(found.body)
    if "ID" in document:
        document |= {"ID": "00000000-0000-4000-8000-000000000000", "name": "Somebody else's"}
    await exchange.send(found.saying(json.dumps(document).encode()).whole)


_NO_TASK = frozenset({"list_tasks", "get_task_configuration", "create_task", "delete_task"})
"""What they are answered with names no task that was asked for."""

FAULTS = (
    Fault(name="a sign-in page", fate="lost before", kinds=("unusable_answer",), strikes=_sign_in_page),
    Fault(name="an empty page", fate="lost after", kinds=("unusable_answer",), strikes=_empty_page),
    Fault(
        name="an answer about another task",
        fate="lost after",
        kinds=("unusable_answer",),
        strikes=_another_task,
        again=True,
        leaves_out=_NO_TASK,
    ),
)
