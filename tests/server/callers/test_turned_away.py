"""Who is turned away gets to know why, through clients as they are."""

import pytest
from mcp.shared.exceptions import MCPError

from tests.support.door import Door
from tests.support.world import Era


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_a_client_without_a_good_token_shows_what_is_wrong(entrance: Door, era: Era) -> None:
    refused = pytest.RaisesExc(MCPError, match=r"^The token is not accepted: .+\.$")
    with pytest.RaisesGroup(refused, flatten_subgroups=True):
        await entrance.client("nonsense", era=era).__aenter__()


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_a_client_whose_token_does_not_allow_a_call_shows_that(entrance: Door, era: Era) -> None:
    async with entrance.client(entrance.issuer.access_token(scope="tasks:read"), era=era) as client:
        with pytest.raises(MCPError, match=r"^stop_task needs what the token does not allow\. Nothing was done\.$"):
            await client.call_tool("stop_task", {"task_id": entrance.world.sandbox.create()})


async def test_the_body_is_an_error_of_json_rpc_beside_the_headers_that_oauth_needs(entrance: Door) -> None:
    answer = await entrance.knock("nonsense")
    body = answer.json()
    assert (answer.status_code, body["jsonrpc"], body["id"]) == (401, "2.0", None)
    assert (body["error"]["code"], body["error"]["data"]) == (-32600, {"error": "invalid_token"})
    assert body["error"]["message"] in answer.headers["WWW-Authenticate"]
