"""Whatever is written to the server's stdin, it answers what it is asked next, and nothing has changed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.effort import FUZZ
from tests.fuzz.program import Program, program
from tests.fuzz.wire import SPECIAL, bodies
from tools.catalog import OPERATIONS


@pytest.fixture(scope="module", params=["modern", "legacy"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with program(tmp_path_factory.mktemp("fuzz"), request.param) as started:
        yield started


def task_ids(server: Program) -> tuple[str, ...]:
    return tuple(row[1] for row in server.tasks())


def sound(server: Program, before: list[Any]) -> None:
    """Assert that the server goes on, has said nothing that it should not, and has changed nothing."""
    assert len(server.ask("tools/list")["result"]["tools"]) == len(OPERATIONS)
    assert b"Traceback" not in Path(server.log).read_bytes()
    assert server.tasks() == before


def test_every_known_trick_is_survived(server: Program) -> None:
    before = server.tasks()
    for line in SPECIAL:
        server.write(line)
        sound(server, before)


@FUZZ
@given(data=st.data())
def test_nothing_that_is_written_ends_the_server_or_changes_a_task(server: Program, data: st.DataObject) -> None:
    before = server.tasks()
    server.write(*data.draw(st.lists(bodies(task_ids(server)), min_size=1, max_size=8)))
    sound(server, before)
