"""Whatever is asked, answered, replayed and changed in whatever order: nothing happens without consent for it."""

from hypothesis import settings

from tests.machines.guard_machine import GuardMachine

GuardMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
TestGuard = GuardMachine.TestCase
