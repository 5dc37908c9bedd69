"""What README, CONTRIBUTING and the pages of the site show is so: every block is run, started, read or compared."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.documents.blocks import blocks
from tests.documents.checking import check_kind
from tests.documents.pages import name_of, pages
from tests.documents.playing import Player

PLAYED = ("runs", "serves", "file", "starts", "settings")
PAGES = [page for page in pages() if any(block.kind in PLAYED for block in blocks(page))]


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_block_says_how_it_is_held_to_be_true(page: Path) -> None:
    for block in blocks(page):
        check_kind(block)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_shows_happens(page: Path, tmp_path: Path) -> None:
    with ExitStack() as ending:
        player = Player(tmp_path, ending)
        for block in blocks(page):
            player.play(block)
