"""The words of refusals are right for every operation that there is."""

from server.guard.words import not_done
from tools.catalog import OPERATIONS


def test_every_operation_has_a_word_for_not_being_done() -> None:
    assert {operation.name: not_done(operation) for operation in OPERATIONS} == {
        "list_tasks": "Not listed",
        "get_task": "Not read",
        "get_task_configuration": "Not read",
        "create_task": "Not created",
        "replace_task": "Not replaced",
        "start_task": "Not started",
        "stop_task": "Not stopped",
        "delete_task": "Not deleted",
        "list_changes": "Not listed",
        "undo_change": "Not undone",
    }
