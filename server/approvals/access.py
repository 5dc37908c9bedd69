"""Who has the approval page open: a browser with a cookie of ours, on the desk of this machine or signed in."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.approvals.person import Person
from server.store.store import Store


@dataclass(frozen=True, slots=True)
class Session:
    """An open page.

    Attributes:
        person: Who sits before it.
        token: What its forms carry, so that no other page can post them.
    """

    person: Person
    token: str = field(repr=False)


class Access(Protocol):
    """Lets people to the page."""

    prefix: str
    """The path of the page below /approvals, without a slash at its end."""
    page: str
    """Which requests are shown and decided here: `ApprovalPage.name`."""
    signs_in: bool
    """Whether people sign in, and so can sign out."""

    def routes(self) -> list[BaseRoute]:
        """Return the ways that lead to the page."""
        ...

    async def session(self, request: Request) -> Session | None:
        """Return the page that is open in the browser that asks; None when it may not see it."""
        ...

    def outside(self, request: Request) -> Response:
        """Return the answer for a browser that has no page."""
        ...


async def open_session(store: Store, person: Person, seconds: float, **more: str) -> str:
    """Keep a page that was opened for so many seconds, and return the handle that its browser gets."""
    data = {"name": person.name, "identity": person.identity, "token": secrets.token_urlsafe(16), **more}
    return await store.sessions.open("page", data, seconds)


def session_of(data: Mapping[str, Any]) -> Session:
    """Return the page that a store's entry describes."""
    return Session(Person(data["name"], data["identity"]), data["token"])


def from_elsewhere(request: HTTPConnection) -> bool:
    """Tell whether another site makes the browser ask, as far as the browser says."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    host = request.headers.get("host", "")
    return site != "same-origin" or (origin is not None and origin.partition("://")[2] != host)
