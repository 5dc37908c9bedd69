"""The matrix is run: all its cells, some at the same time."""

import asyncio
import logging
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context

from tests.faults.cell import Came, Cell
from tests.faults.judging import came_to, problems, said
from tests.faults.playing import Played, play
from tests.faults.stage import Stage, stage
from tests.support.serving import PATIENCE

AT_ONCE, HANGING_AT_ONCE = 6, 20
"""Cells that are played at the same time: those that keep the machine busy, and those that wait for a time limit."""

PROCESSES = 2
"""Most of the time goes into computing, and most machines have two cores for it."""

BEFORE = {"replace_task": 3, "start_task": 2, "stop_task": 4, "delete_task": 4}
"""Requests that an operation makes before the one that changes something."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a cell.

    Attributes:
        came: What it came to.
        problems: What is wrong.
        doubled: Whether the change was made, or sent, twice.
        played: Everything that was seen.
        disturbed: Whether this process stood still meanwhile, and time counted.
    """

    cell: Cell
    came: Came | None
    problems: Sequence[str]
    doubled: bool = False
    played: Played | None = None
    disturbed: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """What came of all cells, and what is wrong with what was logged meanwhile."""

    verdicts: Sequence[Verdict]
    logged: Sequence[str]


def run(cells: Sequence[Cell], seed: int) -> Run:
    """Play cells in an order that the seed gives, in two processes."""
    order = list(cells)
    random.Random(seed).shuffle(order)  # noqa: S311 - tests that can be repeated
    # Fresh ones: a fork would have half of what the threads of this process hold.
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        parts = list(pool.map(run_part, [order[part::PROCESSES] for part in range(PROCESSES)], repeat(seed)))
    return Run(
        [verdict for part in parts for verdict in part.verdicts], [line for part in parts for line in part.logged]
    )


def run_part(order: Sequence[Cell], seed: int) -> Run:
    """Play cells here."""
    # What is logged is held against the server, and not for the screen.
    logging.lastResort = None
    return asyncio.run(_run(order, seed))


async def _run(order: Sequence[Cell], seed: int) -> Run:
    """Play cells.

    Those in which there is nothing but waiting have places of their own. What was disturbed by a busy machine, which
    takes away the time that a cell with short time limits has, is played once more, alone.
    """
    verdicts: list[Verdict] = []

    async def work(waiting: Iterator[Cell]) -> None:
        for cell in waiting:
            verdict = await judged(cell, shared, seed)
            verdicts.append(verdict)

    async with stage() as shared:
        async with asyncio.TaskGroup() as workers:
            for hangs, places in ((False, AT_ONCE), (True, HANGING_AT_ONCE)):
                queue = iter([cell for cell in order if cell.fault.hangs == hangs])
                for _ in range(places):
                    workers.create_task(work(queue))
        disturbed = [verdict for verdict in verdicts if verdict.problems and verdict.disturbed]
        again = [await judged(verdict.cell, shared, seed) for verdict in disturbed]
        verdicts = [verdict for verdict in verdicts if verdict not in disturbed] + again
    lines = shared.log.getvalue().splitlines()
    return Run(verdicts, [f"{found}, in the log: {line}" for line in lines if (found := said(line))])


async def judged(cell: Cell, shared: Stage, seed: int) -> Verdict:
    """Play a cell and say what is wrong with it."""
    late = shared.pulse.late
    try:
        async with asyncio.timeout(PATIENCE):
            played = await play(cell, shared, cell.rng(seed), BEFORE.get(cell.tool, 0))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is to be said of the cell
        return Verdict(cell, None, [f"the call ended in {error!r}"])
    return Verdict(
        cell,
        came_to(cell, played),
        list(problems(cell, played)),
        doubled=played.attempted > 1 or played.made_later > 1,
        disturbed=cell.fault.hangs and shared.pulse.late > late,
        played=played,
    )
