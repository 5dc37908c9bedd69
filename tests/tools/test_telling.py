"""What a question tells of what changes, and what it says that it does not tell."""

from hypothesis import given
from hypothesis import strategies as st

from tools.difference import ABSENT, Difference
from tools.telling import MOST_ROWS, ROOM, told

TEXTS = st.sampled_from([ABSENT, "1", '"short"', '"' + r"\u202e" * 80 + '"', '"' + "x" * 900 + '"', '"' + "y" * 9_000])
ROWS = st.tuples(st.sampled_from(["name", "task.variables.v", 'tags["a b"].c', f"{'p' * 700}.start"]), TEXTS, TEXTS)


def row(path: str) -> Difference:
    return path, "1", "2"


@given(st.lists(ROWS, max_size=40), st.booleans())
def test_it_keeps_to_its_room_and_says_whenever_something_is_missing(rows: list[Difference], new: bool) -> None:
    telling = told(rows, new=new)
    assert sum(len(line) + 1 for line in telling.lines) <= ROOM
    assert (telling.left_out is None) == (list(telling.rows) == rows)
    assert len(telling.left_out or "") < 1_500


def test_what_comes_and_goes_is_said_in_words_that_survive_any_rendering() -> None:
    rows = [("a", ABSENT, "1"), ("b", "2", ABSENT), ("c", "3", "4")]
    assert told(rows).lines == ["a added: 1", "b removed: 2", "c: 3 -> 4"]
    assert told([("a", ABSENT, "1")], new=True).lines == ["a: 1"]


def test_changes_that_are_not_told_are_counted_by_field() -> None:
    rows = [
        *(row(f"name{number}") for number in range(30)),
        *(row(f"task.variables.v{number}, line 1") for number in range(3)),
        row('["a. [b"].c'),
        row("actuators[0].name"),
    ]
    assert told(rows).left_out == '5 more changes, in task.variables (3), ["a. [b"], actuators'


def test_fields_are_named_only_as_long_as_somebody_would_read_on() -> None:
    left_out = told([row(f"field{number}") for number in range(MOST_ROWS)]).left_out
    assert left_out is not None
    assert left_out.startswith("470 more changes, in field30, field31, ")
    assert left_out.endswith(", field37, 462 other fields")


def test_a_long_value_is_told_whole_where_there_is_room_and_otherwise_by_its_start() -> None:
    long = '"' + "x" * 1_500 + '"'
    alone = told([("script", ABSENT, long)])
    assert (alone.left_out, alone.rows[0][2]) == (None, long)
    several = told([("script", ABSENT, long), ("other", ABSENT, long)])
    assert several.left_out == "the rest of 1 long value, in other"
    assert several.lines[1] == f'other added: "{"x" * 199}… and 1,302 characters more'


def test_a_value_is_not_cut_within_an_escape() -> None:
    assert told([("a", ABSENT, '"' + r"\u202e" * 900)]).lines[0].endswith(r"\u202e… and 5,202 characters more")
    assert told([("a", ABSENT, '"' + r"\"" * 2_900)]).lines[0].endswith(r"\"… and 5,602 characters more")


def test_a_path_keeps_its_end() -> None:
    telling = told([(f"variables.{'p' * 700}.start", "1", "2")] * 4)
    assert telling.lines[-1].endswith("p.start: 1 -> 2")
    assert telling.left_out is not None
