"""The page of resources."""

from server.resources.catalog import LIVE, PAGES
from tests.reference.tables import code, table

_HEAD = """\
# Resources

What a host can read or attach without a tool call. Reading one is judged as calling the tool that stands beside it:
where that tool is hidden or denied, so is the resource. The limits of calls and of output hold, too.

Counts in the overview are the service's own, and one that could not be learnt is called unknown. Counting takes
ten seconds at most. An overview serves for five seconds, unless the process that keeps it changes something in between:
with several workers, another may have. From the sandbox, texts start with `[sandbox]`, and JSON with `"sandbox": true`.
"""


def resources() -> str:
    """Return the page."""
    rows = [(code(one.uri), one.description, code(one.mime_type), code(one.tool)) for one in (*LIVE, *PAGES)]
    return f"{_HEAD}\n{table(('address', 'what it holds', 'type', 'read as'), rows)}"
