"""The reference in `docs/reference`: every page is made from the code."""

from tests.reference.command_line import command_line
from tests.reference.failures import failures
from tests.reference.metrics import metrics
from tests.reference.prompting import prompts
from tests.reference.resources import resources
from tests.reference.settings import settings
from tests.reference.tools import tools


def reference() -> dict[str, str]:
    """Return the pages by their paths in this repository."""
    pages = {
        "tools": tools(),
        "prompts": prompts(),
        "resources": resources(),
        "settings": settings(),
        "command-line": command_line(),
        "errors": failures(),
        "metrics": metrics(),
    }
    return {f"docs/reference/{name}.md": f"{text.rstrip()}\n" for name, text in pages.items()}
