from tests import generate


def test_the_golden_tool_list_is_what_the_catalog_says() -> None:
    assert generate.GOLDEN.read_text("utf-8") == generate.golden(), "make golden writes it anew"


def test_the_readme_holds_the_tables_and_the_transcript_as_they_are() -> None:
    readme = generate.README.read_text("utf-8")
    for name in generate.parts():
        assert f"<!-- {name} -->" in readme
    assert readme == generate.with_parts(readme), "make golden writes them anew"
