"""The gateway: whether what answers at the address is Waylay at all, told from what it says to one request."""

from http import HTTPStatus
from urllib.parse import urlsplit

from server.doctor.asking import Asked, Asking
from server.doctor.check import Finding, fine, problem, warning
from server.doctor.examined import Examined, known
from server.doctor.foreign import foreign
from server.doctor.probing import speaks_tls
from server.doctor.target import Target
from server.upstream.errors import ConnectionLost, TimedOut
from tools.models.entity import TaskListing
from tools.tasks_api import TASKS

_LONG = 1.5
"""Seconds from which an answer is slow."""

PAGED = "application/vnd.waylay.paged+json"


async def look_at_gateway(examined: Examined) -> Finding:
    """Ask for a page of one task, and tell who answers."""
    examined.asking = asking = Asking(known(examined.gateway), examined.settings, examined.patience)
    asked = await asking.ask(TASKS, TaskListing, (("hits", "1"),), PAGED)
    examined.asked = asked
    url = known(examined.gateway).url
    if asked.failure is None or _is_waylay(asked):
        slowly = f" It took {asked.seconds:.1f} seconds, which is long." if asked.seconds > _LONG else ""
        return fine(f"{url} answers as Waylay does.{slowly}", status=asked.status, seconds=round(asked.seconds, 3))
    if asked.response is None:
        return await _no_answer(asked, examined)
    if Target(examined).url.scheme == "http" and await _has_tls(examined):
        return _needs_https(url)
    return _of_status(asked, examined)


def _is_waylay(asked: Asked[TaskListing]) -> bool:
    """Tell whether a refusal is the service's: in its own words, or at least not as a page that somebody else made."""
    if asked.failure is not None and asked.failure.kind == "unauthorized":
        return not asked.is_page or asked.status == HTTPStatus.UNAUTHORIZED
    if asked.status == HTTPStatus.FORBIDDEN:
        return bool(asked.own) or not asked.is_page
    return False


async def _no_answer(asked: Asked[TaskListing], examined: Examined) -> Finding:
    target = Target(examined)
    if target.url.scheme == "http" and await _has_tls(examined):
        return _needs_https(known(examined.gateway).url)
    where = f"{target.host}:{target.port}"
    if isinstance(asked.failure, TimedOut):
        says = f"{where} takes connections, but does not answer within {examined.patience:g} seconds."
        return problem(says, "Look whether the service runs, and whether a proxy or a firewall holds answers up.")
    if isinstance(asked.failure, ConnectionLost):
        says = f"{where} takes connections, and closes them without an answer: it does not speak HTTP, or is broken."
        return problem(says, "Look at the port in WAYLAY_GATEWAY_URL, and whether the service runs.")
    message = asked.failure.message if asked.failure else "No answer."
    return problem(message, "Look at WAYLAY_GATEWAY_URL, and at the proxy if there is one.")


async def _has_tls(examined: Examined) -> bool:
    target = Target(examined)
    return target.proxy is None and await speaks_tls(examined.addresses, target.port, target.host, examined.patience)


def _needs_https(url: str) -> Finding:
    says = f"{url} begins with http://, but TLS is spoken at that port."
    return problem(says, f"Set WAYLAY_GATEWAY_URL=https://{urlsplit(url).netloc}", cause="needs https")


def _of_status(asked: Asked[TaskListing], examined: Examined) -> Finding:
    status = asked.status or 0
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return _proxy_wants_a_user(examined)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return warning("Waylay answers, but limits requests (429).", "Wait a minute, and run the doctor again.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _broken(asked, examined)
    return foreign(asked, Target(examined))


def _proxy_wants_a_user(examined: Examined) -> Finding:
    proxy = Target(examined).proxy
    setting, where = (proxy.setting, proxy.where) if proxy else ("HTTP_PROXY", "the proxy")
    cure = f"Write user and password into {setting}, percent-encoded: http://user:password@{where}"
    return problem(f"The proxy {where} wants a user and a password (407).", cure, cause="proxy authentication")


def _broken(asked: Asked[TaskListing], examined: Examined) -> Finding:
    proxy = Target(examined).proxy
    between = f", or the proxy {proxy.where}," if proxy else " or what stands in front of it"
    says = f"Waylay{between} fails ({asked.status}): the way there is right, and the service is not well."
    cure = "Wait and try again. If it stays so, ask whoever runs the gateway."
    return problem(says, cure, cause="service", status=asked.status)
