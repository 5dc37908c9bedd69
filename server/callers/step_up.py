"""Calls that a token does not allow are answered so that clients can ask for what is missing.

It is for their sake that this looks into requests; that such a call is not carried out is for the pipeline to see to.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.callers.challenge import Challenges, Denied

logger = logging.getLogger("waylay_tasks_mcp.callers")

_TASKS, _READING = "waylay://tasks", "get_task"
"""The addresses of what is read from the service, and a tool that needs the scope for that."""

_LARGEST = 4 * 1024 * 1024
"""Bytes of a request that are looked at."""


class StepUp:
    """Refuses calls for which the token lacks a scope, and says which.

    Args:
        app: The web application.
        path: Where the endpoint is.
        needs: The scopes that each tool needs.
        challenges: Makes the answers.
    """

    def __init__(self, app: ASGIApp, path: str, needs: Mapping[str, Sequence[str]], challenges: Challenges) -> None:
        self._app = app
        self._path = path
        self._needs = needs
        self._challenges = challenges
        self._all = frozenset(scope for scopes in needs.values() for scope in scopes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if not self._matters(scope):
            await self._app(scope, receive, send)
            return
        request = _Request(receive)
        tool = _tool(await request.read())
        denied = self._denied(tool, scope["auth"].scopes)
        if denied is None:
            await self._app(scope, request.receive, send)
        else:
            await self._challenges.answer(HTTPConnection(scope), denied)(scope, receive, send)

    def _matters(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] != "POST":
            return False
        return not self._all <= {*scope["auth"].scopes}

    def _denied(self, tool: str | None, granted: Sequence[str]) -> Denied | None:
        needed = self._needs.get(tool or "", ())
        if {*needed} <= {*granted}:
            return None
        logger.info("%s was refused: the token does not allow it", tool)
        described = f"{tool} needs what the token does not allow. Nothing was done."
        return Denied(HTTPStatus.FORBIDDEN, "insufficient_scope", described, needed)


class _Request:
    """A request that is read ahead, and then read once more by whom it is passed on to."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._read: list[Message] = []

    async def read(self) -> bytes:
        """Return its body; as much of it as is looked at."""
        size, goes_on = 0, True
        while goes_on and size <= _LARGEST:
            message = await self._receive()
            self._read.append(message)
            size += len(message.get("body", b""))
            goes_on = message["type"] == "http.request" and message.get("more_body", False)
        return b"".join(message.get("body", b"") for message in self._read)

    async def receive(self) -> Message:
        """Return the next piece."""
        return self._read.pop(0) if self._read else await self._receive()


def _tool(body: bytes) -> str | None:
    """Return the tool that a request calls, or that it takes to read a resource; None for any other request."""
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    request = cast("dict[str, Any]", document)
    params = request.get("params")
    given = cast("dict[str, Any]", params) if isinstance(params, dict) else {}
    if request.get("method") == "resources/read":
        return _READING if str(given.get("uri")).startswith(_TASKS) else None
    name = given.get("name")
    return name if request.get("method") == "tools/call" and isinstance(name, str) else None
