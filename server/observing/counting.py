"""What counts in a process of `serve --http`. The library is only loaded where metrics are wanted."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from server.observing.metrics import Metrics

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def new_metrics(folder: Path | None = None) -> "Metrics":
    """Return what counts in this process; the first that is made decides about the whole process.

    Args:
        folder: Where the workers of a server write what they count; None for a process that is alone.
    """
    # The library looks here when it is loaded, and takes it from nowhere else.
    os.environ.pop(_FOLDER, None)
    if folder is not None:
        os.environ[_FOLDER] = str(folder)
    from prometheus_client import disable_created_metrics

    from server.observing.metrics import Metrics

    disable_created_metrics()
    return Metrics(folder)


def forget_worker(folder: Path, process: int) -> None:
    """Take a worker that ended out of what is told of those that live; what it counted stays.

    Args:
        folder: Where it wrote.
        process: Its process id.
    """
    from prometheus_client import multiprocess

    untyped: Any = multiprocess
    untyped.mark_process_dead(process, str(folder))
