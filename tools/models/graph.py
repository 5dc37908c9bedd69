"""The pieces of a rule graph, with the constraints of the vendor's OpenAPI file.

Fields that the file does not know are kept: the service may know more than this version does, and it says so itself
when it does not.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from tools.models.lazy import Lazy
from tools.models.scalars import WHOLE

_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


class Piece(Lazy):
    """Part of a document in the service's own JSON: camelCase names, strict types, unknown fields kept."""

    model_config = ConfigDict(alias_generator=to_camel, extra="allow", strict=True)


def _checked_duration(value: str) -> str:
    if "${" not in value and not _DURATION.fullmatch(value):
        raise PydanticCustomError("duration", "expected an ISO 8601 duration such as PT50S")
    return value


def _checked_version(value: str) -> str:
    if not _VERSION.search(value):
        raise PydanticCustomError("version", "expected a plug-in version such as 1.2.3")
    return value


Duration = Annotated[str, AfterValidator(_checked_duration), Field(json_schema_extra={"format": "duration"})]
"""An ISO 8601 duration (PT50S), or a `${…}` binding that becomes one."""

Milliseconds = Annotated[int, Field(json_schema_extra={"format": "ms"}), WHOLE]
"""A length of time."""

Seconds = Annotated[int, Field(json_schema_extra={"format": "seconds"}), WHOLE]
"""A length of time."""

Version = Annotated[str, AfterValidator(_checked_version)]
"""A plug-in's version, three numbers."""

Position = Annotated[list[Annotated[int, WHOLE]], Field(min_length=2, max_length=2, examples=[[100, 150]])]
"""Where a node is drawn: x and y."""


class RetryConfig(Piece):
    """How often and how patiently a sensor is tried again."""

    max_retries: Annotated[int, Field(ge=0), WHOLE]
    min_backoff: Duration
    max_backoff: Duration
    error_state: str | None = None


class Sensor(Piece):
    """A sensor node: a plug-in that observes."""

    label: str
    name: str
    version: Version
    resource: str | None = None
    properties: dict[str, Any] | None = None
    position: Position | None = None
    data_trigger: bool | None = None
    tick_trigger: bool | None = None
    sequence: Annotated[int, WHOLE] | None = None
    eviction_time: Milliseconds | None = Field(None, ge=0)
    polling_period: Milliseconds | None = Field(None, ge=1)
    schedule: str | None = None
    timeout: Duration | None = None
    timeout_state: str | None = None
    retry_config: RetryConfig | None = None
    loop_def: str | None = None
    pause_execution: bool | None = None
    pause_execution_timeout: Duration | None = None
    description: str | None = None
    icon_url: str | None = Field(None, alias="iconURL")


class Actuator(Piece):
    """An actuator node: a plug-in that acts."""

    label: str
    name: str
    version: Version
    properties: dict[str, Any] | None = None
    position: Position | None = None
    sequence: Annotated[int, WHOLE] | None = None
    timeout: Duration | None = None
    description: str | None = None


class Relation(Piece):
    """A gate that combines the states of its parents."""

    label: str
    type: Literal["AND", "OR", "GENERAL", "NAND"]
    parent_labels: list[str]
    combinations: list[list[str]] = Field(json_schema_extra={"format": "text[][] (a state per parent)"})
    position: Position | None = None


class StateChange(Piece):
    """The change of state that fires a trigger; `*` is any state."""

    state_from: str
    state_to: str


class Trigger(Piece):
    """What fires a node: a change of state, a set of states, or (with neither) each successful run of its source."""

    source_label: str
    destination_label: str
    state_change_trigger: StateChange | None = None
    states_trigger: list[str] | None = None
    invocation_policy: Seconds | None = Field(None, ge=1)


class Note(Piece):
    """A text on the drawing."""

    text: str
    position: Position
