"""What is wrong with a soak: what the service did, what the journal has and what callers were told have to agree."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.soak.deed import Claim, Deed, Done, Row, Yes


@dataclass(slots=True)
class Books:
    """What happened, from every side.

    Attributes:
        sent: How often the service got a request for each deed.
        done: What it carried out.
        rows: The journal, in the end.
        claims: What callers were told.
        yeses: What users agreed to.
    """

    sent: Counter[Deed] = field(default_factory=Counter[Deed])
    done: list[Done] = field(default_factory=list[Done])
    rows: list[Row] = field(default_factory=list[Row])
    claims: list[Claim] = field(default_factory=list[Claim])
    yeses: list[Yes] = field(default_factory=list[Yes])

    def times(self) -> Counter[Deed]:
        """Return how often each deed was carried out."""
        return Counter(done.deed for done in self.done)


def doubled(books: Books) -> Iterator[str]:
    """Yield what was carried out more than once: nobody made another call unless told that the first had failed.

    And what was sent more often than it was begun, also where the service refused to do it twice.
    """
    for deed, times in books.times().items():
        if times > 1:
            yield f"{deed} was carried out {times} times"
    begun = Counter(row.deed for row in books.rows)
    for deed, times in books.sent.items():
        if times > begun[deed]:
            yield f"{deed} was sent {times} times, and begun {begun[deed]} times"


def unasked(books: Books) -> Iterator[str]:
    """Yield what was carried out without a call for it, or without a yes that came before."""
    asked_for, used = {claim.deed for claim in books.claims}, Counter[Deed]()
    for done in books.done:
        if done.deed not in asked_for:
            yield f"{done.deed} was carried out, and nobody called for it"
        if done.deed.asks:
            used[done.deed] += 1
            yeses = sum(yes.deed == done.deed and yes.at <= done.at for yes in books.yeses)
            if yeses < used[done.deed]:
                yield f"{done.deed} was carried out, and nobody had agreed to it"
    for row in books.rows:
        if row.deed.asks and row.answered not in ("accepted", "returned"):
            yield f"{row.deed} was begun, and the audit has no yes to it, but {row.answered!r}"


def lost(books: Books) -> Iterator[str]:
    """Yield what was carried out and is not in the journal, and what is there with the wrong outcome."""
    times, rows = books.times(), _rows(books.rows)
    for deed in sorted({*times, *rows}):
        outcomes = [row.outcome for row in rows.get(deed, ())]
        if len(outcomes) < times[deed]:
            yield f"{deed} was carried out {times[deed]} times, and the journal has {len(outcomes)} changes for it"
        elif outcomes.count("done") != times[deed]:
            yield f"{deed} was carried out {times[deed]} times, and the journal says {outcomes}"
        elif open_ones := [outcome for outcome in outcomes if outcome not in ("done", "not_done")]:
            yield f"{deed} has no outcome in the end: {open_ones}"


def untrue(books: Books) -> Iterator[str]:
    """Yield what callers were told that is not so."""
    times, told = books.times(), defaultdict[Deed, list[Claim]](list)
    for claim in books.claims:
        told[claim.deed].append(claim)
    for deed, claims in told.items():
        sure = sum(claim.said == "done" for claim in claims)
        at_most = sum(claim.said != "not done" for claim in claims)
        if not sure <= times[deed] <= at_most:
            said = ", ".join(f"{claim.said} ({claim.kind or claim.tool}, {claim.seconds:.1f} s)" for claim in claims)
            yield f"{deed} was carried out {times[deed]} times, and callers were told: {said}"
    yield from _by_then(books)
    yield from _named(books)


def _by_then(books: Books) -> Iterator[str]:
    """Yield what was said not to be done by a time, and was."""
    at = {done.deed: done.at for done in reversed(books.done)}
    for claim in books.claims:
        if claim.as_of is not None and at.get(claim.deed, claim.as_of) < claim.as_of:
            yield f"{claim.deed} was said not to be done as of {claim.as_of:.0f}, and was done at {at[claim.deed]:.3f}"


def _named(books: Books) -> Iterator[str]:
    """Yield what was said to be done under a change that the journal does not have, or has for something else."""
    rows = {row.change_id: row for row in books.rows}
    named = Counter(claim.change_id for claim in books.claims if claim.said == "done")
    for claim in books.claims:
        row = rows.get(claim.change_id or "")
        if claim.change_id and (row is None or row.deed != claim.deed):
            yield f"{claim.deed} was said to be change {claim.change_id}, which is {row and row.deed}"
        if claim.said == "done" and (row is None or row.outcome != "done" or named[claim.change_id] > 1):
            yield f"{claim.deed} was said to be done as change {claim.change_id}, and the journal has {row}"


def _rows(rows: Sequence[Row]) -> Mapping[Deed, list[Row]]:
    found = defaultdict[Deed, list[Row]](list)
    for row in rows:
        found[row.deed].append(row)
    return found
