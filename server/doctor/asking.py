"""Asks the gateway with the server's own client, and keeps what came back beside what the client made of it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx
from pydantic import SecretStr

from server.settings import Settings
from server.upstream.client import Upstream
from server.upstream.connection import gateway_client
from server.upstream.credentials import Gateway
from server.upstream.error_body import error_body, without_secrets
from server.upstream.errors import UpstreamFailure
from server.upstream.limits import limits_of
from server.upstream.signing import ExchangedToken
from server.upstream.watching import Unwatched
from tools.contract import Reply, Request

ResultT = TypeVar("ResultT")

_AT_ONCE = 4
"""Requests that are under way at the same time: this is no load test."""


@dataclass(slots=True)
class Asked(Generic[ResultT]):
    """What came of a question.

    Attributes:
        reply: The answer, where it is one.
        failure: What the client makes of it otherwise.
        response: The last answer of anybody; None where none came.
        location: Where it leads to, if it redirects.
        at: When it came, in epoch seconds: half the way between question and answer.
        seconds: How long it took.
    """

    reply: Reply[ResultT] | None = None
    failure: UpstreamFailure | None = None
    response: httpx.Response | None = None
    location: str = ""
    at: float = 0
    seconds: float = 0

    @property
    def status(self) -> int | None:
        """The status that came back."""
        return None if self.response is None else self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that came back."""
        return {} if self.response is None else self.response.headers

    @property
    def body(self) -> str:
        """The text that came back, as far as it was read, without the credentials that it may repeat."""
        # What credentials were exchanged by has them in its body, and whoever answers may repeat that.
        if self.response is None or self.response.request.method != "GET":
            return ""
        try:
            return without_secrets(self.response)
        except httpx.ResponseNotRead:
            return ""

    @property
    def own(self) -> Mapping[str, Any]:
        """The error in the service's own form, without the credentials that it may repeat; empty where it is none."""
        return error_body(self.response) if self.response is not None and self.body else {}

    @property
    def is_page(self) -> bool:
        """Whether it is a web page."""
        return "html" in self.headers.get("content-type", "").lower() or self.body.lstrip()[:1] == "<"


@dataclass(slots=True)
class _Noted:
    response: httpx.Response | None = None
    location: str = ""


class Asking:
    """Asks, each question once and briefly.

    Args:
        gateway: Whom.
        settings: How the server itself would.
        seconds: How long a question may take.
    """

    def __init__(self, gateway: Gateway, settings: Settings, seconds: float) -> None:
        brief = settings.model_copy(
            update={
                "connect_timeout": min(settings.connect_timeout, seconds),
                "read_timeout": min(settings.read_timeout, seconds),
                "total_timeout": min(settings.total_timeout, seconds),
                "retry_attempts": 1,
                "max_in_flight": min(settings.max_in_flight, _AT_ONCE),
            }
        )
        client = gateway_client(gateway, brief)
        self._auth = client.auth
        self._upstream = Upstream(client, limits_of(brief), Unwatched())
        # Before the client's own hook, which takes away where a redirect leads.
        client.event_hooks["response"].insert(0, self._note)
        self._last = _Noted()

    async def ask(
        self,
        path: Sequence[str],
        returns: type[ResultT],
        query: Sequence[tuple[str, str]] = (),
        accept: str = "application/json",
    ) -> Asked[ResultT]:
        """Ask one question by GET; questions of which the answer's head matters must not be asked side by side."""
        self._last, began, asked = _Noted(), time.time(), Asked[ResultT]()
        try:
            asked.reply = await self._upstream.send(Request("GET", path, query=query, accept=accept), returns)
        except UpstreamFailure as failure:
            asked.failure = failure
        asked.seconds = time.time() - began
        asked.at = began + asked.seconds / 2
        asked.response, asked.location = self._last.response, self._last.location
        return asked

    @property
    def token(self) -> SecretStr | None:
        """The token that credentials were exchanged for, if they were."""
        return self._auth.token if isinstance(self._auth, ExchangedToken) else None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._upstream.aclose()

    async def _note(self, response: httpx.Response) -> None:
        self._last = _Noted(response, response.headers.get("location", ""))
