"""An admitted call is carried out, and the journal hears how it ended."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from server.errors import CallFailure, fault
from server.guard.call import Call
from server.journal.recording import Recording
from server.journal.visit import Visit
from tools.contract import AnyOperation, Api, NotPossible, Outcome

logger = logging.getLogger("waylay_tasks_mcp.dispatch")


async def carry_out(call: Call, api: Recording, visit: Visit) -> Outcome:
    """Carry out an admitted call, and see to it that the journal hears how it ended.

    Raises:
        CallFailure: what went wrong; a defect of ours as InternalFault.
    """
    try:
        outcome = await _runner(call.operation)(api, call.args)
        visit.outcome = "done"
    except (NotPossible, CallFailure):
        raise
    except Exception:
        logger.exception("%s failed", call.operation.name)
        raise fault(api.changed) from None
    finally:
        visit.changed, visit.change_id, visit.found = api.changed, api.change_id, api.seen
        visit.status, visit.created = api.status, api.task_id
        await api.ended()
    return outcome


def _runner(operation: AnyOperation) -> Callable[[Api, Any], Awaitable[Outcome]]:
    if operation.run is None:
        raise TypeError(f"{operation.name} stands for another operation, and cannot be carried out itself")
    return operation.run
