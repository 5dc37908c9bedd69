"""Mixed load on a server with two workers, with faults on the way to the service, while one is killed again and again.

The other one lives, so that its memory can be watched, and stands still now and then.

`python -m tests.soak`: 30 minutes. It stops by itself, and fails when the books do not agree.
"""

import argparse
import asyncio
import logging
import random
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.stage import say
from tests.soak.running import Plan, Soak, soak
from tests.soak.table import table

_LONG = 10
"""Minutes from which on workers are killed more seldom."""


def main() -> int:
    """Soak; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="how long the load lasts")
    parser.add_argument("--kill-every", type=float, metavar="SECONDS", help="30; 15 in a short soak")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32), help="of chance")
    given = parser.parse_args()
    every = given.kill_every or (30 if given.minutes >= _LONG else 15)
    say(f"{given.minutes:g} minutes, a worker killed every {every:g} s, seed {given.seed}")
    # However this is ended, the server ends with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Clients log each connection that breaks when a worker is killed.
    logging.getLogger("mcp").setLevel(logging.CRITICAL + 1)
    with TemporaryDirectory() as folder:
        return int(_say(asyncio.run(soak(Plan(given.minutes * 60, every, given.seed, Path(folder))))))


def _say(came: Soak) -> bool:
    """Say what came of it; true when anything is wrong."""
    say("\n".join(table(came)))
    say()
    for name, found in came.wrong.items():
        say(
            f"{len(found)} {name}"
            if name not in ("memory", "the server")
            else f"{name}: {'wrong' if found else 'right'}"
        )
        for line in found[:20]:
            say(f"    {line}")
    return any(came.wrong.values())


if __name__ == "__main__":
    sys.exit(main())
