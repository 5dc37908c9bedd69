"""The two forms of a task specification: from a template, or with a rule of its own."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tools.models.graph import Actuator, Note, Piece, Relation, Sensor, Trigger
from tools.models.queries import TaskType
from tools.models.scalars import WHOLE


class TaskSettings(Piece):
    """The settings that both forms share."""

    name: str = Field(min_length=1)
    type: TaskType | None = None
    frequency: Annotated[int, Field(ge=1), WHOLE] | None = Field(None, description="ms; periodic needs it.")
    cron: str | None = Field(None, description="Quartz, e.g. 0 0 6 * * ?; scheduled needs this or rrule.")
    rrule: str | None = Field(None, description="RFC 5545.")
    time_zone: str | None = Field(None, description="e.g. Europe/Brussels")
    resource: str | None = None
    tags: dict[str, Any] | None = None
    variables: dict[str, Any] | None = Field(None, description="Values for the template's variables.")
    start: bool | None = Field(None, description="false: create stopped.")
    reset_observations: bool | None = None
    parallel: bool | None = None
    gates_need_full_observation: bool | None = None
    protected: bool | None = None

    @model_validator(mode="after")
    def _type_has_what_it_needs(self) -> Self:
        """Hold each type to its own settings.

        Raises:
            PydanticCustomError: a periodic task without a rhythm, a scheduled one without exactly one schedule.
        """
        if self.type == "periodic" and self.frequency is None and "pollingInterval" not in (self.model_extra or {}):
            raise _needs("periodic", "frequency, in milliseconds, for example 900000")
        if self.type == "scheduled" and (self.cron is None) == (self.rrule is None):
            raise _needs("scheduled", 'exactly one of cron, for example "0 0 6 * * ?", and rrule')
        if self.cron is not None and len(self.cron.split()) not in (6, 7):
            raise PydanticCustomError("cron", 'cron: expected 6 or 7 Quartz fields, for example "0 0 6 * * ?"')
        if self.rrule is not None and "FREQ=" not in self.rrule.upper():
            raise PydanticCustomError("rrule", "rrule: expected an RFC 5545 rule such as FREQ=HOURLY;INTERVAL=2")
        return self


def _needs(task_type: str, what: str) -> PydanticCustomError:
    return PydanticCustomError("type_settings", "a {type} task needs {what}", {"type": task_type, "what": what})


class TaskFromTemplate(TaskSettings):
    """The form that names a template; the type may come from the template's own defaults."""

    template: str = Field(min_length=1)


class TaskInRule(TaskSettings):
    """The settings inside a document that brings its own rule: nothing else can give the type."""

    type: TaskType  # pyright: ignore[reportGeneralTypeIssues, reportIncompatibleVariableOverride]


class TaskWithRule(Piece):
    """The form that brings its rule along."""

    task: TaskInRule
    sensors: list[Sensor] | None = None
    actuators: list[Actuator] | None = None
    relations: list[Relation] | None = None
    triggers: list[Trigger] | None = None
    notes: list[Note] | None = None

    @model_validator(mode="after")
    def _settings_are_in_their_place(self) -> Self:
        """Refuse settings beside `task`: the service would not look at them, and start: false would start.

        Raises:
            PydanticCustomError: there are some.
        """
        settings = {field.alias or name for name, field in TaskSettings.model_fields.items()}
        misplaced = sorted(settings & (self.model_extra or {}).keys())
        if misplaced:
            raise PydanticCustomError("misplaced", "put {names} inside task", {"names": ", ".join(misplaced)})
        return self
