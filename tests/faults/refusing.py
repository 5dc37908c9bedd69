"""Statuses that are no success."""

from email.utils import formatdate

from tests.faults.exchange import Exchange
from tests.faults.fault import Fault, Strikes
from tests.faults.wire import Message, answer, json_answer

HTML = "text/html"
PAGE = b"<html><body><h1>Something else</h1><script>alert(1)</script></body></html>"


def _says(message: Message) -> Strikes:
    """Return what answers so, without passing the request on."""

    async def strike(exchange: Exchange) -> None:
        await exchange.answer(message)

    return strike


def _says_after(message: Message) -> Strikes:
    """Return what answers so after the request was carried out."""

    async def strike(exchange: Exchange) -> None:
        await exchange.carried_out()
        await exchange.send(message.whole)

    return strike


async def _wait_until_a_date(exchange: Exchange) -> None:
    await exchange.answer(_too_many(retry_after=formatdate(usegmt=True)))


def _service_says(status: str, **headers: str) -> Message:
    code = int(status.partition(" ")[0])
    return json_answer(status, {"statusCode": code, "error": "in the words of the service"}, **headers)


def _too_many(**headers: str) -> Message:
    return _service_says("429 Too Many Requests", **headers)


def _page(status: str) -> Message:
    return answer(status, PAGE, HTML)


def _redirect(status: str) -> Message:
    return answer(status, location="https://elsewhere.example/sign-in")


_LIMITED, _FAILED, _FOREIGN = ("rate_limited",), ("server_fault",), ("unusable_answer",)

FAULTS = (
    Fault(name="401", fate="refused", kinds=("unauthorized",), strikes=_says(_service_says("401 Unauthorized"))),
    Fault(name="403", fate="refused", kinds=("forbidden",), strikes=_says(_service_says("403 Forbidden"))),
    Fault(name="403 as a page", fate="lost before", kinds=("forbidden",), strikes=_says(_page("403 Forbidden"))),
    Fault(name="404 as a page", fate="refused", kinds=_FOREIGN, strikes=_says(_page("404 Not Found"))),
    Fault(
        name="408 after processing",
        fate="lost after",
        kinds=("rejected",),
        strikes=_says_after(json_answer("408 Request Timeout", {"error": "Request Timeout"})),
    ),
    Fault(name="429", fate="refused", kinds=_LIMITED, strikes=_says(_too_many()), again=True, sent_again=True),
    Fault(
        name="429 until in no time",
        fate="refused",
        kinds=_LIMITED,
        strikes=_says(_too_many(retry_after="0")),
        again=True,
        sent_again=True,
    ),
    Fault(
        name="429 until a date", fate="refused", kinds=_LIMITED, strikes=_wait_until_a_date, again=True, sent_again=True
    ),
    Fault(
        name="429 until tomorrow",
        fate="refused",
        kinds=_LIMITED,
        strikes=_says(_too_many(retry_after="86400")),
        passes=True,
    ),
    Fault(
        name="429 until nonsense",
        fate="refused",
        kinds=_LIMITED,
        strikes=_says(_too_many(retry_after="soon")),
        again=True,
        sent_again=True,
    ),
    Fault(
        name="500 before processing",
        fate="failed before",
        kinds=_FAILED,
        strikes=_says(_service_says("500 Oh")),
        passes=True,
    ),
    Fault(
        name="500 after processing",
        fate="lost after",
        kinds=_FAILED,
        strikes=_says_after(_service_says("500 Oh")),
        passes=True,
    ),
    Fault(name="502 as a page", fate="lost before", kinds=_FAILED, strikes=_says(_page("502 Bad Gateway")), again=True),
    Fault(name="503", fate="lost before", kinds=_FAILED, strikes=_says(_page("503 Unavailable")), again=True),
    Fault(
        name="504 before processing", fate="lost before", kinds=_FAILED, strikes=_says(_page("504 Timeout")), again=True
    ),
    Fault(
        name="504 after processing",
        fate="lost after",
        kinds=_FAILED,
        strikes=_says_after(_page("504 Timeout")),
        again=True,
    ),
    Fault(name="redirect 302", fate="lost before", kinds=_FOREIGN, strikes=_says(_redirect("302 Found"))),
    Fault(name="redirect 303", fate="lost before", kinds=_FOREIGN, strikes=_says(_redirect("303 See Other"))),
    Fault(name="redirect 307", fate="lost before", kinds=_FOREIGN, strikes=_says(_redirect("307 Temporary Redirect"))),
)
