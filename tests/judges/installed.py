"""Who judges, and in which versions."""

from tests.judges.environments import NODE, Environment
from tests.judges.scanners.hints import HINTS
from tests.judges.scanners.over_http import SCANNERS
from tests.judges.scanners.texts import TEXTS

# The suite's versions are previews and not ordered by what they demand: one of them, until another is chosen.
NODE_JUDGES = Environment(
    "node",
    NODE,
    (
        "@modelcontextprotocol/conformance@0.2.0-alpha.12",
        "@modelcontextprotocol/client@^2.4",
        "@modelcontextprotocol/sdk@^1.32",
        "@modelcontextprotocol/inspector@^2.12",
    ),
)
PYTHON_1 = Environment("python-sdk-1", ("mcp>=1.20,<2",))
ALL = (NODE_JUDGES, PYTHON_1, HINTS, TEXTS, *(scanner.environment for scanner in SCANNERS))
