"""Whatever is asked, answered, replayed and changed in whatever order: nothing happens without consent for it."""

import pytest
from hypothesis import settings

from tests.machines.guard_machine import GuardMachine

pytestmark = pytest.mark.timeout(900)
"""It takes a minute, and on a machine that has much else to do several."""

GuardMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
TestGuard = GuardMachine.TestCase
