"""Where consents, changes and audit are kept, and what is written out."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from server.setting_groups.types import Group, Secret, Secrets

LogLevel = Literal["debug", "info", "warning", "error"]


class RecordSettings(Group):
    """Where consents, changes and audit are kept, and what is written out."""

    audit: str | None = Field(
        None, alias="WAYLAY_MCP_AUDIT", description="A file that gets the audit as JSON lines too, or `stderr`."
    )
    state_dir: Path | None = Field(
        None, alias="WAYLAY_MCP_STATE_DIR", description="Folder of the store; the user's state folder."
    )
    state_url: Secret | None = Field(
        None,
        alias="WAYLAY_MCP_STATE_URL",
        description="The store in a PostgreSQL database instead: `postgresql://user:password@host/database`.",
    )
    retention_days: int = Field(
        90,
        ge=1,
        le=3650,
        alias="WAYLAY_MCP_RETENTION_DAYS",
        description="Days for which changes, approvals and the audit are kept; what is pending stays.",
    )
    log_level: LogLevel = Field("warning", alias="WAYLAY_MCP_LOG_LEVEL", description="What is logged to stderr.")
    state_keys: Secrets = Field(
        (),
        alias="WAYLAY_MCP_STATE_KEYS",
        description="Keys that seal the store's entries, comma-separated: the first seals, and any is good to check.",
    )
