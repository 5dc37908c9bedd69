"""Who may call over HTTP: whether they can sign in."""

import time

from server.callers.sign_in import caller_sign_in
from server.callers.token_file import read_token_file
from server.doctor.check import Finding, fine, problem, warning
from server.doctor.examined import Examined
from server.doctor.file_access import not_opened
from server.issuers.published import Published
from server.issuers.sign_in_failed import SignInFailed
from server.settings import Settings, SettingsError
from server.settings_checks import LOOPBACK
from tools.text import clean

SECONDS = 6
"""How long it may take to ask an issuer."""

_SETTING = "WAYLAY_MCP_AUTH_ISSUER"
_MOST = 5


def may_be_called(examined: Examined) -> bool:
    """Tell whether the settings say who may call over HTTP, or let others than this machine call."""
    settings = examined.settings
    return settings.callers_sign_in or settings.host not in LOOPBACK


async def look_at_callers(examined: Examined) -> Finding:
    """Find out whether callers can sign in, by what the server does with the settings when it starts."""
    settings = examined.settings
    if settings.auth_tokens and (unread := not_opened(settings.auth_tokens, "WAYLAY_MCP_AUTH_TOKENS")):
        return unread
    try:
        caller_sign_in(settings)
    except SettingsError as error:
        return problem(f"serve --http does not start: {clean(error, 400)}.", _cure(settings))
    return await _of_issuer(settings) or _of_tokens(settings)


def _cure(settings: Settings) -> str:
    """Return what to do where callers cannot sign in: their tokens have a mistake, or there is no way at all."""
    if settings.auth_tokens is None:
        return f"Set how callers sign in, or unset WAYLAY_MCP_HOST and leave out --host: then {LOOPBACK[0]} holds."
    return (
        f"Correct that in {clean(settings.auth_tokens, 200)}: waylay-tasks-mcp token new prints a whole line for it. "
        "Or set WAYLAY_MCP_AUTH_TOKENS to a file that this account can read."
    )


async def _of_issuer(settings: Settings) -> Finding | None:
    """Return why nobody can sign in at the issuer."""
    if settings.auth_issuer is None:
        return None
    try:
        await Published(settings.auth_issuer, _SETTING, time.time, SECONDS - 1).keys()
    except SignInFailed as failure:
        cure = f"Look at {_SETTING}: it has to be the issuer's name to the letter, and reachable from here."
        return problem(f"Nobody can sign in: {clean(failure, 300)}", cure)
    return None


def _of_tokens(settings: Settings) -> Finding:
    issuer = f"Callers bring tokens of {settings.auth_issuer}." if settings.auth_issuer else ""
    if settings.auth_tokens is None:
        return fine(issuer)
    entries, path = read_token_file(settings.auth_tokens), clean(settings.auth_tokens, 200)
    over = [name for name, entry in entries.items() if entry.expires and entry.expires.timestamp() <= time.time()]
    if over:
        says = f"{len(over)} of {len(entries)} tokens in {path} expired: {', '.join(over[:_MOST])}."
        return warning(says, "Make new ones with waylay-tasks-mcp token new, and take the old lines out.")
    own = f"{path}: {len(entries)} token{'' if len(entries) == 1 else 's'}."
    return fine(f"{issuer} {own}".strip(), tokens=len(entries))
