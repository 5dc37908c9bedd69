"""Where the pages are."""

from pathlib import Path

from tests.generate import ROOT

GENERATED = ROOT / "docs" / "reference"


def pages() -> list[Path]:
    """Return every page that people write: README, CONTRIBUTING, and the site without what is generated."""
    top = [path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md") if path.exists()]
    return top + [path for path in sorted((ROOT / "docs").rglob("*.md")) if GENERATED not in path.parents]


def name_of(page: Path) -> str:
    """Return a page's path in this repository; of another one, its name."""
    return page.relative_to(ROOT).as_posix() if page.is_relative_to(ROOT) else page.name
