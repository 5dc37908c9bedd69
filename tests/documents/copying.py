"""A copy of the sources, to which the steps of a page are applied."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.documents.blocks import Block
from tests.generate import ROOT
from tests.support.serving import clean_environment

_COPIED = ("server", "tools", "prompts", "tests", "docs", "deploy", ".github")
_FILES = ("*.toml", "*.md", "Makefile", "*.json", "LICENSE")
_PATIENCE = 600
"""Seconds for the tests, the linter and the type checker, which may have to fetch what it runs on first."""


class Copy:
    """The sources, in a folder where nobody minds.

    Args:
        folder: Where they are put.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in _COPIED:
            if (ROOT / name).exists():
                shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for file in (file for pattern in _FILES for file in ROOT.glob(pattern)):
            shutil.copy(file, folder)

    def add(self, block: Block) -> None:
        """Write a new file."""
        path = self.folder / block.about
        assert not path.exists(), f"{block}: {block.about} is there already"
        path.write_text(block.text, "utf-8")

    def change(self, block: Block) -> None:
        """Replace lines of a file: what begins with `-` goes, what begins with `+` comes, the rest is where.

        Raises:
            AssertionError: those lines are not there, or more than once.
        """
        lines = block.text.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if not line.startswith("+"))
        after = "".join(line[1:] for line in lines if not line.startswith("-"))
        path = self.folder / block.about
        text = path.read_text("utf-8")
        assert text.count(before) == 1, f"{block}: {block.about} has this {text.count(before)} times:\n{before}"
        path.write_text(text.replace(before, after), "utf-8")

    def run(self, block: Block) -> None:
        """Run commands, with this Python and what is installed beside it, and the copy's own packages."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
        done = subprocess.run(  # noqa: S603 - what the page says
            ["bash", "-e", "-c", block.text],  # noqa: S607
            cwd=self.folder,
            # The type checker keeps itself in the home folder of whoever runs this.
            env=clean_environment(PATH=path, PYTHONPATH=str(self.folder), HOME=str(Path.home()), CANARY_FOLDER=""),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{block}:\n{done.stdout}{done.stderr}"
