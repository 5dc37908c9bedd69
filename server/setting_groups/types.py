"""What values of settings can be."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, SecretStr

from tools.models.lazy import Lazy


def _split(value: str | Iterable[str]) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    return tuple(item.strip() for items in listed for item in items.split(",") if item.strip())


def _sendable(secret: SecretStr) -> SecretStr:
    """Drop what an editor left around a secret, and refuse what no header can carry.

    Raises:
        ValueError: it has control characters.
    """
    value = secret.get_secret_value().strip()
    if not value.isprintable():
        raise ValueError("expected text without control characters")
    return SecretStr(value)


Secret = Annotated[SecretStr, AfterValidator(_sendable)]
Secrets = Annotated[tuple[Secret, ...], BeforeValidator(_split)]
"""Secrets, separated by commas."""
Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""Names as a list, or separated by commas as an environment variable has them."""


class Group(Lazy):
    """Settings that belong together."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
