"""What the service does, noted where it is done."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from tests.soak.deed import Deed, Done, deed, document_of

_VERBS = {"PUT": "replace_task", "DELETE": "delete_task"}
_TASK = 4
"""The part of a path that names a task."""


class Deeds:
    """Passes requests on to the service, and notes each deed that it carries out.

    Args:
        service: The service.
    """

    def __init__(self, service: ASGIApp) -> None:
        self._service = service
        self._waiting: list[Callable[[], object]] = []
        self.done: list[Done] = []
        self.sent = Counter[Deed]()
        """How often each deed was asked for, whatever came of it."""
        self.requests = 0

    def next(self) -> "asyncio.Future[None]":
        """Return what is over when the next change arrives."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(lambda: future.done() or future.set_result(None))
        return future

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, body = 0, b""

        async def read() -> Any:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            return message

        async def watch(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            self.requests += scope["type"] == "http"
            await self._service(scope, receive, send)
            return
        self._arrived()
        # What is sent after it was carried out may not arrive, and was carried out all the same.
        try:
            await self._service(scope, read, watch)
        finally:
            done = deed_of(scope["method"], scope["path"], body)
            if done is not None:
                self.sent[done] += 1
                if status and status < 400:
                    self.done.append(Done(done, time.time()))

    def _arrived(self) -> None:
        self.requests += 1
        waiting, self._waiting = self._waiting, []
        for tell in waiting:
            tell()


def deed_of(method: str, path: str, body: bytes) -> Deed | None:
    """Return the deed that a request asks for; None where it asks for none, such as a token."""
    parts = path.split("/")
    if parts[1:4] != ["rules", "v1", "tasks"]:
        return None
    document = document_of(json.loads(body) if body else None)
    if len(parts) == _TASK:
        return deed("create_task", None, document)
    return deed(_VERBS.get(method) or f"{parts[-1]}_task", parts[_TASK], document)
