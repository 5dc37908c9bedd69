"""What every client goes through: it is asked, says no and says yes, confirms by token, and tries the token again."""

import time

import httpx

from tests.judges.clients.hands import ACCEPT, DECLINE, Client, Era, Hands, Target
from tests.judges.verdict import Verdict

TOOLS = 10
_ERA_OF = {"2026-07-28": "modern", "modern": "modern", "2025-11-25": "legacy", "legacy": "legacy"}


class Gateway:
    """The gateway behind the server, looked at past the server."""

    def __init__(self, address: str) -> None:
        self._http = httpx.AsyncClient(base_url=address, auth=("judge", "judge"), trust_env=False)
        self._fresh: list[str] = []

    async def running(self) -> str:
        """Return a task that runs, another one each time."""
        if not self._fresh:
            query = {"status": "running", "type": "periodic", "hits": 100}
            self._fresh = [task["ID"] for task in (await self._http.get("/rules/v1/tasks", params=query)).json()]
        return self._fresh.pop()

    async def status(self, task_id: str) -> str:
        """Return a task's status."""
        return str((await self._http.get(f"/rules/v1/tasks/{task_id}")).json()["status"])


class Checks:
    """Notes what is so and what is not."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed: dict[str, str] = {}

    def __call__(self, what: str, seen: object, wanted: object) -> None:
        """Note a check by its name."""
        if seen == wanted:
            self.passed += 1
        else:
            self.failed[what] = f"{seen!r}, and not {wanted!r}"


async def judge_client(client: Client, target: Target, era: Era, gateway: Gateway) -> Verdict:
    """Let a client go through it all."""
    began, check = time.monotonic(), Checks()
    try:
        async with client.connect(target, era, forms=True) as hands:
            await _asked(hands, check, gateway, era)
        async with client.connect(target, era, forms=False) as hands:
            await _by_token(hands, check, gateway)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what came of this client
        check("goes through to the end", repr(error), "")
    name = f"{client.name}, {era}, {target.way}"
    return Verdict(name, check.passed, list(check.failed), check.failed, time.monotonic() - began)


async def _asked(hands: Hands, check: Checks, gateway: Gateway, era: Era) -> None:
    check("lists the tools", len(await hands.tools()), TOOLS)
    check("speaks the era", _ERA_OF.get(await hands.version()), era)
    kept, stopped = await gateway.running(), await gateway.running()
    said = await hands.call("stop_task", DECLINE, task_id=kept)
    check("is asked once before a no", len(said.asked), 1)
    check("shows the task in the question", kept in "".join(said.asked), expected := True)
    check("hears of its user's no", said.kind, "declined")
    check("changes nothing by a no", await gateway.status(kept), "running")
    said = await hands.call("stop_task", ACCEPT, task_id=stopped)
    check("is asked once before a yes", len(said.asked), 1)
    check("hears that it was done", said.data.get("task", {}).get("status"), "stopped")
    check("stops by a yes", await gateway.status(stopped), "stopped")
    said = await hands.call("get_task", None, task_id="00000000-0000-4000-8000-000000000000")
    check("hears what went wrong", (said.kind, said.result.get("isError")), ("not_found", expected))


async def _by_token(hands: Hands, check: Checks, gateway: Gateway) -> None:
    task_id = await gateway.running()
    said = await hands.call("stop_task", None, task_id=task_id)
    token = said.data.get("confirmation_required", {}).get("confirmation", "")
    check("gets a token where it has no forms", bool(token), expected := True)
    check("changes nothing by asking", await gateway.status(task_id), "running")
    said = await hands.call("stop_task", None, task_id=task_id, confirmation=token)
    check("stops by the token", (await gateway.status(task_id), not said.kind), ("stopped", expected))
    await hands.call("start_task", None, task_id=task_id)
    check("starts it again", await gateway.status(task_id), "running")
    said = await hands.call("stop_task", None, task_id=task_id, confirmation=token)
    check("is refused the token again", said.kind, "already_used")
    check("changes nothing by it", await gateway.status(task_id), "running")
