"""Who judges what."""

import time
from collections.abc import Awaitable
from pathlib import Path

from tests.judges.clients.hands import Client, Target
from tests.judges.clients.inspector import Inspector
from tests.judges.clients.piped import Piped
from tests.judges.clients.scenario import Gateway, judge_client
from tests.judges.conformance import REVISIONS, judge_conformance
from tests.judges.installed import NODE_JUDGES, PYTHON_1
from tests.judges.scanners.hints import HINTS, judge_hints
from tests.judges.scanners.over_http import SCANNERS
from tests.judges.scanners.schemas import judge_schemas
from tests.judges.scanners.texts import TEXTS, judge_texts
from tests.judges.served import started, with_fixtures
from tests.judges.verdict import Verdict

Verdicts = list[Verdict]


async def judge_the_protocol(folder: Path, verdicts: Verdicts) -> None:
    """Run the conformance suite, for each revision against a server that nobody has spoken to."""
    for revision in REVISIONS:
        async with with_fixtures() as address:
            judging = judge_conformance(NODE_JUDGES, revision, address, folder)
            verdicts.append(await _or_gave_up(f"conformance {revision}", judging))


async def judge_with_clients(folder: Path, verdicts: Verdicts) -> None:
    """Let every client go through the scenario, in every era that it speaks, over stdio and HTTP."""
    async with started("sandbox") as gateway:
        account = {"WAYLAY_GATEWAY_URL": gateway, "WAYLAY_API_KEY": "judge", "WAYLAY_API_SECRET": "judge"}
        environment = {**account, "WAYLAY_MCP_STATE_DIR": str(folder / "stdio"), "WAYLAY_MCP_APPROVALS": "off"}
        looked_at = Gateway(gateway)
        async with started("serve", "--http", **account, WAYLAY_MCP_STATE_DIR=str(folder / "http")) as address:
            targets = (Target(None, environment), Target(f"{address}/mcp", {}))
            for client in _clients(folder):
                verdicts += [
                    await judge_client(client, target, era, looked_at) for era in client.eras for target in targets
                ]


async def judge_with_scanners(folder: Path, verdicts: Verdicts) -> None:
    """Let every scanner scan."""
    async with started("serve", "--http") as address:
        verdicts.append(await _or_gave_up("Inspector (strict)", judge_schemas(NODE_JUDGES, address, folder)))
        verdicts.append(await _or_gave_up(TEXTS.name, judge_texts(address, folder)))
        for scanner in SCANNERS:
            verdicts.append(await _or_gave_up(scanner.environment.name, scanner.judge(address, folder)))
    verdicts.append(await _or_gave_up(HINTS.name, judge_hints(folder)))


async def _or_gave_up(judge: str, judging: Awaitable[Verdict]) -> Verdict:
    """Return a verdict; one that does not come is one too, and keeps nobody else from judging."""
    began = time.monotonic()
    try:
        return await judging
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what came of this judge
        finding = "gave up"
        return Verdict(judge, 0, [finding], {finding: repr(error)}, time.monotonic() - began)


def _clients(home: Path) -> list[Client]:
    return [
        Piped("TypeScript client 2", ("modern", "legacy"), NODE_JUDGES, "client_v2.mjs", home),
        Piped("TypeScript SDK 1", ("legacy",), NODE_JUDGES, "client_v1.mjs", home),
        Piped("Python SDK 1", ("legacy",), PYTHON_1, "client_v1.py", home),
        Inspector(NODE_JUDGES, home),
    ]


PARTS = {"protocol": judge_the_protocol, "clients": judge_with_clients, "scanners": judge_with_scanners}
