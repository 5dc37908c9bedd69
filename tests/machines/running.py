"""Runs one state machine for many steps."""

import sys
import time

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machines.approval_machine import ApprovalMachine
from tests.machines.guard_machine import GuardMachine
from tests.machines.outcome_machine import OutcomeMachine

EXAMPLES, LENGTH = 50, 100
"""How often a machine starts anew before the next seed, and how many steps it takes then."""

MACHINES: dict[str, type[ApprovalMachine | OutcomeMachine | GuardMachine]] = {
    "approval": ApprovalMachine,
    "outcome": OutcomeMachine,
    "guard": GuardMachine,
}
"""Those that take longest come first."""


def run(name: str, steps: int, first: int) -> None:
    """Run a machine for at least so many steps, from a seed on."""
    machine = MACHINES[name]
    began, cpu, number = time.perf_counter(), time.process_time(), first
    while machine.tally.steps < steps:
        try:
            run_state_machine_as_test(seed(number)(machine), settings=_at_length())
        except BaseException:
            again = f"python -m tests.machines {name} --seed {number}"
            say(f"{name} machine: a violation after {machine.tally.steps:,} steps; {again}")
            raise
        number += 1
    took, used = time.perf_counter() - began, time.process_time() - cpu
    spent = f"{took:.0f} s, {used:.0f} s of CPU, seeds {first} to {number - 1}"
    say(f"{name} machine: {machine.tally}; 0 violations ({spent})")


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
