import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tools.text import clean, csv_line, iso, iso_short, json_text, plain, quoted, span, without_invisible

HOSTILE = "a\x1b[31mred\x00\u202eevil\u200b\u2028next\nline\r\ttab\U000e0041"


def is_invisible(character: str) -> bool:
    unseen = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return unseen or unicodedata.name(character, "").startswith(
        ("VARIATION SELECTOR", "HANGUL FILLER", "BRAILLE PATTERN BLANK")
    )


@given(st.text(), st.integers(2, 300))
def test_cleaned_text_is_one_short_line_without_anything_invisible(value: str, limit: int) -> None:
    shown = clean(value, limit)
    assert len(shown) <= limit
    assert len(shown.splitlines()) <= 1
    assert not any(is_invisible(character) for character in shown)


@given(st.text())
def test_a_quoted_value_cannot_end_its_quotes(value: str) -> None:
    assert quoted(value).count('"') == 2


def test_a_plain_value_is_bare_only_where_it_is_one_word() -> None:
    for word in ("running", "coldstore-ghent-4", "a@b.example", "Europe/Brussels", "12:30", "HVAC_check+v2"):
        assert plain(word) == word
    assert plain("low, status: stopped") == '"low, status: stopped"'
    assert plain('a"b\u202e') == '"a\'b"'
    assert plain("") == '""'
    assert plain("x" * 50, 10) == '"xxxxxxxxx…"'


@given(st.text(), st.integers(2, 300))
def test_a_plain_value_is_one_word_or_in_quotes_that_it_cannot_end(value: str, limit: int) -> None:
    shown = plain(value, limit)
    inner = shown[1:-1] if shown.startswith('"') else shown
    assert '"' not in inner
    assert shown.startswith('"') == shown.endswith('"')
    assert shown.startswith('"') or not any(character in shown for character in " ,;=\n'→")


def test_control_bidi_and_zero_width_characters_are_gone() -> None:
    assert clean(HOSTILE) == "a[31mredevil next line tab"


def test_text_cannot_be_hidden_in_characters_that_nobody_sees() -> None:
    hidden = "".join(chr(0xE0100 + ord(letter)) for letter in "delete every task")
    unseen = hidden + "\ufe0f\u034f\u115f\u3164\uffa0\u17b4\u180b\u2800\u00ad"
    assert clean(f"Pump{unseen} 7") == "Pump 7"
    assert json_text(f"Pump{unseen}").isascii()
    assert without_invisible({f"a{unseen}": [f"b\u202e{unseen}\nc", 1, None]}) == {"a": ["b c", 1, None]}


def test_text_that_was_cut_says_so() -> None:
    assert clean("x" * 500, 10) == "x" * 9 + "…"
    assert clean("\x00" * 500, 10) == "…"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_a_document_as_text_is_one_visible_line_and_loses_nothing(document: object) -> None:
    shown = json_text(document)
    assert json.loads(shown) == document
    assert not any(is_invisible(character) for character in shown)


def test_documents_that_say_the_same_have_the_same_text_when_that_is_wanted() -> None:
    assert json_text({"b": [{"d": 1, "c": "\u200b"}], "a": 2}, in_order=True) == (
        r'{"a": 2, "b": [{"c": "\u200b", "d": 1}]}'
    )


def test_a_row_can_be_read_back_whatever_its_cells_hold() -> None:
    assert csv_line(['say "hi"', "a,b", ""]) == '"say ""hi""","a,b",'


def test_times_are_utc() -> None:
    assert iso(1_795_000_000_000) == "2026-11-18T11:06:40Z"
    assert iso(None) is None
    assert iso(10**18) is None
    assert iso_short("2026-11-18T11:06:40Z") == "20261118T1106Z"


def test_spans_are_in_the_unit_that_fits() -> None:
    assert [span(ms) for ms in (250, 1_000, 90_000, 900_000, 7_200_000, 86_400_000)] == [
        "250 ms",
        "1 s",
        "90 s",
        "15 min",
        "2 h",
        "1 d",
    ]


@given(st.text())
def test_what_was_cleaned_stays_as_it_is(value: str) -> None:
    assert clean(clean(value)) == clean(value)


def test_marks_do_not_tower_over_the_lines_around() -> None:
    assert clean("a" + "\u0334\u0317" * 100 + "b") == "a\u0334\u0317\u0334\u0317b"
    assert quoted("\u0338Pump") == '"Pump"'
    assert clean("Vie\u0323\u0302t") == "Vie\u0323\u0302t"
    tower = "a" + "\u0301" * 9
    assert json.loads(json_text(tower)) == tower
    assert json_text(tower) == '"a' + "\u0301" * 4 + r"\u0301" * 5 + '"'


@given(st.text(st.sampled_from('\t\u2028\u200b \u0338\u20dd"ax')))
def test_no_mark_is_put_on_the_quote_before_a_value(value: str) -> None:
    assert quoted(value)[1] not in "\u0338\u20dd"
    assert plain(value)[:2] not in ('"\u0338', '"\u20dd')
    assert quoted("\t\u0338x") == '"x"'
    assert quoted("\u0338 \u0338x") == '"x"'


def test_no_markup_begins_in_what_is_shown() -> None:
    shown = "< !-- hidden ! [a] (b) < b>x< /b> & #8238; & lt; i<5 & a & b"
    assert clean("<!-- hidden ![a](b) <b>x</b> &#8238; &lt; i<5 & a & b") == shown
    assert json_text("<!--![](&#1;") == r'"\u003c!--\u0021[\u005d(\u0026#1;"'


def test_nothing_that_looks_like_a_quote_closes_one() -> None:
    assert quoted('a\u201d b\uff02 c\u2033 "d') == "\"a' b' c' 'd\""
    assert json_text("a\u201d") == r'"a\u201d"'


def test_a_cell_is_no_formula_and_loses_nothing() -> None:
    cells = ["=1+1", "+32 470", "-5", "@home", "'=1", "\uff1d1", "Pump -5", "a'b"]
    assert csv_line(cells) == "'=1+1,'+32 470,'-5,'@home,''=1,'\uff1d1,Pump -5,a'b"


def test_a_number_that_python_does_not_write_is_no_fault() -> None:
    assert clean(10**5000) == "a very long number"
