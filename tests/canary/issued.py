"""Tokens that the tests' own issuer signs or gives out, and those that callers bring."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from tests.canary.secrets_of import Secrets
from tests.support.issuer import CLIENT_SECRET, Issuer, Key


@contextmanager
def issued(secrets: Secrets) -> Generator[None]:
    """Learn them until this is left."""
    secrets.credential(CLIENT_SECRET, "the client's secret at the issuer")
    with ExitStack() as stack:
        for owner, name in ((Key, "sign"), (Issuer, "remembered")):
            stack.enter_context(mock.patch.object(owner, name, _learnt(getattr(owner, name), secrets)))
        yield


def _learnt(give: Callable[..., str], secrets: Secrets) -> Callable[..., str]:
    def learnt(*given: Any, **named: Any) -> str:
        token = give(*given, **named)
        secrets.handle(token, "a token of the issuer's")
        return token

    return learnt
