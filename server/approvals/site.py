"""The approval page as a web application: what waits, a decision about it, and what was decided."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from server.approvals.access import Access, Session, from_elsewhere
from server.approvals.deciding import Deciding
from server.approvals.headers import SafeHeaders
from server.approvals.presence import Presence
from server.approvals.screen import Screen, Seen
from server.store.store import Store
from server.store.unavailable import StoreUnavailable

_MAX_FORM = 20_000
"""Bytes that a form may have."""

_MAX_FIELDS = 10

Handler = Callable[[Request, Session], Awaitable[Response]]


class Site:
    """The page's routes, below /approvals.

    Args:
        store: Holds the requests.
        deciding: Decides.
        access: Lets people in.
        screen: Draws.
        presence: Hears that somebody has the page open.
    """

    def __init__(self, store: Store, deciding: Deciding, access: Access, screen: Screen, presence: Presence) -> None:
        self._store = store
        self._deciding = deciding
        self._access = access
        self._screen = screen
        self._presence = presence

    def app(self) -> ASGIApp:
        """Return the application."""
        at = self._access.prefix
        routes = [
            Mount("/static", StaticFiles(packages=[("server.approvals", "static")])),
            Route(f"{at}/", self._inside(self._page)),
            Route(f"{at}/listing", self._inside(self._listing)),
            Route(f"{at}/requests/{{request_id}}", self._inside(self._decide), methods=["POST"]),
            Route(f"{at}/bye", self._inside(self._bye), methods=["POST"]),
            *self._access.routes(),
        ]
        app = Starlette(routes=routes, exception_handlers={StoreUnavailable: self._no_store})
        # It would lead on to a whole address, with the scheme of this connection, which need not be the browser's.
        app.router.redirect_slashes = False
        return SafeHeaders(app)

    def _inside(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Return the handler for browsers that have the page, and nothing posted from elsewhere."""

        async def handle(request: Request) -> Response:
            session = await self._access.session(request)
            if session is None:
                return self._access.outside(request)
            if request.method == "POST" and from_elsewhere(request):
                return self._screen.notice("Not from here", "Nothing was decided: use the page itself.", status=403)
            return await handler(request, session)

        return handle

    async def _page(self, request: Request, session: Session) -> Response:
        self._presence.seen()
        said = request.query_params.get("said")
        return self._screen.page(session, await self._seen(), signs_in=self._access.signs_in, said=said)

    async def _listing(self, request: Request, session: Session) -> Response:
        self._presence.seen()
        seen = await self._seen()
        tag = f'"{seen.version}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        answer = self._screen.listing(session, seen)
        answer.headers["ETag"] = tag
        return answer

    async def _decide(self, request: Request, session: Session) -> Response:
        form = await _form(request)
        wanted = await self._store.approvals.find(request.path_params["request_id"])
        if form.get("token") != session.token or form.get("decision") not in ("approve", "deny"):
            return self._screen.notice("Nothing was decided", "The form is not one of this page.", status=403)
        if wanted is None or wanted.page != self._access.page:
            return self._screen.notice("Nothing was decided", "There is no such request.", status=404)
        approve = form["decision"] == "approve"
        decided = await self._deciding.decide(wanted, session.person, approve=approve, note=form.get("note"))
        return RedirectResponse(f"../?said={decided}", 303)

    async def _bye(self, request: Request, session: Session) -> Response:
        self._presence.left()
        return Response(status_code=204)

    async def _seen(self) -> Seen:
        approvals, page = self._store.approvals, self._access.page
        waiting, number = await approvals.waiting(page), await approvals.number_waiting(page)
        return Seen(waiting, await approvals.history(page), more=max(0, number - len(waiting)))

    def _no_store(self, request: Request, error: Exception) -> Response:
        return self._screen.notice(
            "The store cannot be used", "Nothing was decided. Whoever runs this server has to look.", status=503
        )


async def _form(request: Request) -> dict[str, Any]:
    """Return the fields of a posted form; nothing of one that is too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM:
            return {}
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_MAX_FIELDS))
    except ValueError:
        return {}
