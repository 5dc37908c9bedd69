"""Create a task."""

from pydantic import Field

from tools.contract import Api, Args, Effect, Operation, Outcome, Preview, Request
from tools.difference import differences
from tools.issues import IssueFacts, issue_facts, issue_lines
from tools.models.entity import Created
from tools.models.lazy import Lazy
from tools.models.queries import CreateQuery
from tools.models.specification import Specification
from tools.outcomes import Statement
from tools.tasks_api import TASKS
from tools.text import clean, plain, quoted


class CreateTask(Args, CreateQuery):
    """Arguments of create_task."""

    specification: Specification = Field(
        description=(
            'Template form: name, template, variables, …. Rule form: task, sensors (resource "$": the task\'s), …. '
            "Durations: PT50S."
        )
    )


class CreatedTask(Lazy):
    """The new task."""

    task_id: str
    warnings: list[IssueFacts] = []


async def _run(api: Api, args: CreateTask) -> Outcome:
    request = Request("POST", TASKS, query=CreateQuery.pairs(args), body=args.specification)
    created = (await api.send(request, Created)).body
    task_id = clean(created.id)
    started = "not started" if args.specification.settings.get("start") is False else "and started"
    lines = [f"Created {quoted(args.specification.settings['name'])}, ID {plain(task_id)}, {started}."]
    return Statement(
        "\n".join([*lines, *issue_lines("Warnings", created.warnings)]),
        CreatedTask(task_id=task_id, warnings=issue_facts(created.warnings)),
    )


async def _preview(_api: Api, args: CreateTask) -> Preview:
    settings = args.specification.settings
    return Preview(
        question="Create this task?",
        facts=[("name", quoted(settings["name"]))],
        consequence="It is not started." if settings.get("start") is False else "It is started at once.",
        state={"status": None, "specification": args.specification},
        difference=differences({}, args.specification),
    )


CREATE_TASK = Operation(
    name="create_task",
    title="Create task",
    description=(
        "Create a task, from a template or with its own rule, and start it unless start is false. Names need not be "
        "unique: check with list_tasks before creating again. To change an existing task, use replace_task; to copy "
        "one or see how plug-ins are used, get_task_configuration."
    ),
    effect=Effect.WRITE,
    args=CreateTask,
    result=CreatedTask,
    run=_run,
    preview=_preview,
    repeatable=False,
)
