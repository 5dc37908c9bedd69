"""The command `call`: from what was typed to the exit status."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from mcp.types import Tool

from server.arguments import read_arguments
from server.calling.ending import DONE, WrongSettings, failed, show, show_data, status_of
from server.calling.shown import listing, manual
from server.calling.telling import told_arguments
from server.calling.text_source import TextSource
from server.choosing import policy_for
from server.errors import CallFailure, InvalidArguments
from server.guard.policy import DefaultPolicy, Policy
from server.guard.ways import accepts_tokens, is_offered
from server.memory import take_up_collecting
from server.policy.wrong import unknown
from server.printed import show_text
from server.settings import Settings, SettingsError
from server.settings_sources import load_settings
from server.stderr import log_to_stderr
from server.tool_list import tool as tool_of
from tools.catalog import OPERATIONS, offered
from tools.contract import AnyOperation
from tools.spellings import spellings


def run(own: Mapping[str, Any], flags: Mapping[str, Any]) -> int:
    """Show what there is to call, or call it, and return the exit status.

    Args:
        own: The command's own arguments.
        flags: Settings from the command line.

    Raises:
        SettingsError: a setting stops the start, and it is not to be told as JSON.
    """
    # What was loaded is not looked through any more, not even at the end: that takes as long as a call.
    take_up_collecting()
    try:
        if own["help"]:
            show_text(manual(tool_of(_operation(own["tool"]), DefaultPolicy())))
            return DONE
        settings = load_settings(own["env_file"], flags)
        _check_sandbox(settings, flags)
        return _with_settings(settings, own)
    except SettingsError as error:
        if not own["json"]:
            raise
        return _not_called(WrongSettings(str(error)), own)
    except CallFailure as failure:
        return _not_called(failure, own)


def _check_sandbox(settings: Settings, flags: Mapping[str, Any]) -> None:
    """Refuse to call the tenant of whoever names a file of the sandbox.

    Raises:
        SettingsError: saying so.
    """
    if Settings.model_fields["sandbox_db"].alias in flags and not settings.uses_sandbox:
        raise SettingsError(
            "--sandbox-db is for the sandbox, but credentials are set, so this would call the tenant; nothing was "
            "called. Leave the flag out, or unset the credentials"
        )


def _not_called(failure: CallFailure, own: Mapping[str, Any]) -> int:
    result = failed(failure)
    show(result, as_json=own["json"])
    return status_of(result)


def _with_settings(settings: Settings, own: Mapping[str, Any]) -> int:
    log_to_stderr(settings)
    policy = policy_for(settings)
    if own["list"] or own["tool"] is None:
        _show_list(_offered(settings, policy), as_json=own["json"])
        return DONE
    operation = _operation(own["tool"])
    arguments = _arguments(operation, policy, own["words"], own["args"])
    from server.calling.calling import call

    return call(settings, policy, operation, arguments, as_json=own["json"])


def _show_list(tools: Sequence[Tool], *, as_json: bool) -> None:
    if as_json:
        show_data({"tools": [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]})
    else:
        show_text(listing(tools))


def _offered(settings: Settings, policy: Policy) -> list[Tool]:
    operations = offered(read_only=settings.read_only)
    return [tool_of(operation, policy) for operation in operations if is_offered(policy, operation)]


def _operation(name: str) -> AnyOperation:
    """Return what is called.

    Raises:
        InvalidArguments: there is no such tool.
    """
    found = {operation.name: operation for operation in OPERATIONS}
    if name not in found:
        raise InvalidArguments(unknown("tool", name, found), hint="waylay-tasks-mcp call --list says what they do.")
    return found[name]


def _arguments(operation: AnyOperation, policy: Policy, words: Sequence[str], whole: str | None) -> dict[str, Any]:
    """Return the arguments, once the server would take them: what it would refuse need not be sent.

    Raises:
        InvalidArguments: it would not, or they cannot be understood.
    """
    properties = tool_of(operation, policy).input_schema["properties"]
    source = TextSource(_stdin)
    arguments = told_arguments(words, whole, properties, spellings(operation.args), source)
    read_arguments(operation, arguments, takes_token=accepts_tokens(policy, operation))
    return arguments


def _stdin() -> BinaryIO | None:
    """Return stdin; None where it was closed from the start."""
    return getattr(sys.stdin, "buffer", None)
