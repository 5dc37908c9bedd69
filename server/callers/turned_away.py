"""The body of an answer to a request that is turned away: an error of JSON-RPC, whose message clients show.

For OAuth, what counts is in the headers (RFC 6750, section 3); a body of its own form would be read by nobody, and
clients that speak MCP would only say that the server returned an error.
"""

from collections.abc import Mapping
from http import HTTPStatus

from mcp.types import INTERNAL_ERROR, INVALID_REQUEST
from starlette.responses import JSONResponse


def turned_away(status: HTTPStatus, error: str, described: str, headers: Mapping[str, str]) -> JSONResponse:
    """Return the answer.

    Args:
        status: Its status.
        error: What is the matter, in one word, as OAuth has words for it; in the error's data.
        described: The same in sentences.
        headers: Its headers.
    """
    code = INVALID_REQUEST if status < HTTPStatus.INTERNAL_SERVER_ERROR else INTERNAL_ERROR
    # The request was not read, so nothing is known of its ID.
    body = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": described, "data": {"error": error}}}
    return JSONResponse(body, status, headers)
