"""What a command line's parser holds; argparse has no other way to it than its private names."""

# pyright: reportPrivateUsage=false
# ruff: noqa: SLF001

import argparse
from collections.abc import Mapping
from typing import cast


def flags(command: argparse.ArgumentParser) -> list[argparse.Action]:
    """Return the flags and arguments of a command that its help shows, without the one for help."""
    hidden = (argparse._HelpAction, argparse._SubParsersAction)
    shown = [action for action in command._actions if not isinstance(action, hidden)]
    return [action for action in shown if action.help != argparse.SUPPRESS]


def below(command: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """Return the commands below a command, by name."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            found.update(cast("dict[str, argparse.ArgumentParser]", action.choices))  # pyright: ignore[reportUnknownMemberType]
    return found


def comes_again(action: argparse.Action) -> bool:
    """Tell whether a flag may be given several times."""
    return isinstance(action, argparse._AppendAction)
