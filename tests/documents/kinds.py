"""The ways in which a block on a page is held to be true, as the comment before it names them."""

from tests.reference.tables import code, table

KINDS = {
    "runs": "it is run, in a shell that the page's blocks share; of a transcript, what is said is compared",
    "serves": "it is run in the background, until the page is over, and answers at the address that is named",
    "file": "it is written to a file of this name in that shell's folder",
    "starts": "a server is started as it says, and asked for its tools",
    "settings": "a server would start with these settings, and those named behind `with`",
    "changes": "it is applied to a copy of the sources, as everything on its page",
    "new file": "it is written into a copy of the sources",
    "runs in the copy": "it is run in that copy",
    "checked by": "the test that is named holds it",
    "drawn": "it is a picture made of characters",
    "not run": "it cannot be run here, for the reason given; the commands in it are parsed, and it is read",
}
"""What each kind means. Besides, there are the names of the generated parts, which are compared as a whole."""


def kinds() -> str:
    """Return the table of kinds."""
    return table(("comment", "what happens"), map(_row, KINDS))


def _row(kind: str) -> tuple[str, str]:
    return code(f"<!-- {kind}{_ABOUT.get(kind, '')} -->"), f"{KINDS[kind][0].upper()}{KINDS[kind][1:]}."


_ABOUT = {
    "runs": ": exits 2", "serves": ": ADDRESS", "file": ": NAME", "settings": ": with NAME=value", "changes": ": PATH",
    "new file": ": PATH", "checked by": ": PATH::TEST", "not run": ": WHY",
}  # fmt: skip
