"""Every fault there is, and what is true of it.

What is true is written down from what happens on the wire and to the task, not from what the server makes of it.
"""

from tests.faults import breaking, foreign, refusing, slow, unreadable
from tests.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (*breaking.FAULTS, *slow.FAULTS, *refusing.FAULTS, *unreadable.FAULTS, *foreign.FAULTS)
