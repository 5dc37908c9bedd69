"""Whoever watches requests sees every attempt, what came of it, and adds to it what the service is to know."""

from collections.abc import Generator
from contextlib import contextmanager

import anyio
import pytest
from starlette.responses import JSONResponse, Response

from server.upstream.watching import Exchange
from tests.support.gateways import READ, TASK, WRITE, Answers, failure_of, patient
from tests.support.serving import serve
from tools.contract import Request
from tools.models.entity import Task


class Noting:
    """Notes what it sees."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int | None, str | None, str]] = []

    @contextmanager
    def request(self, request: Request) -> Generator[Exchange]:
        number = len(self.seen)
        exchange = Exchange(headers={"traceparent": f"trace {number}", "Accept": "text/html"})
        left = "normally"
        try:
            yield exchange
        except BaseException as error:
            left = type(error).__name__
            raise
        finally:
            self.seen.append((request.method, exchange.status, exchange.failure, left))


async def test_every_attempt_is_seen_with_what_came_of_it() -> None:
    noting, answers = Noting(), Answers(Response(status_code=503), Response(status_code=429), JSONResponse(TASK))
    async with serve(answers) as gateway, patient(gateway, watcher=noting) as upstream:
        await upstream.send(READ, Task)
    assert noting.seen == [
        ("GET", 503, "server_fault", "ServerFault"),
        ("GET", 429, "rate_limited", "RateLimited"),
        ("GET", 200, None, "normally"),
    ]
    headers = [dict(scope["headers"]) for scope in answers.requests]
    assert [sent[b"traceparent"] for sent in headers] == [b"trace 0", b"trace 1", b"trace 2"]
    assert {sent[b"accept"] for sent in headers} == {b"application/json"}


@pytest.mark.parametrize(
    ("response", "seen"),
    [
        (None, ("POST", None, "timeout", "TimedOut")),
        (JSONResponse(["no", "task"]), ("POST", 200, "unusable_answer", "UnusableAnswer")),
        (JSONResponse({"error": "no"}, 404), ("POST", 404, "not_found", "NotFound")),
    ],
    ids=["silence", "not readable", "404"],
)
async def test_a_failure_is_seen_by_its_kind(response: Response | None, seen: tuple[object, ...]) -> None:
    noting = Noting()
    async with serve(Answers(response)) as gateway, patient(gateway, watcher=noting, silence=0.1) as upstream:
        await failure_of(upstream, WRITE)
    assert noting.seen == [seen]


async def test_what_is_refused_here_is_no_attempt() -> None:
    noting = Noting()
    limits = {"attempts": 1, "failures": 1}
    async with serve(Response(status_code=503)) as gateway, patient(gateway, watcher=noting, **limits) as upstream:
        kinds = [(await failure_of(upstream, READ)).kind for _ in range(3)]
    assert (kinds, len(noting.seen)) == (["server_fault", "unavailable", "unavailable"], 1)


async def test_a_call_that_is_given_up_is_seen_to_end() -> None:
    noting, answers = Noting(), Answers(None)
    async with serve(answers) as gateway, patient(gateway, watcher=noting) as upstream:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(upstream.send, READ, Task)
            await answers.had(1)
            tasks.cancel_scope.cancel()
        assert upstream.health().in_flight == 0
    assert noting.seen == [("GET", None, None, "CancelledError")]
