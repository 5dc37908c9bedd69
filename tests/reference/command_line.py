"""The page of commands and flags. It is made from the parser and not from its help, whose form depends on Python's."""

import argparse
from collections.abc import Iterator

from server.cli_parser import parser
from tests.reference.parsers import below, comes_again, flags
from tests.reference.tables import code, table

_HEAD = """\
# Command line

Flags come before the [settings](settings.md) of the environment. `--help` behind any command says what is on this page.
"""


def command_line() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *_commands(parser())])


def _commands(command: argparse.ArgumentParser, said: str = "") -> Iterator[str]:
    """Yield the parts of a command and of those below it; what was said of the one above is not said again."""
    yield f"## {command.prog}\n"
    if command.description and command.description != said:
        yield f"{_paragraphs(command.description)}\n"
    rows = [_row(action) for action in flags(command)]
    if rows:
        yield f"{table(('', 'value', 'meaning'), rows)}\n"
    if command.epilog and "\n" in command.epilog:
        yield f"```text\n{command.epilog}\n```\n"
    for subcommand in below(command).values():
        yield from _commands(subcommand, command.description or "")


def _row(action: argparse.Action) -> tuple[str, str, str]:
    choices = ", ".join(code(choice) for choice in action.choices) if action.choices else ""
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    name = ", ".join(code(flag) for flag in action.option_strings) or code(metavar or action.dest)
    value = "" if action.nargs == 0 or not action.option_strings else choices or code(metavar or action.dest)
    again = " (may be given several times)" if comes_again(action) else ""
    return name, value, f"{action.help or ''}{again}"


def _paragraphs(text: str) -> str:
    """Return a description as Markdown: indented lines are shown as they stand."""
    return "\n".join(f"    {line.strip()}" if line.startswith("  ") else line for line in _spaced(text))


def _spaced(text: str) -> Iterator[str]:
    indented = False
    for line in text.splitlines():
        if line.startswith("  ") and not indented:
            yield ""
        indented = line.startswith("  ")
        yield line.replace("<", "\\<") if not indented else line
