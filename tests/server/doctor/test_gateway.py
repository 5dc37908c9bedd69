import base64
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from server.sandbox.app import build_sandbox
from tests.canary.values import API_KEY, API_SECRET
from tests.server.doctor.around import KEY, answering, no_tasks, page, saying, token
from tests.server.doctor.examining import Patient
from tests.support.serving import serve
from tests.support.world import Recorder


class Older:
    """A service that ignores some parameters, as one of an earlier version would.

    Args:
        app: A newer one.
        ignored: How their names begin.
    """

    def __init__(self, app: ASGIApp, *ignored: str) -> None:
        self._app = app
        self._ignored = ignored

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/rules/v1":
            await JSONResponse({"name": "engine", "version": "6.5.1"})(scope, receive, send)
            return
        if scope["type"] == "http":
            pairs = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
            kept = [pair for pair in pairs if not pair[0].startswith(self._ignored)]
            scope = {**scope, "query_string": urlencode(kept).encode()}
        await self._app(scope, receive, send)


class Forbidding:
    """A service that refuses what ends so."""

    def __init__(self, app: ASGIApp, ending: str) -> None:
        self._app = app
        self._ending = ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refuses = scope["type"] == "http" and scope["path"].endswith(self._ending)
        refusal = JSONResponse({"statusCode": 403, "error": "You are not authorized"}, 403)
        await (refusal if refuses else self._app)(scope, receive, send)


@asynccontextmanager
async def sandbox() -> AsyncGenerator[ASGIApp]:
    engine = build_sandbox(None, 5)
    yield engine
    engine.state.store.close()


async def test_nothing_but_reading_is_asked_of_the_gateway(patient: Patient) -> None:
    async with sandbox() as engine, serve(recorder := Recorder(engine)) as address:
        found = await patient.examined({**KEY, "WAYLAY_GATEWAY_URL": address})
    assert set(found.statuses.values()) == {"ok"}
    assert {method for method, _, _ in recorder.requests} == {"GET"}
    assert len(recorder.requests) < 25


async def test_parameters_that_an_older_service_ignores_are_named(patient: Patient) -> None:
    async with sandbox() as engine, serve(Older(engine, "tags", "includeHealth", "resourceMeta")) as address:
        found = await patient.examined({**KEY, "WAYLAY_GATEWAY_URL": address})
    version = found.findings["API version"]
    assert (version.status, found.problems) == ("warning", [])
    assert "Rules engine 6.5.1." in version.says
    assert version.details["without_effect"] == [
        "include_health", "resource_metadata_expression", "tag_keys", "tags",
    ]  # fmt: skip


async def test_an_older_service_that_has_every_filter_is_told_of_all_the_same(patient: Patient) -> None:
    async with sandbox() as engine, serve(Older(engine, "nothing")) as address:
        version = (await patient.examined({**KEY, "WAYLAY_GATEWAY_URL": address})).findings["API version"]
    assert version.status == "warning"
    assert "was written for 6.20" in version.says
    assert "forceStop" in version.lines[0]


async def test_which_parameters_there_are_is_left_open_where_there_are_no_tasks(
    patient: Patient, tmp_path: Path
) -> None:
    async with saying(no_tasks())(tmp_path) as environment:
        version = (await patient.examined(environment)).findings["API version"]
    assert version.status == "ok"
    assert "cannot be seen while there are no tasks" in version.says


async def test_a_configuration_that_may_not_be_read_is_a_missing_permission(patient: Patient) -> None:
    async with sandbox() as engine, serve(Forbidding(engine, "/conf")) as address:
        found = await patient.examined({**KEY, "WAYLAY_GATEWAY_URL": address})
    assert found.problems == ["permissions"]
    assert "may not read what a task is configured to do" in found.findings["permissions"].says


async def test_a_token_is_told_by_what_it_says_and_not_shown(patient: Patient) -> None:
    hers = token(exp=time.time() + 7200, permissions=["rules:read", "ta\u202esks"])
    async with sandbox() as engine, serve(engine) as address:
        found = await patient.examined({"WAYLAY_TOKEN": hers, "WAYLAY_GATEWAY_URL": address})
    account = found.findings["account"].says
    assert 'A token of tenant "acme" for "users/ann"' in account
    assert "in 1 h." in account or "in 119 min." in account
    assert (
        "nothing is written to find out. The token's permissions: rules:read, tasks."
        in found.findings["permissions"].says
    )
    assert hers not in found.text + found.json


async def test_an_application_that_is_refused_is_told_without_what_the_answer_repeats(
    patient: Patient, tmp_path: Path
) -> None:
    repeats = json.dumps({"statusCode": 403, "error": "no application the-application with its-secret-9b1d"})
    async with saying(answering("403 No", repeats))(tmp_path) as environment:
        profile = _profile(tmp_path, environment["WAYLAY_GATEWAY_URL"])
        found = await patient.examined({"WAYLAY_PROFILE": str(profile)})
    assert found.problems == ["credentials"]
    credentials = found.findings["credentials"]
    assert "the application's key and secret for tenant acme (403)" in credentials.says
    assert "profile" in (credentials.cure or "")
    assert "its-secret-9b1d" not in found.text + found.json


async def test_a_token_of_another_tenant_than_the_profile_names_is_doubted(patient: Patient, tmp_path: Path) -> None:
    async with sandbox() as engine, serve(engine) as address:
        found = await patient.examined({"WAYLAY_PROFILE": str(_profile(tmp_path, address))})
    credentials = found.findings["credentials"]
    assert (credentials.status, found.problems) == ("warning", [])
    assert 'its token is of tenant "sandbox"' in credentials.says


PAIR = base64.b64encode(f"{API_KEY}:{API_SECRET}".encode()).decode()


@pytest.mark.parametrize("secret", [PAIR, API_SECRET, API_KEY])
@pytest.mark.parametrize("status", ["200 OK", "403 Forbidden", "404 Not Found"])
async def test_a_page_is_named_without_what_it_repeats_and_on_one_line(
    status: str, secret: str, patient: Patient, tmp_path: Path
) -> None:
    async with saying(page(status, f"Blocked\u202e\n\x1b[31m {secret}"))(tmp_path) as environment:
        found = await patient.examined(environment)
    assert found.problems == ["gateway"]
    said = found.findings["gateway"].says
    assert '"Blocked' in said
    assert said.isprintable()
    assert secret[:20] not in found.text + found.json


@pytest.mark.parametrize(("ahead", "status"), [(-40, "ok"), (40, "ok"), (-3000, "warning"), (3000, "warning")])
async def test_a_clock_that_is_off_is_told_by_how_much(
    ahead: int, status: str, patient: Patient, tmp_path: Path
) -> None:
    async with saying(no_tasks(ahead))(tmp_path) as environment:
        clock = (await patient.examined(environment)).findings["clock"]
    assert clock.status == status
    assert clock.details["seconds_ahead"] == pytest.approx(-ahead, abs=4)
    assert ("behind" if ahead > 0 else "ahead of") in clock.says


async def test_plain_http_to_elsewhere_is_doubted_where_it_is_allowed(patient: Patient) -> None:
    async with sandbox() as engine, serve(engine) as address:
        # Another name of this machine, which is not one of those that are taken for it.
        url = address.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - nothing listens there
        found = await patient.examined({**KEY, "WAYLAY_GATEWAY_URL": url, "WAYLAY_MCP_ALLOW_PLAIN_HTTP": "true"})
    assert found.findings["TLS"].status == "warning"
    assert "in the clear" in found.findings["TLS"].says


async def test_no_proxy_is_named_where_it_exempts_the_gateway(patient: Patient) -> None:
    async with sandbox() as engine, serve(engine) as address:
        proxies = {"HTTP_PROXY": "http://p.invalid:1", "NO_PROXY": "127.0.0.1"}
        found = await patient.examined({**KEY, "WAYLAY_GATEWAY_URL": address, **proxies})
    assert set(found.statuses.values()) == {"ok"}
    assert "NO_PROXY exempts the gateway from the proxy in HTTP_PROXY" in found.findings["proxy"].says


async def test_a_limit_on_requests_is_no_fault_of_the_credentials(patient: Patient, tmp_path: Path) -> None:
    async with saying(answering("429 Slow", '{"statusCode": 429, "error": "slow"}'))(tmp_path) as environment:
        found = await patient.examined(environment)
    assert (found.problems, found.findings["gateway"].status) == ([], "warning")
    assert found.statuses["credentials"] == found.statuses["permissions"] == "not checked"


def _profile(folder: Path, url: str) -> Path:
    credentials = {
        "type": "application_credentials",
        "api_key": "the-application",
        "api_secret": "its-secret-9b1d",
        "tenant_id": "acme",
        "gateway_url": url,
    }
    path = folder / "profile.json"
    path.write_text(json.dumps({"credentials": credentials}))
    return path
