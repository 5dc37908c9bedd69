"""The ninth operation is added as the page says, to a copy of the sources."""

from pathlib import Path

import pytest

from tests.documents.blocks import blocks
from tests.documents.copying import Copy
from tests.generate import ROOT

PAGE = ROOT / "docs" / "adding-an-operation.md"


@pytest.mark.timeout(660)
def test_an_operation_is_added_by_doing_what_the_page_says(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    steps = {"new file": copy.add, "changes": copy.change, "runs in the copy": copy.run}
    done = [steps[block.kind](block) for block in blocks(PAGE) if block.kind in steps]
    assert len(done) >= len(steps)
    assert "| `list_templates` |" in (tmp_path / "README.md").read_text("utf-8")
    assert "## `list_templates`" in (tmp_path / "docs" / "reference" / "tools.md").read_text("utf-8")
