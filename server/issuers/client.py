"""The HTTP client for the issuer, which believes little: answers are bounded, and lead nowhere else."""

from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import anyio
import httpx2
from pydantic import SecretStr

from server.issuers.sign_in_failed import SignInFailed

LARGEST = 1024 * 1024
"""Bytes that an answer may have."""

UNUSABLE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)
"""What comes of reading an answer that is not what it should be."""


def open_client(client_id: str, client_secret: SecretStr | None, redirect_uri: str) -> Any:
    """Return Authlib's client, which has no types. It is loaded here: most servers never see anybody sign in."""
    from authlib.integrations.httpx_client import AsyncOAuth2Client

    client: Any = AsyncOAuth2Client(
        client_id,
        client_secret.get_secret_value() if client_secret else None,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        # What it sets for one person must not be sent for another.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        # `within` holds all of a sign-in to its time, which httpx would only do step by step.
        timeout=None,
        # People sign in now and then: nothing stays open between them.
        limits=httpx2.Limits(max_keepalive_connections=0),
        follow_redirects=False,
        event_hooks={"response": [_bound]},
    )
    client.register_compliance_hook("access_token_response", _tokens_or_error)
    return client


def open_reader() -> httpx2.AsyncClient:
    """Return a client for what an issuer tells everybody."""
    return httpx2.AsyncClient(
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        # `within` holds everything together to its time, which httpx would only do step by step.
        timeout=None,
        follow_redirects=False,
        event_hooks={"response": [_bound]},
    )


@contextmanager
def reaching(issuer: str) -> Generator[None]:
    """Say in a sentence what went wrong on the way to the issuer and back.

    Raises:
        SignInFailed: it cannot be reached, or what it answered cannot be used.
    """
    try:
        yield
    except httpx2.TransportError:
        raise SignInFailed(f"The issuer {issuer} cannot be reached; nobody can sign in right now.") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, *UNUSABLE):
        raise SignInFailed(f"The issuer {issuer} gave an answer that cannot be used; nobody was signed in.") from None


@contextmanager
def within(seconds: float, issuer: str) -> Generator[None]:
    """Give everything that has to be asked of the issuer so many seconds together.

    Raises:
        SignInFailed: it took longer.
    """
    try:
        with anyio.fail_after(seconds):
            yield
    except TimeoutError:
        raise SignInFailed(f"The issuer {issuer} did not answer in time; nobody can sign in right now.") from None


class _Bounded(httpx2.AsyncByteStream):
    """An answer that breaks off when it gets too large."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._stream:
            size += len(part)
            if size > LARGEST:
                raise ValueError("too large")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx2.Response) -> None:
    """Bound an answer before it is read. A compressed one was not asked for, and could become any size.

    Raises:
        ValueError: it is compressed.
    """
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise ValueError("compressed")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream)


def _tokens_or_error(response: httpx2.Response) -> httpx2.Response:
    """Pass on what names tokens or an error; Authlib takes any JSON object for tokens, whatever its status.

    Raises:
        ValueError: it is neither.
    """
    if not response.is_success and "error" not in response.json():
        raise ValueError("neither tokens nor an error")
    return response
