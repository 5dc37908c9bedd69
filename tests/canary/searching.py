"""Looks for secrets in what was collected."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.canary.collector import WITHOUT_HANDLES
from tests.canary.forms import forms_of
from tests.canary.secrets_of import Secrets

_WORD = re.compile(rb"[A-Za-z0-9_-]{16,}")


class Find(NamedTuple):
    """A secret that got out. What it is, where, and in which test; never itself."""

    what: str
    where: str
    test: str


def finds(folder: Path, secrets: Secrets, examples: Path | None = None) -> list[Find]:
    """Return the secrets that are in the files of a folder, each once for each file.

    Args:
        folder: What was collected.
        secrets: What is looked for.
        examples: Where hypothesis keeps what failed; in any of its files.
    """
    kept = examples.rglob("*") if examples is not None else ()
    files = [*folder.rglob("*.txt"), *kept]
    forms = [(form, what) for secret, what in secrets.credentials.items() for form in forms_of(secret)]
    handles = {handle.encode(): kind for handle, kind in secrets.handles.items()}
    return sorted({find for file in files for find in _in_file(file, forms, handles)})


def _in_file(file: Path, forms: list[tuple[bytes, str]], handles: dict[bytes, str]) -> Iterator[Find]:
    try:
        content = file.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        # Another run tidies up.
        return
    for form, what in forms:
        place = content.find(form)
        if place >= 0:
            yield Find(what, file.name, _test_at(content, place))
    if file.stem in WITHOUT_HANDLES or file.parent.name == "printed":
        yield from _handles_in(file.name, content, handles)


def _handles_in(name: str, content: bytes, known: dict[bytes, str]) -> Iterator[Find]:
    lengths = {len(handle) for handle in known}
    for word in _WORD.finditer(content):
        for length in lengths:
            # What stands right before or after it may look like a part of it.
            for part in {word[0][:length], word[0][-length:]}:
                if part in known:
                    yield Find(known[part], name, _test_at(content, word.start()))


def _test_at(content: bytes, place: int) -> str:
    begins = content.rfind(b"@@ ", 0, place)
    return content[begins + 3 : content.find(b"\n", begins)].decode(errors="replace") if begins >= 0 else "unknown"
