"""The SDK's own client signs in by what it is told in the first refusal, and asks for more when it is told to."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from tests.support.answers import ACCEPT, User
from tests.support.authorization import ALL
from tests.support.door import Door
from tests.support.serving import PATIENCE
from tools.catalog import OPERATIONS

BACK = "http://localhost:3030/back"


class Kept:
    """What a client keeps."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


@asynccontextmanager
async def assistant(entrance: Door) -> AsyncGenerator[Client]:
    """Yield a client whose user agrees to whatever the issuer asks."""
    came_back: dict[str, str] = {}

    async def browse(url: str) -> None:
        answer = await entrance.browser.get(url)
        came_back.update(parse_qsl(urlsplit(answer.headers["Location"]).query))

    async def come_back() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(**came_back)

    told = OAuthClientMetadata.model_validate({"redirect_uris": [BACK], "client_name": "an assistant"})
    signing_in = OAuthClientProvider(
        f"{entrance.address}/mcp", told, Kept(), redirect_handler=browse, callback_handler=come_back
    )
    async with httpx2.AsyncClient(auth=signing_in, timeout=PATIENCE, verify=False) as http:
        transport = streamable_http_client(f"{entrance.address}/mcp", http_client=http)
        async with Client(transport, elicitation_callback=User(ACCEPT)) as client:
            yield client


async def test_a_client_finds_the_issuer_from_the_refusal_and_gets_in(entrance: Door) -> None:
    async with assistant(entrance) as client:
        assert len((await client.list_tools()).tools) == len(OPERATIONS)
    assert entrance.issuer.wanted == [ALL]


async def test_a_client_that_was_granted_less_asks_for_the_rest_when_a_call_needs_it(entrance: Door) -> None:
    entrance.issuer.grants = "tasks:read"
    task_id = entrance.world.sandbox.create()
    async with assistant(entrance) as client:
        assert len((await client.list_tools()).tools) == 4
        entrance.issuer.grants = None
        assert not (await client.call_tool("stop_task", {"task_id": task_id})).is_error
    assert entrance.world.sandbox.status(task_id) == "stopped"
    assert [{*wanted.split()} for wanted in entrance.issuer.wanted] == [{*ALL.split()}, {*ALL.split()}]
