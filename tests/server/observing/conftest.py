"""What a server tells of itself."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Receive, Scope, Send

from server.observing.counting import new_metrics
from server.web.app import http_app
from server.web.draining import Draining
from tests.support.serving import serve
from tests.support.world import Recorder, Sandbox, World, settings


class Gateway:
    """The sandbox's tasks behind a gateway that fails when it is told to, and notes the headers of requests."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.failing = 0
        """How often it says 503 from now on."""
        self.headers: list[dict[bytes, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.headers.append(dict(scope["headers"]))
        if self.failing <= 0:
            await self._sandbox.app(scope, receive, send)
            return
        self.failing -= 1
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})


class Watched:
    """A server over HTTP that counts."""

    def __init__(self, world: World, gateway: Gateway, draining: Draining, address: str) -> None:
        self.world = world
        self.gateway = gateway
        self.draining = draining
        self.address = address

    async def scraped(self) -> dict[str, float]:
        """Return the samples."""
        return samples((await self.get("/metrics")).text)

    async def get(self, path: str) -> httpx.Response:
        """Return what is there."""
        return await get(f"{self.address}{path}")


async def get(url: str) -> httpx.Response:
    """Return what is there."""
    async with httpx.AsyncClient() as client:
        return await client.get(url)


def samples(text: str) -> dict[str, float]:
    """Return the samples of an exposition by name and labels, as `name{label=value}`, without our prefix."""
    return {
        f"{sample.name.removeprefix('waylay_tasks_mcp_')}{_labels(sample.labels)}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _labels(labels: dict[str, str]) -> str:
    return "{" + ",".join(f"{name}={value}" for name, value in sorted(labels.items())) + "}" if labels else ""


@pytest.fixture
async def watched(sandbox: Sandbox) -> AsyncIterator[Watched]:
    """A server that counts, and is looked at over HTTP."""
    metrics, gateway, draining = new_metrics(), Gateway(sandbox), Draining()
    sandbox.recorder = Recorder(gateway)
    world = World(sandbox, settings(), meter=metrics, failures=8)
    async with serve(http_app(world.running, world.settings, metrics=metrics, draining=draining)) as address:
        yield Watched(world, gateway, draining, address)
    await world.running.aclose()


@pytest.fixture
def spans(request: pytest.FixtureRequest) -> Sequence[ReadableSpan]:
    """The spans that have ended in this test."""
    canary: Any = request.config.pluginmanager.get_plugin("canary")
    return canary.spans.ended
