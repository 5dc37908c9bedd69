"""An OpenID Connect issuer, as a client of it sees it."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import httpx2
from pydantic import SecretStr

from server.approvals.id_token import Expected, read_id_token, untrusted
from server.approvals.issuer_metadata import Metadata, read_metadata
from server.issuers.client import open_client, reaching
from server.issuers.keys import UnknownKey, read_keys
from server.issuers.sign_in_failed import SignInFailed

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

_AGE = 3600
"""Seconds after which what is known of the issuer is asked for again."""

_OURS_TO_MEND = ("invalid_client", "unauthorized_client", "invalid_request", "unsupported_grant_type", "invalid_scope")


class Issuer:
    """The issuer. How long it may take is for the caller to say.

    Args:
        url: Its name, which is its address.
        client_id: What this server is called there.
        client_secret: Its secret; a public client has none.
        redirect_uri: Where it sends people back to.
        clock: Returns epoch seconds.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: SecretStr | None,
        redirect_uri: str,
        *,
        clock: Callable[[], float],
    ) -> None:
        self.url = url
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    @cached_property
    def _client(self) -> Any:
        return open_client(self._client_id, self._client_secret, self._redirect_uri)

    async def metadata(self) -> Metadata:
        """Return what the issuer says about itself, not older than an hour.

        Raises:
            SignInFailed: it cannot be had, or not be used.
        """
        if self._metadata is None or not self._is_recent(self._metadata[0]):
            # Source: OpenID Connect Discovery 1.0, section 4.1, for issuers with a slash at their end, too.
            document = await self._get(f"{self.url.rstrip('/')}/.well-known/openid-configuration")
            self._metadata = self._clock(), read_metadata(document, self.url)
        return self._metadata[1]

    async def address(self, kept: Mapping[str, str], scope: str) -> str:
        """Return where the browser goes to sign in; of the verifier in `kept`, only its digest goes along.

        Raises:
            SignInFailed: the issuer cannot be used.
        """
        endpoint = (await self.metadata()).authorization_endpoint
        with reaching(self.url):
            return self._client.create_authorization_url(endpoint, scope=scope, **kept)[0]

    async def exchange(self, code: str, code_verifier: str) -> dict[str, Any]:
        """Return what the issuer gives for a code.

        Raises:
            SignInFailed: it gives nothing.
        """
        from authlib.integrations.base_client import OAuthError

        metadata = await self.metadata()
        given = {"grant_type": "authorization_code", "code": code, "code_verifier": code_verifier}
        try:
            with reaching(self.url):
                auth = self._auth(metadata)
                return dict(await self._client.fetch_token(metadata.token_endpoint, auth=auth, **given))
        except OAuthError as refusal:
            raise self._refused(refusal.error) from None
        finally:
            # Authlib keeps the last token; nobody needs it here, and the next one is somebody else's.
            self._client.token = None

    async def claims(self, tokens: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """Return what the ID token among `tokens` says. Keys are fetched anew, once, where none of them made it.

        Raises:
            SignInFailed: there is none, or it cannot be trusted.
        """
        token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(token, str):
            raise SignInFailed(f"The issuer {self.url} did not say who signed in: it sent no ID token.")
        expected = Expected(
            self.url, self._client_id, nonce, access_token if isinstance(access_token, str) else None, self._clock()
        )
        algorithms = (await self.metadata()).algorithms
        for renew in (False, True):
            try:
                return read_id_token(token, await self._key_set(renew=renew), algorithms, expected)
            except UnknownKey:
                continue
        raise untrusted(self.url, "its signature is of no key of the issuer's")

    async def userinfo(self, tokens: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
        """Return what the issuer tells beside the ID token about `subject`; nothing where it tells nothing.

        Raises:
            SignInFailed: it tells of somebody else, or cannot be used.
        """
        endpoint, token = (await self.metadata()).userinfo_endpoint, tokens.get("access_token")
        if endpoint is None or not isinstance(token, str):
            return {}
        told = await self._get(endpoint, bearer=token)
        if told.get("sub") != subject:
            raise SignInFailed(f"The issuer {self.url} told about somebody else than who signed in; nobody was.")
        return told

    async def aclose(self) -> None:
        """Close the connections."""
        if "_client" in self.__dict__:
            await self._client.aclose()

    def _is_recent(self, fetched: float) -> bool:
        return 0 <= self._clock() - fetched < _AGE

    async def _key_set(self, *, renew: bool) -> "KeySet":
        if renew or self._keys is None or not self._is_recent(self._keys[0]):
            document = await self._get((await self.metadata()).jwks_uri)
            with reaching(self.url):
                self._keys = self._clock(), read_keys(document)
        return self._keys[1]

    async def _get(self, address: str, bearer: str | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        with reaching(self.url):
            response: httpx2.Response = await self._client.get(address, headers=headers, auth=None)
            document: Any = response.raise_for_status().json()
            if not isinstance(document, dict):
                raise TypeError("expected an object")
        return document  # pyright: ignore[reportUnknownVariableType]

    def _auth(self, metadata: Metadata) -> Any:
        """Return how this client shows who it is.

        Raises:
            SignInFailed: the issuer accepts none of the ways.
        """
        if self._client_secret is None:
            return self._client.client_auth("none")
        accepted = metadata.token_endpoint_auth_methods_supported
        if "client_secret_basic" in accepted:
            # Encoded first, as RFC 6749, section 2.3.1 wants it, which Authlib leaves out.
            return httpx2.BasicAuth(quote_plus(self._client_id), quote_plus(self._client_secret.get_secret_value()))
        if "client_secret_post" in accepted:
            return self._client.client_auth("client_secret_post")
        raise SignInFailed(
            f"The issuer {self.url} wants to see a client's secret in another way than client_secret_basic or "
            "client_secret_post; nobody can sign in."
        )

    def _refused(self, error: object) -> SignInFailed:
        if error in _OURS_TO_MEND:
            return SignInFailed(
                f"The issuer {self.url} does not accept this server ({error}): whoever runs it has to check the client "
                "id, the client secret and the redirect address that are registered there."
            )
        return SignInFailed(f"The issuer {self.url} did not accept the sign-in, which may be too old: sign in again.")
