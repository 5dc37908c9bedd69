"""The figures of a soak, for people."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import median, quantiles
from typing import Any

from tests.soak.deed import Said
from tests.soak.running import Soak

_SAID: tuple[Said, ...] = ("done", "not done", "not yet", "unknown", "no answer")
_HEAD = "    p50 ms    p95 ms    max ms"


def table(soak: Soak) -> Iterator[str]:
    """Yield the figures, line by line."""
    yield from _calls(soak)
    yield ""
    yield from _reads(soak)
    yield ""
    yield from _figures(soak)


def _calls(soak: Soak) -> Iterator[str]:
    yield "".join(["changes by tool".ljust(16), *(said.rjust(10) for said in _SAID), _HEAD])
    by_tool = defaultdict[str, list[tuple[str, float]]](list)
    for claim in soak.notes.books.claims:
        by_tool[claim.tool].append((claim.said, claim.seconds))
    for tool, calls in sorted(by_tool.items()):
        counts = [str(sum(said == came for came, _ in calls)).rjust(10) for said in _SAID]
        yield "".join(
            [tool.ljust(16), *counts, _latencies([seconds for said, seconds in calls if said != "no answer"])]
        )


def _reads(soak: Soak) -> Iterator[str]:
    names = ("read", "failed", "no answer")
    yield "".join(["reads by tool".ljust(16), *(name.rjust(10) for name in names), _HEAD.rjust(50)])
    by_tool: Mapping[str, list[tuple[str, float]]] = defaultdict(list)
    for tool, came, seconds in soak.notes.reads:
        by_tool[tool].append((came, seconds))
    for tool, calls in sorted(by_tool.items()):
        counts = [str(sum(name == came for came, _ in calls)).rjust(10) for name in names]
        yield "".join([tool.ljust(16), *counts, _latencies([seconds for _, seconds in calls]).rjust(50)])


def _latencies(seconds: Sequence[float]) -> str:
    if len(seconds) < 2:
        return ""
    cuts = quantiles(seconds, n=20, method="inclusive")
    return "".join(f"{value * 1000:10.0f}" for value in (cuts[9], cuts[18], max(seconds)))


def _figures(soak: Soak) -> Iterator[str]:
    books, plan = soak.notes.books, soak.service.plan
    replaced = soak.log.count("another takes its place")
    yield f"connections: {_counted(soak.notes.connections)}"
    yield f"ends of connections that broke: {_counted(soak.notes.broken)}"
    yield f"not done because: {_counted(Counter(claim.kind for claim in books.claims if claim.said == 'not done'))}"
    yield f"{soak.watch.kills} workers killed, {replaced} replaced; the server ended with {soak.exit_status}"
    yield f"the worker that was spared stood still {soak.watch.pauses} times"
    writes = sum(plan.hits.values())
    kinds = Counter(claim.kind for claim in books.claims if claim.said == "no answer")
    yield f"{kinds['broken']} changes were cut off by that, and {kinds['given up']} given up by who called"
    yield f"{plan.struck} faults on {soak.service.deeds.requests} requests"
    yield f"{writes} of them on changes, by what becomes of one: {_counted(plan.hits)}"
    yield f"{len(books.done)} deeds carried out, {len(books.rows)} changes in the journal, {len(books.yeses)} times yes"
    yield _settled(soak)
    yield f"load and service took {soak.busy:.0%} of a processor for {soak.seconds / 60:.1f} min"
    yield f"the store has {soak.store / 1024:,.0f} kB"
    if soak.watch.scrapes:
        middle, most = median(soak.watch.scrapes) * 1000, max(soak.watch.scrapes) * 1000
        yield f"metrics were looked at {len(soak.watch.scrapes)} times: p50 {middle:.0f} ms, max {most:.0f} ms"
    for name, grown in soak.growth.items():
        yield f"memory of {name}: {grown or 'too few samples'}"


def _settled(soak: Soak) -> str:
    """Say what became of the deeds that nobody was told the end of."""
    books = soak.notes.books
    told = {claim.deed for claim in books.claims if claim.said in ("done", "not done")}
    open_ones = {claim.deed for claim in books.claims if claim.said not in ("done", "not done")} - told
    outcomes: dict[str, int] = defaultdict(int)
    kept = {row.deed: row.outcome or "open" for row in books.rows}
    for deed in open_ones:
        outcomes[kept.get(deed, "never begun")] += 1
    return f"{len(open_ones)} deeds without a certain answer: {_counted(outcomes)}, by {soak.settled:.0f} s after"


def _counted(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"
