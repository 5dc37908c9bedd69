"""The query parameters of the Tasks API, one model per operation that has any.

Every parameter of the vendor's OpenAPI file (rules engine 6.20) is here. A field's serialization alias is the name
that goes on the wire; the field's own name is the tool's argument.
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AliasGenerator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from tools.models.lazy import Lazy
from tools.models.scalars import WHOLE, Flag, ShortText, TagFilter, TaskId, TextList, Time

GraphFormat = Literal["simplified", "bn"]
TaskStatus = Literal["running", "pending", "stopped", "failed"]
TaskType = Literal["periodic", "scheduled", "onetime", "reactive"]

MAX_HITS = 100
"""Rows that a page can hold. The vendor's older documentation names it; the OpenAPI file names no limit."""


class Query(Lazy):
    """Query parameters: arguments by their field names, wire names as serialization aliases."""

    model_config = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))

    @classmethod
    def pairs(cls, values: Self) -> list[tuple[str, str]]:
        """Return the wire parameters of this model among `values`, without those left at "not given"."""
        return [pair for name in cls.model_fields for pair in cls._parameter(name, getattr(values, name))]

    @classmethod
    def _parameter(cls, name: str, value: object) -> Iterator[tuple[str, str]]:
        """Yield the wire pairs of one field: none for None and False, one per element of a list."""
        wire_name = cls.model_fields[name].serialization_alias or name
        if isinstance(value, list):
            yield from ((wire_name, str(item)) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        elif value is not None and value is not False:
            yield wire_name, "true" if value is True else str(value)


class TaskRef(Lazy):
    """The task that an operation is about."""

    task_id: TaskId


class CreateQuery(Query):
    """Parameters of `POST /rules/v1/tasks`."""

    fail_on_warning: Flag = Field(False, description="Create nothing if there are warnings.")
    return_warnings: Flag = True


class DeleteQuery(Query):
    """Parameters of `DELETE /rules/v1/tasks/{taskId}`."""

    force_stop: Flag = False


class GetQuery(Query):
    """Parameters of `GET /rules/v1/tasks/{taskId}`."""

    format: GraphFormat | None = Field(None, description="Adds the rule graph.")


class GetConfigurationQuery(Query):
    """Parameters of `GET /rules/v1/tasks/{taskId}/conf`."""

    format: GraphFormat | None = Field(None, description="Leave out to edit or copy.")


class ListQuery(Query):
    """Parameters of `GET /rules/v1/tasks`. All that are given must match."""

    name: ShortText | None = Field(None, description="Whole name; * is a wildcard: *pump*")
    status: TaskStatus | None = None
    type: TaskType | None = None
    template: ShortText | None = Field(None, description='Template name; "null": tasks without one.')
    resource: ShortText | None = Field(None, description="Exact ID of the task's resource.")
    resource_type: ShortText | None = None
    tags: TagFilter | None = Field(None, description="Key to value, list of values (any), or null (key present).")
    tag_keys: TextList[ShortText] | None = Field(
        None, min_length=1, max_length=20, serialization_alias="tags", description="Has any of these tag keys."
    )
    plugin: ShortText | None = Field(None, description="Plug-in in the rule: name or name:version.")
    filter: ShortText | None = Field(None, description="Free text search.")
    ids: TextList[TaskId] | None = Field(None, min_length=1, max_length=MAX_HITS)
    id: TaskId | None = None
    resource_metadata_expression: ShortText | None = Field(None, description="Waylay resource query.")
    created_after: Time | None = Field(None, description="ISO 8601 or epoch ms.")
    created_before: Time | None = None
    finished_before: Time | None = None
    include_health: Flag = Field(False, description="Adds failed-run counts.")
    format: GraphFormat | None = Field(None, description="No effect here.")
    hits: Annotated[int, Field(ge=0, le=MAX_HITS, description="Rows; 0 only counts."), WHOLE] = 20
    start_index: Annotated[int, Field(ge=0, description="Rows to skip."), WHOLE] = 0

    @classmethod
    def _parameter(cls, name: str, value: object) -> Iterator[tuple[str, str]]:
        """As for every query; a tag filter becomes one `tags.<key>` per accepted value, or one without a value."""
        if name != "tags" or not isinstance(value, dict):
            yield from super()._parameter(name, value)
            return
        for key, accepted in value.items():  # pyright: ignore[reportUnknownVariableType]
            yield from ((f"tags.{key}", item) for item in accepted or [""])  # pyright: ignore[reportUnknownVariableType]
