"""Commands that a page shows and that cannot be run here: at least they are such as the program takes."""

import re
import shlex
from collections.abc import Iterator

from server.cli_parser import parser
from server.version import NAME
from tests.generate import ROOT

_ENDS = (">", ">>", "|", "&&", "||", ";", "<", "&")


def check_commands(text: str) -> None:
    """Parse every command of ours, and look every make target up.

    Raises:
        AssertionError: there is no such command, flag or target.
    """
    for words in _commands(text):
        if words[0] == NAME:
            _parse(words[1:])
        if words[0] == "make":
            targets = [word for word in words[1:] if "=" not in word and not word.startswith("-")]
            assert set(targets) <= _targets(), f"make {targets}"


def _parse(words: list[str]) -> None:
    try:
        parser().parse_args(words)
    except SystemExit as ended:
        if ended.code:
            raise AssertionError(f"{NAME} {shlex.join(words)} is not understood") from None


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def _commands(text: str) -> Iterator[list[str]]:
    """Yield each command as words, from its program on and up to a redirection or the next command."""
    for line in text.replace("\\\n", " ").splitlines():
        words: list[str] = []
        for word in [*shlex.split(line.removeprefix("$ "), comments=True), ";"]:
            if word in _ENDS:
                yield from [words] if words else []
                words = []
            elif words or not re.fullmatch(r"[A-Z_]+=.*|--|exec|sudo", word):
                words.append(word.rpartition("/")[2] if not words else word)
