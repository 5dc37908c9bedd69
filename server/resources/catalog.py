"""Every resource there is, in the order in which clients list them.

A resource more is one value in one of the two tuples. `LIVE` are read from the service, `PAGES` ask nothing of it and
are not listed.
"""

from server.apps.board import BOARD
from server.resources.kinds import Live, Page

JSON = "application/json"
MARKDOWN = "text/markdown"

TASK_ID = "task_id"
"""The variable in the addresses of templates."""

OVERVIEW_URI = "waylay://tasks"

OVERVIEW = Live(
    "overview", OVERVIEW_URI, "tasks", "Task overview",
    "How many tasks there are, by status and type, and which have failed.", MARKDOWN, "list_tasks",
)  # fmt: skip
TASK = Live(
    "task", f"{OVERVIEW_URI}/{{{TASK_ID}}}", "task", "Task", "One task's facts, as get_task shows them.", MARKDOWN,
    "get_task",
)  # fmt: skip
CONFIGURATION = Live(
    "configuration", f"{TASK.uri}/configuration", "task_configuration", "Task configuration",
    "Its specification, as get_task_configuration returns it.", JSON, "get_task_configuration",
)  # fmt: skip

LIVE: tuple[Live, ...] = (OVERVIEW, TASK, CONFIGURATION)

PAGES: tuple[Page, ...] = (BOARD,)
