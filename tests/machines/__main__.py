"""Runs the state machines for many steps, and says how many: `python -m tests.machines --help`."""

import argparse
import random
import sys
import time

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.machines.approval_machine import ApprovalMachine
from tests.machines.tally import Tally

EXAMPLES, LENGTH = 50, 100
"""How often a machine starts anew before the next seed, and the steps that it then takes."""


def main() -> None:
    """Run until enough steps were taken; what is found stops everything and is told with its seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.machines", description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000, help="steps that the approval machine takes at least")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32), help="where to begin")
    given = parser.parse_args()
    run("approval machine", ApprovalMachine, ApprovalMachine.tally, given.steps, given.seed)


def run(name: str, machine: type[RuleBasedStateMachine], tally: Tally, steps: int, first: int) -> None:
    """Run a machine for at least so many steps, from a seed on."""
    began, cpu, number = time.perf_counter(), time.process_time(), first
    while tally.steps < steps:
        given = settings(
            max_examples=EXAMPLES,
            stateful_step_count=LENGTH,
            deadline=None,
            database=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        )
        try:
            run_state_machine_as_test(seed(number)(machine), settings=given)
        except BaseException:
            say(f"{name}: a violation after {tally}; again with --seed {number}")
            raise
        number += 1
    took, used = time.perf_counter() - began, time.process_time() - cpu
    say(f"{name}: {tally}; 0 violations. {took:.0f} s, {used:.0f} s of CPU, seeds {first} to {number - 1}")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
