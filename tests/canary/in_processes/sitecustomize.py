"""Python runs this as every process of the tests starts: what that writes to stderr and stdout is written down, too.

A server on stdio writes to the bytes below stdout, which stays the protocol's.
"""  # noqa: INP001 - Python finds it by its name alone

import os
import sys
from pathlib import Path
from typing import Any


class Both:
    """A stream that also writes to a file."""

    def __init__(self, stream: Any, file: Any) -> None:
        self._stream = stream
        self._file = file

    def write(self, text: str) -> int:
        self._file.write(text)
        return self._stream.write(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def write_down(folder: str) -> None:
    place = Path(folder, "printed")
    place.mkdir(exist_ok=True)
    # Line by line, so that what was said is there when the process is killed.
    file = (place / f"{os.getpid()}.txt").open("a", encoding="utf-8", errors="replace", buffering=1)
    file.write(f"@@ {os.environ.get('CANARY_TEST')}\n")
    # A stream that was closed before is none, and stays that.
    if sys.stderr is not None:
        sys.stderr = Both(sys.stderr, file)
    # `token new` and `keys new` are there to print a secret.
    if sys.stdout is not None and "new" not in sys.argv:
        sys.stdout = Both(sys.stdout, file)


if os.environ.get("CANARY_FOLDER"):
    write_down(os.environ["CANARY_FOLDER"])
