"""What can be told of a block without playing its page."""

import re

from tests.documents.blocks import Block
from tests.documents.commands import check_commands
from tests.documents.kinds import KINDS
from tests.documents.snippets import parsed
from tests.generate import PARTS, ROOT


def check_kind(block: Block) -> None:
    """Hold a block to what can be told without playing its page.

    Raises:
        AssertionError: nothing says how it is true, or the comment is not kept.
    """
    if block.language.startswith("{"):  # a directive, which the build of the site holds
        return
    assert block.kind is not None, f"{block}: a comment has to say how this is held to be true: {', '.join(KINDS)}"
    assert block.kind in KINDS or block.kind in parts_of(block.page), f"{block}: {block.kind} is no kind"
    if block.kind == "checked by":
        _check_named(block)
    if block.kind == "not run":
        assert len(block.about.split()) > 2, f"{block}: why is it not run?"
        parsed(block)
        if block.language in ("sh", "console"):
            check_commands(block.text)
    if block.kind in ("file", "changes", "new file"):
        assert block.about, f"{block}: which file?"


def parts_of(page: str) -> set[str]:
    """Return the names of a page's generated parts."""
    return {name for where, name in PARTS if where == page}


def _check_named(block: Block) -> None:
    path, _, name = block.about.partition("::")
    source = (ROOT / path).read_text("utf-8")
    assert re.search(rf"^(async )?def {re.escape(name)}\(", source, re.MULTILINE), f"{block}: {block.about} is no test"
