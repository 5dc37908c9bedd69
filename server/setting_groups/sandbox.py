"""The embedded engine."""

from pathlib import Path

from pydantic import Field

from server.setting_groups.types import Group


class SandboxSettings(Group):
    """The embedded engine."""

    sandbox_tasks: int = Field(
        300, ge=0, le=1_000_000, alias="WAYLAY_MCP_SANDBOX_TASKS", description="Tasks that the sandbox starts with."
    )
    sandbox_seed: int = Field(7, alias="WAYLAY_MCP_SANDBOX_SEED", description="Same seed, same tasks.")
    sandbox_hostile: bool = Field(
        False,
        alias="WAYLAY_MCP_SANDBOX_HOSTILE",
        description="Add tasks to the sandbox that hold whatever strangers could write into theirs.",
    )
    sandbox_db: Path | None = Field(
        None, alias="WAYLAY_MCP_SANDBOX_DB", description="File that keeps the sandbox's tasks; in memory without it."
    )
