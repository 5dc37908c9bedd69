"""The protocol's own conformance suite, for one revision, against the whole server with the suite's fixtures on it."""

import json
import re
import time
from pathlib import Path
from typing import Any

from tests.judges.environments import Environment, alone, run
from tests.judges.verdict import Verdict

REVISIONS = ("2025-11-25", "2026-07-28")
_NOT_RUN = [{"id": "not run", "status": "FAILURE", "errorMessage": "The suite left no result."}]
_BAD = ("FAILURE", "WARNING")
_STAMP = re.compile(r"-\d{4}-\d\d-\d\dT[-\d]+Z$")


async def judge_conformance(node: Environment, revision: str, address: str, folder: Path) -> Verdict:
    """Run what a revision requires; what it says of extensions and of later scenarios counts as well."""
    began, results = time.monotonic(), folder / revision
    suite = node.scripts / "conformance"
    variables = alone(node, folder)
    await run(
        [suite, "server", "--url", f"{address}/mcp", "--requirements", revision, "-o", results],
        variables,
        folder,
        check=False,
    )
    required = await _required(suite, revision, variables)
    checks = dict.fromkeys(required, _NOT_RUN) | _checks(results)
    details = {
        f"{scenario}:{check['id']}": str(check.get("errorMessage", ""))
        for scenario, made in checks.items()
        for check in made
        if check["status"] in _BAD
    }
    passed = sum(check["status"] == "SUCCESS" for made in checks.values() for check in made)
    return Verdict(f"conformance {revision}", passed, list(details), details, time.monotonic() - began)


async def _required(suite: Path, revision: str, variables: dict[str, str]) -> list[str]:
    listed = await run([suite, "list", "--server", "--requirements", revision], variables)
    ours = listed.partition("Server scenarios")[2].partition("Client scenarios")[0]
    return [line.split()[1] for line in ours.splitlines() if line.strip().startswith("- ")]


def _checks(results: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the checks of every scenario that was run; a folder is named for its scenario and the time."""
    return {
        _STAMP.sub("", path.parent.name.removeprefix("server-")): json.loads(path.read_text("utf-8"))
        for path in sorted(results.glob("server-*/checks.json"))
    }
