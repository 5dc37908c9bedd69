"""What an OpenID Connect issuer says about itself, and what of it is accepted."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from server.approvals.sign_in_failed import SignInFailed
from server.settings_checks import is_safe_address
from tools.text import quoted

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures that only the issuer can make: neither none, nor what whoever knows the client's secret could sign."""

_USUAL_SCOPES = ("profile", "email")


def _safe(address: str) -> str:
    """Return an address to which codes and secrets may be sent.

    Raises:
        ValueError: it is none.
    """
    if not is_safe_address(address):
        raise ValueError("expected an https address")
    return address


Address = Annotated[str, AfterValidator(_safe)]


class Metadata(BaseModel):
    """The parts of a discovery document that signing in needs.

    Source: OpenID Connect Discovery 1.0, section 3; RFC 9207, section 3.
    """

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: Address
    token_endpoint: Address
    jwks_uri: Address
    userinfo_endpoint: Address | None = None
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    subject_types_supported: tuple[str, ...] = ("public",)
    scopes_supported: tuple[str, ...] | None = None
    authorization_response_iss_parameter_supported: bool = False

    @property
    def names(self) -> str:
        """What its subjects are told apart by from those of others: its own name, if they are the same for everybody.

        Where each client gets subjects of its own, a caller's and an approver's cannot be compared.
        """
        return self.issuer if "public" in self.subject_types_supported else f"{self.issuer}#pairwise"

    @property
    def algorithms(self) -> list[str]:
        """The ways of signing that both sides accept, never none of them.

        Raises:
            SignInFailed: there is no such way.
        """
        common = [name for name in _ALGORITHMS if name in self.id_token_signing_alg_values_supported]
        if not common:
            raise SignInFailed(f"The issuer {self.issuer} signs in no way that is accepted here ({_ALGORITHMS[0]} is).")
        return common

    def scopes(self, wanted: str | None, *, groups: bool) -> str:
        """Return what to ask for: issuers refuse a scope that they do not know, so the usual ones have to be listed.

        Args:
            wanted: The scope that approvers need, asked for in any case.
            groups: Whether groups matter.
        """
        known = _USUAL_SCOPES if self.scopes_supported is None else self.scopes_supported
        usual = [name for name in (*_USUAL_SCOPES, *(("groups",) if groups else ())) if name in known]
        return " ".join(dict.fromkeys(["openid", *usual, *(wanted or "").split()]))


def read_metadata(document: object, issuer: str) -> Metadata:
    """Return what a discovery document says, if it is that of `issuer`.

    Raises:
        SignInFailed: it is of another issuer, or cannot be used.
    """
    try:
        metadata = Metadata.model_validate(document)
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_url=False, include_input=False)[0]["loc"][:1])) or "document"
        raise SignInFailed(
            f"The issuer {issuer} describes itself in a way that cannot be used here ({where}); nobody can sign in."
        ) from None
    if metadata.issuer != issuer:
        raise SignInFailed(
            f"The issuer {issuer} calls itself {quoted(metadata.issuer)}: WAYLAY_MCP_OIDC_ISSUER has to be its name to "
            "the letter, and nobody can sign in before."
        )
    return metadata
