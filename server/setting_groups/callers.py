"""Who may call over HTTP."""

from pathlib import Path

from pydantic import Field

from server.setting_groups.types import Group


class CallerSettings(Group):
    """Who may call over HTTP, and how often."""

    auth_issuer: str | None = Field(
        None, alias="WAYLAY_MCP_AUTH_ISSUER", description="The OAuth issuer whose tokens callers on HTTP bring."
    )
    auth_audience: str | None = Field(
        None,
        alias="WAYLAY_MCP_AUTH_AUDIENCE",
        description="What their tokens must be for; without it, `/mcp` of the public address.",
    )
    auth_tokens: Path | None = Field(
        None,
        alias="WAYLAY_MCP_AUTH_TOKENS",
        description="A file of hashed tokens that callers may bring, for small set-ups.",
    )
    calls_per_minute: int = Field(
        300,
        ge=0,
        alias="WAYLAY_MCP_CALLS_PER_MINUTE",
        description="Calls in a minute of a caller who signed in, in each worker; 0 is no limit.",
    )

    @property
    def callers_sign_in(self) -> bool:
        """Whether nobody may call over HTTP without a token."""
        return self.auth_issuer is not None or self.auth_tokens is not None
