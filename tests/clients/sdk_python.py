"""Waylay's own Python SDK against a gateway: run in an environment of its own, with the gateway's address.

The SDK's type models refuse specifications that are valid, so requests are not validated by it.
"""

import asyncio
import sys
from collections.abc import Awaitable

from waylay.sdk import WaylayClient
from waylay.sdk.api import ApiError

TEMPLATE = {
    "name": "from the SDK",
    "template": "internet.json",
    "type": "periodic",
    "frequency": 900000,
    "start": False,
}
RULE = {
    "task": {"name": "own rule", "type": "reactive", "start": False},
    "sensors": [{"label": "dice_1", "name": "dice", "version": "1.0.9"}],
    "actuators": [
        {
            "label": "debugDialog_1",
            "name": "debugDialog",
            "version": "1.0.4",
            "properties": {"message": "${nodes.dice_1.rawData.status}"},
        }
    ],
}


async def main(gateway: str) -> None:
    """Do what a user of the SDK does with tasks, and check each answer."""
    # Keys have the form that the SDK expects of them.
    client = WaylayClient.from_client_credentials("0" * 24, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", gateway_url=gateway)
    tasks = client.rules.tasks
    page = await tasks.list(query={"hits": 3, "status": "running", "tags.site": "ghent"})
    assert len(page) == 3, page
    assert all(task.status == "running" for task in page)
    created = await tasks.create(json=TEMPLATE, query={"returnWarnings": True}, validate_request=False)
    task_id = created.id
    assert created.warnings == []
    assert (await tasks.get(task_id, query={"format": "simplified"})).status == "stopped"
    configuration = await tasks.get_configuration(task_id, raw_response=True)
    assert configuration.json() == TEMPLATE, configuration.text
    assert (await tasks.start(task_id)).status == "running"
    await expect_error(tasks.start(task_id), 400, "Not possible to apply action start, for the task in status running")
    await expect_error(tasks.delete(task_id), 400, "Not possible to remove task in status running")
    assert (await tasks.stop(task_id)).status == "stopped"
    replaced = await tasks.replace(task_id, json={**TEMPLATE, "name": "renamed"}, validate_request=False)
    assert replaced.name == "renamed"
    await tasks.delete(task_id, query={"forceStop": True})
    await expect_error(tasks.get(task_id), 404, f"Task with id {task_id} not found")
    warned = await tasks.create(json=RULE, query={"returnWarnings": True}, validate_request=False)
    assert warned.warnings[0].suggestion == "maybe you are looking for one of these: state, randomValue"
    about = await client.rules.about.get()
    assert about.status == "STARTED"
    sys.stdout.write("the Python SDK works\n")


async def expect_error(call: Awaitable[object], status: int, error: str) -> None:
    """Expect a call to fail with a status and the service's words."""
    try:
        await call
    except ApiError as failure:
        said = failure.response
    else:
        raise AssertionError(f"expected {status} {error}")
    assert (said.status_code, said.json()["error"]) == (status, error), said.text


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
