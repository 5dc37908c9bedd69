"""One attempt at a request while it is under way: how far it came decides what can be said of it."""

from collections.abc import Mapping
from typing import Any

import anyio
import httpx

from server.upstream.bounding import AnswerTooLarge
from server.upstream.errors import ConnectionLost, TimedOut, UpstreamFailure
from server.upstream.failures import broken_off, past_deadline, too_large, transport_failure, unreadable
from server.upstream.hints import TOKEN_REQUEST
from server.upstream.last_look import LAST_LOOK, LastLook
from server.upstream.signing import HELD_BACK
from server.upstream.statuses import status_failure
from tools.contract import Request

TRACE = "trace"
"""The extension by which httpcore tells how far a request came."""


class Sending:
    """One attempt at a request.

    Args:
        client: Sends it.
        request: The request.
        wire: The same as it is sent.
        look: The last look at what it is about.
    """

    def __init__(
        self, client: httpx.AsyncClient, request: Request, wire: httpx.Request, look: LastLook | None = None
    ) -> None:
        self._client = client
        self._operation = request
        self._wire = wire
        self._look = look
        self._response: httpx.Response | None = None
        self._connecting = False
        self._leaving = False
        wire.extensions |= {TRACE: self._trace, LAST_LOOK: look}

    @property
    def status(self) -> int | None:
        """The status that came back."""
        return self._response.status_code if self._response else None

    async def answer(self, deadline: float, seconds: float) -> httpx.Response:
        """Return the successful answer, read to its end.

        Args:
            deadline: The event loop's time at which it is given up.
            seconds: How long the request may take as a whole, for the words.

        Raises:
            UpstreamFailure: whichever of its kinds fits. Besides, what the last look raises.
        """
        try:
            with anyio.fail_after(deadline - anyio.current_time()):
                response = await self._read()
        except TimeoutError:
            raise self._past_deadline(seconds) from None
        except AnswerTooLarge as error:
            raise too_large(self._request, self._response, error.most) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._broken(error) from None
        if not response.is_success:
            raise status_failure(self._request, response)
        return response

    async def _read(self) -> httpx.Response:
        self._response = response = await self._client.send(self._wire, stream=True)
        try:
            await response.aread()
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()
        return response

    @property
    def _request(self) -> Request:
        """The request that is under way: while something else is asked first, the operation's own was not sent."""
        return TOKEN_REQUEST if self._wire.extensions.get(HELD_BACK) else self._operation

    def _past_deadline(self, seconds: float) -> UpstreamFailure:
        if self._response is None:
            return past_deadline(self._request, seconds, sent=self._leaving or not self._connecting)
        return self._incomplete(self._response, TimedOut, f"its answer did not end within {seconds:g} seconds.")

    def _broken(self, error: Exception) -> UpstreamFailure:
        response = self._response
        if response is None:
            return transport_failure(self._request, error)
        if isinstance(error, httpx.DecodingError) and response.is_success:
            return unreadable(self._request, response)
        if isinstance(error, httpx.TimeoutException):
            return self._incomplete(response, TimedOut, "its answer did not end in time.")
        return self._incomplete(response, ConnectionLost, "the connection broke before its answer ended.")

    def _incomplete(self, response: httpx.Response, kind: type[UpstreamFailure], why: str) -> UpstreamFailure:
        if response.is_success:
            return broken_off(self._request, response, kind, why)
        # The status says what there is to know; what was read of the words is not kept.
        head = httpx.Response(response.status_code, headers=response.headers, request=response.request)
        return status_failure(self._request, head)

    async def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Hear from httpcore how far the request came; an engine in this process says nothing."""
        self._connecting = True
        if self._look is not None:
            self._look.hear(event)
        self._leaving = self._leaving or "send_request" in event
