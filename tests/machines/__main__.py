"""Runs the state machines for many steps, and says how many: `python -m tests.machines`."""

import argparse
import random
import sys
import time

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.machines.approval_machine import ApprovalMachine
from tests.machines.guard_machine import GuardMachine
from tests.machines.tally import Tally

STEPS = 100_000
GUARD_SHARE = 10
"""The guard machine speaks the whole protocol, takes its time for that, and gets this part of the steps."""
EXAMPLES, LENGTH = 50, 100
"""How often a machine starts anew before the next seed, and how many steps it takes then."""


def main() -> None:
    """Run until enough steps were taken; what is found stops everything, and is told with its seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.machines", description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help="steps that the approval machine takes at least")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32), help="where to begin")
    given = parser.parse_args()
    run("approval machine", ApprovalMachine, ApprovalMachine.tally, given.steps, given.seed)
    run("guard machine", GuardMachine, GuardMachine.tally, given.steps // GUARD_SHARE, given.seed)


def run(name: str, machine: type[RuleBasedStateMachine], tally: Tally, steps: int, first: int) -> None:
    """Run a machine for at least so many steps, from a seed on."""
    began, cpu, number = time.perf_counter(), time.process_time(), first
    while tally.steps < steps:
        try:
            run_state_machine_as_test(seed(number)(machine), settings=_at_length())
        except BaseException:
            say(f"{name}: a violation after {tally.steps:,} steps; python -m tests.machines --seed {number}")
            raise
        number += 1
    took, used = time.perf_counter() - began, time.process_time() - cpu
    say(f"{name}: {tally}; 0 violations ({took:.0f} s, {used:.0f} s of CPU, seeds {first} to {number - 1})")


def _at_length() -> settings:
    return settings(
        max_examples=EXAMPLES,
        stateful_step_count=LENGTH,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
