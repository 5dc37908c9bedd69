"""What has to be agreed to, and what is shown."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from server.setting_groups.types import Group

ConfirmMode = Literal["auto", "human", "off"]


class ConsentSettings(Group):
    """What has to be agreed to, and what is shown."""

    confirm: ConfirmMode = Field(
        "auto",
        alias="WAYLAY_MCP_CONFIRM",
        description="`auto` asks the user through the client, else by a token; `human` never accepts the token; "
        "`off` asks nobody.",
    )
    confirm_seconds: float = Field(
        300, gt=0, le=3600, alias="WAYLAY_MCP_CONFIRM_SECONDS", description="Seconds that a question stays open."
    )
    read_only: bool = Field(
        False, alias="WAYLAY_MCP_READ_ONLY", description="Offer and accept only the tools that read."
    )
    output_limit: int = Field(
        16_000, ge=8_000, alias="WAYLAY_MCP_OUTPUT_LIMIT", description="Characters that a result may have."
    )
    policy: Path | None = Field(
        None, alias="WAYLAY_MCP_POLICY", description="File of rules for what needs whose consent."
    )
    destructive_per_hour: int = Field(
        30,
        ge=0,
        alias="WAYLAY_MCP_DESTRUCTIVE_PER_HOUR",
        description="Destructive changes of a caller in an hour, beyond which a person has to agree to each.",
    )
