"""What is done with tasks from their beginning to their end: each deed once, whatever becomes of it."""

import asyncio
from typing import Any

from tests.soak.actor import Actor, InDoubt, Life
from tests.soak.caller import Caller
from tests.soak.deed import Claim, deed
from tests.soak.user import Mind
from tests.support.answers import ACCEPT, ACCEPT_FALSE, ACCEPT_NOTHING, CANCEL, DECLINE

_NOES = (DECLINE, CANCEL, ACCEPT_FALSE, ACCEPT_NOTHING)


async def there_and_back(actor: Actor, calls: Caller) -> None:
    """Create a task, change it in every way, undo each, and at last its creation."""
    name = actor.new_name()
    creating = await actor.does(
        calls, "create_task", deed("create_task", None, {"name": name}), specification=actor.document(name)
    )
    task_id = _made(creating)
    await actor.reads(calls)
    stopping = await actor.does(calls, "stop_task", deed("stop_task", task_id), task_id=task_id)
    await actor.sees(calls, task_id, status="stopped")
    await _undoes(actor, calls, stopping, "start_task", task_id)
    await actor.sees(calls, task_id, status="running")
    other = actor.document(f"{name}, replaced")
    replacing = await actor.does(
        calls, "replace_task", deed("replace_task", task_id, other), task_id=task_id, specification=other
    )
    await actor.sees(calls, task_id, name=other["name"])
    await _undoes(actor, calls, replacing, "replace_task", task_id, {"name": name})
    await actor.sees(calls, task_id, name=name)
    await _undoes(actor, calls, creating, "delete_task", task_id)


async def deleted_and_back(actor: Actor, calls: Caller) -> None:
    """Start a stopped task and undo that; delete it and undo that; and delete what came of that."""
    name = actor.new_name()
    task_id = actor.stage.sandbox.create(name, start=False)
    starting = await actor.does(calls, "start_task", deed("start_task", task_id), task_id=task_id)
    await actor.reads(calls)
    await _undoes(actor, calls, starting, "stop_task", task_id)
    await actor.sees(calls, task_id, status="stopped")
    deleting = await actor.does(calls, "delete_task", deed("delete_task", task_id), task_id=task_id)
    again = _made(await _undoes(actor, calls, deleting, "create_task", None, {"name": name}))
    await actor.does(calls, "delete_task", deed("delete_task", again), task_id=again, force_stop=True)


async def spared(actor: Actor, calls: Caller) -> None:
    """Say no to everything, in every way, and then yes."""
    task_id = actor.stage.sandbox.create(actor.new_name())
    stop, delete = deed("stop_task", task_id), deed("delete_task", task_id)
    await actor.does_not(calls, "stop_task", stop, actor.stage.rng.choice(_NOES), task_id=task_id)
    await actor.does_not(calls, "delete_task", delete, actor.stage.rng.choice(_NOES), task_id=task_id, force_stop=True)
    await actor.sees(calls, task_id, status="running")
    await actor.does(calls, "stop_task", stop, task_id=task_id)
    await actor.does(calls, "delete_task", delete, task_id=task_id)


async def changed_under_the_question(actor: Actor, calls: Caller) -> None:
    """Say yes to what is not so any more."""
    task_id, sandbox = actor.stage.sandbox.create(actor.new_name()), actor.stage.sandbox
    changed = {"name": "Changed", "template": "pumpVibration", "type": "periodic", "frequency": 120_000}
    delete = deed("delete_task", task_id)
    given = {"task_id": task_id}
    await actor.does_not(
        calls,
        "stop_task",
        deed("stop_task", task_id),
        ACCEPT,
        lambda: sandbox.engine.replace(task_id, changed),
        **given,
    )
    await actor.does_not(calls, "delete_task", delete, ACCEPT, lambda: sandbox.fail(task_id), **given, force_stop=True)
    await actor.does(calls, "delete_task", delete, task_id=task_id, force_stop=True)


async def confirmed_again(actor: Actor, calls: Caller) -> None:
    """Bring one token several times at once, and once more when what it was for is undone."""
    if calls.forms:
        await spared(actor, calls)
        return
    task_id = actor.stage.sandbox.create(actor.new_name())
    stop, given = deed("stop_task", task_id), {"task_id": task_id}
    await actor.pauses()
    token = await calls.offer("stop_task", stop, given, Mind(stop, ACCEPT))
    if token is None:
        return
    async with asyncio.TaskGroup() as tasks:
        at_once = [tasks.create_task(calls.with_token("stop_task", stop, given, token)) for _ in range(3)]
    claims = [task.result() for task in at_once]
    stopping = next((claim for claim in claims if claim.said == "done"), None)
    if stopping is None or any(claim.said not in ("done", "not done") for claim in claims):
        return
    await _undoes(actor, calls, stopping, "start_task", task_id)
    await actor.pauses()
    await calls.with_token("stop_task", stop, given, token)
    await actor.sees(calls, task_id, status="running")
    await actor.does(calls, "delete_task", deed("delete_task", task_id), task_id=task_id, force_stop=True)


LIVES: tuple[Life, ...] = (there_and_back, deleted_and_back, spared, changed_under_the_question, confirmed_again)


async def _undoes(
    actor: Actor, calls: Caller, claim: Claim, by: str, task_id: str | None, document: dict[str, Any] | None = None
) -> Claim:
    return await actor.does(calls, "undo_change", deed(by, task_id, document), change_id=claim.change_id)


def _made(claim: Claim) -> str:
    """Return the ID of the task that was created.

    Raises:
        InDoubt: it is not known.
    """
    if claim.made is None:
        raise InDoubt
    return claim.made
