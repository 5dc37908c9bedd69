"""Texts that stand elsewhere than on the command line: in a file, or on stdin."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from server.errors import InvalidArguments

LARGEST = 4_000_000
"""Bytes that are read at most: as many as a request over HTTP may have."""


class TextSource:
    """Reads what a value refers to.

    Args:
        stdin: Returns the stream that `-` stands for; None where there is none.
    """

    def __init__(self, stdin: Callable[[], BinaryIO | None]) -> None:
        self._stdin = stdin
        self._reader: str | None = None

    def text(self, key: str, value: str) -> str:
        """Return `value`, or what it refers to: `@file` a file, and `-` stdin.

        Raises:
            InvalidArguments: there is no such file, it is too large or no text, or stdin is closed or was read already.
        """
        if value == "-":
            return self._from_stdin(key)
        return _from_file(key, Path(value[1:])) if value.startswith("@") else value

    def _from_stdin(self, key: str) -> str:
        if self._reader is not None:
            raise InvalidArguments(f"{key}: stdin can be read once, and {self._reader} has read it", field=key)
        self._reader = key
        stream = self._stdin()
        if stream is None:
            raise InvalidArguments(f"{key}: stdin is closed", field=key)
        return _decoded(key, stream)


def _from_file(key: str, path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return _decoded(key, stream)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InvalidArguments(f"{key}: the file behind @ cannot be read ({why})", field=key, hint=_LITERAL) from None
    except ValueError:
        raise InvalidArguments(f"{key}: what is behind @ is no file's name", field=key, hint=_LITERAL) from None


_LITERAL = 'A text that itself begins with @ goes into --args, as in --args \'{"name": "@home"}\'.'


def _decoded(key: str, stream: BinaryIO) -> str:
    """Return what a stream has, without a byte order mark, and without the line break that ends a file."""
    raw = stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise InvalidArguments(f"{key}: more than {LARGEST:,} bytes are not read", field=key)
    try:
        return raw.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise InvalidArguments(f"{key}: expected text in UTF-8", field=key) from None
