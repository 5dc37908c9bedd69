"""Plays every operation against every fault and says what came of it: `python -m tests.faults`."""

import argparse
import sys
import time

from tests.faults.cell import Cell, cells
from tests.faults.judging import text_of
from tests.faults.running import Run, Verdict, run
from tests.faults.stage import say
from tests.faults.table import table, totals

SEEDS = (1, 2)


def main() -> int:
    """Run the matrix with each seed; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, action="append", help="order, data, jitter and where answers are cut")
    parser.add_argument(
        "--show", metavar="WORDS", help="show what callers are told where a cell's name has these words"
    )
    given = parser.parse_args()
    chosen = [cell for cell in cells() if given.show is None or given.show in str(cell)]
    wrong = [_one(chosen, seed, show=given.show is not None) for seed in given.seed or SEEDS]
    return int(any(wrong))


def _one(chosen: list[Cell], seed: int, *, show: bool) -> bool:
    """Run the matrix with a seed and say what came of it; true when anything is wrong."""
    began = time.perf_counter()
    made = run(chosen, seed)
    if show:
        _show(made)
    else:
        say("\n".join(table(made.verdicts)))
    for verdict in made.verdicts:
        for problem in verdict.problems:
            say(f"{verdict.cell}: {problem}")
    for line in made.logged:
        say(line)
    took = f"seed {seed}, {time.perf_counter() - began:.0f} s"
    say(f"\n{totals(made.verdicts)} ({took})\n")
    return bool(made.logged) or any(verdict.problems for verdict in made.verdicts)


def _show(made: Run) -> None:
    for verdict in sorted(made.verdicts, key=lambda verdict: str(verdict.cell)):
        say(f"{verdict.cell}: {verdict.came}")
        say(_told(verdict) + "\n")


def _told(verdict: Verdict) -> str:
    text = text_of(verdict.played.result) if verdict.played else ""
    return "\n".join(f"    {line}" for line in text.splitlines())


if __name__ == "__main__":
    sys.exit(main())
