"""No answer takes more memory than it may: what is larger is not read to its end, however it is packed."""

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from types import NoneType
from typing import Any

import anyio
import anyio.abc
import httpx
import pytest
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from server.upstream.errors import UnusableAnswer, UpstreamFailure
from tests.support.gateways import READ, TASK, WRITE, configured, failure_of, patient, raw
from tests.support.serving import serve
from tools.contract import Request
from tools.models.entity import Task, TaskListing

MB = 1_000_000
DELETE = Request("DELETE", ("rules", "v1", "tasks", "t1"))


@contextmanager
def at_most(size: int) -> Generator[None]:
    """Fail when more than so many bytes were needed at once."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < size
    finally:
        tracemalloc.stop()


class Endless:
    """A gateway whose answers do not end; it notes when the caller has left."""

    def __init__(self, status: int, piece: bytes, **headers: str) -> None:
        self._status = status
        self._piece = piece
        self._headers = {"content-type": "application/json"} | headers
        self.left = anyio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await StreamingResponse(self._pieces(), self._status, self._headers)(scope, receive, send)
            self.left.set()

    async def _pieces(self) -> AsyncGenerator[bytes]:
        while True:
            yield self._piece
            await anyio.lowlevel.checkpoint()


def bomb(size: int) -> bytes:
    """Return the beginning of a packed body that would be so large."""
    packing = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join(packing.compress(b" " * MB) for _ in range(size // MB)) + packing.flush()


@pytest.mark.parametrize(
    ("request_", "changed"), [(READ, "no"), (WRITE, "yes"), (DELETE, "yes")], ids=["read", "write", "delete"]
)
async def test_an_answer_that_is_too_large_is_not_read_to_its_end(request_: Request, changed: str) -> None:
    endless = Endless(200, b"x" * 10_000)
    async with serve(endless) as gateway, patient(gateway, answer=MB) as upstream:
        with at_most(6 * MB), pytest.raises(UpstreamFailure) as caught:
            await upstream.send(request_, NoneType if request_ is DELETE else Task)
        with anyio.fail_after(5):
            await endless.left.wait()
    found = caught.value
    assert (found.kind, found.changed, found.retryable) == ("unusable_answer", changed, False)
    assert found.message == "The answer of the Waylay service was larger than 1 MB."


async def test_a_page_of_something_else_that_is_too_large_leaves_a_write_in_doubt() -> None:
    endless = Endless(200, b"x" * 10_000, **{"content-type": "text/html"})
    async with serve(endless) as gateway, patient(gateway, answer=MB) as upstream:
        found = await failure_of(upstream, WRITE)
    assert (found.kind, found.changed) == ("unusable_answer", "unknown")


async def test_a_bomb_does_not_go_off() -> None:
    packed = bomb(100 * MB)
    assert len(packed) < MB
    response = Response(packed, headers={"content-encoding": "gzip"}, media_type="application/json")
    async with serve(response) as gateway, patient(gateway, answer=2 * MB) as upstream:
        with at_most(12 * MB):
            found = await failure_of(upstream, READ)
    assert found.message == "The answer of the Waylay service was larger than 2 MB."


async def test_pieces_of_one_byte_take_no_more_than_their_sum() -> None:
    async def pieces(stream: anyio.abc.SocketStream) -> None:
        await stream.receive()
        await stream.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(5):
            await stream.send(b"1\r\n \r\n" * 1000)
        body = b'{"ID": "t1"}'
        await stream.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))

    async with raw(pieces) as port, patient(f"http://127.0.0.1:{port}") as upstream:
        with at_most(500_000):
            assert (await upstream.send(READ, Task)).body.id == "t1"


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_of_an_error_no_more_is_read_than_words_take(status: int) -> None:
    endless = Endless(status, b"x" * 10_000)
    async with serve(endless) as gateway, patient(gateway, attempts=1) as upstream:
        with at_most(6 * MB):
            found = await failure_of(upstream, READ)
        with anyio.fail_after(5):
            await endless.left.wait()
    assert f"{status}" in found.message


async def test_an_answer_of_exactly_that_size_is_taken() -> None:
    body = b'{"ID": "t1"}'.ljust(20_000)
    for answer in (Response(body), Response(gzip.compress(body), headers={"content-encoding": "gzip"})):
        async with serve(answer) as gateway:
            async with configured(gateway, max_answer=len(body)) as upstream:
                assert (await upstream.send(READ, Task)).body.id == "t1"
            async with configured(gateway, max_answer=len(body) - 1) as upstream:
                assert "larger than 0.019999 MB" in (await failure_of(upstream, READ)).message


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("packing", ["br", "deflate", "gzip, gzip", "nonsense"])
async def test_what_is_packed_in_another_way_than_was_asked_for_is_not_unpacked(packing: str, status: int) -> None:
    response = Response(
        zlib.compress(b"{}"), status, headers={"content-encoding": packing}, media_type="application/json"
    )
    async with serve(response) as gateway, patient(gateway) as upstream:
        found = await failure_of(upstream, WRITE)
    assert (found.kind, found.changed) == ("unusable_answer", "yes" if status == 200 else "unknown")


async def test_what_is_not_packed_as_it_says_cannot_be_read() -> None:
    response = JSONResponse(TASK, headers={"content-encoding": "gzip"})
    async with serve(response) as gateway, patient(gateway) as upstream:
        found = await failure_of(upstream, READ)
    assert found.message == "The answer (200, application/json) could not be read."


async def test_a_packed_answer_that_was_cut_off_is_read_again() -> None:
    whole = gzip.compress(b'{"ID": "t1", "name": "a name that is long enough"}')
    answers = [whole[:-20], whole]
    answered = list[Any]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            answered.append(scope)
            body = answers[len(answered) - 1]
            response = Response(body, headers={"content-encoding": "gzip"}, media_type="application/json")
            await response(scope, receive, send)

    async with serve(app) as gateway, patient(gateway) as upstream:
        assert (await upstream.send(READ, Task)).body.id == "t1"
    assert len(answered) == 2
    assert dict(answered[0]["headers"])[b"accept-encoding"] == b"gzip"


async def test_what_a_transport_reads_by_itself_is_bounded_too() -> None:
    from server.upstream.bounding import bound

    response = httpx.Response(200, content=b"whole", request=httpx.Request("GET", "http://gateway"))
    await bound(response)
    assert await response.aread() == b"whole"


@pytest.mark.parametrize("items", [b"1,", b'{"x": 1},', b'{"ID": "t"},'], ids=["numbers", "no tasks", "too many tasks"])
def test_what_is_no_page_of_tasks_is_not_told_of_every_item(items: bytes) -> None:
    with pytest.raises(ValidationError) as refusal:
        TaskListing.model_validate_json(b"[" + items * 20_000 + b'{"ID": "t"}]')
    assert refusal.value.error_count() <= 2  # one for each of the two forms that a page has


async def test_a_page_of_more_tasks_than_any_has_cannot_be_read() -> None:
    page = Response(b"[" + b'{"ID": "t"},' * 20_000 + b'{"ID": "t"}]', media_type="application/json")
    async with serve(page) as gateway, patient(gateway) as upstream:
        with pytest.raises(UnusableAnswer):
            await upstream.send(Request("GET", ("rules", "v1", "tasks")), TaskListing)
