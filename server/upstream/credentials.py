"""Ways to sign in to the gateway, and the Waylay Python SDK's profile files.

Secrets stay `SecretStr` until the request is signed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from server.settings import Settings, SettingsError
from server.settings_checks import DEFAULT_GATEWAY, check_gateway_url
from tools.text import clean


@dataclass(frozen=True, slots=True)
class KeySecret:
    """API key and secret, sent as HTTP Basic."""

    key: SecretStr
    secret: SecretStr


@dataclass(frozen=True, slots=True)
class Token:
    """A Bearer token."""

    token: SecretStr


@dataclass(frozen=True, slots=True)
class Application:
    """An application's key and secret for one tenant; they are exchanged for a token."""

    key: SecretStr
    secret: SecretStr
    tenant: str


Credentials = KeySecret | Token | Application


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where the Tasks API is and how to sign in."""

    url: str
    credentials: Credentials

    @property
    def account(self) -> str:
        """A digest that tells accounts apart and tells nothing of their secrets."""
        known = self.credentials.token if isinstance(self.credentials, Token) else self.credentials.key
        return hashlib.sha256(json.dumps([known.get_secret_value(), self._tenant]).encode()).hexdigest()

    @property
    def where(self) -> str:
        """The gateway, and the tenant where the credentials name one, as a person knows them."""
        return f"{self.url}, tenant {self._tenant}" if self._tenant else self.url

    @property
    def _tenant(self) -> str:
        return self.credentials.tenant if isinstance(self.credentials, Application) else ""


def gateway_of(settings: Settings) -> Gateway:
    """Return the configured gateway; only for settings that do not use the sandbox.

    Raises:
        SettingsError: the profile cannot be used.
    """
    url = (settings.gateway_url or DEFAULT_GATEWAY).rstrip("/")
    if settings.token is not None:
        return Gateway(url, Token(settings.token))
    if settings.api_key is not None and settings.api_secret is not None:
        return Gateway(url, KeySecret(settings.api_key, settings.api_secret))
    return _from_profile(settings)


def profile_file(profile: str) -> Path:
    """Return where the SDK keeps a profile; a text with a path separator or `.json` is a path already.

    Raises:
        SettingsError: the content of a profile was given, which nothing may repeat.

    Source: `WaylayConfig.config_file_path` of waylay-sdk-core 1.0, which uses the platform's user config folder.
    """
    from platformdirs import user_config_path

    if profile.lstrip().startswith("{"):
        raise SettingsError("WAYLAY_PROFILE: expected a profile's name or file, not what is in it")
    if profile.endswith(".json") or "/" in profile or "\\" in profile:
        return Path(profile).expanduser()
    return user_config_path("Waylay") / "python_sdk" / f".profile.{profile}.json"


def _from_profile(settings: Settings) -> Gateway:
    path = profile_file(settings.profile or "_default_")
    stored = _read(path)
    url = settings.gateway_url or stored.get("gateway_url")
    if not url and stored.get("accounts_url"):
        raise SettingsError(f"WAYLAY_PROFILE: {path} names no gateway_url; set WAYLAY_GATEWAY_URL")
    try:
        url = str(url or DEFAULT_GATEWAY).rstrip("/")
        check_gateway_url(url, allow_plain_http=settings.allow_plain_http)
        return Gateway(url, _credentials(stored))
    except (KeyError, ValueError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise SettingsError(f"WAYLAY_PROFILE: {path}: {reason}") from None


def _read(path: Path) -> Mapping[str, Any]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))["credentials"]
    except OSError as error:
        # Where there is no file, what was given may be no path but a secret, and is not repeated.
        raise SettingsError(_missing() if isinstance(error, FileNotFoundError) else _unread(error)) from None
    except (ValueError, KeyError, TypeError):
        raise SettingsError(f"WAYLAY_PROFILE: {path} is not a Waylay SDK profile") from None
    if not isinstance(stored, dict):
        raise SettingsError(f"WAYLAY_PROFILE: {path} is not a Waylay SDK profile")
    return stored  # pyright: ignore[reportUnknownVariableType]


def _missing() -> str:
    stored = f"the Waylay Python SDK has stored (as {profile_file('NAME')})"
    return f"WAYLAY_PROFILE: there is no such profile; name one that {stored}, or the path of its file"


def _unread(error: OSError) -> str:
    return f"WAYLAY_PROFILE: the profile that it names cannot be read ({error.strerror})"


def _secret(stored: Mapping[str, Any], name: str) -> SecretStr:
    """Return a stored secret.

    Raises:
        KeyError: it is not there, or could not be one.
        ValueError: no header can carry it.
    """
    value: object = stored[name]
    if not isinstance(value, str) or not value.strip() or not value.strip().isprintable():
        raise KeyError(name)
    if not value.strip().isascii():
        raise ValueError(f"{name} has characters that are not ASCII")
    return SecretStr(value.strip())


def _credentials(stored: Mapping[str, Any]) -> Credentials:
    kind = stored.get("type")
    if kind == "client_credentials":
        return KeySecret(_secret(stored, "api_key"), _secret(stored, "api_secret"))
    if kind == "application_credentials":
        return Application(_secret(stored, "api_key"), _secret(stored, "api_secret"), clean(str(stored["tenant_id"])))
    if kind == "token":
        return Token(_secret(stored, "token"))
    raise ValueError(
        "it holds no stored credentials (type client_credentials, application_credentials or token); store some with "
        "the SDK, or set WAYLAY_API_KEY and WAYLAY_API_SECRET"
    )
