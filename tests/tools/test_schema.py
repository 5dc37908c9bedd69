from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from tools.contract import Effect, Operation
from tools.schema import input_schema
from tools.start_task import START_TASK


class Place(BaseModel):
    """Where something is."""

    site: str
    floor: int | None = None


class Example(BaseModel):
    """Has one of each."""

    model_config = ConfigDict(extra="forbid")

    where: Place | str
    also: Place | None = None
    named: dict[str, Place] = {}
    note: str | None = None


def test_a_schema_keeps_what_a_reader_needs_and_no_more() -> None:
    place: dict[str, Any] = {"$ref": "#/$defs/Place"}
    assert input_schema(Example) == {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "where": {"anyOf": [place, {"type": "string"}]},
            "also": place,
            "named": {"type": "object", "additionalProperties": place},
            "note": {"type": "string"},
        },
        "required": ["where"],
        "$defs": {
            "Place": {
                "type": "object",
                "description": "Where something is.",
                "properties": {"site": {"type": "string"}, "floor": {"type": "integer"}},
                "required": ["site"],
            }
        },
    }


def test_an_operation_that_destroys_cannot_be_made_without_a_way_to_ask() -> None:
    with pytest.raises(TypeError, match="needs a preview that consent can be asked with"):
        Operation(
            name="wipe_tasks",
            title="Wipe tasks",
            description="",
            effect=Effect.DESTROY,
            args=START_TASK.args,
            result=START_TASK.result,
            run=START_TASK.run,
        )
