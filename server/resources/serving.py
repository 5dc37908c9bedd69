"""resources/list, resources/templates/list and resources/read."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from server.cursors import refuse_cursor
from server.resources.catalog import LIVE, PAGES
from server.resources.kinds import Live, Page
from server.resources.offer import Offer

if TYPE_CHECKING:
    from server.resources.reader import Reader

Context = ServerRequestContext[Any, Any]


class Resources:
    """Serves the resources that this server offers to who is asking.

    Args:
        offer: Tells what that is.
        reader: Returns what reads those that come from the service.
        pages: Those that do not.
    """

    def __init__(self, offer: Offer, reader: "Callable[[], Reader]", pages: tuple[Page, ...] = PAGES) -> None:
        self._offer = offer
        self._reader = reader
        self._pages = pages

    async def list(self, context: Context, params: PaginatedRequestParams | None) -> ListResourcesResult:
        """Answer resources/list."""
        refuse_cursor(params)
        return ListResourcesResult(resources=[_entry(one) for one in self._offer.of(LIVE) if not one.is_template])

    async def templates(self, context: Context, params: PaginatedRequestParams | None) -> ListResourceTemplatesResult:
        """Answer resources/templates/list."""
        refuse_cursor(params)
        offered = [_template(one) for one in self._offer.of(LIVE) if one.is_template]
        return ListResourceTemplatesResult(resource_templates=offered)

    async def read(self, context: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        """Answer resources/read.

        Raises:
            MCPError: -32602, there is no such resource; else with what stood in the way.
        """
        uri = str(params.uri)
        page = {one.uri: one for one in self._offer.of(self._pages)}.get(uri)
        if page is not None:
            return _contents(uri, page.mime_type, page.text(self._offer.tools), {**page.meta})
        address = self._offer.address(uri)
        if address is None:
            raise self._unknown(uri)
        return _contents(uri, address.resource.mime_type, await self._reader().read(context, uri, address))

    def _unknown(self, uri: str) -> MCPError:
        known = [one.uri for one in (*self._offer.of(LIVE), *self._offer.of(self._pages))]
        are = f"The resources are {', '.join(known)}." if known else "No resource is offered here."
        return MCPError(INVALID_PARAMS, f"Unknown resource. {are}", {"uri": uri[:_SHOWN]})


_SHOWN = 500
"""Characters of an unknown address that are repeated."""


def _entry(resource: Live) -> Resource:
    return Resource(
        uri=resource.uri,
        name=resource.name,
        title=resource.title,
        description=resource.description,
        mime_type=resource.mime_type,
    )


def _template(resource: Live) -> ResourceTemplate:
    return ResourceTemplate(
        uri_template=resource.uri,
        name=resource.name,
        title=resource.title,
        description=resource.description,
        mime_type=resource.mime_type,
    )


def _contents(uri: str, mime_type: str, text: str, meta: dict[str, Any] | None = None) -> ReadResourceResult:
    return ReadResourceResult(contents=[TextResourceContents(uri=uri, mime_type=mime_type, text=text, _meta=meta)])
