"""Every operation there is, in the order in which clients list them."""

from tools.contract import AnyOperation, Effect
from tools.create_task import CREATE_TASK
from tools.delete_task import DELETE_TASK
from tools.get_task import GET_TASK
from tools.get_task_configuration import GET_TASK_CONFIGURATION
from tools.list_changes import LIST_CHANGES
from tools.list_tasks import LIST_TASKS
from tools.replace_task import REPLACE_TASK
from tools.start_task import START_TASK
from tools.stop_task import STOP_TASK
from tools.undo_change import UNDO_CHANGE

OPERATIONS: tuple[AnyOperation, ...] = (
    LIST_TASKS,
    GET_TASK,
    GET_TASK_CONFIGURATION,
    CREATE_TASK,
    REPLACE_TASK,
    START_TASK,
    STOP_TASK,
    DELETE_TASK,
    LIST_CHANGES,
    UNDO_CHANGE,
)


def offered(*, read_only: bool) -> list[AnyOperation]:
    """Return the operations that there are where things may be changed, or may only be read."""
    return [operation for operation in OPERATIONS if operation.effect is Effect.READ or not read_only]
