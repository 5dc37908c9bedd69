"""Arguments of every kind, made from the schemas that clients are shown."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st
from mcp.types import CallToolResult, TextContent

from server.guard.policy import DefaultPolicy
from server.tool_list import tool
from tests.fuzz.arguments import Wrong, invalid, valid
from tests.fuzz.effort import FUZZ
from tests.fuzz.wire import VALUES
from tests.support.answers import DECLINE, User
from tests.support.world import Sandbox, World, data, error, settings
from tools.catalog import OPERATIONS
from tools.models.specification import RULE_EXAMPLE, TEMPLATE_EXAMPLE

TOOLS = {operation.name: tool(operation, DefaultPolicy()) for operation in OPERATIONS}
IDS = tuple(f"00000000-0000-4000-8000-00000000000{number}" for number in range(4))
STATUSES = ("running", "stopped", "failed", "pending")
LIMIT = 16_000

Call = tuple[str, dict[str, Any]]


def _with(document: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return {**document, **more}


_WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20).filter(str.strip)
_MOMENTS = st.sampled_from(["2026-01-01T00:00:00Z", "20260101", "1795420800000", "2026-11-23T08:00:00+01:00"])
_DOCUMENTS = st.builds(
    _with,
    st.sampled_from([TEMPLATE_EXAMPLE, RULE_EXAMPLE]),
    st.dictionaries(st.text(max_size=9).map(lambda key: f"x{key}"), VALUES, max_size=2),
)
KNOWN: Mapping[str, st.SearchStrategy[Any]] = {
    "task_id": st.sampled_from([*IDS, "no-such-task"]),
    "id": st.sampled_from(IDS),
    "ids": st.lists(st.sampled_from(IDS), min_size=1, max_size=3),
    "change_id": st.text("0123456789abcdef", min_size=10, max_size=10),
    "tags": st.dictionaries(
        _WORDS, _WORDS | st.none() | st.lists(_WORDS, min_size=1, max_size=2), min_size=1, max_size=20
    ),
    "offset": st.just(0),
    "specification": st.sampled_from([TEMPLATE_EXAMPLE, RULE_EXAMPLE]),
    **dict.fromkeys(("created_after", "created_before", "finished_before"), _MOMENTS),
}
_NAMES = st.sampled_from(sorted(TOOLS))
VALID = _NAMES.flatmap(lambda name: st.tuples(st.just(name), valid(TOOLS[name].input_schema, KNOWN)))
INVALID = _NAMES.flatmap(lambda name: st.tuples(st.just(name), invalid(TOOLS[name].input_schema, KNOWN)))
ANY = st.tuples(_NAMES, st.dictionaries(st.sampled_from([*KNOWN, "confirmation", "force_stop", "hits"]), VALUES))
LOOSE = st.tuples(st.just("create_task"), st.fixed_dictionaries({"specification": _DOCUMENTS | VALUES}))


async def results_of(calls: Sequence[Call], asks: bool) -> tuple[World, list[CallToolResult]]:
    """Make calls one after the other, and return what they came to; whoever is asked says no."""
    sandbox = Sandbox()
    for task_id, status in zip(IDS, STATUSES, strict=True):
        sandbox.put(task_id, status, {**TEMPLATE_EXAMPLE, "template": "pumpVibration"})
    world = World(sandbox, settings())
    async with world.client(ask=User(DECLINE) if asks else None) as client:
        results = [await client.call_tool(name, arguments) for name, arguments in calls]
    await world.running.aclose()
    return world, results


def nothing_was_destroyed(world: World) -> None:
    """Assert that nothing was stopped or deleted, by what went out."""
    assert not [
        request for request in world.sandbox.recorder.attempts if request[0] == "DELETE" or "stop" in request[1]
    ]


@FUZZ
@given(calls=st.lists(VALID, min_size=1, max_size=4), asks=st.booleans())
def test_what_the_schemas_allow_works_and_destroys_nothing_without_consent(calls: list[Call], asks: bool) -> None:
    world, results = asyncio.run(results_of(calls, asks))
    for (name, _), result in zip(calls, results, strict=True):
        if result.is_error:
            assert error(result)["kind"] not in ("internal", "invalid_arguments"), error(result)
        else:
            jsonschema.validate(data(result), TOOLS[name].output_schema or {})
        shown = "".join(part.text for part in result.content if isinstance(part, TextContent))
        assert len(shown) <= LIMIT
        assert len(json.dumps(data(result))) <= LIMIT
    nothing_was_destroyed(world)
    world.sandbox.close()


@FUZZ
@given(calls=st.lists(INVALID, min_size=1, max_size=6))
def test_what_they_do_not_allow_is_refused_by_the_name_of_the_argument(calls: list[tuple[str, Wrong]]) -> None:
    given_arguments = [(name, wrong.arguments) for name, wrong in calls]
    world, results = asyncio.run(results_of(given_arguments, asks=False))
    for (_, wrong), result in zip(calls, results, strict=True):
        found = error(result)
        assert (found["kind"], found["changed"]) == ("invalid_arguments", "no"), (wrong, found)
        assert found["field"].startswith(wrong.field), (wrong, found)
        assert wrong.field in found["message"]
    assert world.sandbox.recorder.requests == []
    world.sandbox.close()


@FUZZ
@given(calls=st.lists(ANY | LOOSE, min_size=1, max_size=6), asks=st.booleans())
def test_nothing_that_is_passed_is_a_fault_of_ours_or_destroys_anything(calls: list[Call], asks: bool) -> None:
    world, results = asyncio.run(results_of(calls, asks))
    assert [error(result) for result in results if result.is_error and error(result)["kind"] == "internal"] == []
    nothing_was_destroyed(world)
    world.sandbox.close()
