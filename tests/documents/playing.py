"""A page is played: its commands are run in order, in one shell, and say what the page shows."""

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.documents.background import Background
from tests.documents.blocks import Block
from tests.documents.matching import Identifiers, differs, pattern_of
from tests.documents.shell import Shell
from tests.documents.snippets import parsed, settings_hold, starts
from tests.documents.transcript import Step, steps

_STATUS = re.compile(r"(?:^|[,;] ?)exits (\d+)")
_TYPED = re.compile(r"(?:^|[,;] ?)typed (\w+)")


class Player:
    """Plays the blocks of one page.

    Args:
        folder: Where its shell has its folders.
        ending: Ends what was started, when the page is over.
    """

    def __init__(self, folder: Path, ending: ExitStack, **environment: str) -> None:
        self._shell = Shell(folder, **environment)
        self._background = Background(self._shell, ending)
        self._known = Identifiers()
        self._kinds: Mapping[str, Callable[[Block], None]] = {
            "runs": self._runs,
            "serves": lambda block: self._background.start(block.text, block.about),
            "file": self._file,
            "starts": lambda block: starts(block, self._shell),
            "settings": lambda block: settings_hold(block, folder),
        }

    def play(self, block: Block) -> None:
        """Do what a block says, where there is something to do.

        Raises:
            AssertionError: it is not so.
        """
        self._kinds.get(block.kind or "", lambda _: None)(block)

    def _runs(self, block: Block) -> None:
        """Run commands; the last one ends with the status that the comment names, the others with 0."""
        listed = steps(block.text) if block.language == "console" else [Step(f"set -e\n{block.text}", ["…"])]
        status = _STATUS.search(block.about)
        typed = _TYPED.findall(block.about)
        for number, step in enumerate(listed, 1):
            expected = int(status[1]) if status and number == len(listed) else 0
            self._step(block, step, expected, typed)

    def _step(self, block: Block, step: Step, expected: int, typed: list[str]) -> None:
        command = self._background.in_command(self._known.in_command(step.command))
        asked = [(line, word) for word in typed for line in step.shown if line.endswith(f" {word}")]
        waits = [(pattern_of(line.removesuffix(word)), word) for line, word in asked]
        status, said = self._shell.run(command, waits)
        difference = differs("\n".join(step.shown), self._background.in_output(said), self._known)
        assert difference is None, f"{block}: {command}\n{difference}\nIt said:\n{said}"
        assert status == expected, f"{block}: {command}\nended with {status}:\n{said}"

    def _file(self, block: Block) -> None:
        parsed(block)
        path = self._shell.folder / block.about.partition(",")[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, "utf-8")
