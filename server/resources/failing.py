"""What went wrong with reading a resource, as an error of the protocol: it has no other place for that."""

from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, TextContent

from server.callers.failures import InsufficientScope, NotSignedIn, TooManyCalls
from server.errors import CallFailure, InvalidArguments, NotAdmitted
from server.results import Results
from server.upstream.errors import NotFound

_UNKNOWN = (NotFound, InvalidArguments)
"""Nothing is there. The SDK answers that with the same code in both eras."""

_NOT_ALLOWED = (NotAdmitted, NotSignedIn, InsufficientScope, TooManyCalls)


def as_error(failure: CallFailure, results: Results, uri: str | None = None) -> MCPError:
    """Return the error for a failure, of one resource perhaps: its words and data are those of a tool's result."""
    told = results.failure(failure)
    text = "\n".join(part.text for part in told.content if isinstance(part, TextContent))
    return MCPError(_code(failure), text, {**({"uri": uri} if uri else {}), **(told.structured_content or {})})


def _code(failure: CallFailure) -> int:
    if isinstance(failure, _UNKNOWN):
        return INVALID_PARAMS
    return INVALID_REQUEST if isinstance(failure, _NOT_ALLOWED) else INTERNAL_ERROR
