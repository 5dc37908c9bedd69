"""Every setting there is, in one frozen model."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from server.settings_checks import (
    DEFAULT_GATEWAY,
    check_approvers,
    check_gateway_url,
    check_host,
    check_policy,
    check_sign_in,
)
from server.state_checks import check_state

ConfirmMode = Literal["auto", "human", "off"]
LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsError(Exception):
    """A setting that stops the start. The text is one line, ours, and holds no value of a secret."""


def _split(value: str | Iterable[str]) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    return tuple(item.strip() for items in listed for item in items.split(",") if item.strip())


def _sendable(secret: SecretStr) -> SecretStr:
    """Drop what an editor left around a secret, and refuse what no header can carry.

    Raises:
        ValueError: it has control characters.
    """
    value = secret.get_secret_value().strip()
    if not value.isprintable():
        raise ValueError("expected text without control characters")
    return SecretStr(value)


Secret = Annotated[SecretStr, AfterValidator(_sendable)]
Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""Names as a list, or separated by commas as an environment variable has them."""


class Settings(BaseModel):
    """What this server is to do and where.

    A field's alias is its name in the environment, and its description goes into the README's table.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

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
    total_timeout: float = Field(30, gt=0, alias="WAYLAY_MCP_TOTAL_TIMEOUT", description="Seconds for a request.")
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
    approvals: Literal["auto", "off"] = Field(
        "auto",
        alias="WAYLAY_MCP_APPROVALS",
        description="`auto` has an approval page where a browser can be opened or people sign in; `off` has none.",
    )
    approval_wait: float = Field(
        25, ge=0, le=300, alias="WAYLAY_MCP_APPROVAL_WAIT", description="Seconds that a call waits for an approval."
    )
    approval_seconds: float = Field(
        1800, gt=0, le=604_800, alias="WAYLAY_MCP_APPROVAL_SECONDS", description="Seconds that a request stays open."
    )
    public_url: str | None = Field(
        None,
        alias="WAYLAY_MCP_PUBLIC_URL",
        description="Where people reach the approval page of `serve --http`, as `https://mcp.example.com`.",
    )
    oidc_issuer: str | None = Field(
        None, alias="WAYLAY_MCP_OIDC_ISSUER", description="The OpenID Connect issuer at which approvers sign in."
    )
    oidc_client_id: str | None = Field(
        None, alias="WAYLAY_MCP_OIDC_CLIENT_ID", description="What this server is called there."
    )
    oidc_client_secret: Secret | None = Field(
        None, alias="WAYLAY_MCP_OIDC_CLIENT_SECRET", description="Its secret; a public client has none."
    )
    approver_group: str | None = Field(
        None, alias="WAYLAY_MCP_APPROVER_GROUP", description="Approvers have this in their `groups` claim."
    )
    approver_scope: str | None = Field(
        None, alias="WAYLAY_MCP_APPROVER_SCOPE", description="Approvers are granted this scope, which is asked for."
    )
    destructive_per_hour: int = Field(
        30,
        ge=0,
        alias="WAYLAY_MCP_DESTRUCTIVE_PER_HOUR",
        description="Destructive changes of a caller in an hour, beyond which a person has to agree to each.",
    )
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
    host: str = Field("127.0.0.1", alias="WAYLAY_MCP_HOST", description="Where `serve --http` listens.")
    port: int = Field(8000, ge=0, le=65535, alias="WAYLAY_MCP_PORT", description="Its port; 0 takes a free one.")
    allowed_hosts: Names = Field(
        (),
        alias="WAYLAY_MCP_ALLOWED_HOSTS",
        description="Host names it answers to, comma-separated; `name:*` is any port.",
    )
    allowed_origins: Names = Field(
        (), alias="WAYLAY_MCP_ALLOWED_ORIGINS", description="Origins of web pages that may call it, comma-separated."
    )
    stateless: bool = Field(
        False,
        alias="WAYLAY_MCP_STATELESS",
        description="Keep no sessions for older clients; then they confirm by token.",
    )
    sandbox_tasks: int = Field(
        300, ge=0, le=1_000_000, alias="WAYLAY_MCP_SANDBOX_TASKS", description="Tasks that the sandbox starts with."
    )
    sandbox_seed: int = Field(7, alias="WAYLAY_MCP_SANDBOX_SEED", description="Same seed, same tasks.")
    sandbox_db: Path | None = Field(
        None, alias="WAYLAY_MCP_SANDBOX_DB", description="File that keeps the sandbox's tasks; in memory without it."
    )

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        """Hold settings that depend on each other to what they promise.

        Raises:
            ValueError: with a line that names what to set.
        """
        check_sign_in(self.gateway_url, self.api_key, self.api_secret, self.token, self.profile)
        if self.gateway_url is not None:
            check_gateway_url(self.gateway_url, allow_plain_http=self.allow_plain_http)
        check_policy(self.policy, self.confirm)
        check_state(self.state_url, self.state_dir)
        client = (self.oidc_client_id, self.oidc_client_secret)
        check_approvers(self.public_url, self.oidc_issuer, *client, self.approver_group, self.approver_scope)
        check_host(self.host, self.allowed_hosts)
        return self

    @cached_property
    def uses_sandbox(self) -> bool:
        """Whether nothing upstream is configured, so that the embedded engine serves."""
        return self.token is None and self.api_key is None and self.profile is None
