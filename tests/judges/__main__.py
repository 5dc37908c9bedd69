"""Lets others judge this server, and shows what they say: `python -m tests.judges`."""

import argparse
import logging
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from mcp.shared.exceptions import MCPDeprecationWarning

from tests.judges.environments import install
from tests.judges.installed import ALL
from tests.judges.judging import PARTS
from tests.judges.known import read_known, unheard, weigh
from tests.judges.table import say, show
from tests.judges.verdict import Verdict

AT_ONCE = 2
LONGEST_FIRST = ("scanners", "clients", "protocol")


async def judge(parts: Sequence[str]) -> bool:
    """Install who is not there yet, and let them judge; returns whether all is as it should be."""
    began = time.monotonic()
    await _install()
    say(f"installed in {time.monotonic() - began:.0f} s")
    verdicts, known = await _verdicts(parts), read_known()
    weighed = [weigh(verdict, known) for verdict in verdicts]
    passed, silent = show(weighed), unheard(verdicts, known) if len(parts) == len(PARTS) else []
    for name in silent:
        say(f"\nThere is no judge {name}: take it out of tests/judges/known.toml")
    say(f"\n{passed} passed, {len(weighed) - passed + len(silent)} failed ({time.monotonic() - began:.0f} s)")
    return passed == len(weighed) and not silent


async def _install() -> None:
    limit = anyio.CapacityLimiter(AT_ONCE)
    async with anyio.create_task_group() as group:
        for environment in ALL:
            group.start_soon(install, environment, limit)


async def _verdicts(parts: Sequence[str]) -> list[Verdict]:
    """Return what everybody says, in the order of the parts; two of those judge at a time."""
    said: dict[str, list[Verdict]] = {part: [] for part in parts}
    limit = anyio.CapacityLimiter(AT_ONCE)

    async def hear(part: str, folder: Path) -> None:
        async with limit:
            await PARTS[part](folder, said[part])

    with TemporaryDirectory(prefix="judges-") as folder:
        async with anyio.create_task_group() as group:
            for part in sorted(parts, key=LONGEST_FIRST.index):
                group.start_soon(hear, part, Path(folder))
    return [verdict for part in parts for verdict in said[part]]


def main() -> None:
    """Judge; ends with 1 where something has to be mended."""
    parser = argparse.ArgumentParser(prog="python -m tests.judges", description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), metavar="PART", help=f"who: {', '.join(PARTS)}")
    given = parser.parse_args()
    warnings.simplefilter("ignore", MCPDeprecationWarning)  # the fixtures ask as earlier revisions did
    logging.getLogger("mcp").setLevel(logging.ERROR)  # the suite sends what is refused
    sys.exit(not anyio.run(judge, given.parts))


if __name__ == "__main__":
    main()
