"""A call's arguments: found valid, or refused with what to mend."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from server.errors import InvalidArguments
from server.guard.ways import CONFIRMATION
from tools.contract import AnyOperation, Args
from tools.problems import example_for, problems_of


def read_arguments(
    operation: AnyOperation, arguments: Mapping[str, Any], *, takes_token: bool
) -> tuple[Args, str | None]:
    """Return the validated arguments, and the token that the guard put into the schema.

    Args:
        operation: What is called.
        arguments: What it is called with.
        takes_token: Whether it takes a token in place of an answer.

    Raises:
        InvalidArguments: they do not fit.
    """
    given, added = dict(arguments), [CONFIRMATION] if takes_token else []
    token = given.pop(CONFIRMATION, None) if added else None
    if token is not None and not isinstance(token, str):
        raise InvalidArguments(f"{CONFIRMATION}: expected text", field=CONFIRMATION)
    try:
        return operation.args.model_validate(given), token
    except ValidationError as error:
        raise _invalid(operation, error, *added) from None


def _invalid(operation: AnyOperation, error: ValidationError, *also: str) -> InvalidArguments:
    problems = problems_of(error, [*operation.args.model_fields, *also])
    example = example_for(error)
    return InvalidArguments(
        "\n".join(str(problem) for problem in problems),
        field=problems[0].field or None,
        hint=f"A valid specification: {example}" if example else f"Mend this and call {operation.name} again.",
    )
