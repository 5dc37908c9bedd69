"""Whatever is sent to the server's port, it answers what it is asked next, and nothing has changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.effort import FUZZ
from tests.fuzz.web_program import JSON, WebProgram, web_program
from tests.fuzz.wire import LEGACY, MODERN, SPECIAL, bodies

_SAMPLES = {
    "Accept": ["application/json, text/event-stream", "application/json", "text/event-stream", "*/*", "text/html"],
    "Content-Type": ["application/json", "application/json; charset=utf-16", "text/plain", "multipart/form-data"],
    "MCP-Protocol-Version": [MODERN, LEGACY, "2024-11-05", "1900-01-01", "latest"],
    "Mcp-Method": ["tools/list", "tools/call", "ping", "\u00e9"],
    "Mcp-Name": ["list_tasks", "stop_task", "=?UTF-8?Q?x?="],
    "Mcp-Param-Name": ["x"],
    "Last-Event-ID": ["1"],
    "Origin": ["http://localhost", "https://evil.example", "null"],
    "Host": ["127.0.0.1:1", "evil.example", "", "localhost\x9b31m"],
    "Authorization": ["Bearer x", "Basic eDp4", "Digest"],
    "Content-Encoding": ["gzip", "br"],
    "Expect": ["100-continue"],
    "Upgrade": ["websocket", "h2c"],
    "Connection": ["upgrade", "keep-alive"],
    "X-Forwarded-For": ["1.1.1.1"],
    "traceparent": ["00-" + "0" * 32 + "-" + "0" * 16 + "-01", "x"],
}
_FRAMINGS = ("length", "chunks", "too short", "too long", "broken chunks", "both", "none", "huge", "negative")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProgram]:
    with web_program(tmp_path_factory.mktemp("fuzz")) as started:
        yield started


def framed(body: bytes, framing: str) -> bytes:
    """Return what stands at the end of a request's head, and the body behind it, as a framing has them."""
    size, chunked = len(body), b"Transfer-Encoding: chunked\r\n"
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (size, body)
    return {
        "length": b"Content-Length: %d\r\n\r\n%b" % (size, body),
        "chunks": chunked + b"\r\n" + chunks,
        "too short": b"Content-Length: %d\r\n\r\n%b" % (size // 2, body),
        "too long": b"Content-Length: %d\r\n\r\n%b" % (size + 7, body),
        "broken chunks": chunked + b"\r\nzz\r\n" + body,
        "both": b"Content-Length: 3\r\n" + chunked + b"\r\n" + chunks,
        "none": b"\r\n" + body,
        "huge": b"Content-Length: 99999999999999999999\r\n\r\n" + body,
        "negative": b"Content-Length: -1\r\n\r\n" + body,
    }[framing]


@st.composite
def requests(draw: st.DrawFn, task_ids: tuple[str, ...], session: str) -> tuple[bytes, bool]:
    """Draw the bytes of a request, and whether nothing can follow them."""
    framing = draw(st.sampled_from(_FRAMINGS) | st.just("length"))
    method = draw(st.just("POST") | st.sampled_from(["GET", "DELETE", "PUT", "OPTIONS", "HEAD", "BREW", "\x00"]))
    paths = ["/mcp/", "/mcp?x=1", "/healthz", "/approvals/", "/metrics", "/readyz", "/%2e%2e/", "*", "/" + "x" * 9_000]
    path = draw(st.just("/mcp") | st.sampled_from(paths))
    odd = {name: st.sampled_from(values) | st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"))
           for name, values in _SAMPLES.items()}  # fmt: skip
    headers: dict[str, str] = {"Host": "127.0.0.1", **JSON}
    headers |= draw(st.fixed_dictionaries({}, optional=odd | {"Mcp-Session-Id": st.just(session) | st.text("ab\xff")}))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("latin-1")
    body = draw(bodies(task_ids))
    return f"{method} {path} HTTP/1.1\r\n".encode() + lines + framed(body, framing), framing not in ("length", "chunks")


def sound(server: WebProgram, before: list[Any]) -> None:
    """Assert that the server goes on, has said nothing that it should not, and has changed nothing."""
    assert server.tools() == 10
    assert "Traceback" not in server.heard()
    assert server.tasks() == before


def proper(answer: bytes) -> None:
    """Assert that an answer is one, and no failure of the server's."""
    if answer:
        status = int(answer.split(b" ", 2)[1])
        assert status < 500 or status in (501, 505), answer
        assert b"Traceback" not in answer


def test_every_known_trick_is_survived(server: WebProgram) -> None:
    before = server.tasks()
    for version in ({}, {"MCP-Protocol-Version": MODERN}, {"Mcp-Session-Id": server.session()}):
        for body in SPECIAL:
            status, _, answer = server.post(body, {**JSON, **version, "Connection": "close"})
            assert 200 <= status < 500
            assert b"Traceback" not in answer
    sound(server, before)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(server: WebProgram) -> None:
    before = server.tasks()
    answer = server.send(b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000000\r\n\r\n", ends=False)
    assert answer.startswith(b"HTTP/1.1 413 ")
    sound(server, before)


@FUZZ
@given(data=st.data())
def test_nothing_that_is_sent_ends_the_server_or_changes_a_task(server: WebProgram, data: st.DataObject) -> None:
    before, session = server.tasks(), server.session()
    task_ids = tuple(row[1] for row in before)
    for request, ends in data.draw(st.lists(requests(task_ids, session), min_size=1, max_size=6)):
        proper(server.send(request, ends=ends))
    sound(server, before)
