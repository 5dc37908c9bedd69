"""No answer is larger in memory than it may be: it is unpacked and counted while it comes in."""

import zlib
from collections.abc import AsyncIterator, Callable

import httpx

ANSWER = "waylay_tasks_mcp.answer"
"""The extension of a request that says how many bytes a successful answer to it may have."""

PACKED = "gzip"
"""How an answer may be packed."""

_SMALL = 256_000
"""Bytes of what is no operation's answer: errors, of which more is not read, and tokens."""


class AnswerTooLarge(Exception):
    """A success whose body is too large. `most` is the number of bytes that it may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most} bytes")
        self.most = most


async def bound(response: httpx.Response) -> None:
    """Have a response's body bounded while it is read; httpx calls this for every response, also to a sign-in.

    httpx itself would unpack all that comes in at once, which can be a thousand times as much, and would look into
    where a redirect leads, which is not followed.
    """
    most = response.request.extensions.get(ANSWER, _SMALL) if response.is_success else _SMALL
    packing = response.headers.pop("content-encoding", "identity").strip().lower()
    response.headers.pop("location", None)
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = _Bounded(response.stream, packing, most, cut=not response.is_success)


class _Bounded(httpx.AsyncByteStream):
    """A body of at most so many bytes, unpacked.

    Args:
        stream: What comes in.
        packing: The content encoding that it has.
        most: Bytes that it may have.
        cut: Whether what is too much is left out; otherwise it is refused.
    """

    def __init__(self, stream: httpx.AsyncByteStream, packing: str, most: int, *, cut: bool) -> None:
        self._stream = stream
        self._unpack = _unpacking(packing)
        self._most = most
        self._cut = cut

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body in one piece: a million pieces of one byte would take far more than a million bytes.

        Raises:
            AnswerTooLarge: there is more than there may be.
            httpx.DecodingError: it is packed in another way than it says, or than was asked for.
        """
        body = bytearray()
        async for part in self._stream:
            body += self._unpack(part, self._most - len(body) + 1)
            if len(body) > self._most:
                break
        if len(body) > self._most and not self._cut:
            raise AnswerTooLarge(self._most)
        yield bytes(body)

    async def aclose(self) -> None:
        """Close the connection, unless all was read."""
        await self._stream.aclose()


def _unpacking(packing: str) -> Callable[[bytes, int], bytes]:
    """Return what unpacks the next bytes into at most so many."""
    if packing == "identity":
        return lambda part, most: part[:most]
    gzip = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def unpack(part: bytes, most: int) -> bytes:
        if packing != PACKED:
            raise httpx.DecodingError(f"{PACKED} was asked for")
        try:
            return gzip.decompress(part, most)
        except zlib.error:
            raise httpx.DecodingError(f"no {PACKED}") from None

    return unpack
