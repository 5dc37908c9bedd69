"""What judges said, as a table."""

import sys
from collections.abc import Sequence

from tests.judges.known import Weighed


def say(line: str = "") -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def show(weighed: Sequence[Weighed]) -> int:
    """Print what came of each judge, and then what has to be mended; returns how many judges are content."""
    say(f"{'judge':44} {'passed':>7} {'known':>6} {'new':>4} {'stale':>6} {'time':>7}")
    for one in weighed:
        verdict, numbers = one.verdict, (one.verdict.passed, one.known, len(one.unknown), len(one.stale))
        say(f"{verdict.judge:44} {numbers[0]:7} {numbers[1]:6} {numbers[2]:4} {numbers[3]:6} {verdict.seconds:6.1f}s")
    for one in weighed:
        _explain(one)
    return sum(one.passed for one in weighed)


def _explain(weighed: Weighed) -> None:
    verdict = weighed.verdict
    if not verdict.passed:
        say(f"\n{verdict.judge} found nothing in order: it has not judged")
    for finding in weighed.unknown:
        say(f"\n{verdict.judge} finds: {finding}\n  {verdict.details.get(finding, '')}")
    for name in weighed.stale:
        say(f"\n{verdict.judge} does not find {name} any more: take it out of tests/judges/known.toml")
