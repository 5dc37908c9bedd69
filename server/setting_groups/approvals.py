"""Where people approve, and how they sign in there."""

from typing import Literal

from pydantic import Field

from server.setting_groups.types import Group, Secret


class ApprovalSettings(Group):
    """Where people approve, and how they sign in there."""

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
        description="Where people and clients reach `serve --http`, as `https://mcp.example.com`.",
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
    oidc_subjects: Literal["auto", "public"] = Field(
        "auto",
        alias="WAYLAY_MCP_OIDC_SUBJECTS",
        description="`public` where the issuer names a person alike to all clients, although it can do otherwise.",
    )
    approver_group: str | None = Field(
        None, alias="WAYLAY_MCP_APPROVER_GROUP", description="Approvers have this in their `groups` claim."
    )
    approver_scope: str | None = Field(
        None, alias="WAYLAY_MCP_APPROVER_SCOPE", description="Approvers are granted this scope, which is asked for."
    )
