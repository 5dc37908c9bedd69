"""Where `serve --http` listens, and whom it answers to."""

from typing import Literal

from pydantic import Field

from server.setting_groups.types import Group, Names


class WebSettings(Group):
    """Where `serve --http` listens, and whom it answers to."""

    host: str = Field("127.0.0.1", alias="WAYLAY_MCP_HOST", description="Where `serve --http` listens.")
    port: int = Field(8000, ge=0, le=65535, alias="WAYLAY_MCP_PORT", description="Its port; 0 takes a free one.")
    allowed_hosts: Names = Field(
        (),
        alias="WAYLAY_MCP_ALLOWED_HOSTS",
        description="Host names it answers to, comma-separated, at any port unless they name one.",
    )
    allowed_origins: Names = Field(
        (), alias="WAYLAY_MCP_ALLOWED_ORIGINS", description="Origins of web pages that may call it, comma-separated."
    )
    stateless: bool = Field(
        False,
        alias="WAYLAY_MCP_STATELESS",
        description="Keep no sessions for older clients; then they confirm by token.",
    )
    workers: int = Field(1, ge=1, le=64, alias="WAYLAY_MCP_WORKERS", description="Processes that serve HTTP.")
    drain_seconds: float = Field(
        30,
        ge=0,
        le=600,
        alias="WAYLAY_MCP_DRAIN_SECONDS",
        description="Seconds that calls under way may take when the server is told to end.",
    )
    metrics: Literal["on", "off"] = Field(
        "on", alias="WAYLAY_MCP_METRICS", description="Whether `serve --http` has `/metrics`."
    )
