"""Whatever gets lost on the way to the service and back, in whatever order: no call says what is not true."""

import pytest
from hypothesis import settings

from tests.machines.outcome_machine import OutcomeMachine

pytestmark = pytest.mark.timeout(900)
"""It takes a minute, and on a machine that has much else to do several."""

OutcomeMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
TestOutcomes = OutcomeMachine.TestCase
