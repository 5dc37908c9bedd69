"""Who somebody is that signed in, whichever program and session they come with."""

from mcp.server.auth.provider import AccessToken, principal_components


def identity_of(token: AccessToken) -> str:
    """Return issuer and subject; of a token of this server's own, what it is called."""
    program, issuer, subject = principal_components(token)
    return f"{issuer} {subject}" if issuer and subject else program
