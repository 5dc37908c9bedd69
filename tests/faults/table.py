"""The matrix as a table: faults in lines, operations in columns, and a sign for each time that the fault can hit."""

from collections.abc import Iterator, Sequence

from tests.faults.cell import HITS, Came, Cell
from tests.faults.faults import FAULTS
from tests.faults.running import Verdict
from tests.faults.scene import TOOLS

_SIGNS: dict[Came | None, str] = {
    "done": "+",
    "not done": "-",
    "not yet": "~",
    "unknown": "?",
    "right": "=",
    "failed": "-",
    "wrong": "X",
    None: "X",
}
_LEGEND = (
    "+ done   - not done, nothing was changed   ~ not done by then, may still be: how to find out",
    "? unknown: how to find out   = right data   X wrong   2 double write   . cannot be",
    "1st sign: the fault hits once, and is over when the server looks",
    "2nd sign: it stays   3rd sign: it hits what is read before anything is asked or changed",
)
_COLUMNS = {
    "list_tasks": "list",
    "get_task": "get",
    "get_task_configuration": "conf",
    "create_task": "create",
    "replace_task": "replace",
    "start_task": "start",
    "stop_task": "stop",
    "delete_task": "delete",
}
_FIRST, _WIDTH = 32, 9


def table(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield the lines of the table, and what its signs mean."""
    found = {verdict.cell: verdict for verdict in verdicts}
    yield " " * _FIRST + "".join(f"{_COLUMNS[tool]:{_WIDTH}}" for tool in TOOLS)
    for fault in FAULTS:
        cells = ["".join(_sign(found.get(Cell(tool, fault, hit))) for hit in HITS) for tool in TOOLS]
        yield f"{fault.name:{_FIRST}}" + "".join(f"{signs:{_WIDTH}}" for signs in cells)
    yield ""
    yield from _LEGEND


def totals(verdicts: Sequence[Verdict]) -> str:
    """Return how many there were, and how many of them were wrong."""
    wrong = sum(1 for verdict in verdicts if verdict.problems)
    doubled = sum(1 for verdict in verdicts if verdict.doubled)
    return f"{len(verdicts)} cells, {wrong} wrong outcomes, {doubled} double writes"


def _sign(verdict: Verdict | None) -> str:
    if verdict is None:
        return "."
    if verdict.doubled:
        return "2"
    return "X" if verdict.problems else _SIGNS[verdict.came]
