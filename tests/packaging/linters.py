"""What others say of the container file, the compose file, the workflow and the scripts; none needs a network."""

from collections.abc import Sequence
from pathlib import Path

from tests.packaging.environments import LINT
from tests.packaging.facts import ROOT
from tests.packaging.work import Work, said

WORKFLOWS = ROOT / ".github" / "workflows"


async def container_file(work: Work) -> str:
    """Have the container file judged by hadolint."""
    return await _passes(work, "hadolint", "--failure-threshold", "style", ROOT / "deploy" / "Dockerfile")


async def compose_file(work: Work) -> str:
    """Hold the compose file against its published schema."""
    schema = ("--builtin-schema", "vendor.compose-spec")
    return await _passes(work, "check-jsonschema", *schema, ROOT / "deploy" / "compose.yaml")


async def workflow_schema(work: Work) -> str:
    """Hold the workflow against its published schema, and against ours that no job may run for ever."""
    for schema in ("vendor.github-workflows", "custom.github-workflows-require-timeout"):
        await _passes(work, "check-jsonschema", "--builtin-schema", schema, *_workflows())
    return "check-jsonschema"


async def workflow(work: Work) -> str:
    """Have the workflow judged by actionlint, and its scripts by shellcheck."""
    return await _passes(work, "actionlint", "-shellcheck", LINT.commands / "shellcheck", *_workflows())


async def workflow_security(work: Work) -> str:
    """Have the workflow audited for what lets others in."""
    return await _passes(work, "zizmor", "--offline", "--no-progress", "--quiet", *_workflows())


async def scripts(work: Work) -> str:
    """Have the scripts judged by shellcheck."""
    return await _passes(work, "shellcheck", ROOT / ".ci" / "run")


def _workflows() -> Sequence[Path]:
    return sorted(WORKFLOWS.glob("*.yml"))


async def _passes(work: Work, linter: str, *arguments: str | Path) -> str:
    await said([LINT.commands / linter, *arguments], work.without_network(LINT), ROOT)
    return linter
