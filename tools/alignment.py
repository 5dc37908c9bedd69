"""Where two sequences differ, so that what was inserted or removed in the middle does not move the rest.

What occurs once in both is held on to, and between that what is alike at either end. It takes hardly longer than to
read the two, whatever they hold: a comparison that takes the square of their length could be made to stall a server.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence


def apart(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[range, range]]:
    """Yield the stretches that differ, each as the places it has in both; those of one may be none."""
    first, new_first = 0, 0
    for last, new_last in [*_held(old, new), (len(old), len(new))]:
        start, end = alike(old[first:last], new[new_first:new_last])
        gone, come = range(first + start, last - end), range(new_first + start, new_last - end)
        if gone or come:
            yield gone, come
        first, new_first = last + 1, new_last + 1


def alike(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Return how much at the start is the same, and how much of the rest at the end."""
    shorter = min(len(old), len(new))
    start = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    end = next((at for at in range(shorter - start) if old[-1 - at] != new[-1 - at]), shorter - start)
    return start, end


def _held(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places in both of what occurs once in each: as many as can be without crossing."""
    once = {item for item, count in Counter(old).items() if count == 1}
    once &= {item for item, count in Counter(new).items() if count == 1}
    places = {item: place for place, item in enumerate(new) if item in once}
    return _rising([(place, places[item]) for place, item in enumerate(old) if item in once])


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest selection of pairs in which the second numbers rise too; the first ones do already."""
    ends: list[int] = []
    chains: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(chains[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        chains[length : length + 1] = [number]
    found: list[tuple[int, int]] = []
    number = chains[-1] if chains else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]
