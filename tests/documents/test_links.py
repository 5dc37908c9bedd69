"""Links lead somewhere. What is elsewhere is not asked: only the form of those addresses is looked at."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.documents.links import anchors, links
from tests.documents.pages import GENERATED, name_of, pages
from tests.generate import ROOT

ALL = [*pages(), *sorted(GENERATED.glob("*.md"))]
LEAD_OUT = ("https", "vscode", "cursor")


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_every_link_leads_to_a_page_and_a_heading_that_there_are(page: Path) -> None:
    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme in LEAD_OUT, link
            assert parts.hostname or parts.path, link
            continue
        target = (page.parent / parts.path).resolve() if parts.path else page
        assert target.is_file(), f"{link} is not there"
        assert target.is_relative_to(ROOT), link
        assert not parts.fragment or parts.fragment in anchors(target), f"{link}: there is no such heading"


def test_every_page_is_reached_from_the_readme() -> None:
    seen, next_ones = set[Path](), [ROOT / "README.md"]
    while next_ones:
        page = next_ones.pop()
        if page not in seen and page.suffix == ".md":
            seen.add(page)
            next_ones += [(page.parent / urlsplit(link).path).resolve() for link in links(page) if ":" not in link]
    assert set(ALL) <= seen
