"""When a request is sent again: never a write that may have arrived, and never for longer than a call may take."""

import socket
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from email.utils import formatdate

import anyio
import anyio.abc
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from server.errors import CallFailure
from server.upstream.errors import Busy, RateLimited, TimedOut, UpstreamFailure
from server.upstream.limits import Limits
from server.upstream.retrying import Retrying
from server.upstream.waiting import asked_wait
from server.upstream.watching import Exchange
from tests.support.gateways import READ, TASK, WRITE, Answers, failure_of, patient, raw
from tests.support.serving import serve
from tests.support.world import NOW, Clock
from tools.contract import Request
from tools.models.entity import Created, Task

FINE = JSONResponse(TASK)
CUT_OFF = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
WHOLE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"ID": "t1"}'


class Sleeps:
    """Sleeps that take no time and are noted."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_read_is_sent_again_until_it_is_answered(status: int) -> None:
    answers = Answers(Response(status_code=status), Response(status_code=status), FINE)
    async with serve(answers) as gateway, patient(gateway) as upstream:
        assert (await upstream.send(READ, Task)).body.id == "t1"
    assert answers.count == 3


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_read_is_given_up_after_the_last_attempt_which_says_how_many_there_were(status: int) -> None:
    answers = Answers(Response(status_code=status))
    async with serve(answers) as gateway, patient(gateway, attempts=3) as upstream:
        found = await failure_of(upstream, READ)
    assert (answers.count, found.details["attempts"], found.retryable) == (3, 3, True)
    assert found.message.endswith(f"({status}). It was tried 3 times.")


@pytest.mark.parametrize(
    "response",
    [
        Response(status_code=500),
        JSONResponse({"error": "no"}, 501),
        JSONResponse({"error": "no"}, 400),
        JSONResponse({"error": "no"}, 404),
        Response(status_code=401),
        Response(status_code=302),
        HTMLResponse("<h1>Sign in</h1>"),
        JSONResponse(["no", "task"]),
    ],
    ids=["500", "501", "400", "404", "401", "302", "a page", "no task"],
)
async def test_what_another_attempt_would_hear_again_is_not_sent_again(response: Response) -> None:
    answers = Answers(response, FINE)
    async with serve(answers) as gateway, patient(gateway) as upstream:
        found = await failure_of(upstream, READ)
    assert (answers.count, "attempts" in found.details) == (1, False)


@pytest.mark.parametrize(
    ("response", "changed"),
    [
        *((Response(status_code=status), "unknown") for status in (500, 502, 503, 504)),
        (Response(status_code=503, headers={"Retry-After": "0"}), "unknown"),
        (PlainTextResponse('{"ID": "t1', media_type="application/json"), "yes"),
        (HTMLResponse("<h1>Sign in</h1>"), "unknown"),
        (None, "unknown"),
    ],
    ids=["500", "502", "503", "504", "503 with a time", "cut off", "a page", "silence"],
)
async def test_a_write_that_may_have_arrived_is_never_sent_again(response: Response | None, changed: str) -> None:
    answers = Answers(response, FINE)
    async with serve(answers) as gateway, patient(gateway, silence=0.1) as upstream:
        found = await failure_of(upstream, WRITE)
    assert (answers.count, found.changed, found.retryable) == (1, changed, False)


async def test_a_write_that_was_not_taken_is_sent_again() -> None:
    answers = Answers(Response(status_code=429), Response(status_code=429), JSONResponse({"ID": "new"}))
    async with serve(answers) as gateway, patient(gateway) as upstream:
        assert (await upstream.send(WRITE, Created)).body.id == "new"
    assert [scope["method"] for scope in answers.requests] == ["POST"] * 3


async def test_a_write_that_was_not_taken_and_then_not_answered_is_in_doubt() -> None:
    answers = Answers(Response(status_code=429), None)
    async with serve(answers) as gateway, patient(gateway, silence=0.1) as upstream:
        found = await failure_of(upstream, WRITE)
    assert (answers.count, found.kind, found.changed, found.details["attempts"]) == (2, "timeout", "unknown", 2)


class Opening:
    """Listens when a request is tried for the third time."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.attempts = 0
        self.open = anyio.Event()

    def request(self, request: Request) -> AbstractContextManager[Exchange]:
        self.attempts += 1
        if self.attempts == 3:
            self._listener.listen()
            self.open.set()
        return nullcontext(Exchange())


async def test_a_write_waits_for_a_gateway_that_is_being_started() -> None:
    answers, over = Answers(JSONResponse({"ID": "new"})), anyio.Event()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        opening = Opening(listener)

        async def start() -> None:
            await opening.open.wait()
            async with serve(answers, listener=listener):
                await over.wait()

        gateway = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with patient(gateway, watcher=opening) as upstream, anyio.create_task_group() as tasks:
            tasks.start_soon(start)
            reply = await upstream.send(WRITE, Created)
            over.set()
            assert (answers.count, opening.attempts, reply.body.id) == (1, 3, "new")


async def replies_of(*texts: bytes, request: Request) -> tuple[int, UpstreamFailure | None]:
    """Return how many connections a request takes while each gets its bytes and is closed, and how it failed."""
    left = list(texts)

    async def answer(stream: anyio.abc.SocketStream) -> None:
        await stream.receive()
        await stream.send(left.pop(0))

    async with raw(answer) as port, patient(f"http://127.0.0.1:{port}") as upstream:
        failure = None
        try:
            await upstream.send(request, Task if request.method == "GET" else Created)
        except UpstreamFailure as error:
            failure = error
    return len(texts) - len(left), failure


@pytest.mark.parametrize("broken", [b"", b"nonsense\r\n\r\n", CUT_OFF], ids=["nothing", "nonsense", "cut off"])
async def test_a_connection_that_broke_is_no_reason_to_give_a_read_up_but_a_write(broken: bytes) -> None:
    assert await replies_of(broken, broken, WHOLE, request=READ) == (3, None)
    count, failure = await replies_of(broken, WHOLE, request=WRITE)
    assert failure is not None
    assert (count, failure.kind) == (1, "connection_lost")


async def test_a_success_whose_json_was_cut_off_is_read_again() -> None:
    answers = Answers(PlainTextResponse('{"ID": "t1", "na', media_type="application/json"), FINE)
    async with serve(answers) as gateway, patient(gateway) as upstream:
        assert (await upstream.send(READ, Task)).body.id == "t1"
    assert answers.count == 2


async def test_a_read_that_got_no_answer_is_sent_again_while_there_is_time() -> None:
    answers = Answers(None, FINE)
    async with serve(answers) as gateway, patient(gateway, silence=0.1) as upstream:
        assert (await upstream.send(READ, Task)).body.id == "t1"
    assert answers.count == 2


async def test_the_total_time_covers_every_attempt() -> None:
    answers = Answers(None)
    async with serve(answers) as gateway, patient(gateway, silence=0.12, total_timeout=0.2) as upstream:
        found = await failure_of(upstream, READ)
    assert (answers.count, found.kind, found.details["attempts"]) == (2, "timeout", 2)
    assert found.message == "The Waylay service did not answer within 0.2 seconds. It was tried 2 times."


async def test_a_connection_that_the_gateway_closed_meanwhile_is_not_used_again() -> None:
    connections = 0

    async def answer_once(stream: anyio.abc.SocketStream) -> None:
        nonlocal connections
        connections += 1
        await stream.receive()
        await stream.send(WHOLE)
        closed.set()

    closed = anyio.Event()
    async with raw(answer_once) as port, patient(f"http://127.0.0.1:{port}") as upstream:
        await upstream.send(READ, Task)
        await closed.wait()
        await anyio.wait_all_tasks_blocked()
        assert (await upstream.send(WRITE, Created)).body.id == "t1"
    assert connections == 2


async def run(
    failures: Sequence[CallFailure], sleeps: Sleeps, limits: Limits | None = None
) -> tuple[int, CallFailure | None]:
    """Return how many attempts were made while they fail like this, and how the last one failed."""
    left = list(failures)

    async def attempt() -> None:
        if left:
            raise left.pop(0)

    failure = None
    try:
        await Retrying(limits or Limits(), sleeps)(attempt)
    except CallFailure as error:
        failure = error
    return len(failures) - len(left) + (failure is None), failure


def limited(wait: float | None = None) -> RateLimited:
    return RateLimited("Limited.", wait=wait)


async def test_each_pause_is_random_and_may_be_twice_as_long_as_the_one_before() -> None:
    many: list[list[float]] = []
    for _ in range(50):
        sleeps = Sleeps()
        assert (await run([limited()] * 3, sleeps))[1] is None
        many.append(sleeps.seconds)
    for place, most in enumerate((0.25, 0.5, 1.0)):
        pauses = [seconds[place] for seconds in many]
        assert 0 <= min(pauses) < most / 4
        assert most / 2 < max(pauses) <= most


async def test_what_the_service_asks_for_is_waited_for() -> None:
    sleeps = Sleeps()
    assert await run([limited(7), limited(3)], sleeps) == (3, None)
    assert [int(seconds) for seconds in sleeps.seconds] == [7, 3]


async def test_what_would_end_too_late_is_not_waited_for() -> None:
    sleeps, asking = Sleeps(), limited(31)
    assert await run([asking], sleeps) == (1, asking)
    assert sleeps.seconds == []


async def test_the_time_that_the_first_attempt_took_is_not_there_to_be_waited_for() -> None:
    sleeps, clock = Sleeps(), Clock()

    async def attempt() -> None:
        clock.advance(25)
        raise limited(7)

    with pytest.raises(RateLimited):
        await Retrying(Limits(), sleeps, clock)(attempt)
    assert (sleeps.seconds, clock.now) == ([], NOW + 25)


async def test_a_refusal_of_our_own_after_an_attempt_leaves_what_went_wrong_first() -> None:
    first, busy = limited(), Busy("Busy.")
    assert await run([first, busy], Sleeps()) == (2, first)
    assert "attempts" not in first.details
    assert await run([busy], Sleeps()) == (1, busy)


async def test_giving_a_call_up_ends_the_pause() -> None:
    async def attempt() -> None:
        raise TimedOut("Late.")

    with anyio.move_on_after(0.02) as scope:
        await Retrying(Limits(pause=1000, total_timeout=10_000))(attempt)
    assert scope.cancelled_caught


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("17", 17),
        ("0", 0),
        (" 5 ", 5),
        ("9" * 5000, 999_999_999),
        (formatdate(NOW + 42, usegmt=True), 42),
        (formatdate(NOW - 42, usegmt=True), 0),
        ("soon", None),
        ("-3", None),
        ("1.5", None),
        ("\u00b2", None),
        ("", None),
        ("Fri, 31 Dec 9999 23:59:59 +2359", None),
        ("Fri, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_the_time_to_wait_comes_in_seconds_or_as_a_date_by_the_services_own_clock(
    asked: str, seconds: float | None
) -> None:
    headers = [("Retry-After", asked.encode("latin-1")), ("Date", formatdate(NOW, usegmt=True).encode())]
    found = asked_wait(httpx.Response(503, headers=[(name.encode(), value) for name, value in headers]))
    assert found == seconds or (seconds is None and found is not None and found > 10**9)


@given(st.text(st.characters(max_codepoint=255)))
def test_no_time_to_wait_is_too_strange(asked: str) -> None:
    with suppress(UnicodeEncodeError):
        found = asked_wait(httpx.Response(503, headers=[(b"Retry-After", asked.encode("latin-1"))]))
        assert found is None or found >= 0
