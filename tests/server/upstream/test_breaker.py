"""A gateway that keeps failing is left alone, and tried by a single request."""

from contextlib import AbstractContextManager
from types import NoneType
from typing import Any

import anyio
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from starlette.responses import JSONResponse, Response

from server.errors import CallFailure
from server.upstream.breaker import Breaker
from server.upstream.errors import (
    ConnectionLost,
    NotFound,
    RateLimited,
    ServerFault,
    TimedOut,
    TooLate,
    Unavailable,
    Unreachable,
    UnusableAnswer,
    UpstreamFailure,
)
from tests.support.gateways import READ, TASK, WRITE, Answers, failure_of, patient
from tests.support.serving import serve
from tests.support.world import Clock
from tools.models.entity import Task

FINE = JSONResponse(TASK)
ILL = [
    Unreachable("No connection."),
    TimedOut("Late."),
    ConnectionLost("Broken."),
    *(ServerFault("Failed.", details={"status": status}) for status in (502, 503, 504)),
]
WELL = [
    NotFound("Not found."),
    RateLimited("Limited."),
    TooLate("Connected late."),
    UnusableAnswer("A page."),
    ServerFault("Failed.", details={"status": 500}),
    None,
]


def ends(breaker: Breaker, failure: UpstreamFailure | None) -> None:
    """Let a request pass that ends so."""
    try:
        with breaker.passing():
            if failure:
                raise failure
    except UpstreamFailure as error:
        assert error is failure  # noqa: PT017 - the breaker's own would be another


def refused(breaker: Breaker) -> Unavailable:
    with pytest.raises(Unavailable) as refusal, breaker.passing():
        pass
    return refusal.value


@pytest.mark.parametrize("failure", ILL, ids=lambda failure: f"{failure.kind} {failure.details.get('status', '')}")
def test_so_many_failures_in_a_row_open_it_for_a_while(failure: UpstreamFailure) -> None:
    clock = Clock()
    breaker = Breaker(3, 10, clock)
    for _ in range(3):
        assert breaker.circuit == "closed"
        ends(breaker, failure)
    assert (breaker.circuit, breaker.retry_seconds) == ("open", 10)
    clock.advance(7.5)
    assert (breaker.open_seconds, breaker.retry_seconds) == (7.5, 2.5)
    found = refused(breaker)
    assert (found.kind, found.changed, found.retryable, found.details) == (
        "unavailable",
        "no",
        True,
        {"retry_after": 3},
    )
    assert found.message == "The Waylay gateway failed 3 times in a row, so it is left alone for a moment."
    assert found.hint == "Try again in 3 seconds."


@pytest.mark.parametrize("failure", WELL, ids=lambda failure: failure.kind if failure else "success")
def test_whoever_answers_is_there(failure: UpstreamFailure | None) -> None:
    breaker = Breaker(3, 10, Clock())
    for _ in range(5):
        ends(breaker, ILL[0])
        ends(breaker, ILL[1])
        ends(breaker, failure)
    assert breaker.circuit == "closed"


def test_no_answer_where_there_was_no_time_for_one_says_nothing() -> None:
    breaker = Breaker(1, 10, Clock())
    late = TimedOut("Late.")
    with pytest.raises(TimedOut), breaker.passing(hurried=True):
        raise late
    assert breaker.circuit == "closed"
    with pytest.raises(Unreachable), breaker.passing(hurried=True):
        raise ILL[0]
    assert breaker.circuit == "open"


def half_open() -> tuple[Breaker, Clock]:
    clock = Clock()
    breaker = Breaker(1, 10, clock)
    ends(breaker, ILL[0])
    clock.advance(10)
    assert (breaker.circuit, breaker.retry_seconds) == ("half_open", 0)
    return breaker, clock


def test_after_that_while_exactly_one_request_finds_out_whether_it_is_over() -> None:
    breaker, _ = half_open()
    with breaker.passing():
        assert refused(breaker).hint == "Try again in 1 second."
        with pytest.raises(Unavailable):
            breaker.check()
        assert breaker.circuit == "half_open"
    assert (breaker.circuit, breaker.open_seconds) == ("closed", 0)


def test_when_it_is_not_over_the_while_begins_anew() -> None:
    breaker, clock = half_open()
    ends(breaker, ILL[0])
    assert (breaker.circuit, breaker.retry_seconds, breaker.open_seconds) == ("open", 10, 10)
    clock.advance(10)
    ends(breaker, None)
    assert breaker.circuit == "closed"


def test_one_that_is_given_up_leaves_its_turn_to_the_next() -> None:
    breaker, _ = half_open()
    with pytest.raises(KeyboardInterrupt), breaker.passing():
        raise KeyboardInterrupt
    assert breaker.circuit == "half_open"
    ends(breaker, None)
    assert breaker.circuit == "closed"


def test_what_was_under_way_before_it_opened_says_nothing_about_afterwards() -> None:
    clock = Clock()
    breaker = Breaker(1, 10, clock)
    with breaker.passing():
        ends(breaker, ILL[0])
    assert breaker.circuit == "open"
    clock.advance(10)
    with breaker.passing():
        pass
    assert breaker.circuit == "closed"


class BreakerMachine(RuleBasedStateMachine):
    """Requests begin, end and are given up in any order while time goes by; a model says which may begin."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = Breaker(2, 10, self.clock)
        self.under_way: list[tuple[AbstractContextManager[None], bool]] = []
        self.in_a_row = 0
        self.until: float | None = None

    @property
    def trying(self) -> bool:
        return any(tries for _, tries in self.under_way)

    @rule()
    def begin(self) -> None:
        passing = self.breaker.passing()
        allowed = self.until is None or (self.clock() >= self.until and not self.trying)
        if not allowed:
            with pytest.raises(Unavailable):
                passing.__enter__()
            return
        passing.__enter__()
        self.under_way.append((passing, self.until is not None))

    @precondition(lambda self: self.under_way)
    @rule(failure=st.sampled_from([*ILL, *WELL, KeyboardInterrupt()]), data=st.data())
    def end(self, failure: BaseException | None, data: st.DataObject) -> None:
        passing, tries = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        kind = type(failure) if failure else None
        assert not passing.__exit__(kind, failure, None)
        if isinstance(failure, KeyboardInterrupt) or (self.until is not None and not tries):
            return
        self.in_a_row = self.in_a_row + 1 if failure in ILL else 0
        if self.in_a_row == 0:
            self.until = None
        elif tries or self.in_a_row >= 2:
            self.until = self.clock() + 10

    @rule(seconds=st.sampled_from([1, 5, 10]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @invariant()
    def it_is_open_when_the_model_is(self) -> None:
        state = "closed" if self.until is None else "open" if self.clock() < self.until else "half_open"
        assert self.breaker.circuit == state


TestBreakerMachine = BreakerMachine.TestCase


async def test_a_gateway_that_keeps_failing_is_left_alone_by_every_call() -> None:
    answers = Answers(Response(status_code=503))
    async with serve(answers) as gateway, patient(gateway, attempts=2, failures=4, open_seconds=60) as upstream:
        for _ in range(2):
            assert (await failure_of(upstream, READ)).kind == "server_fault"
        health = upstream.health()
        assert (health.circuit, health.in_flight, health.waiting) == ("open", 0, 0)
        assert 0 < health.retry_seconds <= 60
        found = await failure_of(upstream, WRITE)
        assert (found.kind, found.changed, answers.count) == ("unavailable", "no", 4)


async def test_a_gateway_is_not_blamed_for_the_time_that_was_waited_for_a_turn() -> None:
    answers = Answers(None)
    limits: dict[str, Any] = {"total_timeout": 0.6, "attempts": 1, "failures": 1, "in_flight": 1}
    async with serve(answers) as gateway, patient(gateway, **limits) as upstream:
        holding = anyio.CancelScope()

        async def hold() -> None:
            with holding:
                await upstream.send(READ, Task)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hold)
            await answers.had(1)

            async def wait() -> None:
                assert (await failure_of(upstream, READ)).kind in ("timeout", "busy")

            tasks.start_soon(wait)
            await anyio.sleep(0.35)
            holding.cancel()
        assert upstream.health().circuit == "closed"
        assert (await failure_of(upstream, READ)).kind == "timeout"
        assert upstream.health().circuit == "open"


async def test_a_gateway_that_is_back_is_used_again() -> None:
    answers = Answers(Response(status_code=503), FINE)
    async with serve(answers) as gateway, patient(gateway, attempts=1, failures=1, open_seconds=0) as upstream:
        assert (await failure_of(upstream, READ)).kind == "server_fault"
        assert upstream.health().circuit == "half_open"
        assert (await upstream.send(READ, Task)).body.id == "t1"
        assert upstream.health().circuit == "closed"


async def test_a_call_whose_attempts_open_it_is_told_what_went_wrong() -> None:
    answers = Answers(Response(status_code=503))
    async with serve(answers) as gateway, patient(gateway, attempts=4, failures=2) as upstream:
        found = await failure_of(upstream, READ)
    assert (found.kind, found.details["attempts"], answers.count) == ("server_fault", 2, 2)


async def test_of_many_calls_at_once_one_tries_a_gateway_that_was_left_alone() -> None:
    answers = Answers(Response(status_code=503), None)
    async with serve(answers) as gateway, patient(gateway, attempts=1, failures=1, open_seconds=0) as upstream:
        assert (await failure_of(upstream, READ)).kind == "server_fault"
        kinds: list[str] = []

        async def call() -> None:
            try:
                await upstream.send(READ, NoneType)
            except CallFailure as failure:
                kinds.append(failure.kind)

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(call)
            await answers.had(2)
            tasks.cancel_scope.cancel()
        assert (kinds, answers.count) == (["unavailable"] * 19, 2)
        assert upstream.health().circuit == "half_open"


def test_whoever_runs_the_server_hears_once_that_it_opens_and_once_that_it_closes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    breaker = Breaker(2, 10, clock)
    for _ in range(2):
        ends(breaker, ILL[0])
    clock.advance(10)
    ends(breaker, ILL[0])
    clock.advance(10)
    ends(breaker, None)
    ends(breaker, None)
    assert [record.getMessage() for record in caplog.records] == [
        "the Waylay gateway failed 2 times in a row, so nothing is sent to it for 10 s; see WAYLAY_GATEWAY_URL",
        "the Waylay gateway answers again, after 20 s",
    ]
