"""What the packages say of themselves, each from the one place where it is written."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from server.settings import Settings

ROOT = Path(__file__).parent.parent.parent
DIST = ROOT / "dist"
REGISTRY_NAME = "io.waylay/waylay-tasks-mcp"
"""This server's name in the MCP registry. Only who proves to own waylay.io can publish under it; nobody can take it."""
TITLE = "Waylay Tasks"
ASKED = ("api_key", "api_secret", "gateway_url", "read_only", "policy")
"""The settings that an application asks for when this server is installed; every other one has a default that fits."""


def project() -> dict[str, Any]:
    """Return what pyproject.toml says of the project."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def asked() -> Iterator[tuple[str, FieldInfo]]:
    """Yield the settings that are asked for, by name."""
    for name in ASKED:
        yield name, Settings.model_fields[name]


def is_secret(field: FieldInfo) -> bool:
    """Return whether a setting holds a secret, however it is wrapped."""
    return SecretStr in parts(field.annotation)


def parts(annotation: Any) -> Iterator[Any]:
    """Yield a type and, where it is put together of others, those."""
    yield annotation
    for part in get_args(annotation):
        yield from parts(part)


def in_words(field: FieldInfo) -> str:
    """Return what a setting means, for a form that knows no markup."""
    return (field.description or "").replace("`", "")
