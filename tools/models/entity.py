"""What the Tasks API answers.

Only what this project reads is named, hardly anything is required, and unknown fields are kept: real answers carry
more than is documented, and an older or newer service must not make a readable answer unreadable.
"""

from typing import Annotated, Any, TypeVar

from pydantic import (
    ConfigDict,
    Field,
    RootModel,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic.alias_generators import to_camel

from tools.models.lazy import Lazy

ItemT = TypeVar("ItemT")

Items = Annotated[list[ItemT], Field(max_length=10_000, fail_fast=True)]
"""A list in an answer: no page is longer, and what is no list of these must not be told for each of a million items."""

ACTIVE = ("running", "pending")
"""The statuses of a task that runs, or waits to."""


class Answer(Lazy):
    """Base of everything the service sends: its own camelCase names, unknown fields kept."""

    model_config = ConfigDict(alias_generator=to_camel, extra="allow")

    @field_validator("*", mode="wrap")
    @classmethod
    def _left_at_its_default(cls, value: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        """Leave a value out that is not what it should be: it must not take the rest of the answer with it.

        Raises:
            ValidationError: nothing can be done without it.
        """
        try:
            return read(value)
        except ValidationError:
            field = cls.model_fields[str(info.field_name)]
            if field.is_required():
                raise
            return field.get_default(call_default_factory=True)


class Health(Answer):
    """How the last 64 runs went."""

    errors_count: int | None = None
    errors_rate: float | None = None


class Task(Answer):
    """A task with its runtime information; times are epoch milliseconds."""

    id: str = Field(alias="ID")
    name: str | None = None
    status: str | None = None
    user: str | None = None
    create_time: int | None = None
    template: str | None = None
    resource: str | None = None
    resource_ids: Items[str] | None = None
    network: dict[str, Any] | None = None
    type: str | None = None
    tags: dict[str, Any] | None = None
    frequency: int | None = None
    cron: str | None = None
    rrule: str | None = None
    time_zone: str | None = None
    finished_time: int | None = None
    invocation_count: int | None = None
    last_execution_time: int | None = None
    health: Health | None = None
    pending_nodes: dict[str, Any] | None = None
    raw_data: dict[str, Any] | None = None


class PagedTasks(Answer):
    """A page in the paged media type."""

    values: Items[Task]
    total: int | None = None


class TaskListing(RootModel[Any]):
    """A page in either form: a service that does not know the paged media type answers with a plain list."""

    model_config = ConfigDict(defer_build=True)

    # Here, because what a root model is made of as a parameter is built at once.
    root: Items[Task] | PagedTasks

    @property
    def tasks(self) -> list[Task]:
        """The tasks of the page."""
        return self.root if isinstance(self.root, list) else self.root.values

    @property
    def total(self) -> int | None:
        """How many tasks match, where the page itself says so."""
        return None if isinstance(self.root, list) else self.root.total


class Issue(Answer):
    """Something the service found in a specification."""

    type: str | None = None
    message: str = ""
    severity: str | None = None
    details: dict[str, Any] | None = None
    suggestion: str | None = None


class Created(Answer):
    """The answer to a create."""

    id: str = Field(alias="ID")
    warnings: Items[Issue] = []


class Configuration(RootModel[dict[str, Any]]):
    """A task's specification, as it was posted."""

    model_config = ConfigDict(defer_build=True)
