"""Resources, as clients see them."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, Completion, PromptReference, ResourceLink, ResourceTemplateReference
from mcp.types import TextResourceContents as Text

OVERVIEW = "waylay://tasks"
TASK = "waylay://tasks/{task_id}"
CONFIGURATION = "waylay://tasks/{task_id}/configuration"


async def read(client: Client, uri: str) -> str:
    """Return the text of a resource."""
    (contents,) = (await client.read_resource(uri)).contents
    assert isinstance(contents, Text)
    assert contents.uri == uri
    return contents.text


async def read_json(client: Client, uri: str) -> dict[str, Any]:
    """Return a resource that is JSON."""
    return json.loads(await read(client, uri))


async def refusal(client: Client, uri: str) -> MCPError:
    """Return the error that reading a resource ends in."""
    with pytest.raises(MCPError) as raised:
        await client.read_resource(uri)
    return raised.value


async def addresses(client: Client) -> Sequence[str]:
    """Return the addresses of all resources and templates that are listed."""
    resources = (await client.list_resources()).resources
    templates = (await client.list_resource_templates()).resource_templates
    return [*(one.uri for one in resources), *(one.uri_template for one in templates)]


async def complete(client: Client, typed: str, *, prompt: str, argument: str) -> Completion:
    """Return what an argument of a prompt could become."""
    return (await client.complete(PromptReference(name=prompt), {"name": argument, "value": typed})).completion


async def complete_id(client: Client, typed: str, template: str = TASK) -> Completion:
    """Return what the ID in the address of a resource could become."""
    reference = ResourceTemplateReference(uri=template)
    return (await client.complete(reference, {"name": "task_id", "value": typed})).completion


def links(result: CallToolResult) -> Sequence[ResourceLink]:
    """Return the links in a result."""
    return [part for part in result.content if isinstance(part, ResourceLink)]
