"""How an entry says how to sign in, without a secret in a file unless that is what is asked for."""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import SecretStr

from server.installing.client import ENTRY_NAME, Client, Scope
from server.settings import Settings, SettingsError

CREDENTIALS = ("WAYLAY_API_KEY", "WAYLAY_API_SECRET", "WAYLAY_TOKEN")
_ASKED = (
    ("WAYLAY_API_KEY", "waylay-api-key", "Waylay API key"),
    ("WAYLAY_API_SECRET", "waylay-api-secret", "Waylay API secret"),
)

INPUT_TEXTS = frozenset(("promptString", *(description for _, _, description in _ASKED)))
"""What VS Code is told to ask its user for, and how."""


def check_ways(client: Client, scope: Scope, own: Mapping[str, Any]) -> None:
    """Refuse two ways to sign in, and one that the client or the file has not.

    Raises:
        SettingsError: what to do instead.
    """
    ways = {
        "--ask-for-credentials": own["ask_for_credentials"],
        "--write-credentials": own["write_credentials"],
        "--env-file": own["env_file"] is not None,
        "--profile": "WAYLAY_PROFILE" in own["flags"],
    }
    given = [flag for flag, is_given in ways.items() if is_given]
    if own["write_credentials"] + own["ask_for_credentials"] and len(given) > 1:
        raise SettingsError(f"{' and '.join(given)} are two ways to sign in: choose one; nothing was changed")
    if own["ask_for_credentials"] and not client.asks:
        raise SettingsError(
            f"--ask-for-credentials: {client.title} cannot ask for them when it starts a server. Write them into a "
            "file that only you can read, and give that with --env-file; nothing was changed"
        )
    if own["write_credentials"] and scope == "project":
        raise SettingsError(
            "--write-credentials goes with --scope user: a project's file is shared with others; nothing was changed"
        )


def inputs_of(name: str) -> tuple[Mapping[str, Any], ...]:
    """Return what VS Code is to ask its user for; entries of different names do not share what it keeps."""
    return tuple(
        {"type": "promptString", "id": _identity(identity, name), "description": description, "password": True}
        for _, identity, description in _ASKED
    )


def inputs_asked_by(entry: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    """Return what VS Code asks its user for, for an entry, by its own name or by the usual one."""
    variables = entry.get("env")
    values = [*cast("dict[str, Any]", variables).values()] if isinstance(variables, dict) else []
    known = {one["id"]: one for one in (*inputs_of(ENTRY_NAME), *inputs_of(name))}
    return tuple(one for identity, one in known.items() if reference_to(identity) in values)


def reference_to(identity: str) -> str:
    """Return how an entry refers to what VS Code asked for."""
    return f"${{input:{identity}}}"


def credentials_in(entry: Any) -> list[str]:
    """Return the credentials that an entry has as they are, if there is one."""
    variables = cast("dict[str, Any]", entry).get("env") if isinstance(entry, dict) else None
    found = cast("dict[str, Any]", variables) if isinstance(variables, dict) else {}
    values = [found.get(name) for name in CREDENTIALS]
    return [value for value in values if isinstance(value, str) and value and not value.startswith("${")]


def _identity(identity: str, name: str) -> str:
    return identity if name == ENTRY_NAME else f"{identity}-{name}"


def variables_of(own: Mapping[str, Any], name: str) -> tuple[dict[str, str], tuple[Mapping[str, Any], ...]]:
    """Return the variables of the entry of a name, and what VS Code is to ask its user for.

    Raises:
        SettingsError: credentials are to be written, and there are none.
    """
    if own["ask_for_credentials"]:
        return {variable: reference_to(_identity(identity, name)) for variable, identity, _ in _ASKED}, inputs_of(name)
    return (_credentials() if own["write_credentials"] else {}), ()


def _credentials() -> dict[str, str]:
    """Return the credentials that the environment has, by the names of their variables.

    Raises:
        SettingsError: it has none, or half of them.
    """
    from server.settings_sources import load_settings

    settings = load_settings()
    fields = {field.alias or "": name for name, field in Settings.model_fields.items()}
    values: dict[str, SecretStr | None] = {name: getattr(settings, fields[name]) for name in CREDENTIALS}
    found = {variable: value.get_secret_value() for variable, value in values.items() if value is not None}
    if not found:
        raise SettingsError(
            "--write-credentials: the environment has none. Set WAYLAY_API_KEY and WAYLAY_API_SECRET, or WAYLAY_TOKEN; "
            "nothing was changed"
        )
    return found
