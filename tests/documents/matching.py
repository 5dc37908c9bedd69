"""Whether a program said what a page shows.

A page shows what was said once. Said again, some of it is different, and is taken to be the same:

- `…` within a line stands for any text, and on a line of its own for any lines, or none;
- times are other times of the same form;
- identifiers are other identifiers, but the same one wherever the page shows the same one.
"""

import re

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_HANDLE = r"[0-9a-f]{10}"
_TIMES = (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", r"\d{8}T\d{4}Z", r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?")
_TOKEN = r"c\.[\w-]{22}"
_IDENTIFIER = re.compile(
    rf"(?:(?<=confirmation=)|(?<=confirmation=\"))(?P<token>{_TOKEN})(?![\w-])"
    rf"|(?<![\w-])(?:(?P<uuid>{_UUID})|(?P<handle>(?=[a-f]*\d){_HANDLE}))(?![\w-])"
)
_TIME = "|".join(f"(?P<t{number}>{form})" for number, form in enumerate(_TIMES))
_VARIES = re.compile(f"(?P<any>…)|{_IDENTIFIER.pattern}|{_TIME}")


class Identifiers:
    """Which identifier of a page stands for which one now."""

    def __init__(self) -> None:
        self._now: dict[str, str] = {}

    def learn(self, shown: str, now: str) -> bool:
        """Note that one stands for another; False when it stands for a third one already."""
        return self._now.setdefault(shown, now) == now

    def in_command(self, command: str) -> str:
        """Return a command of the page with the identifiers of now."""
        return _IDENTIFIER.sub(lambda found: self._now.get(found[0], found[0]), command)


def differs(shown: str, said: str, known: Identifiers) -> str | None:
    """Return what is different, as a line to read; None where what was said is what the page shows."""
    left, anything = said.rstrip().splitlines(), False
    for line in shown.rstrip().splitlines():
        if line.strip() == "…":
            anything = True
            continue
        while anything and left and not _fits(line, left[0], known):
            left.pop(0)
        if not left or not _fits(line, left[0], known):
            return f"expected {line!r}, and it said {left[0] if left else 'nothing more'!r}"
        left.pop(0)
        anything = False
    return f"it also said {left[0]!r}" if left and not anything else None


def pattern_of(line: str) -> str:
    """Return a pattern for a line that a page shows, with a group for each of its identifiers."""
    pattern, start = "", 0
    for found in _VARIES.finditer(line):
        pattern += re.escape(line[start : found.start()]) + _varied(found)
        start = found.end()
    return pattern + re.escape(line[start:])


def _varied(found: re.Match[str]) -> str:
    if found["uuid"] or found["handle"] or found["token"]:
        return f"({_UUID if found['uuid'] else _HANDLE if found['handle'] else _TOKEN})"
    return ".*?" if found["any"] else _TIMES[int(str(found.lastgroup)[1:])]


def _fits(line: str, said: str, known: Identifiers) -> bool:
    """Tell whether a line is what the page shows, and learn its identifiers if it is."""
    matched = re.fullmatch(pattern_of(line), said.rstrip())
    shown = [found[0] for found in _IDENTIFIER.finditer(line)]
    return matched is not None and all(map(known.learn, shown, matched.groups()))
