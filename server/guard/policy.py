"""Which operations need consent, and which ways of giving it count."""

from typing import Literal

from tools.contract import AnyOperation, Effect

ConfirmMode = Literal["auto", "human", "off"]

CONFIRMATION = "confirmation"
"""The argument in which a caller who cannot ask its user passes the token back."""

UNCONFIRMED = frozenset({"replace_task"})
"""Operations that destroy and are carried out without asking all the same. What is not named here is asked about."""


def needs_consent(operation: AnyOperation, mode: ConfirmMode) -> bool:
    """Tell whether `operation` waits for consent. Everything that destroys does, unless it is exempt by name."""
    return mode != "off" and operation.effect is Effect.DESTROY and operation.name not in UNCONFIRMED


def accepts_tokens(operation: AnyOperation, mode: ConfirmMode) -> bool:
    """Tell whether a caller who cannot ask its user may pass a token back instead."""
    return mode == "auto" and needs_consent(operation, mode)
