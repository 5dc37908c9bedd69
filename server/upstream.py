"""The upstream client: one request to the Tasks API, its answer read or its failure named."""

from collections.abc import Callable
from types import NoneType
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import anyio
from pydantic import TypeAdapter, ValidationError

from server.upstream_failures import past_deadline, status_failure, transport_failure, unreadable
from tools.contract import Reply, Request

if TYPE_CHECKING:
    import httpx

ResultT = TypeVar("ResultT")


class Upstream:
    """The Tasks API over httpx; what operations see as `Api`.

    The HTTP client is opened by the first request, so that starting the server does not wait for it.

    Args:
        open_client: Returns the HTTP client, with address, signing and time limits set.
        total_timeout: Seconds that a request may take as a whole.
    """

    def __init__(self, open_client: Callable[[], "httpx.AsyncClient"], total_timeout: float) -> None:
        self._open_client = open_client
        self._total_timeout = total_timeout
        self._client: httpx.AsyncClient | None = None

    async def send(self, request: Request, returns: type[ResultT]) -> Reply[ResultT]:
        """Send `request` and read the answer as `returns`.

        Raises:
            UpstreamFailure: whichever of its kinds fits.
        """
        response = await self._exchange(request)
        if not response.is_success:
            raise status_failure(request, response)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(self._read(request, response, returns), headers)

    async def aclose(self) -> None:
        """Close the connections; the next request opens them anew."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _exchange(self, request: Request) -> "httpx.Response":
        import httpx

        client = self._client = self._client or self._open_client()
        try:
            with anyio.fail_after(self._total_timeout):
                return await client.request(
                    request.method,
                    "/" + "/".join(quote(segment, safe="") for segment in request.path),
                    params=httpx.QueryParams(list(request.query)) if request.query else None,
                    json=dict(request.body) if request.body is not None else None,
                    headers={"Accept": request.accept},
                )
        except TimeoutError:
            raise past_deadline(request, self._total_timeout) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise transport_failure(request, error) from None

    def _read(self, request: Request, response: "httpx.Response", returns: type[ResultT]) -> ResultT:
        if returns is NoneType:
            return None  # pyright: ignore[reportReturnType]
        try:
            return TypeAdapter(returns).validate_json(response.content)
        except ValidationError:
            raise unreadable(request, response) from None
