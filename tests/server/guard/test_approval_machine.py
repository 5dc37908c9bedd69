"""Whatever a model tries and people decide, in whatever order: no task changes that nobody approved of changing."""

import pytest
from hypothesis import settings as hypothesis_settings

from tests.conftest import MakeWorld
from tests.machines.approval_machine import ApprovalMachine
from tests.machines.approval_stage import UNSEEN
from tests.support.approvals import Desk

pytestmark = pytest.mark.timeout(900)
"""It takes a minute, and on a machine that has much else to do several."""

ApprovalMachine.TestCase.settings = hypothesis_settings(max_examples=60, stateful_step_count=60, deadline=None)
TestApprovals = ApprovalMachine.TestCase


async def test_nothing_that_a_client_is_offered_tells_the_way_to_the_page(make_world: MakeWorld) -> None:
    world = make_world(page=Desk(), confirm="human")
    async with world.client() as client:
        listed = await client.list_tools()
        offered = "\n".join([str(client.instructions), listed.model_dump_json()])
    assert not [one for one in UNSEEN if one in offered]
    assert not [tool.name for tool in listed.tools if "approv" in tool.name]
