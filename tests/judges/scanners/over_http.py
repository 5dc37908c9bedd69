"""Scanners that are given the endpoint, and answer in JSON."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.judges.environments import Environment, alone, run
from tests.judges.verdict import Verdict

Read = Callable[[Any], tuple[int, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Scanner:
    """A scanner.

    Args:
        environment: Where it is installed; it goes by this name.
        command: Its command; URL stands for the endpoint.
        read: Returns how much it found in order, and what it found else: its name, and what is said of it.
    """

    environment: Environment
    command: Sequence[str]
    read: Read

    async def judge(self, address: str, folder: Path) -> Verdict:
        """Let it scan."""
        began = time.monotonic()
        program, *words = self.command
        command = [
            self.environment.commands / program,
            *(f"{address}/mcp" if word == "URL" else word for word in words),
        ]
        # They end with an error where they find something; what they say is what counts.
        said = await run(command, alone(self.environment, folder), folder, check=False)
        passed, details = self.read(json.loads(said))
        return Verdict(self.environment.name, passed, list(details), details, time.monotonic() - began)


def _score(report: Any) -> tuple[int, dict[str, str]]:
    details = {rule["rule_id"]: rule["message"] for rule in report["results"] if not rule["passed"]}
    smoke = [check for check in report["smoke"]["checks"] if check["verdict"] == "fail"]
    details |= {f"{check['check_id']}:{check['tool_name']}": check["message"] for check in smoke}
    return report["summary"]["passed"] + report["smoke"]["summary"]["passed"], details


def _checks(report: Any) -> tuple[int, dict[str, str]]:
    details = {
        f"{found['code']}:{found['subject']}": found["message"]
        for check in report["checks"]
        for found in [*check["failures"], *check["warnings"]]
    }
    broken = {f"{check['name']}:not run": str(check["error"]) for check in report["checks"] if check["error"]}
    return sum(check["passed"] for check in report["checks"]), details | broken


def _quality(report: Any) -> tuple[int, dict[str, str]]:
    families = report["families"].values()
    details = {
        f"{found['code']}:{found.get('tool', '')}": found["message"]
        for family in families
        for found in family["findings"]
    }
    return report["families"]["contract"]["metrics"]["invoked"], details


def _descriptions(report: Any) -> tuple[int, dict[str, str]]:
    details = {f"{found['rule']}:{found['tool']}": found["message"] for found in report["findings"]}
    return report["server"]["toolCount"], details


SCORE = Scanner(
    Environment("mcpscore", ("mcpscore>=1.29,<2",)), ("mcpscore", "--no-config", "--smoke", "--json", "URL"), _score
)
CHECK = Scanner(
    Environment("mcpcheck", ("jbt-mcpcheck>=0.1.1,<0.2",)), ("mcpcheck", "--legacy-probes", "--json", "URL"), _checks
)
QUALITY = Scanner(
    Environment("mcp-quality", ("mcp-quality>=0.7,<0.8",)),
    ("mcp-quality", "run", "--json", "--security", "--safety", "URL"),
    _quality,
)
DESCRIPTIONS = Scanner(
    Environment("tdqs", ("tdqs>=0.1,<0.2",)), ("tdqs", "lint", "--format", "json", "--url", "URL"), _descriptions
)
# mcp-fuzzer was tried too. It takes valid arguments, none among them, for malformed ones that were accepted, and tries
# others with the same seed; tests/fuzz does that work.
SCANNERS = (SCORE, CHECK, QUALITY, DESCRIPTIONS)
