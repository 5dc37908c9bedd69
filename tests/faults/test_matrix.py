"""After every call, whatever goes wrong, one of three statements: done, not done, or unknown and how to find out.

Each operation is held against each fault, on real sockets, and what it says against the sandbox's database.
"""

from collections.abc import Mapping

import pytest

from tests.faults.cell import Cell, cells
from tests.faults.faults import FAULTS
from tests.faults.running import Run, Verdict, run
from tests.faults.scene import TOOLS

SEED = 1
MINUTES = 10
"""Every cell is played before the first of these tests ends, on two cores within one minute."""

PLACES = [(fault.name, tool) for fault in FAULTS for tool in TOOLS if tool not in fault.leaves_out]

pytestmark = pytest.mark.timeout(MINUTES * 60)


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest) -> Run:
    """What came of the cells that are asked about."""
    chosen = {item.name for item in request.session.items}
    return run([cell for cell in cells() if f"{_SAYS}[{cell.fault.name} - {cell.tool}]" in chosen], SEED)


@pytest.fixture(scope="module")
def verdicts(played: Run) -> Mapping[Cell, Verdict]:
    return {verdict.cell: verdict for verdict in played.verdicts}


_SAYS = "test_what_a_call_says_is_what_the_service_has"


@pytest.mark.parametrize("place", PLACES, ids=" - ".join)
def test_what_a_call_says_is_what_the_service_has(place: tuple[str, str], verdicts: Mapping[Cell, Verdict]) -> None:
    fault, tool = place
    found = [verdict for cell, verdict in verdicts.items() if (cell.fault.name, cell.tool) == (fault, tool)]
    assert found
    assert [f"{verdict.cell}: {problem}" for verdict in found for problem in verdict.problems] == []


def test_nothing_is_logged_that_should_not_be(played: Run) -> None:
    assert played.logged == []
