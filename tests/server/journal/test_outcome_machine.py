"""Whatever gets lost on the way to the service and back, in whatever order: no call says what is not true."""

from hypothesis import settings

from tests.machines.outcome_machine import OutcomeMachine

OutcomeMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
TestOutcomes = OutcomeMachine.TestCase
