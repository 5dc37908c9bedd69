"""The engine speaks as the service is documented to: bodies verbatim, headers, media types, tags, ids, HEAD."""

from typing import Any

import httpx
import pytest

from tests.support.world import Sandbox

TASKS = "/rules/v1/tasks"
PAGED = "application/vnd.waylay.paged+json"


async def found(api: httpx.AsyncClient, query: str) -> list[str]:
    return [task["name"] for task in (await api.get(f"{TASKS}?{query}")).json()]


async def test_a_listing_is_an_array_with_its_count_in_a_header(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    for number in range(12):
        sandbox.create(f"Task {number}")
    for accept in ("*/*", "application/json", "application/json, text/plain, */*"):
        answer = await api.get(TASKS, headers={"Accept": accept})
        assert [task["name"] for task in answer.json()] == [f"Task {number}" for number in range(10)]
        assert (answer.headers["X-Count"], answer.headers["content-type"]) == ("12", "application/json")


async def test_a_listing_in_the_paged_media_type(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    for number in range(5):
        sandbox.create(f"Task {number}")
    answer = await api.get(f"{TASKS}?hits=2&startIndex=3", headers={"Accept": PAGED})
    assert (answer.headers["content-type"], answer.headers["X-Count"]) == (PAGED, "5")
    page = answer.json()
    assert [task["name"] for task in page.pop("values")] == ["Task 3", "Task 4"]
    assert page == {"skip": 3, "limit": 2, "total": 5}


@pytest.mark.parametrize("base", [TASKS, "/api/tasks"])
async def test_counting_with_head_and_no_hits(api: httpx.AsyncClient, sandbox: Sandbox, base: str) -> None:
    sandbox.create()
    answer = await api.head(f"{base}?hits=0&startIndex=0")
    assert (answer.status_code, answer.headers["x-count"]) == (200, "1")


async def test_an_entity_has_what_is_documented(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    task_id = sandbox.create(tags={"a": 1}, resource="pump-1")
    sandbox.clock.advance(150)
    task = (await api.get(f"{TASKS}/{task_id}?format=simplified")).json()
    expected = {
        "ID": task_id, "name": "Pump watch", "status": "running", "type": "periodic", "user": "sandbox@example.com",
        "createTime": 1795000000000, "template": "pumpVibration", "resource": "pump-1", "resourceIds": ["pump-1"],
        "invocationCount": 2, "lastExecutionTime": 1795000120000, "tags": {"a": 1}, "frequency": 60000,
    }  # fmt: skip
    assert {name: task[name] for name in expected} == expected
    assert list(task["network"]) == ["sensors", "actuators", "relations", "triggers"]
    assert list((await api.get(f"{TASKS}/{task_id}")).json()["network"]) == ["nodes", "posterior"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name=pump a", ["Pump A"]),
        ("name=Pump", []),
        ("name=pump*", ["Pump A", "Pump B"]),
        ("name=*b", ["Pump B"]),
        ("name=*u*p*a", ["Pump A"]),
        ("name=%25", []),
        ("name=____ A", []),
        ("status=stopped", ["Pump B"]),
        ("status=running&type=onetime", ["Meter"]),
        ("resource=r1", ["Pump A"]),
        ("resource=r", []),
        ("template=dailyConsumption", ["Meter"]),
        ("template=null", ["Own rule"]),
        ("plugin=vibrationSpectrum", ["Pump A", "Pump B"]),
        ("plugin=vibrationSpectrum:1.2.2", ["Pump A", "Pump B"]),
        ("plugin=vibrationSpectrum:9.9.9", []),
        ("plugin=dice:1.0.9", ["Own rule"]),
        ("filter=METER", ["Meter"]),
        ("filter=%25", []),
        ("filter=_", []),
        ("filter=\\", []),
        ("tags.site=ghent", ["Pump A", "Own rule"]),
        ("tags.site=ghent&tags.site=lille", ["Pump A", "Pump B", "Own rule"]),
        ("tags.site=ghent&tags.line=1", ["Pump A"]),
        ("tags.line=", ["Pump A", "Pump B"]),
        ("tags.line", ["Pump A", "Pump B"]),
        ("tags.billed=true", ["Meter"]),
        ("tags=billed&tags=line", ["Pump A", "Pump B", "Meter"]),
        ("tags=billed,line", ["Pump A", "Pump B", "Meter"]),
        ("tags=billed&tags.site=lille", []),
        ("name=*pump*&tags.site=lille&status=stopped", ["Pump B"]),
        ("createdAfter=1795000000000", ["Pump B", "Meter", "Own rule"]),
        ("createdBefore=1795000100000", ["Pump A"]),
        ("hits=2&startIndex=1", ["Pump B", "Meter"]),
        ("startIndex=99", []),
        ("unknownParameter=x&hits=1", ["Pump A"]),
    ],
)
async def test_all_parameters_are_anded(
    api: httpx.AsyncClient, sandbox: Sandbox, query: str, expected: list[str]
) -> None:
    sandbox.create("Pump A", resource="r1", tags={"site": "ghent", "line": 1})
    sandbox.clock.advance(100)
    sandbox.create("Pump B", tags={"site": "lille", "line": "2"}, start=False)
    sandbox.create("Meter", template="dailyConsumption", type="onetime", tags={"billed": True})
    rule = {"task": {"name": "Own rule", "type": "reactive", "tags": {"site": "ghent"}},
            "sensors": [{"label": "dice_1", "name": "dice", "version": "1.0.9"}]}  # fmt: skip
    sandbox.engine.create(rule, fail_on_warning=False)
    assert await found(api, query) == expected


async def test_ids_come_repeated_or_separated_by_commas(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    first, second, _ = (sandbox.create(f"Task {number}") for number in range(3))
    for query in (f"ids={first},{second}", f"ids={first}&ids={second}", f"id={first}&id={second}"):
        assert await found(api, query) == ["Task 0", "Task 1"]
    assert await found(api, f"id={first}&ids={second}") == []


@pytest.mark.parametrize(
    "query",
    ["hits=x", "hits=-1", "startIndex=1.5", "status=paused", "type=weekly", "format=xml", "includeHealth=maybe",
     "createdAfter=yesterday", "finishedBefore=--5", "createdBefore=5-",
     "resourceMetadataExpression=x", "hits=9999999999999999"],
)  # fmt: skip
async def test_a_parameter_that_cannot_be_read_is_a_bad_request(api: httpx.AsyncClient, query: str) -> None:
    answer = await api.get(f"{TASKS}?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] == "VALIDATION"


async def test_a_page_is_at_most_a_hundred_long_and_says_so(api: httpx.AsyncClient) -> None:
    answer = await api.get(f"{TASKS}?hits=1000", headers={"Accept": PAGED})
    assert answer.json()["limit"] == 100


async def test_health_is_of_the_last_64_runs(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    task_id = sandbox.create()
    sandbox.change(task_id, "error_rate", 0.25)
    sandbox.clock.advance(60 * 200)
    task = (await api.get(f"{TASKS}?includeHealth=true")).json()[0]
    assert task["health"] == {"errorsCount": 16, "errorsRate": 0.25}
    assert "health" not in (await api.get(TASKS)).json()[0]


@pytest.mark.parametrize(
    ("method", "below", "status", "was", "error"),
    [
        (
            "POST",
            "/command/start",
            400,
            "running",
            "Not possible to apply action start, for the task in status running",
        ),
        (
            "POST",
            "/command/start",
            400,
            "pending",
            "Not possible to apply action start, for the task in status pending",
        ),
        ("POST", "/command/stop", 400, "stopped", "Not possible to apply action stop, for the task in status stopped"),
        ("POST", "/command/stop", 400, "failed", "Not possible to apply action stop, for the task in status failed"),
        ("DELETE", "", 400, "running", "Not possible to remove task in status running"),
        ("DELETE", "", 400, "pending", "Not possible to remove task in status pending"),
    ],
)
async def test_what_the_lifecycle_does_not_allow_is_refused_verbatim(
    api: httpx.AsyncClient, sandbox: Sandbox, method: str, below: str, status: int, was: str, error: str
) -> None:
    task_id = sandbox.create()
    sandbox.change(task_id, "status", was)
    answer = await api.request(method, f"{TASKS}/{task_id}{below}")
    assert (answer.status_code, answer.json()) == (status, {"statusCode": status, "error": error})
    assert sandbox.status(task_id) == was


@pytest.mark.parametrize(
    ("method", "below"),
    [("GET", ""), ("GET", "/conf"), ("PUT", ""), ("DELETE", ""), ("POST", "/command/start"), ("POST", "/command/stop")],
)
async def test_a_task_that_is_not_there(api: httpx.AsyncClient, method: str, below: str) -> None:
    body = {"name": "x", "template": "internet.json"} if method == "PUT" else None
    answer = await api.request(method, f"{TASKS}/de1b26b1{below}", json=body)
    assert (answer.status_code, answer.json()) == (404, {"statusCode": 404, "error": "Task with id de1b26b1 not found"})


async def test_create_answers_with_id_and_location(api: httpx.AsyncClient) -> None:
    answer = await api.post(TASKS, json={"name": "test1", "template": "internet.json", "start": False})
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{TASKS}/{answer.json()['ID']}"
    assert (await api.get(answer.headers["Location"])).json()["status"] == "stopped"
    assert list(answer.json()) == ["ID"]
    with_warnings = await api.post(f"{TASKS}?returnWarnings=true", json={"name": "x", "template": "internet.json"})
    assert with_warnings.json()["warnings"] == []


async def test_stop_start_and_delete_take_effect(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    task_id = sandbox.create()
    sandbox.clock.advance(600)
    # The vendor's JavaScript client sends an empty form where no body is needed.
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    stopped = (await api.post(f"{TASKS}/{task_id}/command/stop", headers=form)).json()
    assert (stopped["status"], stopped["invocationCount"]) == ("stopped", 10)
    sandbox.clock.advance(600)
    started = (await api.post(f"{TASKS}/{task_id}/command/start", headers=form)).json()
    assert (started["status"], started["invocationCount"]) == ("running", 10)
    assert "finishedTime" not in started
    sandbox.clock.advance(120)
    assert (await api.get(f"{TASKS}/{task_id}")).json()["invocationCount"] == 12
    gone = await api.delete(f"{TASKS}/{task_id}?forceStop=true")
    assert (gone.status_code, gone.content) == (204, b"")
    assert sandbox.status(task_id) is None


async def test_replace_keeps_id_and_creation_and_follows_start(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    task_id = sandbox.create(tags={"old": "x"})
    sandbox.clock.advance(100)
    document = {"name": "New", "template": "internet.json", "type": "onetime", "start": False}
    replaced = (await api.put(f"{TASKS}/{task_id}", json=document)).json()
    assert (replaced["ID"], replaced["createTime"], replaced["status"]) == (task_id, 1795000000000, "stopped")
    assert (await api.get(f"{TASKS}/{task_id}/conf")).json() == document
    assert await found(api, "tags.old=x") == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_protected_task_needs_a_permission_that_nobody_has(
    api: httpx.AsyncClient, sandbox: Sandbox, method: str
) -> None:
    task_id = sandbox.create(start=False)
    sandbox.change(task_id, "protected", 1)
    answer = await api.request(method, f"{TASKS}/{task_id}", json={"name": "x", "template": "internet.json"})
    assert (answer.status_code, answer.json()["error"]) == (403, "You are not authorized to perform this action")
    made = await api.post(TASKS, json={"name": "x", "template": "internet.json", "protected": True})
    assert made.status_code == 403


async def test_a_one_time_task_is_over_by_itself_and_kept(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    task_id = sandbox.create(type="onetime")
    assert (await api.get(f"{TASKS}/{task_id}")).json()["status"] == "running"
    sandbox.clock.advance(2)
    task = (await api.get(f"{TASKS}/{task_id}")).json()
    assert (task["status"], task["finishedTime"], task["invocationCount"]) == ("stopped", 1795000002000, 1)
    assert await found(api, "status=running") == []
    assert await found(api, "finishedBefore=1795000002001") == ["Pump watch"]


async def test_templates_and_the_service_itself_can_be_looked_at(api: httpx.AsyncClient) -> None:
    templates = await api.get("/rules/v1/templates")
    assert int(templates.headers["X-Count"]) == len(templates.json())
    assert (await api.get("/rules/v1/templates/coldStoreDoor")).json()["sensors"][0]["name"] == "doorContact"
    missing = await api.get("/rules/v1/templates/nope")
    assert (missing.status_code, missing.json()["error"]) == (404, "No template with name nope")
    assert (await api.get("/rules/v1")).json()["status"] == "STARTED"
    assert (await api.get("/")).json()["health"] == "UP"
    assert (await api.get("/api/settings")).json() == {}


async def test_what_is_not_there_is_answered_in_json(api: httpx.AsyncClient) -> None:
    assert (await api.get("/nowhere")).json() == {"statusCode": 404, "error": "Not Found"}
    assert (await api.patch(TASKS)).json() == {"statusCode": 405, "error": "Method Not Allowed"}


async def test_tokens_are_exchanged_as_the_sdk_does_it(api: httpx.AsyncClient) -> None:
    import jwt

    url = "/accounts/v1/tokens?grant_type=client_credentials"
    answer = await api.post(url, json={"clientId": "a", "clientSecret": "b"})
    claims = jwt.decode(answer.json()["token"], options={"verify_signature": False})
    assert {"tenant", "domain", "sub", "exp"} <= claims.keys()
    bodies: list[Any] = [{"clientId": "a"}, {"clientId": "a", "clientSecret": ""}, []]
    for body in bodies:
        assert (await api.post(url, json=body)).status_code == 401
    assert (await api.post("/accounts/v1/tokens?grant_type=password", json={})).status_code == 401


@pytest.mark.parametrize("gate", ["AND", "OR", "GENERAL", "NAND"])
async def test_a_rule_with_a_gate_and_nothing_to_warn_about_passes_the_strictest_check(
    api: httpx.AsyncClient, sandbox: Sandbox, gate: str
) -> None:
    rule = {
        "task": {"name": "Both", "type": "reactive"},
        "sensors": [{"label": label, "name": "dice", "version": "1.0.9"} for label in ("a", "b")],
        "relations": [{"label": "both", "type": gate, "parentLabels": ["a", "b"], "combinations": [["ONE", "ONE"]]}],
    }
    answer = await api.post(f"{TASKS}?failOnWarning=true", json=rule)
    assert answer.status_code == 201
    assert sandbox.engine.configuration(answer.json()["ID"])["relations"][0]["type"] == gate
