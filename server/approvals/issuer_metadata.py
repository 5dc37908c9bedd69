"""What an OpenID Connect issuer says about itself, and what of it is accepted."""

from server.issuers.keys import ALGORITHMS
from server.issuers.metadata import Address, Described, read_description
from server.issuers.sign_in_failed import SignInFailed

_USUAL_SCOPES = ("profile", "email")


class Metadata(Described):
    """The parts of a discovery document that signing in needs.

    Source: OpenID Connect Discovery 1.0, section 3; RFC 9207, section 3.
    """

    authorization_endpoint: Address
    token_endpoint: Address
    userinfo_endpoint: Address | None = None
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    subject_types_supported: tuple[str, ...] = ("public",)
    scopes_supported: tuple[str, ...] | None = None
    authorization_response_iss_parameter_supported: bool = False

    def names(self, *, are_public: bool) -> str:
        """Return what its subjects are told apart by from those of others: its name, if everybody hears the same ones.

        Where a client may get subjects of its own, a caller's and an approver's cannot be compared: one person would
        be two.

        Args:
            are_public: Whether whoever runs this server says that they are the same for all of its clients.
        """
        compared = are_public or "pairwise" not in self.subject_types_supported
        return self.issuer if compared else f"{self.issuer}#pairwise"

    @property
    def algorithms(self) -> list[str]:
        """The ways of signing that both sides accept, never none of them.

        Raises:
            SignInFailed: there is no such way.
        """
        common = [name for name in ALGORITHMS if name in self.id_token_signing_alg_values_supported]
        if not common:
            raise SignInFailed(f"The issuer {self.issuer} signs in no way that is accepted here ({ALGORITHMS[0]} is).")
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
    return read_description(document, Metadata, issuer, "WAYLAY_MCP_OIDC_ISSUER")
