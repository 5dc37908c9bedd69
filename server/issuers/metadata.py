"""What an issuer says about itself, and what of it is believed."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from server.issuers.sign_in_failed import SignInFailed
from server.settings_checks import is_safe_address
from tools.text import quoted


def _safe(address: str) -> str:
    """Return an address to which codes and secrets may be sent.

    Raises:
        ValueError: it is none.
    """
    if not is_safe_address(address):
        raise ValueError("expected an https address")
    return address


Address = Annotated[str, AfterValidator(_safe)]


class Described(BaseModel):
    """The parts of an issuer's description of itself that everybody needs.

    Source: RFC 8414, section 2; OpenID Connect Discovery 1.0, section 3.
    """

    model_config = ConfigDict(frozen=True)

    issuer: str
    jwks_uri: Address


DescribedT = TypeVar("DescribedT", bound=Described)


def read_description(document: object, model: type[DescribedT], issuer: str, setting: str) -> DescribedT:
    """Return what a document says, if it is that of `issuer`.

    Args:
        document: What was found at the issuer's address.
        model: What is needed of it.
        issuer: Whose it has to be, to the letter.
        setting: Where that name was set.

    Raises:
        SignInFailed: it is of another issuer, or cannot be used.
    """
    try:
        described = model.model_validate(document)
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_url=False, include_input=False)[0]["loc"][:1])) or "document"
        raise SignInFailed(
            f"The issuer {issuer} describes itself in a way that cannot be used here ({where}); nobody can sign in."
        ) from None
    if described.issuer != issuer:
        raise SignInFailed(
            f"The issuer {issuer} calls itself {quoted(described.issuer)}: {setting} has to be its name to the letter, "
            "and nobody can sign in before."
        )
    return described
