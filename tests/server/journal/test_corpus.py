"""Delete or replace, then undo: the configuration is what it was, byte by byte, whatever it is."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from mcp import Client

from server.sandbox.plugins import PLUGINS, TEMPLATES
from server.store.changes import NewChange
from tests.conftest import MakeWorld
from tests.support.answers import ACCEPT, User
from tests.support.corpus import CORPUS, NOT_BY_OUR_MODELS, PERIODIC, Document
from tests.support.world import Sandbox, World, data, error, settings, text

pytestmark = pytest.mark.usefixtures("results_unchecked")

EVERY = pytest.mark.parametrize("document", CORPUS.values(), ids=CORPUS)


async def configuration(world: World, task_id: str) -> bytes:
    """Return a task's configuration as the service sends it."""
    transport = httpx.ASGITransport(world.sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", auth=("key", "secret")) as client:
        return (await client.get(f"/rules/v1/tasks/{task_id}/conf")).content


async def made(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result
    return data(result)


async def deleted_and_back(world: World, client: Client, task_id: str) -> None:
    """Delete a task and undo that; what comes back is what was there."""
    before, status = await configuration(world, task_id), world.sandbox.status(task_id)
    change_id = (await made(client, "delete_task", task_id=task_id, force_stop=True))["change_id"]
    assert world.sandbox.status(task_id) is None
    undone = await client.call_tool("undo_change", {"change_id": change_id})
    assert not undone.is_error, undone
    new_id = data(undone)["task_id"]
    assert await configuration(world, new_id) == before
    assert world.sandbox.status(new_id) == status
    assert "again, under a new ID. Its state" in text(undone)


async def replaced_and_back(world: World, client: Client, task_id: str) -> None:
    """Replace a task and undo that; what comes back is what was there."""
    before, status = await configuration(world, task_id), world.sandbox.status(task_id)
    kind = (await made(client, "get_task", task_id=task_id))["task"]["type"]
    # A one-time task is not made one that goes on, or the other way around: that has an effect of its own.
    other = {**PERIODIC, "name": "Another", "type": "onetime" if kind == "onetime" else "periodic"}
    replaced = await made(client, "replace_task", task_id=task_id, specification=other)
    assert await configuration(world, task_id) != before
    undone = await client.call_tool("undo_change", {"change_id": replaced["change_id"]})
    assert not undone.is_error, undone
    assert await configuration(world, task_id) == before
    assert world.sandbox.status(task_id) == status
    assert "It has the configuration from before the change again." in text(undone)


def posted(world: World, document: Document) -> str:
    """Create a task behind the server's back, and return its ID."""
    return world.sandbox.engine.create(json.loads(json.dumps(document)), fail_on_warning=False)[0]


@EVERY
async def test_whatever_the_engine_takes_comes_back(world: World, document: Document) -> None:
    task_id = posted(world, document)
    assert json.loads(await configuration(world, task_id)) == document
    async with world.client(ask=User(ACCEPT)) as client:
        await replaced_and_back(world, client, task_id)
        await deleted_and_back(world, client, task_id)


@EVERY
async def test_whatever_create_task_takes_comes_back(world: World, document: Document) -> None:
    result = await world.call("create_task", specification=document)
    if document in [CORPUS[name] for name in NOT_BY_OUR_MODELS]:
        assert error(result)["kind"] == "invalid_arguments"
        return
    task_id = data(result)["task_id"]
    assert await configuration(world, task_id) == await configuration(world, posted(world, document))
    async with world.client(ask=User(ACCEPT)) as client:
        await deleted_and_back(world, client, task_id)


@EVERY
async def test_what_was_stopped_comes_back_stopped_and_that_is_all_the_difference(
    world: World, document: Document
) -> None:
    task_id = posted(world, document)
    if world.sandbox.status(task_id) == "running":
        world.sandbox.engine.stop(task_id)
    before = json.loads(await configuration(world, task_id))
    async with world.client(ask=User(ACCEPT)) as client:
        change_id = (await made(client, "delete_task", task_id=task_id))["change_id"]
        undone = await client.call_tool("undo_change", {"change_id": change_id})
    new_id = data(undone)["task_id"]
    settings_of = before.get("task", before)
    said = ", but with start: false, so that it stays stopped." in text(undone)
    assert said is (settings_of.get("start") is not False)
    settings_of["start"] = False
    assert json.dumps(before) == json.dumps(json.loads(await configuration(world, new_id)))
    assert world.sandbox.status(new_id) == "stopped"


async def test_every_database_keeps_every_document(make_world: MakeWorld, database_url: str) -> None:
    changes = make_world(url=database_url).store.changes
    for document in CORPUS.values():
        change_id = await changes.begin(deletion_of(document))
        kept = await changes.find("a", change_id)
        assert kept is not None
        assert json.dumps([kept.before, kept.sent]) == json.dumps([{"specification": document}, document])


def deletion_of(document: Document) -> NewChange:
    who = {"audience": "a", "identity": "", "caller": "", "client": ""}
    what = {"operation": "delete_task", "destroys": True, "task_id": "t", "task_name": "T"}
    return NewChange.model_validate({**who, **what, "before": {"specification": document}, "sent": document})


def test_the_corpus_has_everything_that_the_sandbox_knows() -> None:
    documents = list(CORPUS.values())
    nodes = [node for document in documents for part in ("sensors", "actuators") for node in document.get(part, [])]
    assert len({json.dumps(document) for document in documents}) == len(CORPUS) >= 50
    assert {document["template"] for document in documents if "template" in document} == set(TEMPLATES)
    assert {(node["name"], node["version"]) for node in nodes} == set(PLUGINS)
    types = {document.get("task", document).get("type") for document in documents}
    assert types == {"periodic", "scheduled", "onetime", "reactive", None}


def texts(least: int = 0) -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"]), min_size=least, max_size=20)


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts(), inner, max_size=4),
    max_leaves=12,
)
MAPS = st.dictionaries(texts(), VALUES, max_size=4)
RHYTHMS: st.SearchStrategy[Document] = st.sampled_from(
    [
        {"type": "periodic", "frequency": 60_000},
        {"type": "scheduled", "cron": "0 0 6 * * ?"},
        {"type": "scheduled", "rrule": "FREQ=DAILY"},
        {"type": "onetime"},
        {"type": "reactive"},
    ]
)


@st.composite
def specifications(draw: st.DrawFn) -> Document:
    """Return any specification, its keys in any order."""
    more: Document = draw(
        st.fixed_dictionaries(
            {}, optional={"tags": MAPS, "variables": MAPS, "resource": texts(), "start": st.booleans(), "x": VALUES}
        )
    )
    whole = {"name": draw(texts(1)), **draw(RHYTHMS), **more}
    if draw(st.booleans()):
        return dict(
            draw(st.permutations(list({**whole, "template": draw(st.sampled_from(sorted(TEMPLATES)))}.items())))
        )
    node = st.fixed_dictionaries({"label": texts(), "properties": MAPS})
    plugins = draw(st.lists(st.tuples(node, st.sampled_from(sorted(PLUGINS))), max_size=3))
    sensors = [{**fields, "name": name, "version": version} for fields, (name, version) in plugins]
    rule = {"task": dict(draw(st.permutations(list(whole.items())))), "sensors": sensors, "y": draw(VALUES)}
    return dict(draw(st.permutations(list(rule.items()))))


@asynccontextmanager
async def a_world() -> AsyncGenerator[tuple[World, Client]]:
    world = World(Sandbox(), settings())
    async with world.client(ask=User(ACCEPT)) as client:
        yield world, client
    await world.running.aclose()
    world.sandbox.close()


@hypothesis_settings(max_examples=30)
@given(documents=st.lists(specifications(), min_size=1, max_size=2))
async def test_any_specification_comes_back(documents: list[Document]) -> None:
    async with a_world() as (world, client):
        for document in documents:
            task_id = posted(world, document)
            await replaced_and_back(world, client, task_id)
            await deleted_and_back(world, client, task_id)
