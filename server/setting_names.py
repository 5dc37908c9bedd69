"""Names of settings: those that are none, and those that must not be set to nothing."""

from collections.abc import Collection, Mapping

from server.settings_checks import APPROVERS

_SIGN_IN = ("WAYLAY_API_KEY", "WAYLAY_API_SECRET", "WAYLAY_TOKEN", "WAYLAY_PROFILE", "WAYLAY_GATEWAY_URL")
_NEVER_EMPTY = (
    *_SIGN_IN,
    "WAYLAY_MCP_CONFIRM",
    "WAYLAY_MCP_READ_ONLY",
    "WAYLAY_MCP_POLICY",
    "WAYLAY_MCP_STATE_URL",
    "WAYLAY_MCP_STATE_KEYS",
    "WAYLAY_MCP_PUBLIC_URL",
    "WAYLAY_MCP_OIDC_ISSUER",
    "WAYLAY_MCP_AUTH_ISSUER",
    "WAYLAY_MCP_AUTH_AUDIENCE",
    "WAYLAY_MCP_AUTH_TOKENS",
    *APPROVERS,
)


def check_names(given: Mapping[str, str], known: Collection[str]) -> None:
    """Refuse a misspelt setting, and one that matters and is set to nothing.

    `WAYLAY_MCP_CONFRIM=human` must not leave the guard weaker than it was meant, and a variable that a host expanded
    to an empty text must mean neither the sandbox nor a guard that is off.
    """
    for name, value in given.items():
        if name.upper().startswith("WAYLAY_MCP_") and name not in known:
            nearest = _like(name, known, most=1)
            raise ValueError(f"{name} is no setting" + (f"; did you mean {nearest[0]}?" if nearest else ""))
        if name in _NEVER_EMPTY and not value.strip():
            raise ValueError(f"{name} is set to nothing: give it a value, or unset it")


def check_meant(names: Collection[str]) -> None:
    """Refuse to serve the sandbox where one of the names looks like a misspelt credential."""
    for name in names:
        nearest = _like(name, _SIGN_IN, most=2, cutoff=0.85) if name.upper().startswith("WAYLAY_") else []
        if nearest:
            meant = " or ".join(sorted(nearest))
            raise ValueError(f"{name} is no setting; did you mean {meant}? Unset it to use the sandbox")


def _like(name: str, known: Collection[str], most: int, cutoff: float = 0.6) -> list[str]:
    # Loaded here: hardly anybody misspells a setting, and everybody waits for the start.
    from difflib import get_close_matches

    return get_close_matches(name.upper(), known, most, cutoff)
