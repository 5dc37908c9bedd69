"""The console script."""

import signal
import sys

from server.memory import put_off_collecting
from server.otel_variables import take_out_what_is_for_others


def main() -> None:
    """Run `waylay-tasks-mcp` with the process's arguments and end with its exit status."""
    # What is imported at start lives as long as the process. Collecting in between only makes a host wait longer.
    put_off_collecting()
    take_out_what_is_for_others()
    from server.cli import run

    sys.exit(run(sys.argv[1:], _end_with_the_reader))


def _end_with_the_reader() -> None:
    """End without a word once nobody reads what is printed, as in `waylay-tasks-mcp audit | head`."""
    if sys.platform != "win32":
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
