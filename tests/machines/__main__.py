"""Runs the state machines for many steps, and says how many: `python -m tests.machines`."""

import argparse
import random
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from tests.machines.running import MACHINES, run

STEPS = 100_000
AT_ONCE = 2
"""Machines that run at the same time, each in a process of its own."""


def main() -> None:
    """Run until enough steps were taken; what is found stops everything, and is told with its seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.machines", description=__doc__)
    parser.add_argument("machines", nargs="*", choices=[*MACHINES, []], help="which machines; all of them")
    parser.add_argument("--steps", type=int, default=STEPS, help="steps that each takes at least")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32), help="where to begin")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="machines that run at the same time")
    given = parser.parse_args()
    with ProcessPoolExecutor(given.at_once, get_context("spawn")) as processes:
        running = [processes.submit(run, name, given.steps, given.seed) for name in given.machines or MACHINES]
        for done in as_completed(running):
            if done.exception() is not None:
                processes.shutdown(cancel_futures=True)
            done.result()


if __name__ == "__main__":
    main()
