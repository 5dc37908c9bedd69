"""The document that describes a task, in both of its forms.

It is validated as far as it is documented and then passed on exactly as it was given, so that reading a
configuration, editing it and writing it back loses nothing.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Self, cast

from pydantic import (
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from tools.models.graph import Actuator, Note, Piece, Relation, Sensor, Trigger
from tools.models.queries import TaskType
from tools.models.scalars import WHOLE, from_json_text
from tools.schema import input_schema

TEMPLATE_EXAMPLE: dict[str, Any] = {
    "name": "consumption for meter 7",
    "template": "dailyConsumption",
    "resource": "7",
    "type": "periodic",
    "frequency": 86_400_000,
}
RULE_EXAMPLE: dict[str, Any] = {
    "task": {"name": "Rule 1", "type": "reactive", "resource": "testresource"},
    "sensors": [{"label": "stream_1", "name": "streamingDataSensor", "version": "1.1.0", "resource": "$"}],
    "actuators": [{"label": "debug_1", "name": "debugDialog", "version": "1.0.4"}],
    "triggers": [{"sourceLabel": "stream_1", "destinationLabel": "debug_1", "statesTrigger": ["Above"]}],
}
RULE_FIELDS = frozenset({"task", "sensors", "actuators", "relations", "triggers", "notes"})


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


def _form_of(document: object) -> str:
    """Tell the two forms apart.

    Raises:
        PydanticCustomError: the document is both, or neither.
    """
    fields: set[str] = set(cast("Mapping[str, object]", document)) if isinstance(document, Mapping) else set()
    if "template" in fields and fields & RULE_FIELDS:
        raise PydanticCustomError(
            "form",
            "names a template and brings its own rule ({fields}); keep one of the two",
            {"fields": ", ".join(sorted(fields & RULE_FIELDS))},
        )
    if fields & RULE_FIELDS:
        return "rule"
    return "template"


TaskSpecification = Annotated[
    Annotated[TaskFromTemplate, Tag("template")] | Annotated[TaskWithRule, Tag("rule")], Discriminator(_form_of)
]


@cache
def _forms() -> TypeAdapter[Any]:
    return TypeAdapter(TaskSpecification)


def _refuse_what_json_cannot_say(document: object) -> None:
    """Refuse a document that could not be sent.

    Raises:
        PydanticCustomError: a number that is none or without end, half a character, or nesting without end.
    """
    try:
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise PydanticCustomError(
            "document", "holds what JSON cannot: NaN, Infinity, half a surrogate pair, or nesting too deep"
        ) from None


class Specification(dict[str, Any]):
    """A task specification: validated in one of its two forms, kept exactly as given.

    Accepts a JSON object or its text.
    """

    @classmethod
    def _checked(cls, document: object) -> Self:
        """Validate a document.

        Raises:
            PydanticCustomError: it is not valid; its context holds the findings as `error`. Nothing is built for that
                before the first document comes.
        """
        document = from_json_text(document)
        if not isinstance(document, dict):
            raise PydanticCustomError("document", "expected a JSON object")
        _refuse_what_json_cannot_say(cast("object", document))
        try:
            _forms().validate_python(document)
        except ValidationError as error:
            raise PydanticCustomError("specification", "is not valid", {"error": error}) from None
        return cls(cast("dict[str, Any]", document))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls._checked)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describe both forms in one flat object: assistants fill that in better than alternatives with references."""
        settings, rule = input_schema(TaskFromTemplate)["properties"], input_schema(TaskWithRule)["properties"]
        task = {"type": "object", "description": "Rule form: put name, type (required), start, … here."}
        return {"type": "object", "properties": settings | rule | {"task": task}}

    @property
    def settings(self) -> Mapping[str, Any]:
        """The task settings, wherever this form keeps them."""
        return cast("Mapping[str, Any]", self.get("task", self))

    def with_setting(self, name: str, *, value: object) -> Self:
        """Return a copy with one task setting more."""
        changed = {**self.settings, name: value}
        return type(self)({**self, "task": changed} if "task" in self else changed)
