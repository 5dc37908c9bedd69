"""Lets others judge this server, and shows what they say: `python -m tests.judges`."""

import logging
import sys
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from mcp.shared.exceptions import MCPDeprecationWarning

from tests.judges.environments import install
from tests.judges.installed import ALL
from tests.judges.judging import judge_the_protocol, judge_with_clients, judge_with_scanners
from tests.judges.known import read_known, weigh
from tests.judges.table import say, show
from tests.judges.verdict import Verdict

AT_ONCE = 2


async def judge() -> bool:
    """Install who is not there yet, and let everybody judge; returns whether all is as it should be."""
    began = time.monotonic()
    await _install()
    say(f"installed in {time.monotonic() - began:.0f} s")
    verdicts = await _verdicts()
    known = read_known()
    weighed = [weigh(verdict, known) for verdict in verdicts]
    passed = show(weighed)
    say(f"\n{passed} passed, {len(weighed) - passed} failed")
    return passed == len(weighed)


async def _install() -> None:
    limit = anyio.CapacityLimiter(AT_ONCE)
    async with anyio.create_task_group() as group:
        for environment in ALL:
            group.start_soon(install, environment, limit)


async def _verdicts() -> list[Verdict]:
    """Return what everybody says; two at a time, in the order in which they are told."""
    of_protocol, of_clients, of_scanners = list[Verdict](), list[Verdict](), list[Verdict]()
    with TemporaryDirectory(prefix="judges-") as name:
        folder = Path(name)
        async with anyio.create_task_group() as group:
            group.start_soon(judge_with_scanners, folder, of_scanners)
            await judge_the_protocol(folder, of_protocol)
            await judge_with_clients(folder, of_clients)
    return [*of_protocol, *of_clients, *of_scanners]


def main() -> None:
    """Judge; ends with 1 where something has to be mended."""
    warnings.simplefilter("ignore", MCPDeprecationWarning)  # the fixtures ask as earlier revisions did
    logging.getLogger("mcp").setLevel(logging.ERROR)  # the suite sends what is refused
    sys.exit(not anyio.run(judge))


if __name__ == "__main__":
    main()
