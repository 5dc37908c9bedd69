"""Who is told of the task board: clients that declare that they show such pages, in either era, and nobody else."""

from typing import Any

import pytest
from mcp import Client
from mcp.client import advertise
from mcp.client.extension import ClientExtension
from mcp.types import TextResourceContents, Tool

from server.apps.extension import BOARD_URI, EXTENSION, MIME_TYPE
from tests.conftest import MakeWorld
from tests.support.world import Era, World

ERAS: list[Era] = ["modern", "legacy"]
OTHERS = [
    [],
    [advertise(EXTENSION)],
    [advertise(EXTENSION, {"mimeTypes": ["text/html+skybridge"]})],
    [advertise(EXTENSION, {"mimeTypes": MIME_TYPE})],
    [advertise("com.example/other", {"mimeTypes": [MIME_TYPE]})],
]


def connect(world: World, era: Era, extensions: list[ClientExtension]) -> Client:
    mode = "auto" if era == "modern" else "legacy"
    return Client(world.running.server, mode=mode, extensions=extensions, cache=None)


async def tools(world: World, era: Era, extensions: list[ClientExtension]) -> list[Tool]:
    async with connect(world, era, extensions) as client:
        return (await client.list_tools()).tools


def shows() -> list[ClientExtension]:
    return [advertise(EXTENSION, {"mimeTypes": ["text/x", MIME_TYPE]})]


@pytest.mark.parametrize("era", ERAS)
async def test_list_tasks_alone_leads_to_the_board_for_clients_that_show_it(world: World, era: Era) -> None:
    found = {tool.name: tool.meta for tool in await tools(world, era, shows()) if tool.meta}
    assert found == {"list_tasks": {"ui": {"resourceUri": BOARD_URI}}}


@pytest.mark.parametrize("era", ERAS)
async def test_other_clients_are_told_nothing_of_it_and_get_the_same_tools(world: World, era: Era) -> None:
    shown = [tool.model_copy(update={"meta": None}) for tool in await tools(world, era, shows())]
    for extensions in OTHERS:
        assert await tools(world, era, extensions) == shown


async def test_the_server_says_that_it_has_a_page_and_no_cache_may_give_one_clients_tools_to_another(
    world: World,
) -> None:
    async with connect(world, "modern", shows()) as client:
        assert (await client.list_tools()).cache_scope == "private"
        assert client.server_capabilities.extensions == {EXTENSION: {}}


@pytest.mark.parametrize("era", ERAS)
async def test_the_page_is_read_and_not_listed_and_needs_no_domain(world: World, era: Era) -> None:
    async with connect(world, era, shows()) as client:
        assert BOARD_URI not in [str(one.uri) for one in (await client.list_resources()).resources]
        (contents,) = (await client.read_resource(BOARD_URI)).contents
    assert isinstance(contents, TextResourceContents)
    assert contents.mime_type == MIME_TYPE
    assert contents.text.startswith("<!doctype html>")
    assert contents.meta == {"ui": {"csp": {"connectDomains": [], "resourceDomains": []}, "prefersBorder": True}}


async def test_a_result_is_the_same_for_clients_that_show_the_board(world: World) -> None:
    world.sandbox.create()
    results: list[Any] = []
    for extensions in (shows(), []):
        async with connect(world, "modern", extensions) as client:
            results.append((await client.call_tool("list_tasks", {})).model_dump(exclude={"meta"}))
    assert results[0] == results[1]


async def test_the_page_knows_the_tools_that_are_offered(make_world: MakeWorld) -> None:
    async with connect(make_world(read_only=True), "modern", shows()) as client:
        (contents,) = (await client.read_resource(BOARD_URI)).contents
    assert isinstance(contents, TextResourceContents)
    assert 'data-tools="get_task get_task_configuration list_changes list_tasks"' in contents.text
