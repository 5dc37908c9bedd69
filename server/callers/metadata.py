"""Where callers learn at which issuer they sign in: protected resource metadata (RFC 9728)."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_WELL_KNOWN = "/.well-known/oauth-protected-resource"


def metadata_address(resource: str) -> str:
    """Return where the metadata of a resource is."""
    parts = urlsplit(resource)
    return f"{parts.scheme}://{parts.netloc}{_WELL_KNOWN}{parts.path}"


def metadata_routes(resource: str, issuer: str, scopes: Sequence[str]) -> list[Route]:
    """Return the routes, where the specification has it and where clients look that do not know the path.

    Args:
        resource: The address of the endpoint.
        issuer: Who issues tokens for it, to the letter.
        scopes: What they can allow.
    """
    document = {
        "resource": resource,
        "authorization_servers": [issuer],
        "scopes_supported": [*scopes],
        "bearer_methods_supported": ["header"],
        "resource_name": "Waylay Tasks",
    }

    async def answer(request: Request) -> Response:
        return JSONResponse(document, headers={"Cache-Control": "public, max-age=3600"})

    # It is for everybody, and clients in web pages read it, too.
    open_to_all = [Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET"])]
    paths = (_WELL_KNOWN, _WELL_KNOWN + urlsplit(resource).path)
    return [Route(path, answer, methods=["GET"], middleware=open_to_all) for path in paths]
