"""Where a run of the tests is listened to: loggers, the client, web applications, the audit, spans; and for secrets."""

import inspect
import logging
import secrets as standard
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import uvicorn
from mcp.client.session import ClientSession
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.trace import set_tracer_provider
from pydantic import SecretStr

from server.journal.audit import Audit
from server.store.store import Store
from tests.canary.collector import Collector
from tests.canary.secrets_of import Secrets
from tests.canary.served import Served, is_ours

OURS = "waylay_tasks_mcp"

_MAKERS = {
    "server.store.handles": "a handle or a key",
    "server.approvals": "a secret of the approval page",
    "server.web.shared": "a secret of the approval page",
    "server.callers": "a caller's token",
}
"""What modules make with the standard library's `secrets`."""


class Logs(logging.Handler):
    """Writes down what we log at any level, and warnings of libraries: they are let say no more outside tests."""

    def __init__(self, collector: Collector) -> None:
        super().__init__()
        self._collector = collector
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record down."""
        if record.name.startswith(OURS) or record.levelno >= logging.WARNING:
            self._collector.note("logs", self.format(record))


class Spans(SpanProcessor):
    """Writes down spans as they end."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self.ended: list[ReadableSpan] = []
        """What a test is shown; it is emptied before each."""

    def on_end(self, span: ReadableSpan) -> None:
        """Write a span down."""
        events = [(event.name, dict(event.attributes or {})) for event in span.events]
        told = f"{span.name} {dict(span.attributes or {})} {span.status.description or ''} {events or ''}"
        self._collector.note("spans", told)
        self.ended.append(span)


@contextmanager
def listening(collector: Collector, secrets: Secrets, spans: Spans) -> Generator[None]:
    """Listen until this is left."""
    logs, ours = Logs(collector), logging.getLogger(OURS)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(spans)
    set_tracer_provider(provider)
    logging.getLogger().addHandler(logs)
    ours.setLevel(logging.DEBUG)
    with ExitStack() as stack:
        for owner, name, heard in _heard(collector, secrets):
            stack.enter_context(mock.patch.object(owner, name, heard))
        yield
    logging.getLogger().removeHandler(logs)


def _heard(collector: Collector, secrets: Secrets) -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    yield ClientSession, "send_request", _answers(ClientSession.send_request, collector)
    yield uvicorn.Config, "load_app", _served(uvicorn.Config.load_app, collector)
    yield Audit, "_write", _records(Audit._write, collector)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    yield Store, "__init__", _addressed(Store.__init__, secrets)
    yield SecretStr, "get_secret_value", _used(SecretStr.get_secret_value, collector, secrets)
    for name in ("token_urlsafe", "token_hex"):
        yield standard, name, _made(getattr(standard, name), secrets)


def _answers(send: Callable[..., Any], collector: Collector) -> Callable[..., Any]:
    async def heard(*given: Any, **named: Any) -> Any:
        try:
            result = await send(*given, **named)
        except Exception as error:
            collector.note("results", repr(error))
            raise
        collector.note("results", result.model_dump_json(by_alias=True))
        return result

    return heard


def _served(load: Callable[[uvicorn.Config], Any], collector: Collector) -> Callable[[uvicorn.Config], Any]:
    def heard(self: uvicorn.Config) -> Any:
        app = load(self)
        return Served(app, collector) if is_ours(app) else app

    return heard


def _records(write: Callable[..., Any], collector: Collector) -> Callable[..., Any]:
    async def heard(self: Audit, record: Any) -> None:
        collector.note("audit", repr(record))
        await write(self, record)

    return heard


def _used(reveal: Callable[[SecretStr], str], collector: Collector, secrets: Secrets) -> Callable[[SecretStr], str]:
    def heard(self: SecretStr) -> str:
        value = reveal(self)
        secrets.credential(value, f"a setting's secret, first used in {collector.test}")
        return value

    return heard


def _addressed(init: Callable[..., None], secrets: Secrets) -> Callable[..., None]:
    def heard(self: Store, url: str, *given: Any, **named: Any) -> None:
        secrets.credential(url, "the password of a store")
        init(self, url, *given, **named)

    return heard


def _made(make: Callable[..., str], secrets: Secrets) -> Callable[..., str]:
    def heard(*given: Any) -> str:
        value = make(*given)
        caller = inspect.currentframe()
        maker = str(caller.f_back.f_globals.get("__name__")) if caller and caller.f_back else ""
        for module, kind in _MAKERS.items():
            if maker.startswith(module):
                secrets.handle(value, kind)
        return value

    return heard
