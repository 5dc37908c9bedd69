"""How clients find out where to sign in, and do."""

import pytest

from tests.support.door import Door

WELL_KNOWN = "/.well-known/oauth-protected-resource"


@pytest.mark.parametrize("path", [WELL_KNOWN, f"{WELL_KNOWN}/mcp"])
async def test_everybody_can_read_where_to_sign_in_web_pages_too(entrance: Door, path: str) -> None:
    answer = await entrance.browser.get(entrance.address + path, headers={"Origin": "https://app.example.com"})
    assert answer.json() == {
        "resource": f"{entrance.address}/mcp",
        "authorization_servers": [entrance.issuer.address],
        "scopes_supported": ["tasks:read", "tasks:write", "tasks:delete"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Waylay Tasks",
    }
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
