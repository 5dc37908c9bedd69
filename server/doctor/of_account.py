"""The account: which way to sign in there is, and what is wrong with it before anybody is asked."""

import re
import time

from pydantic import SecretStr

from server.doctor.check import Finding, fine, problem
from server.doctor.examined import Examined
from server.doctor.file_access import not_opened
from server.doctor.given import may_hold_a_secret
from server.doctor.token_claims import claims_of, expiry, moment, tenant, whose
from server.settings import SettingsError
from server.settings_checks import DEFAULT_GATEWAY
from server.upstream.credentials import Application, Gateway, KeySecret, Token, gateway_of, profile_file
from tools.text import clean

_NOT_FILLED_IN = re.compile(
    r"\$\{.*\}|\$\w+|%\w+%|<.*>|\{\{.*\}\}|(your|my)[ _-].*|x{3,}|\.{3}|…|changeme", re.IGNORECASE
)
"""What stands in examples, and what a host leaves of a variable that it does not know."""

_SANDBOX = "No account is configured: the built-in sandbox is used."
_TENANT = (
    "For your tenant set WAYLAY_API_KEY and WAYLAY_API_SECRET, or WAYLAY_TOKEN, or WAYLAY_PROFILE; and "
    f"WAYLAY_GATEWAY_URL, unless it is {DEFAULT_GATEWAY}."
)


async def look_at_account(examined: Examined) -> Finding:
    """Find out how the server signs in."""
    settings = examined.settings
    if settings.uses_sandbox:
        return fine(_SANDBOX, _TENANT, uses="sandbox")
    try:
        if unread := _profile_not_opened(settings.profile):
            return problem(unread, _profile_cure(), uses="profile")
        gateway = gateway_of(settings)
    except SettingsError as error:
        return problem(_without_profile(settings.profile, error), _profile_cure(), uses="profile")
    examined.gateway = gateway
    return _misread(gateway, examined) or _ways(gateway, examined)


def _profile_not_opened(profile: str | None) -> str | None:
    unread = not_opened(profile_file(profile), "WAYLAY_PROFILE") if profile else None
    return unread.says if unread else None


def _without_profile(profile: str | None, error: SettingsError) -> str:
    if profile and may_hold_a_secret(profile):
        return "WAYLAY_PROFILE names no profile. Its value is not shown: it looks like an address, or like a secret."
    # Which one to name stands in the cure.
    return f"{clean(str(error).partition('; name one')[0], 300)}."


def _profile_cure() -> str:
    return (
        "Name a profile that the Waylay Python SDK has stored (its file is "
        f"{clean(profile_file('NAME'), 200)}), or unset WAYLAY_PROFILE and set WAYLAY_API_KEY and WAYLAY_API_SECRET."
    )


def _misread(gateway: Gateway, examined: Examined) -> Finding | None:
    """Return what is wrong with how a credential was written down; nothing of it is repeated."""
    for name, secret in _secrets(gateway):
        value, where = secret.get_secret_value(), f" ({examined.where[name]})" if name in examined.where else ""
        if _NOT_FILLED_IN.fullmatch(value):
            cure = f"Put the real value in its place; where a host should fill in {name}, it did not know the variable."
            return problem(f"{name}{where} is a placeholder, not a credential.", cure, field=name)
        if value[0] == value[-1] and value[0] in "\"'" and len(value) > 1:
            return problem(f"{name}{where} has quotes around it, which count.", "Remove the quotes.", field=name)
        if re.match(r"(bearer|basic)\s", value, re.IGNORECASE):
            says = f"{name}{where} begins with the word {value.split()[0].capitalize()}, which belongs to a header."
            return problem(says, "Keep what follows that word.", field=name)
    return None


def _secrets(gateway: Gateway) -> list[tuple[str, SecretStr]]:
    credentials = gateway.credentials
    if isinstance(credentials, Token):
        return [("WAYLAY_TOKEN", credentials.token)]
    return [("WAYLAY_API_KEY", credentials.key), ("WAYLAY_API_SECRET", credentials.secret)]


def _ways(gateway: Gateway, examined: Examined) -> Finding:
    credentials = gateway.credentials
    settings = examined.settings
    source = f", from the profile {clean(profile_file(settings.profile), 200)}" if settings.profile else ""
    if isinstance(credentials, Token):
        return _of_token(credentials, gateway, examined, source)
    if isinstance(credentials, Application):
        says = (
            f"An application's key and secret for tenant {credentials.tenant} at {_address(gateway, examined)}{source}."
        )
        return fine(says, uses="application", gateway=gateway.url, tenant=credentials.tenant)
    assert isinstance(credentials, KeySecret)  # noqa: S101 - the type checker's
    return fine(f"An API key and its secret at {_address(gateway, examined)}{source}.", uses="key", gateway=gateway.url)


def _address(gateway: Gateway, examined: Examined) -> str:
    by_default = gateway.url == DEFAULT_GATEWAY and "WAYLAY_GATEWAY_URL" not in examined.where
    return f"{gateway.url} (the default)" if by_default else gateway.url


def _of_token(token: Token, gateway: Gateway, examined: Examined, source: str) -> Finding:
    examined.claims = claims = claims_of(token.token)
    ends, about = expiry(claims), f" {whose(claims)}" if whose(claims) else ""
    details = {"uses": "token", "gateway": gateway.url, "tenant": tenant(claims), "expires": ends}
    if ends is not None and ends <= time.time():
        cure = "Set a new one, or set WAYLAY_API_KEY and WAYLAY_API_SECRET instead, which do not expire."
        return problem(f"The token{about} has expired ({moment(ends)}){source}.", cure, **details)
    until = f"It expires {moment(ends)}." if ends is not None else "When it expires cannot be seen from it."
    return fine(f"A token{about} at {_address(gateway, examined)}{source}. {until}", **details)
