import pytest

from tests import generate
from tests.reference.pages import reference


def test_the_golden_tool_list_is_what_the_catalog_says() -> None:
    assert generate.GOLDEN.read_text("utf-8") == generate.golden(), "make golden writes it anew"


@pytest.mark.parametrize("path", sorted(reference()))
def test_the_reference_says_what_the_code_does(path: str) -> None:
    page = generate.ROOT / path
    assert page.read_text("utf-8") == reference()[path], "make golden writes it anew"


def test_the_reference_has_no_page_that_nothing_generates() -> None:
    pages = {page.relative_to(generate.ROOT).as_posix() for page in (generate.ROOT / "docs/reference").iterdir()}
    assert pages == reference().keys()


@pytest.mark.parametrize(("path", "name"), generate.PARTS)
def test_pages_hold_their_generated_parts_as_they_are(path: str, name: str) -> None:
    page = (generate.ROOT / path).read_text("utf-8")
    assert page.count(f"<!-- {name} -->") == page.count(f"<!-- /{name} -->") == 1
    assert page == generate.with_parts(path, page), "make golden writes them anew"
