"""Processor time of processes, as Linux counts it."""

import os
from pathlib import Path


def of_children(process: int) -> float:
    """Return the seconds of processor time that the children of a process have taken so far, those that live."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    return sum(map(_of, children)) / os.sysconf("SC_CLK_TCK")


def _of(process: str) -> int:
    # The name of the program comes first, in brackets, and may hold anything.
    fields = Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    in_program, in_kernel = fields[11:13]
    return int(in_program) + int(in_kernel)
