"""What is wrong with TLS, from what Python says about it."""

import ssl
from collections.abc import Callable

from server.doctor.check import Finding, problem

_CLOCK = "Look at the date of this machine; if it is right, whoever runs the gateway has to renew the certificate."
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "UNKNOWN_PROTOCOL"})
"""How OpenSSL calls it when the other side speaks something else."""


def tls_failure(error: BaseException, where: str, setting: str) -> Finding:
    """Return why TLS does not come about.

    Args:
        error: What was raised.
        where: With whom.
        setting: The setting that says so.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_certificate(error.verify_code, where, setting)
    if isinstance(error, ssl.SSLError) and (error.reason or "") in _NO_TLS:
        says = f"{where} does not speak TLS, but something else: perhaps plain HTTP."
        cure = f"Look at the port in {setting}: is it that of https? If plain HTTP is meant, begin the address with http://."
        return problem(says, cure, cause="no TLS")
    if isinstance(error, TimeoutError):
        says = f"{where} takes connections, and then says nothing: it does not speak TLS, or a firewall holds it up."
        return problem(says, f"Look at the port in {setting}, and ask whoever runs the firewall.", cause="silence")
    says = (
        f"{where} broke off the TLS handshake: a firewall that goes by the host's name does that, and what has no TLS."
    )
    return problem(says, f"Look at the port in {setting}, and ask whoever runs the firewall.", cause="broken off")


def _of_certificate(code: int, where: str, setting: str) -> Finding:
    says, cure, cause = _CERTIFICATE.get(code, _stranger)(setting)
    return problem(f"The certificate of {where} {says}.", cure, cause=cause, verify_code=code)


def _stranger(setting: str) -> tuple[str, str, str]:
    cure = (
        "If your company's proxy reads TLS, or the gateway has an authority of its own, set SSL_CERT_FILE to the file "
        f"of that authority. Otherwise somebody else answers: look at {setting}."
    )
    return "was issued by an authority that is not known here", cure, "untrusted issuer"


def _expired(setting: str) -> tuple[str, str, str]:
    return "has expired", _CLOCK, "expired"


def _not_yet(setting: str) -> tuple[str, str, str]:
    return "is not valid yet", _CLOCK, "not yet valid"


def _other_name(setting: str) -> tuple[str, str, str]:
    cure = f"Look at the host in {setting}: it has to be the name that the gateway has in its certificate."
    return "is for another host name", cure, "other host name"


_CERTIFICATE: dict[int, Callable[[str], tuple[str, str, str]]] = {
    9: _not_yet,
    10: _expired,
    62: _other_name,
    64: _other_name,
}
"""By OpenSSL's codes: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/."""
