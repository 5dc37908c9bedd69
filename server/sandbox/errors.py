"""Error answers in the words of the service, as its documentation shows them."""

from collections.abc import Sequence
from typing import Any


class ApiError(Exception):
    """An answer other than success.

    Args:
        status: HTTP status.
        error: The text under `error`.
        code: The optional `code`.
        details: The optional list of validation issues.
    """

    def __init__(
        self, status: int, error: str, code: str | None = None, details: Sequence[dict[str, Any]] | None = None
    ) -> None:
        super().__init__(error)
        self.status = status
        self.body: dict[str, Any] = {"statusCode": status, "error": error}
        if code:
            self.body["code"] = code
        if details:
            self.body["details"] = list(details)


def task_not_found(task_id: str) -> ApiError:
    """No task has this ID."""
    return ApiError(404, f"Task with id {task_id} not found")


def not_in_status(action: str, status: str) -> ApiError:
    """Start and stop are not possible in every status."""
    return ApiError(400, f"Not possible to apply action {action}, for the task in status {status}")


def not_removable(status: str) -> ApiError:
    """An active task is not deleted without force."""
    return ApiError(400, f"Not possible to remove task in status {status}")


def not_authorized() -> ApiError:
    """A protected task needs a permission that nobody has here. Body: as a sibling service answers."""
    return ApiError(403, "You are not authorized to perform this action")


def bad_request(error: str) -> ApiError:
    """A parameter or body that cannot be read."""
    return ApiError(400, error, code="VALIDATION")
