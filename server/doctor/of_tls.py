"""TLS: whether the gateway proves who it is."""

import anyio
import httpx

from server.doctor.check import Finding, fine, problem, warning
from server.doctor.examined import Examined
from server.doctor.of_the_way import refused_by_proxy
from server.doctor.probing import Refusal, secured
from server.doctor.target import Target
from server.doctor.tls_words import tls_failure


async def look_at_tls(examined: Examined) -> Finding:
    """Have the gateway prove who it is."""
    target = Target(examined)
    if target.url.scheme == "http":
        return _in_the_clear(target)
    if target.proxy and target.proxy.is_socks:
        return fine("TLS through a SOCKS proxy is not looked at by itself.")
    try:
        context = httpx.create_ssl_context()
    except OSError:
        cure = (
            "Set SSL_CERT_FILE to a file of certificates in PEM form, or unset it. SSL_CERT_DIR is a folder of those."
        )
        return problem("SSL_CERT_FILE or SSL_CERT_DIR names no certificates that can be read.", cure)
    try:
        async with target.connected() as stream:
            await secured(stream, target.host, context)
            return fine(f"{target.host} proves who it is.")
    except Refusal as refusal:
        return refused_by_proxy(target, refusal.status)
    except (OSError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
        return tls_failure(error, f"{target.host}:{target.port}", "WAYLAY_GATEWAY_URL")


def _in_the_clear(target: Target) -> Finding:
    if target.is_local:
        return fine("None, and none is needed: the gateway is on this machine.")
    says = "None: the credentials go over the network in the clear, as WAYLAY_MCP_ALLOW_PLAIN_HTTP allows."
    return warning(says, "Use https:// in WAYLAY_GATEWAY_URL wherever the gateway speaks it.")
