"""Who signed in: in the audit, in what is asked, in what has to be approved by somebody else; and never their token."""

import logging
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from server.callers.made_token import make_token
from server.callers.static_tokens import StaticTokens
from server.callers.token_file import read_token_file
from tests.server.callers.test_static_tokens import file_of, line
from tests.support.answers import ACCEPT, User
from tests.support.door import Door, door
from tests.support.world import Era, Sandbox, data, error


def records_of(entrance: Door) -> list[dict[str, Any]]:
    return [record for _, record in entrance.world.store.audit.since(0, 100)]


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_the_audit_tells_issuer_and_subject(entrance: Door, era: Era) -> None:
    task_id = entrance.world.sandbox.create()
    async with entrance.client(era=era, ask=User(ACCEPT)) as client:
        await client.call_tool("stop_task", {"task_id": task_id})
    records = records_of(entrance)
    assert {record["kind"] for record in records} >= {"question", "call"}
    assert {record["principal"] for record in records} == {f"{entrance.issuer.address} dave-8"}


async def test_what_one_may_do_is_not_for_somebody_else_who_has_the_same_subject_elsewhere(entrance: Door) -> None:
    """Subjects are an issuer's own: with another issuer the same text is somebody else, and not let in."""
    task_id = entrance.world.sandbox.create()
    async with entrance.client() as client:
        offered = data(await client.call_tool("stop_task", {"task_id": task_id}))
    token = offered["confirmation_required"]["confirmation"]
    for other in ({"subject": "erin-9"}, {"client_id": "another assistant"}):
        async with entrance.client(entrance.issuer.access_token(**other)) as client:
            refused = await client.call_tool("stop_task", {"task_id": task_id, "confirmation": token})
        assert error(refused)["changed"] == "no"
    assert entrance.world.sandbox.status(task_id) == "running"
    # The same person with the same assistant and a fresh token may go on.
    async with entrance.client() as client:
        assert not (await client.call_tool("stop_task", {"task_id": task_id, "confirmation": token})).is_error


class Overheard:
    """Passes requests on to the Tasks API, and keeps everything that was said there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.heard = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def listening() -> Any:
            message = await receive()
            self.heard += message.get("body", b"")
            return message

        self.heard += repr(scope.get("headers")).encode() + scope.get("query_string", b"")
        await self._app(scope, listening, send)


async def test_a_callers_token_goes_nowhere(
    sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither to the Tasks API nor the issuer, nor into logs, answers, audit and store: with everything logged."""
    overheard = Overheard(sandbox.recorder.app)
    sandbox.recorder.app = overheard
    made, unknown = make_token(), make_token()
    said, audit = "", tmp_path / "audit.jsonl"
    with caplog.at_level(logging.DEBUG):
        tokens = file_of(tmp_path, line(token=made))
        async with door(sandbox, auth_tokens=tokens, audit=str(audit)) as entrance:
            signed, foreign = entrance.issuer.access_token(), entrance.issuer.access_token(aud="https://other")
            for token in (made, signed):
                task_id = sandbox.create()
                async with entrance.client(token, ask=User(ACCEPT)) as client:
                    for tool in ("get_task", "stop_task", "start_task", "delete_task", "undo_change"):
                        said += repr(await client.call_tool(tool, {"task_id": task_id}))
            for token in (unknown, foreign, entrance.issuer.access_token(scope="")):
                answer = await entrance.knock(token, json={"method": "tools/call", "params": {"name": "stop_task"}})
                assert answer.status_code in {401, 403}
                said += answer.text + repr(answer.headers)
            said += repr(records_of(entrance)) + repr(entrance.issuer.asked) + repr(entrance.world.running)
            given = {*entrance.issuer.given, made, unknown}
        said += audit.read_text() + caplog.text + repr(capfd.readouterr()) + overheard.heard.decode()
    assert len(given) == 5
    for token in given:
        assert token not in said
        assert token.rpartition(".")[2] not in said


async def test_what_is_kept_of_a_token_is_nothing_that_could_be_shown(tmp_path: Path) -> None:
    token = make_token()
    entries = read_token_file(file_of(tmp_path, line(token=token)))
    found = await StaticTokens(entries, lambda: 0).verify(token)
    assert token not in repr(found) + repr(entries)
    assert entries["ci"].sha256 not in repr(entries) + repr(found)
