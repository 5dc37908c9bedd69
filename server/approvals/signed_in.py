"""The page for people who sign in with OpenID Connect."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from server.approvals.access import Session, from_elsewhere, open_session, session_of
from server.approvals.screen import Screen
from server.issuers.sign_in_failed import SignInFailed
from server.store.store import Store

if TYPE_CHECKING:
    from server.approvals.sign_in import SignIn

_SIGN_IN_SECONDS = 600
_PAGE_SECONDS = 3600
"""Seconds after which people sign in again: until then it is not asked whether they still may."""

_COOKIE, _ON_THE_WAY = "waylay_approvals", "waylay_approvals_sign_in"


class SignedIn:
    """Lets in who signs in.

    Args:
        store: Keeps sign-ins and pages.
        screen: Draws.
        sign_in: Asks the issuer.
        home: Where browsers reach the page, without a slash at its end.
        page: What tells it from other pages over the same store.
    """

    prefix = ""
    signs_in = True

    def __init__(self, store: Store, screen: Screen, sign_in: "SignIn", home: str, page: str) -> None:
        self.page = page
        self._store = store
        self._screen = screen
        self._sign_in = sign_in
        self._home = home
        self._secure = home.startswith("https://")

    def routes(self) -> list[BaseRoute]:
        """Return the ways in and out."""
        return [
            Route("/sign-in", self._begin),
            Route("/signed-in", self._finish),
            Route("/sign-out", self._end, methods=["POST"]),
        ]

    async def session(self, request: Request) -> Session | None:
        """Return the page that is open in the browser that asks."""
        data = await self._store.sessions.read("page", request.cookies.get(self._named(_COOKIE), ""))
        return session_of(data) if data and data.get("page") == self.page else None

    def outside(self, request: Request) -> Response:
        """Send the browser to sign in, if it is a person who came to look."""
        if request.method == "GET" and request.url.path.endswith("/approvals/"):
            return RedirectResponse(f"{self._home}/sign-in", 303)
        return self._screen.notice("You are not signed in", "Sign in and try again.", status=403, link="sign-in")

    def _named(self, cookie: str) -> str:
        # The prefix makes browsers take it from this host alone, and over TLS alone.
        return f"__Host-{cookie}" if self._secure else cookie

    async def _begin(self, request: Request) -> Response:
        try:
            begun = await self._sign_in.begin()
        except SignInFailed as failure:
            return self._failed(failure)
        handle = await self._store.sessions.open("sign_in", begun.kept, _SIGN_IN_SECONDS)
        answer = RedirectResponse(begun.url, 303)
        self._give(answer, self._named(_ON_THE_WAY), handle, _SIGN_IN_SECONDS)
        return answer

    async def _finish(self, request: Request) -> Response:
        kept = await self._store.sessions.take("sign_in", request.cookies.get(self._named(_ON_THE_WAY), ""))
        if kept is None:
            return self._screen.notice(
                "This sign-in is over", "It was finished before, or took too long.", status=403, link="sign-in"
            )
        try:
            person = await self._sign_in.finish(kept, dict(request.query_params))
        except SignInFailed as failure:
            return self._failed(failure)
        handle = await open_session(self._store, person, _PAGE_SECONDS, page=self.page)
        answer = RedirectResponse(f"{self._home}/", 303)
        self._give(answer, self._named(_COOKIE), handle, _PAGE_SECONDS)
        answer.delete_cookie(self._named(_ON_THE_WAY), path="/", secure=self._secure, httponly=True)
        return answer

    async def _end(self, request: Request) -> Response:
        if from_elsewhere(request):
            return self._screen.notice("Not from here", "Sign out on the page itself.", status=403)
        await self._store.sessions.take("page", request.cookies.get(self._named(_COOKIE), ""))
        answer = self._screen.notice("You are signed out", "What waits goes on waiting.", link="sign-in")
        answer.delete_cookie(self._named(_COOKIE), path="/", secure=self._secure, httponly=True)
        return answer

    def _give(self, answer: Response, name: str, handle: str, seconds: int) -> None:
        # Lax, because the way back from the issuer starts on another site.
        answer.set_cookie(name, handle, max_age=seconds, path="/", httponly=True, secure=self._secure, samesite="lax")

    def _failed(self, failure: SignInFailed) -> Response:
        return self._screen.notice("You could not be signed in", str(failure), status=403, link="sign-in")
