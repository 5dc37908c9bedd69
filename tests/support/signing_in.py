"""The way of somebody who signs in, without a page: to the issuer, and back."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from pydantic import SecretStr

from server.approvals.person import Person
from server.approvals.sign_in import SignIn
from tests.support.issuer import CLIENT_ID, CLIENT_SECRET, Issuer
from tests.support.serving import PATIENCE

BACK = "https://mcp.example.com/approvals/signed-in"


def client_of(issuer: Issuer, **given: Any) -> SignIn:
    """Return a client of the issuer's, for its operators unless told otherwise."""
    secret = None if issuer.method == "none" else SecretStr(CLIENT_SECRET)
    needed = {"group": given.pop("group", "operators"), "scope": given.pop("scope", None)}
    address = given.pop("address", issuer.address)
    return SignIn(address, CLIENT_ID, given.pop("secret", secret), BACK, **needed, **given)


async def there_and_back(url: str) -> dict[str, str]:
    """Go where the browser is sent, and return what it brings back."""
    # Issuers of tests have no certificates, and reading those of the machine takes longer than the rest.
    async with httpx2.AsyncClient(timeout=PATIENCE, verify=False) as browser:
        answer = await browser.get(url)
    back = answer.headers["Location"]
    assert back.startswith(f"{BACK}?")
    return dict(parse_qsl(urlsplit(back).query))


async def signs_in(sign_in: SignIn, changed: Mapping[str, str] | None = None) -> Person:
    """Sign in, with something changed in what the browser brings back."""
    begun = await sign_in.begin()
    return await sign_in.finish(begun.kept, {**await there_and_back(begun.url), **(changed or {})})
