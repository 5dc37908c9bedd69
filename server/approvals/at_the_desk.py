"""The page on the machine of whoever runs this process: a link that works once lets their browser in, and no other."""

import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from server.approvals.access import Session, open_session, session_of
from server.approvals.desk_page import desk_name
from server.approvals.neighbours import is_ours
from server.approvals.person import Person
from server.approvals.screen import Screen
from server.approvals.tickets import is_let_in
from server.person import account
from server.settings_checks import LOOPBACK
from server.store.store import Store

_SECONDS = 12 * 3600
"""Seconds for which the page stays open."""


class AtTheDesk:
    """Lets in the browser that was opened here.

    The page lies at a path that nobody can guess, and its cookie goes to that path alone: cookies do not tell ports
    apart, and whatever else is served on this machine must not be sent this one.

    Args:
        store: Keeps links and pages.
        screen: Draws.
        site: What the processes share that serve one desk; None where one process does.
    """

    prefix = "/at/{desk}"
    signs_in = False

    def __init__(self, store: Store, screen: Screen, site: str | None = None) -> None:
        self.page = desk_name()
        self._store = store
        self._screen = screen
        # A page is open at this desk only, and not at the next one: its port may be somebody else's by then.
        self._site = site or secrets.token_urlsafe(16)

    def routes(self) -> list[BaseRoute]:
        """Return the way in."""
        return [Route("/open/{ticket}", self._enter), Route("/", self.outside)]

    async def session(self, request: Request) -> Session | None:
        """Return the page that is open in the browser that asks."""
        if not _from_this_desk(request):
            return None
        desk = request.path_params["desk"]
        data = await self._store.sessions.read("page", request.cookies.get(_cookie(desk), ""))
        return session_of(data) if data and (data.get("desk"), data.get("site")) == (desk, self._site) else None

    def outside(self, request: Request) -> Response:
        """Say how one gets in."""
        return self._screen.notice(
            "This page opens by itself",
            "When a call waits for approval, this server opens the page in the browser of whoever runs it. In a "
            "terminal on this machine, the command waylay-tasks-mcp approvals shows what waits, and decides.",
            status=403,
        )

    async def _enter(self, request: Request) -> Response:
        if not _from_this_desk(request) or not await is_let_in(self._store, request.path_params["ticket"]):
            return self._screen.notice(
                "This link does not work any more",
                "It opens the page once, in the first minutes. The next request for approval opens a new one. If you "
                "did not use this link yourself, somebody else on this machine did: deny what waits, with the command "
                "waylay-tasks-mcp approvals.",
                status=403,
            )
        desk = secrets.token_urlsafe(16)
        handle = await open_session(self._store, Person(account(), ""), _SECONDS, desk=desk, site=self._site)
        path = f"/approvals/at/{desk}/"
        answer = RedirectResponse(path, 303)
        answer.set_cookie(_cookie(desk), handle, max_age=_SECONDS, path=path, httponly=True, samesite="strict")
        return answer


def _cookie(desk: str) -> str:
    """Return the cookie's name: whatever else is served on this machine must not be able to set one like it."""
    return f"waylay_approvals_{desk[:8]}"


def _from_this_desk(request: Request) -> bool:
    """Tell whether this account's browser asked this machine, and not a name that somebody made point to it.

    A proxy's word for who asks is nothing to go by: a browser at the desk comes by itself.
    """
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    return host in LOOPBACK and "x-forwarded-for" not in request.headers and is_ours(request)
