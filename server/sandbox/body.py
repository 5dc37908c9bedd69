"""Reads the JSON of a request."""

import json
from collections.abc import Iterable
from typing import cast

from starlette.requests import Request

from server.sandbox.errors import bad_request

_LEVELS = 100
"""How deep lists and objects may lie in each other: what is read has to be stored and written, too."""


async def read_json(request: Request) -> object:
    """Return a request's body.

    Raises:
        ApiError: 400 where it is not JSON, or holds what JSON cannot say: NaN, halves of characters.
    """
    try:
        body: object = json.loads(await request.body())
        if not _within(body, _LEVELS):
            raise bad_request(f"the body lies more than {_LEVELS} levels deep")
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise bad_request("the body is not JSON") from None
    return body


def _within(value: object, levels: int) -> bool:
    inner: Iterable[object] = ()
    if isinstance(value, dict):
        inner = cast("dict[str, object]", value).values()
    elif isinstance(value, list):
        inner = cast("list[object]", value)
    return levels > 0 and all(_within(one, levels - 1) for one in inner)
