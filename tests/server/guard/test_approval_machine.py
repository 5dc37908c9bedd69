"""Whatever a model tries and people decide, in whatever order: no task changes that nobody approved of changing."""

from hypothesis import settings

from tests.machines.approval_machine import ApprovalMachine

ApprovalMachine.TestCase.settings = settings(max_examples=50, stateful_step_count=60, deadline=None)
TestApprovals = ApprovalMachine.TestCase
