"""A write goes to what was just seen: it is looked at again after any wait, in the turn that the write has."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import anyio
import httpx
import jwt
import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from server.errors import NotAdmitted
from server.upstream.client import Upstream
from server.upstream.credentials import Application
from server.upstream.errors import UpstreamFailure
from server.upstream.last_look import Asking
from server.upstream.limits import Limits
from server.upstream.signing import ExchangedToken
from server.upstream.watching import Unwatched
from tests.support.gateways import READ, TASK, WRITE, Answers, patient, under_way
from tests.support.serving import serve
from tools.models.entity import Created, Task

LIMITED = JSONResponse({"statusCode": 429, "error": "wait"}, 429)
MADE = JSONResponse({"ID": "new"}, 201)
FINE = JSONResponse(TASK)
LONG = 1_000
"""Seconds that count as a moment where no time is to pass."""


class Target:
    """What a write is about; it can become another."""

    def __init__(self, at: float | None = None) -> None:
        self.at = anyio.current_time() if at is None else at
        self.looks = 0
        self.is_another = False

    async def again(self, service: Asking) -> None:
        """Look at it."""
        self.looks += 1
        await service.send(READ, Task)
        if self.is_another:
            raise NotAdmitted("stale", "It is another.")


def methods(answers: Answers) -> Sequence[str]:
    return [scope["method"] for scope in answers.requests]


async def test_what_was_just_seen_is_not_looked_at_again() -> None:
    answers = Answers(MADE)
    async with serve(answers) as gateway, patient(gateway, moment=LONG) as upstream:
        await upstream.send(WRITE, Created, Target())
    assert methods(answers) == ["POST"]


async def test_what_was_seen_longer_ago_is_looked_at_first() -> None:
    answers = Answers(FINE, MADE)
    async with serve(answers) as gateway, patient(gateway) as upstream:
        await upstream.send(WRITE, Created, Target(anyio.current_time() - 2))
    assert methods(answers) == ["GET", "POST"]


async def test_a_look_comes_before_every_repetition() -> None:
    answers = Answers(LIMITED, FINE, LIMITED, FINE, MADE)
    async with serve(answers) as gateway, patient(gateway, moment=LONG, in_flight=1) as upstream:
        await upstream.send(WRITE, Created, Target())
        assert upstream.health().in_flight == 0
    assert methods(answers) == ["POST", "GET", "POST", "GET", "POST"]


async def test_what_is_another_by_then_is_left_alone() -> None:
    answers = Answers(LIMITED, FINE)
    async with serve(answers) as gateway, patient(gateway, moment=LONG, in_flight=1) as upstream:
        target = Target()
        target.is_another = True
        with pytest.raises(NotAdmitted) as refusal:
            await upstream.send(WRITE, Created, target)
        assert (upstream.health().in_flight, upstream.health().circuit) == (0, "closed")
    assert (refusal.value.changed, methods(answers)) == ("no", ["POST", "GET"])


async def test_a_look_that_fails_is_an_attempt_that_failed() -> None:
    answers = Answers(LIMITED, Response(status_code=503), FINE, MADE)
    async with serve(answers) as gateway, patient(gateway, moment=LONG) as upstream:
        await upstream.send(WRITE, Created, Target())
    assert methods(answers) == ["POST", "GET", "GET", "POST"]


@pytest.mark.parametrize("response", [Response(status_code=503), Response(status_code=500), None])
async def test_without_a_look_nothing_is_sent_and_that_is_said(response: Response | None) -> None:
    answers = Answers(LIMITED, response)
    limits: dict[str, Any] = {"moment": LONG, "silence": 0.05, "attempts": 3}
    async with serve(answers) as gateway, patient(gateway, **limits) as upstream:
        with pytest.raises(UpstreamFailure) as failure:
            await upstream.send(WRITE, Created, Target())
    assert (failure.value.changed, methods(answers).count("POST")) == ("no", 1)


async def test_who_waited_for_a_turn_looks_again_in_that_turn() -> None:
    answers = Answers(None, FINE, MADE)
    async with serve(answers) as gateway, patient(gateway, moment=0.1, in_flight=1) as upstream:
        reading = anyio.CancelScope()

        async def read() -> None:
            with reading:
                await upstream.send(READ, Task)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            await answers.had(1)
            tasks.start_soon(upstream.send, WRITE, Created, Target())
            await under_way(upstream, 1, 1)
            await anyio.sleep(0.15)
            reading.cancel()
    assert methods(answers)[:2] == ["GET", "GET"]
    assert methods(answers)[-2:] == ["GET", "POST"]


async def test_who_waited_too_long_for_a_connection_sends_nothing_and_blames_nobody() -> None:
    answers = Answers(FINE)
    async with serve(answers) as gateway, patient(gateway, moment=0, attempts=3, failures=1) as upstream:
        with pytest.raises(UpstreamFailure) as failure:
            await upstream.send(WRITE, Created, Target())
        assert (upstream.health().circuit, upstream.health().in_flight) == ("closed", 0)
        assert (await upstream.send(READ, Task)).body.id == "t1"
    assert (failure.value.kind, failure.value.changed, failure.value.details["attempts"]) == ("timeout", "no", 3)
    assert set(methods(answers)) == {"GET"}


class Accounts:
    """A gateway that hands out tokens, and takes all but one of them.

    Args:
        linger: Seconds that a token takes.
    """

    def __init__(self, linger: float = 0) -> None:
        self._linger = linger
        self._tokens = 0
        self.revoked = 0
        self.seen: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] == "http":
            signs_in = scope["path"] == "/accounts/v1/tokens"
            self.seen.append("token" if signs_in else scope["method"])
            answer = await self._token() if signs_in else self._answer(scope)
            await answer(scope, receive, send)

    async def _token(self) -> Response:
        self._tokens += 1
        await anyio.sleep(self._linger)
        return JSONResponse({"token": jwt.encode({"number": self._tokens}, "key of thirty-two characters or more")})

    def _answer(self, scope: Scope) -> Response:
        token = dict(scope["headers"])[b"authorization"].decode().removeprefix("Bearer ")
        if jwt.decode(token, options={"verify_signature": False})["number"] == self.revoked:
            return Response(status_code=401)
        return FINE if scope["method"] == "GET" else MADE


@asynccontextmanager
async def application(accounts: Accounts, **limits: Any) -> AsyncGenerator[Upstream]:
    """Yield a client that signs in with an application's credentials, and has one connection."""
    async with serve(accounts) as gateway:
        signing = ExchangedToken(gateway, Application(SecretStr("the-key"), SecretStr("the-secret"), "t"))
        one = httpx.Limits(max_connections=1)
        client = httpx.AsyncClient(base_url=gateway, auth=signing, limits=one, timeout=5)
        upstream = Upstream(client, Limits(pause=0.001, in_flight=1, **limits), Unwatched())
        try:
            yield upstream
        finally:
            await upstream.aclose()


@pytest.mark.parametrize("is_another", [False, True])
async def test_a_look_comes_before_a_write_goes_again_under_another_token(is_another: bool) -> None:
    accounts, target = Accounts(), Target()
    target.is_another = is_another
    async with application(accounts, moment=LONG, attempts=1) as upstream:
        await upstream.send(READ, Task)
        accounts.revoked = 1
        with pytest.raises(NotAdmitted) if is_another else nullcontext():
            await upstream.send(WRITE, Created, target)
    assert accounts.seen[2:] == ["POST", "token", "GET", *([] if is_another else ["POST"])]


@pytest.mark.parametrize("is_another", [False, True])
async def test_a_look_comes_before_a_write_that_waited_for_its_token(is_another: bool) -> None:
    accounts, target = Accounts(linger=0.2), Target()
    target.is_another = is_another
    async with application(accounts, moment=0.2) as upstream:
        with pytest.raises(NotAdmitted) if is_another else nullcontext():
            await upstream.send(WRITE, Created, target)
    assert accounts.seen[:2] == ["token", "GET"]
    assert accounts.seen.count("POST") == (not is_another)


async def test_a_look_that_the_total_time_ends_leaves_nothing_in_doubt() -> None:
    class Silent(Target):
        async def again(self, service: Asking) -> None:
            await anyio.sleep_forever()

    accounts = Accounts()
    async with application(accounts, moment=LONG, attempts=1, total_timeout=0.5) as upstream:
        await upstream.send(READ, Task)
        accounts.revoked = 1
        with pytest.raises(UpstreamFailure) as failure:
            await upstream.send(WRITE, Created, Silent())
    assert (failure.value.kind, failure.value.changed) == ("timeout", "no")
    assert accounts.seen[2:] == ["POST", "token"]
