"""Everything that a run of the tests produces, in files by where it appeared."""

import os
from pathlib import Path
from typing import Literal, TextIO

Channel = Literal["logs", "audit", "spans", "metrics", "printed", "results", "pages"]
"""`printed` is what processes wrote to stderr and, unless that is the protocol's, to stdout."""

WITHOUT_HANDLES: frozenset[Channel] = frozenset({"logs", "audit", "spans", "metrics", "printed"})
"""Where handles and tokens have no business either. A result brings a confirmation, and a page its form's token."""


class Collector:
    """Writes down what appears, and in which test.

    Args:
        folder: Where.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._files: dict[Channel, TextIO] = {}
        self._process = os.getpid()
        self.test = "before the first test"
        self._told: dict[Channel, str] = {}
        self._seen: set[int] = set()

    def note(self, channel: Channel, text: str) -> None:
        """Write down what appeared, once: a list of tools is the same a thousand times."""
        seen = hash((channel, text))
        if os.getpid() != self._process or seen in self._seen:
            return
        self._seen.add(seen)
        file = self._files.get(channel)
        if file is None:
            file = self._files[channel] = (self.folder / f"{channel}.txt").open("a", encoding="utf-8", errors="replace")
        if self._told.get(channel) != self.test:
            self._told[channel] = self.test
            file.write(f"@@ {self.test}\n")
        file.write(f"{text}\n")

    def close(self) -> None:
        """Write everything out."""
        for file in self._files.values():
            file.close()
        self._files.clear()
