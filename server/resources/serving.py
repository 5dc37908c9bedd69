"""resources/list, resources/templates/list and resources/read."""

from collections.abc import Callable
from functools import cache
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
from server.resources.catalog import FIXED, LIVE
from server.resources.kinds import Fixed, Live
from server.resources.offer import Offer

if TYPE_CHECKING:
    from server.resources.reader import Reader

Context = ServerRequestContext[Any, Any]


class Resources:
    """Serves the resources that this server offers to who is asking.

    Args:
        offer: Tells what that is.
        reader: Returns what reads those that come from the service.
        fixed: Those that do not.
    """

    def __init__(self, offer: Offer, reader: "Callable[[], Reader]", fixed: tuple[Fixed, ...] = FIXED) -> None:
        self._offer = offer
        self._reader = reader
        self._fixed = fixed
        self._text = cache(_text)

    async def list(self, context: Context, params: PaginatedRequestParams | None) -> ListResourcesResult:
        """Answer resources/list."""
        refuse_cursor(params)
        live = [_entry(one) for one in self._offer.of(LIVE) if not one.is_template]
        fixed = [_entry(one) for one in self._offer.of(self._fixed) if one.listed]
        return ListResourcesResult(resources=[*live, *fixed])

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
        fixed = {one.uri: one for one in self._offer.of(self._fixed)}.get(uri)
        if fixed is not None:
            return _contents(uri, fixed, fixed.fitted(self._text(fixed.load), self._offer.tools))
        address = self._offer.address(uri)
        if address is None:
            raise self._unknown(uri)
        return _contents(uri, address.resource, await self._reader().read(context, uri, address))

    def _unknown(self, uri: str) -> MCPError:
        known = [one.uri for one in (*self._offer.of(LIVE), *self._offer.of(self._fixed))]
        are = f"The resources are {', '.join(known)}." if known else "No resource is offered here."
        return MCPError(INVALID_PARAMS, f"Unknown resource. {are}", {"uri": uri[:_SHOWN]})


_SHOWN = 500
"""Characters of an unknown address that are repeated."""


def _text(load: Callable[[], str]) -> str:
    return load()


def _entry(resource: Live | Fixed) -> Resource:
    return Resource(
        uri=resource.uri,
        name=resource.name,
        title=resource.title,
        description=resource.description,
        mime_type=resource.mime_type,
        _meta=_meta(resource),
    )


def _template(resource: Live) -> ResourceTemplate:
    return ResourceTemplate(
        uri_template=resource.uri,
        name=resource.name,
        title=resource.title,
        description=resource.description,
        mime_type=resource.mime_type,
    )


def _contents(uri: str, resource: Live | Fixed, text: str) -> ReadResourceResult:
    contents = TextResourceContents(uri=uri, mime_type=resource.mime_type, text=text, _meta=_meta(resource))
    return ReadResourceResult(contents=[contents])


def _meta(resource: Live | Fixed) -> dict[str, Any] | None:
    return {**resource.meta} or None if isinstance(resource, Fixed) else None
