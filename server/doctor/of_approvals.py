"""Where a person can approve what waits for one."""

from server.approvals.browser import Browser
from server.choosing import policy_for
from server.doctor.check import Finding, fine, problem, warning
from server.doctor.examined import Examined
from server.doctor.file_access import not_opened
from server.policy.judged import JUDGED
from server.settings import Settings, SettingsError

_NEED_A_PERSON = frozenset({"human", "approver"})


async def look_at_approvals(examined: Examined) -> Finding:
    """Find out whether there is an approval page, and whether one is needed."""
    settings = examined.settings
    if settings.oidc_issuer is not None and settings.approvals == "off":
        says = (
            "serve --http does not start: approvers are to sign in, and WAYLAY_MCP_APPROVALS=off leaves them no page."
        )
        return problem(says, "Unset WAYLAY_MCP_APPROVALS or WAYLAY_MCP_OIDC_ISSUER.")
    if settings.oidc_issuer is not None:
        return fine(f"Approvers sign in at {settings.oidc_issuer}, and approve on {settings.public_url}/approvals.")
    if settings.approvals == "off":
        why, cure = "WAYLAY_MCP_APPROVALS is off", "Unset WAYLAY_MCP_APPROVALS"
    elif not Browser().can_open():
        why, cure = "no browser can be opened here", "Set BROWSER, or decide with waylay-tasks-mcp approvals"
    else:
        return fine("The approval page opens in your browser once a call waits for it.")
    if not _needed(settings):
        return fine(f"There is no approval page: {why}. No rule needs one: a client asks, or passes a token on.")
    says = f"There is no approval page ({why}), and some calls wait for a person: a client that cannot ask is refused."
    return warning(says, f"{cure}, or use a client that can ask its user (MCP elicitation).")


def _needed(settings: Settings) -> bool:
    if settings.policy is not None and not_opened(settings.policy, "WAYLAY_MCP_POLICY"):
        return False
    try:
        policy = policy_for(settings)
    except SettingsError:
        return False
    return any(policy.possible(operation) & _NEED_A_PERSON for operation in JUDGED)
