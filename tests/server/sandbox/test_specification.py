"""What a posted document may be, as the OpenAPI file has it: what is not that is a 400, and changes nothing."""

from typing import Any

import httpx
import pytest

from tests.support.world import Sandbox

TASKS = "/rules/v1/tasks"
TEMPLATE = {"name": "x", "template": "internet.json"}
TASK = {"name": "x", "type": "reactive"}
SENSOR = {"label": "a", "name": "dice", "version": "1.0.9"}
ACTUATOR = {"label": "b", "name": "debugDialog", "version": "1.0.4"}
TRIGGER = {"sourceLabel": "a", "destinationLabel": "b"}
RETRY = {"maxRetries": 3, "minBackoff": "PT1S", "maxBackoff": "PT10S"}
GATE = {"label": "g", "type": "OR", "parentLabels": ["a"], "combinations": [["ONE"]]}


def sensor(**more: Any) -> dict[str, Any]:
    return {"task": TASK, "sensors": [{**SENSOR, **more}]}


def actuator(**more: Any) -> dict[str, Any]:
    return {"task": TASK, "actuators": [{**ACTUATOR, **more}]}


def trigger(**more: Any) -> dict[str, Any]:
    return {"task": TASK, "sensors": [SENSOR], "actuators": [ACTUATOR], "triggers": [{**TRIGGER, **more}]}


def gate(**more: Any) -> dict[str, Any]:
    return {"task": TASK, "sensors": [SENSOR], "relations": [{**GATE, **more}]}


BAD_DOCUMENTS: list[Any] = [
    [], 5, None, "text", {}, {"name": "x"}, {"name": "", "template": "internet.json"}, {"template": "internet.json"},
    {"name": "x", "template": "nope"},
    {"name": "x", "template": "internet.json", "type": "weekly"},
    {"name": "x", "template": "internet.json", "type": "periodic"},
    {"name": "x", "template": "internet.json", "type": "periodic", "frequency": 0},
    {"name": "x", "template": "internet.json", "type": "periodic", "frequency": 2**60},
    {"name": "x", "template": "internet.json", "type": "periodic", "frequency": True},
    {"name": "x", "template": "internet.json", "type": "scheduled"},
    {"name": "x", "template": "internet.json", "type": "scheduled", "cron": "* * * * *"},
    {"name": "x", "template": "internet.json", "type": "scheduled", "cron": "0 0 25 * * ?"},
    {"name": "x", "template": "internet.json", "type": "scheduled", "rrule": "FREQ=NEVER"},
    {"name": "x", "template": "internet.json", "type": "scheduled", "cron": "0 0 6 * * ?", "rrule": "FREQ=DAILY"},
    {"name": "x", "template": "internet.json", "type": "scheduled", "cron": "0 0 6 * * ?", "timeZone": "Mars/Base"},
    {"name": "x", "template": "internet.json", "tags": []},
    {"task": {"name": "x"}}, {"task": []}, {"sensors": []},
    {"task": {"name": "x", "type": "reactive"}, "sensors": {}},
    {"task": {"name": "x", "type": "reactive"}, "sensors": ["x"]},
    {"task": {"name": "x", "type": "reactive"}, "sensors": [{"label": "a", "name": "dice"}]},
    {"task": {"name": "x", "type": "reactive"}, "sensors": [{"label": "a", "name": "dice", "version": "1"}]},
    {"task": {"name": "x", "type": "reactive"},
     "sensors": [{"label": "a", "name": "dice", "version": "1.0.9", "unknown": 1}]},
    {"task": {"name": "x", "type": "reactive"}, "sensors": [{"label": 7, "name": "dice", "version": "1.0.9"}]},
    {"task": {"name": "x", "type": "reactive"},
     "sensors": [{"label": "a", "name": "dice", "version": "1.0.9", "evictionTime": -1}]},
    {"task": {"name": "x", "type": "reactive"}, "notes": [{"text": "x", "position": [1, "2"]}]},
    {"task": {"name": "x", "type": "reactive"},
     "relations": [{"label": "g", "type": "XOR", "parentLabels": [], "combinations": []}]},
    {**TEMPLATE, "task": TASK}, {**TEMPLATE, "template": ["a"]}, {**TEMPLATE, "template": {}},
    {**TEMPLATE, "template": None},
    {**TEMPLATE, "type": "periodic", "pollingInterval": 0}, {**TEMPLATE, "type": "periodic", "pollingInterval": "60"},
    {**TEMPLATE, "type": "periodic", "pollingInterval": 2**52}, {**TEMPLATE, "type": "periodic", "frequency": 5.5},
    {**TEMPLATE, "type": "periodic", "frequency": 1e300},
    sensor(retryConfig={}), sensor(retryConfig={**RETRY, "maxRetries": -1}),
    sensor(retryConfig={**RETRY, "maxRetries": "3"}),
    sensor(retryConfig={**RETRY, "minBackoff": 1}), sensor(retryConfig={**RETRY, "maxBackoff": "10s"}),
    sensor(retryConfig={**RETRY, "errorState": 1}),
    sensor(timeout="50s"), sensor(timeout="P"), sensor(timeout="PT"), sensor(timeout="P1DT"), sensor(timeout=""),
    sensor(pauseExecutionTimeout="1 hour"), actuator(timeout="50"),
    sensor(schedule="daily"), sensor(position=5), sensor(position=[1]), sensor(version=5), sensor(pollingPeriod=0),
    trigger(stateChangeTrigger={}), trigger(stateChangeTrigger={"stateFrom": "*"}),
    trigger(stateChangeTrigger={"stateFrom": "*", "stateTo": 1}), trigger(stateChangeTrigger="*"),
    trigger(statesTrigger=[1]), trigger(statesTrigger="ONE"), trigger(invocationPolicy=0),
    gate(parentLabels=[1]), gate(parentLabels="a"), gate(combinations=["ONE"]), gate(combinations=[[1]]),
    gate(combinations={}),
]  # fmt: skip


@pytest.mark.parametrize("document", BAD_DOCUMENTS, ids=str)
async def test_what_is_not_a_specification_is_refused(
    api: httpx.AsyncClient, sandbox: Sandbox, document: object
) -> None:
    answer = await api.post(TASKS, json=document)
    assert answer.status_code == 400
    assert sandbox.database.execute("SELECT COUNT(*) FROM tasks").fetchone() == (0,)
    assert (await api.post(TASKS, content=b"{")).status_code == 400


@pytest.mark.parametrize(
    "document",
    [
        {**TEMPLATE, "notes": []},
        {**TEMPLATE, "sensors": [], "notes": [{"text": "of mine", "position": [1, 2]}], "colour": "blue"},
        {"task": TASK},
        {"task": {**TASK, "template": ["a"]}},
        sensor(retryConfig=RETRY),
        sensor(retryConfig={**RETRY, "maxRetries": 0, "errorState": "Error", "more": 1}),
        sensor(timeout="PT5S", pauseExecutionTimeout="P1DT12H"),
        sensor(timeout="PT0.5S"),
        sensor(timeout="P2W"),
        sensor(timeout="${variables.timeout}"),
        sensor(schedule="0 0 6 * * ?"),
        sensor(schedule="FREQ=DAILY"),
        sensor(schedule="${variables.schedule}"),
        actuator(timeout="PT50S"),
        trigger(stateChangeTrigger={"stateFrom": "*", "stateTo": "ONE"}),
        trigger(statesTrigger=["ONE"], invocationPolicy=1),
        # A trigger may have other fields, and what they are called elsewhere says nothing about them.
        trigger(evictionTime="x", version=5, position=5, timeout=[], type="XOR"),
        gate(parentLabels=[], combinations=[]),
        gate(combinations=[["ONE", "TWO"], []]),
    ],
    ids=str,
)
async def test_what_is_a_specification_is_accepted_and_kept_as_it_is(
    api: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    answer = await api.post(TASKS, json=document)
    assert answer.status_code == 201
    task = answer.headers["Location"]
    assert (await api.get(f"{task}/conf")).json() == document
    assert (await api.get(task)).status_code == 200
    assert (await api.put(task, json=document)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff",
        b'{"name": "\\ud800", "template": "internet.json"}',
        b'{"name": "x", "template": "internet.json", "tags": {"\\udfff": 1}}',
        b'{"name": "x", "template": "internet.json", "variables": {"a": [{"b": "\\ud800"}]}}',
        b'{"name": "x", "template": "internet.json", "variables": {"a": NaN}}',
        b'{"name": "x", "template": "internet.json", "variables": {"a": -Infinity}}',
        b'{"name": "x", "template": "internet.json", "variables": {"a": 1e999}}',
        b'{"name": "x", "template": "internet.json", "variables": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}",
        b"[" * 100_000,
    ],
    ids=lambda body: body[:80].decode("latin-1"),
)
async def test_a_body_that_could_not_be_answered_with_is_refused(
    api: httpx.AsyncClient, sandbox: Sandbox, body: bytes
) -> None:
    task_id = sandbox.create()
    for answer in (await api.post(TASKS, content=body), await api.put(f"{TASKS}/{task_id}", content=body)):
        assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION")
    assert [task["name"] for task in (await api.get(TASKS)).json()] == ["Pump watch"]
    tokens = await api.post("/accounts/v1/tokens?grant_type=client_credentials", content=body)
    assert tokens.status_code in (400, 401)
    assert tokens.json()["statusCode"] == tokens.status_code


async def test_a_pair_of_surrogates_is_a_character(api: httpx.AsyncClient) -> None:
    body = b'{"name": "\\ud83d\\ude00", "template": "internet.json"}'
    answer = await api.post(TASKS, content=body)
    assert (await api.get(answer.headers["Location"])).json()["name"] == "\N{GRINNING FACE}"


@pytest.mark.parametrize(
    ("settings", "frequency"),
    [
        ({"type": "periodic", "pollingInterval": 60}, 60_000),
        ({"type": "periodic", "pollingInterval": 60, "frequency": 5000}, 5000),
        ({"pollingInterval": 60}, 60_000),
        ({"type": "periodic", "frequency": 5000.0}, 5000),
        ({"type": "periodic", "pollingInterval": 60.0}, 60_000),
        ({}, 900_000),
    ],
)
async def test_the_time_between_runs_is_shown_in_milliseconds_though_older_clients_give_seconds(
    api: httpx.AsyncClient, sandbox: Sandbox, settings: dict[str, Any], frequency: int
) -> None:
    task = (await api.post(TASKS, json=TEMPLATE | settings)).headers["Location"]
    sandbox.clock.advance(2 * frequency / 1000)
    for shown in ((await api.get(task)).json(), (await api.get(TASKS)).json()[0]):
        assert (repr(shown["frequency"]), shown["invocationCount"]) == (str(frequency), 2)


async def test_a_template_is_named_beside_a_task_and_not_within(api: httpx.AsyncClient) -> None:
    answer = await api.post(TASKS, json={"task": {**TASK, "template": "internet.json"}})
    assert "template" not in (await api.get(answer.headers["Location"])).json()
    assert len((await api.get(f"{TASKS}?template=null")).json()) == 1
