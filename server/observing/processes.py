"""Memory, processor time and open files of the server: of all its workers, where there are several."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import Metric, ProcessCollector
from prometheus_client.registry import Collector

_NOT_ADDED_UP = {"process_start_time_seconds": min, "process_max_fds": min}


class Processes(Collector):
    """What the operating system knows of the server's processes, by the usual names.

    Args:
        folder: Where its workers write what they count, each into files that have its process id in their names; None
            for a process that is alone.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics; none on systems without /proc."""
        if self._folder is None:
            yield from _of("self")
            return
        together: dict[str, list[Metric]] = {}
        for worker in _workers(self._folder):
            for metric in _of(worker):
                together.setdefault(metric.name, []).append(metric)
        yield from map(_added_up, together.values())


def _of(process: str) -> Iterable[Metric]:
    return ProcessCollector(pid=lambda: process, registry=None).collect()


def _workers(folder: Path) -> Iterable[str]:
    """Return the process ids of the workers that live: the files of the others' gauges are gone."""
    return sorted({path.stem.rpartition("_")[2] for path in folder.glob("gauge_live*.db")})


def _added_up(metrics: list[Metric]) -> Metric:
    first = metrics[0]
    combine = _NOT_ADDED_UP.get(first.name, sum)
    told = Metric(first.name, first.documentation, first.type)
    for samples in zip(*(metric.samples for metric in metrics), strict=True):
        told.add_sample(samples[0].name, {}, combine(sample.value for sample in samples))
    return told
