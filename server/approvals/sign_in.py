"""Signing in with OpenID Connect: authorization code with PKCE, without a web framework, cookies or storage.

What is careful here: RFC 9700 (state, PKCE S256, no redirects), RFC 9207 (whose answer it is), OpenID Connect Core 1.0.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import SecretStr

from server.approvals.issuer import Issuer
from server.approvals.person import Person
from server.issuers.client import within
from server.issuers.sign_in_failed import SignInFailed
from tools.text import clean, quoted

_NAMES = ("name", "preferred_username", "email", "sub")
_SECONDS = 10
_ACT_THERE = "something has to be done there first"
_OURS_TO_MEND = "it does not accept what this server asks for, and whoever runs this server has to look why"
_REASONS = {
    "access_denied": "the sign-in was declined there",
    "login_required": _ACT_THERE,
    "interaction_required": _ACT_THERE,
    "consent_required": _ACT_THERE,
    "account_selection_required": _ACT_THERE,
    "server_error": "it cannot do that right now",
    "temporarily_unavailable": "it cannot do that right now",
    "invalid_request": _OURS_TO_MEND,
    "invalid_scope": _OURS_TO_MEND,
    "unauthorized_client": _OURS_TO_MEND,
    "unsupported_response_type": _OURS_TO_MEND,
}


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way.

    Attributes:
        url: Where the browser is sent.
        kept: What has to be kept on the server until the browser comes back, and be used once.
    """

    url: str = field(repr=False)
    kept: dict[str, Any] = field(repr=False)


class SignIn:
    """Signs people in, and admits those who may approve.

    Args:
        issuer: The issuer, to the letter.
        client_id: What this server is called there.
        client_secret: Its secret; a public client has none.
        redirect_uri: Where the issuer sends people back to.
        group: What approvers have in their `groups` claim, if that is needed.
        scope: What approvers are granted, if that is needed; it is asked for.
        public_subjects: Whether the issuer is known to name somebody alike to all of its clients.
        clock: Returns epoch seconds.
        seconds: Longest time that the issuer may take, altogether.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: SecretStr | None,
        redirect_uri: str,
        *,
        group: str | None,
        scope: str | None,
        public_subjects: bool = False,
        clock: Callable[[], float] = time.time,
        seconds: float = _SECONDS,
    ) -> None:
        self._issuer = Issuer(issuer, client_id, client_secret, redirect_uri, clock=clock)
        self._group = group
        self._scope = scope
        self._public_subjects = public_subjects
        self._seconds = seconds

    async def begin(self) -> Begun:
        """Begin a sign-in.

        Raises:
            SignInFailed: the issuer cannot be reached or not be used.
        """
        kept = {
            "state": secrets.token_urlsafe(32),
            "nonce": secrets.token_urlsafe(32),
            "code_verifier": secrets.token_urlsafe(64),
        }
        with within(self._seconds, self._issuer.url):
            scope = (await self._issuer.metadata()).scopes(self._scope, groups=self._group is not None)
            return Begun(await self._issuer.address(kept, scope), {**kept})

    async def finish(self, kept: Mapping[str, Any], query: Mapping[str, str]) -> Person:
        """Return who signed in.

        Args:
            kept: What `begin` gave to keep.
            query: What the browser brought back.

        Raises:
            SignInFailed: nobody did, or somebody who may not approve.
        """
        if not secrets.compare_digest(query.get("state", "").encode(errors="replace"), kept["state"].encode()):
            raise SignInFailed("This answer belongs to no sign-in that was begun here: sign in again.")
        with within(self._seconds, self._issuer.url):
            code = await self._code(query)
            tokens = await self._issuer.exchange(code, kept["code_verifier"])
            claims = await self._issuer.claims(tokens, kept["nonce"])
            if self._group is not None and "groups" not in claims:
                claims = {**await self._issuer.userinfo(tokens, claims["sub"]), **claims}
            names = (await self._issuer.metadata()).names(are_public=self._public_subjects)
        identity = f"{names} {claims['sub']}"
        return self._admitted(identity, claims, tokens)

    async def aclose(self) -> None:
        """Close the connections to the issuer."""
        await self._issuer.aclose()

    async def _code(self, query: Mapping[str, str]) -> str:
        """Return the code that the issuer, and no other, sent the browser back with.

        Raises:
            SignInFailed: there is none.
        """
        promised = (await self._issuer.metadata()).authorization_response_iss_parameter_supported
        if query.get("iss", None if promised else self._issuer.url) != self._issuer.url:
            raise SignInFailed(f"This answer is not of the issuer {self._issuer.url}: nobody was signed in.")
        if "error" in query:
            reason = _REASONS.get(query["error"], "it does not say why in a way that is known here")
            raise SignInFailed(f"The issuer {self._issuer.url} signed nobody in: {reason}.")
        if not query.get("code"):
            raise SignInFailed(f"The issuer {self._issuer.url} sent nothing to sign in with: sign in again.")
        return query["code"]

    def _admitted(self, identity: str, claims: Mapping[str, Any], tokens: Mapping[str, Any]) -> Person:
        """Return the person, if it is one who may approve.

        Raises:
            SignInFailed: saying what they lack.
        """
        person = Person(_name(claims), identity)
        lacks: list[str] = []
        if self._group is not None and self._group not in _texts(claims.get("groups")):
            lacks.append(f"is not in the group {quoted(self._group)}")
        # Where the issuer does not say what it granted, it granted what was asked for (RFC 6749, section 5.1).
        granted = tokens.get("scope", self._scope)
        if self._scope is not None and not {*self._scope.split()} <= {*str(granted).split()}:
            lacks.append(f"was not granted the scope {quoted(self._scope)}")
        if lacks:
            raise SignInFailed(
                f"{quoted(person.name)} signed in, but {' and '.join(lacks)}, and so cannot approve here."
            )
        return person


def _name(claims: Mapping[str, Any]) -> str:
    """Return what others know somebody by: the first of the usual claims that says something."""
    texts = (clean(claims[name]) for name in _NAMES if isinstance(claims.get(name), str))
    return next((text for text in texts if text), "somebody without a name")


def _texts(value: object) -> list[str]:
    listed = [value] if isinstance(value, str) else cast("list[object]", value) if isinstance(value, list) else []
    return [text for text in listed if isinstance(text, str)]
