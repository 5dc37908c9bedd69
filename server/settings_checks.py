"""What settings must satisfy together. Each check raises ValueError with one line."""

import unicodedata
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

DEFAULT_GATEWAY = "https://api.waylay.io"
LOOPBACK = ("127.0.0.1", "localhost", "::1")

APPROVERS = (
    "WAYLAY_MCP_OIDC_CLIENT_ID",
    "WAYLAY_MCP_OIDC_CLIENT_SECRET",
    "WAYLAY_MCP_APPROVER_GROUP",
    "WAYLAY_MCP_APPROVER_SCOPE",
)


def check_sign_in(
    gateway_url: str | None,
    api_key: SecretStr | None,
    api_secret: SecretStr | None,
    token: SecretStr | None,
    profile: str | None,
) -> None:
    """Refuse half a pair, two ways to sign in, an address without any, and credentials that no header can carry."""
    if (api_key is None) != (api_secret is None):
        missing = "WAYLAY_API_SECRET" if api_secret is None else "WAYLAY_API_KEY"
        raise ValueError(f"{missing} is missing: a key needs its secret, and a secret its key")
    ways = {"WAYLAY_API_KEY": api_key, "WAYLAY_TOKEN": token, "WAYLAY_PROFILE": profile}
    given = [name for name, value in ways.items() if value is not None]
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} are both set: keep one way to sign in")
    for name, secret in (("WAYLAY_API_KEY", api_key), ("WAYLAY_API_SECRET", api_secret), ("WAYLAY_TOKEN", token)):
        if secret is not None and not secret.get_secret_value().isascii():
            raise ValueError(f"{name}: expected letters, digits and signs of ASCII; was something else pasted?")
    if gateway_url and not given:
        raise ValueError(
            "WAYLAY_GATEWAY_URL is set without credentials: set WAYLAY_API_KEY and WAYLAY_API_SECRET, WAYLAY_TOKEN or "
            "WAYLAY_PROFILE, or unset it to use the sandbox"
        )


def check_gateway_url(url: str, *, allow_plain_http: bool) -> None:
    """Refuse an address that is none, or that would carry credentials in the clear.

    What is refused is not repeated: an address with a password may be taken apart wrongly.
    """
    scheme, host = _plain_address("WAYLAY_GATEWAY_URL", url, DEFAULT_GATEWAY)
    if scheme == "http" and host not in LOOPBACK and not allow_plain_http:
        raise ValueError(
            "WAYLAY_GATEWAY_URL: http:// would send the credentials in the clear; use https://, or set "
            "WAYLAY_MCP_ALLOW_PLAIN_HTTP=true inside a network you trust"
        )


def check_approvers(public_url: str | None, issuer: str | None, *sign_in: str | SecretStr | None) -> None:
    """Refuse a sign-in for approvers that is half there, open to anybody, or readable on its way.

    Args:
        public_url: Where people reach this server.
        issuer: Where they sign in.
        sign_in: Client id, client secret, group and scope.
    """
    _check_https("WAYLAY_MCP_PUBLIC_URL", public_url, "https://mcp.example.com")
    _check_https("WAYLAY_MCP_OIDC_ISSUER", issuer, "https://login.example.com")
    if urlsplit(public_url or "").path.strip("/"):
        raise ValueError("WAYLAY_MCP_PUBLIC_URL: expected no path, the approval page is at /approvals of that host")
    given = dict(zip(APPROVERS, sign_in, strict=True))
    if issuer is None:
        for name in (name for name, value in given.items() if value is not None):
            raise ValueError(f"{name} is set without WAYLAY_MCP_OIDC_ISSUER: set where approvers sign in, or unset it")
        return
    if given["WAYLAY_MCP_OIDC_CLIENT_ID"] is None:
        raise ValueError("WAYLAY_MCP_OIDC_CLIENT_ID is missing: WAYLAY_MCP_OIDC_ISSUER knows this server by it")
    if given["WAYLAY_MCP_APPROVER_GROUP"] is None and given["WAYLAY_MCP_APPROVER_SCOPE"] is None:
        raise ValueError(
            "WAYLAY_MCP_APPROVER_GROUP or WAYLAY_MCP_APPROVER_SCOPE is missing: without one of them anybody who can "
            "sign in at WAYLAY_MCP_OIDC_ISSUER could approve"
        )
    if public_url is None:
        raise ValueError("WAYLAY_MCP_PUBLIC_URL is missing: WAYLAY_MCP_OIDC_ISSUER sends people back to it")


def check_callers(issuer: str | None, audience: str | None, public_url: str | None, *others: object) -> None:
    """Refuse a sign-in for callers that is half there.

    Args:
        issuer: Where they sign in.
        audience: What their tokens are for.
        public_url: Where they reach this server.
        others: Other ways to sign in, for which that matters.
    """
    _check_https("WAYLAY_MCP_AUTH_ISSUER", issuer, "https://login.example.com")
    if issuer is None and audience is not None:
        raise ValueError("WAYLAY_MCP_AUTH_AUDIENCE is set without WAYLAY_MCP_AUTH_ISSUER: set the issuer, or unset it")
    if issuer is not None and public_url is None:
        raise ValueError("WAYLAY_MCP_PUBLIC_URL is missing: WAYLAY_MCP_AUTH_ISSUER issues tokens for /mcp there")
    if public_url is not None and all(way is None for way in (issuer, *others)):
        raise ValueError(
            "WAYLAY_MCP_PUBLIC_URL is set without WAYLAY_MCP_OIDC_ISSUER, WAYLAY_MCP_AUTH_ISSUER and "
            "WAYLAY_MCP_AUTH_TOKENS: set how people sign in, or unset it"
        )


def is_safe_address(url: str) -> bool:
    """Return whether secrets may be sent to an address: by https, or within this machine."""
    scheme, host = _scheme_and_host(url)
    misleading = any(mark in unicodedata.normalize("NFKC", url) for mark in "@\\#")
    return bool(host) and not misleading and (scheme == "https" or (scheme == "http" and host in LOOPBACK))


def check_host(host: str, allowed: Collection[str]) -> None:
    """Refuse to listen for other machines before it is known by which names they may call.

    What is refused is not repeated: it may be an address with a password by mistake.
    """
    if host not in LOOPBACK and not allowed:
        raise ValueError(
            "WAYLAY_MCP_HOST (or --host) is not loopback: name the hosts to answer to in "
            "WAYLAY_MCP_ALLOWED_HOSTS (or --allowed-host), or the address in WAYLAY_MCP_PUBLIC_URL"
        )


def check_policy(policy: Path | None, confirm: str) -> None:
    """Refuse a policy beside a switch that would overrule it."""
    if policy is not None and confirm == "off":
        raise ValueError(
            "a policy file and WAYLAY_MCP_CONFIRM=off contradict each other: unset one of them, or write what needs no "
            'confirmation as require = "none" into the policy'
        )


def _check_https(name: str, url: str | None, example: str) -> None:
    if url is None:
        return
    _plain_address(name, url, example)
    if not is_safe_address(url):
        raise ValueError(f"{name}: http:// would let others on the way sign in, too; use https://, as {example}")


def _plain_address(name: str, url: str, example: str) -> tuple[str, str]:
    """Return scheme and host of an address that has nothing but those, a port and a path."""
    if any(mark in unicodedata.normalize("NFKC", url) for mark in "@?#"):
        raise ValueError(f"{name}: expected no user, password, query or fragment in the address")
    scheme, host = _scheme_and_host(url)
    if scheme not in ("https", "http") or not host:
        raise ValueError(f"{name}: expected an address such as {example}")
    return scheme, host


def _scheme_and_host(url: str) -> tuple[str, str | None]:
    """Take an address apart; nothing comes of what is no address, or has a port that is none."""
    try:
        parts = urlsplit(url)
        return ("", None) if any(map(str.isspace, url)) or parts.port == 0 else (parts.scheme, parts.hostname)
    except ValueError:
        return "", None
