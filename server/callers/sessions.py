"""How many sessions of the older era a caller may have: there is room for so many, and one must not take all of it."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.callers.pace import caller_at, too_many

IDLE_SECONDS = 1800
"""Seconds without a request after which a session ends."""

ROOM = 1000
"""Sessions that there can be in a process."""

_SHARE = 100
_WAIT = 60
_HEADER = "mcp-session-id"


@dataclass(slots=True)
class _Session:
    """A session: whose it is, how many requests of it are under way, and when it ends unless there are more."""

    caller: str
    until: float
    busy: int = 0


class SessionShare:
    """Refuses to open sessions beyond a caller's share. It knows of them by what goes to and fro.

    Args:
        app: The web application.
        path: Where the endpoint is.
        most: Sessions that one caller may have.
        clock: Returns seconds that only grow.
    """

    def __init__(
        self, app: ASGIApp, path: str, most: int = _SHARE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._path = path
        self._most = most
        self._clock = clock
        self._sessions: dict[str, _Session] = {}
        self._opening = Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        caller = caller_at(scope, self._path)
        headers = Headers(scope=scope) if caller else Headers()
        session = self._sessions.get(headers.get(_HEADER, ""))
        if session is not None and session.caller == caller:
            await self._go_on(session, scope, receive, send)
        elif not caller or not _opens(headers):
            await self._app(scope, receive, send)
        elif self._number(caller) >= self._most:
            await too_many(f"more than {self._most} open sessions", _WAIT)(scope, receive, send)
        else:
            await self._open(caller, scope, receive, send)

    async def _open(self, caller: str, scope: Scope, receive: Receive, send: Send) -> None:
        opened = _Session(caller, 0, busy=1)

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < HTTPStatus.BAD_REQUEST:
                session_id = Headers(raw=message["headers"]).get(_HEADER)
                if session_id is not None:
                    self._sessions[session_id] = opened
            await send(message)

        self._opening[caller] += 1
        try:
            await self._app(scope, receive, watch)
        finally:
            self._opening -= Counter([caller])
            self._rests(opened)

    async def _go_on(self, session: _Session, scope: Scope, receive: Receive, send: Send) -> None:
        answered: list[int] = []

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.append(message["status"])
            await send(message)

        session.busy += 1
        try:
            await self._app(scope, receive, watch)
        finally:
            if scope["method"] == "DELETE" and HTTPStatus.OK in answered:
                self._sessions.pop(Headers(scope=scope)[_HEADER], None)
            self._rests(session, goes_on=HTTPStatus.NOT_FOUND not in answered)

    def _rests(self, session: _Session, *, goes_on: bool = True) -> None:
        """Note that a request of a session is over; one that was not found has not prolonged it."""
        session.busy -= 1
        if goes_on:
            session.until = self._clock() + IDLE_SECONDS

    def _number(self, caller: str) -> int:
        """Return how many sessions a caller has or is opening, and forget those that have ended."""
        now = self._clock()
        self._sessions = {
            name: session for name, session in self._sessions.items() if session.busy or session.until > now
        }
        return self._opening[caller] + sum(session.caller == caller for session in self._sessions.values())


def _opens(headers: Headers) -> bool:
    """Return whether a request is answered with a new session, if with anything: the newer era has none."""
    version = headers.get("mcp-protocol-version")
    return _HEADER not in headers and (version is None or version in HANDSHAKE_PROTOCOL_VERSIONS)
