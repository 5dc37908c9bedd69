"""The upstream client: one request to the Tasks API, its answer read or its failure named."""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from types import NoneType
from typing import TypeVar
from urllib.parse import quote

import anyio
import httpx
from pydantic import TypeAdapter, ValidationError

from server.upstream.failures import (
    TOKEN_REQUEST,
    is_json,
    past_deadline,
    status_failure,
    transport_failure,
    unreadable,
)
from server.upstream.signing import EXCHANGING
from tools.contract import Reply, Request

ResultT = TypeVar("ResultT")

_DONE = (HTTPStatus.OK, HTTPStatus.NO_CONTENT)


class Upstream:
    """The Tasks API over httpx; what operations see as `Api`.

    Args:
        client: The HTTP client, with address, signing and time limits set.
        total_timeout: Seconds that a request may take as a whole.
        then_close: Closes what lies behind the client.
    """

    def __init__(
        self, client: httpx.AsyncClient, total_timeout: float, then_close: Callable[[], None] | None = None
    ) -> None:
        self._client = client
        self._total_timeout = total_timeout
        self._then_close = then_close

    async def send(self, request: Request, returns: type[ResultT]) -> Reply[ResultT]:
        """Send `request` and read the answer as `returns`.

        Raises:
            UpstreamFailure: whichever of its kinds fits.
        """
        response = await self._exchange(request)
        if not response.is_success:
            raise status_failure(request, response)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(_read(request, response, returns), headers, response.status_code)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
        if self._then_close is not None:
            self._then_close()

    async def _exchange(self, request: Request) -> httpx.Response:
        sending = self._request(request)
        try:
            with anyio.fail_after(self._total_timeout):
                return await self._client.send(sending)
        except TimeoutError:
            raise past_deadline(_under_way(request, sending), self._total_timeout) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise transport_failure(_under_way(request, sending), error) from None

    def _request(self, request: Request) -> httpx.Request:
        return self._client.build_request(
            request.method,
            "/" + "/".join(quote(segment, safe="") for segment in request.path),
            params=httpx.QueryParams(list(request.query)) if request.query else None,
            json=dict(request.body) if request.body is not None else None,
            headers={"Accept": request.accept},
        )


def _under_way(request: Request, sending: httpx.Request) -> Request:
    """Return the request that failed: while a token was being fetched, the operation's own was not sent."""
    return TOKEN_REQUEST if sending.extensions.get(EXCHANGING) else request


def _read(request: Request, response: httpx.Response, returns: type[ResultT]) -> ResultT:
    if returns is NoneType:
        if response.status_code not in _DONE or (response.content and not is_json(response)):
            raise unreadable(request, response)
        return None  # pyright: ignore[reportReturnType]
    reader = _reader(returns)
    with suppress(ValidationError):
        return reader.validate_json(response.content)
    try:
        return reader.validate_json(_in_whole_characters(response.content))
    except (ValueError, RecursionError):
        raise unreadable(request, response) from None


@cache
def _reader(returns: type[ResultT]) -> TypeAdapter[ResultT]:
    """Return what reads a type: putting one together takes longer than many readings."""
    return TypeAdapter(returns)


def _in_whole_characters(content: bytes) -> bytes:
    """Return a JSON text in which halves of characters are question marks: a name may have been cut between them."""
    return json.dumps(json.loads(content), ensure_ascii=False).encode("utf-8", "replace")
