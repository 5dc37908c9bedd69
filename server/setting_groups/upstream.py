"""Which gateway, as whom, and how patiently."""

from pydantic import Field

from server.setting_groups.types import Group, Secret
from server.settings_checks import DEFAULT_GATEWAY


class UpstreamSettings(Group):
    """Which gateway, as whom, and how patiently."""

    gateway_url: str | None = Field(
        None, alias="WAYLAY_GATEWAY_URL", description=f"The Waylay gateway; `{DEFAULT_GATEWAY}` with credentials."
    )
    api_key: Secret | None = Field(None, alias="WAYLAY_API_KEY", description="API key; needs the secret.")
    api_secret: Secret | None = Field(None, alias="WAYLAY_API_SECRET", description="API secret; needs the key.")
    token: Secret | None = Field(None, alias="WAYLAY_TOKEN", description="A Bearer token, instead of a key.")
    profile: str | None = Field(
        None, alias="WAYLAY_PROFILE", description="A Waylay Python SDK profile (`_default_` is its default), instead."
    )
    allow_plain_http: bool = Field(
        False,
        alias="WAYLAY_MCP_ALLOW_PLAIN_HTTP",
        description="Send credentials over `http://` to a gateway that is not on this machine.",
    )
    connect_timeout: float = Field(
        5, gt=0, alias="WAYLAY_MCP_CONNECT_TIMEOUT", description="Seconds to reach the gateway."
    )
    read_timeout: float = Field(
        20, gt=0, alias="WAYLAY_MCP_READ_TIMEOUT", description="Seconds between parts of an answer."
    )
    total_timeout: float = Field(
        30, gt=0, alias="WAYLAY_MCP_TOTAL_TIMEOUT", description="Seconds for a request, with every attempt at it."
    )
    settle_seconds: float = Field(
        5,
        ge=0,
        le=7,
        alias="WAYLAY_MCP_SETTLE_SECONDS",
        description="Seconds within which a call looks what became of a change that got no answer.",
    )
    retry_attempts: int = Field(
        4,
        ge=1,
        le=10,
        alias="WAYLAY_MCP_RETRY_ATTEMPTS",
        description="Times that a request is tried at most; 1 never repeats.",
    )
    max_in_flight: int = Field(
        20, ge=1, le=1000, alias="WAYLAY_MCP_MAX_IN_FLIGHT", description="Requests to the gateway at the same time."
    )
    max_waiting: int = Field(
        100,
        ge=0,
        le=10_000,
        alias="WAYLAY_MCP_MAX_WAITING",
        description="Requests that wait their turn; more are refused as busy.",
    )
    max_answer: int = Field(
        8_000_000,
        ge=10_000,
        alias="WAYLAY_MCP_MAX_ANSWER",
        description="Bytes that an answer of the gateway may have, unpacked.",
    )
