"""The document that describes a task, in both of its forms.

It is validated as far as it is documented and then passed on exactly as it was given, so that reading a
configuration, editing it and writing it back loses nothing.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Self, cast

from pydantic import Discriminator, GetCoreSchemaHandler, GetJsonSchemaHandler, Tag, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from tools.models.forms import TaskFromTemplate, TaskWithRule
from tools.models.scalars import from_json_text
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
LARGEST = 1_000_000
"""Bytes of JSON that a specification may have. What is written by hand or by a machine has thousands."""

_MOST_MISTAKES = 1_000
"""Mistakes that are looked at one by one; of a large document that is wrong throughout there are a hundred thousand."""

RULE_FIELDS = frozenset({"task", "sensors", "actuators", "relations", "triggers", "notes"})


def _form_of(document: object) -> str:
    """Tell the two forms apart.

    Raises:
        PydanticCustomError: the document is both, or neither.
    """
    given: Mapping[str, object] = cast("Mapping[str, object]", document) if isinstance(document, Mapping) else {}
    # An empty list of pieces is no rule: a service may write one out beside a template.
    fields = {field for field, value in given.items() if field in ("template", "task") or value}
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


def _refuse_what_cannot_be_sent(document: object) -> None:
    """Refuse a document that JSON cannot say, or that is too large to be looked at.

    Raises:
        PydanticCustomError: a number that is none or without end, half a character, nesting without end, or too much.
    """
    try:
        size = len(json.dumps(document, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, RecursionError):
        raise PydanticCustomError(
            "document", "holds what JSON cannot: NaN, Infinity, half a surrogate pair, or nesting too deep"
        ) from None
    if size > LARGEST:
        raise PydanticCustomError(
            "document",
            "is too large: expected at most {most} bytes of JSON, and not {size}",
            {"most": f"{LARGEST:,}", "size": f"{size:,}"},
        )


def _invalid(error: ValidationError) -> PydanticCustomError:
    if error.error_count() <= _MOST_MISTAKES:
        return PydanticCustomError("specification", "is not valid", {"error": error})
    count = f"{error.error_count():,}"
    return PydanticCustomError("document", "has {count} mistakes, which is too many to name any", {"count": count})


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
        _refuse_what_cannot_be_sent(cast("object", document))
        try:
            _forms().validate_python(document)
        except ValidationError as error:
            raise _invalid(error) from None
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
        return self._with({**self.settings, name: value})

    def without_setting(self, name: str) -> Self:
        """Return a copy with one task setting less."""
        return self._with({setting: value for setting, value in self.settings.items() if setting != name})

    def _with(self, settings: dict[str, Any]) -> Self:
        return type(self)({**self, "task": settings} if "task" in self else settings)
