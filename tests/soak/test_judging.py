"""The judging of a soak finds what is wrong, and nothing where all is right."""

import random
from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from tests.soak.deed import Claim, Deed, Done, Row, Yes, deed
from tests.soak.deeds import deed_of
from tests.soak.judging import Books, doubled, lost, unasked, untrue
from tests.soak.memory import BAR, growth
from tests.soak.user import Mind, User
from tests.support.answers import ACCEPT

STOP = deed("stop_task", "t1")
START = deed("start_task", "t2")
GONE = deed("delete_task", "t3")
LATE = deed("replace_task", "t4", {"name": "Pump"})


def right() -> Books:
    """Return books in which all is right: a stop, a start that lost its answer, a no, and one that was not done yet."""
    return Books(
        sent=Counter((STOP, START, LATE)),
        done=[Done(STOP, 10), Done(START, 20), Done(LATE, 40)],
        rows=[Row(STOP, "c1", "done", "accepted"), Row(START, "c2", "done", None), Row(LATE, "c4", "done", None)],
        claims=[
            Claim("stop_task", STOP, "done", change_id="c1"),
            Claim("start_task", START, "no answer"),
            Claim("delete_task", GONE, "not done", kind="declined"),
            Claim("replace_task", LATE, "not yet", as_of=39),
        ],
        yeses=[Yes(STOP, 9)],
    )


def done_twice(books: Books) -> None:
    books.done.append(Done(START, 21))


def sent_twice(books: Books) -> None:
    books.sent[STOP] += 1


def told_and_done_again(books: Books) -> None:
    books.done.append(Done(GONE, 30))
    books.rows.append(Row(GONE, "c3", "done", "accepted"))
    books.yeses.append(Yes(GONE, 29))


def done_after_a_no(books: Books) -> None:
    books.done.append(Done(GONE, 30))
    books.rows.append(Row(GONE, "c3", "done", "declined"))


def agreed_to_too_late(books: Books) -> None:
    books.yeses[:] = [Yes(STOP, 11)]


def nobody_called(books: Books) -> None:
    books.done.append(Done(deed("start_task", "t9"), 30))
    books.rows.append(Row(deed("start_task", "t9"), "c9", "done", None))


def row_lost(books: Books) -> None:
    del books.rows[1]


def row_wrong(books: Books) -> None:
    books.rows[1] = Row(START, "c2", "not_done", None)


def row_open(books: Books) -> None:
    books.rows.append(Row(GONE, "c3", "unknown", "accepted"))


def row_without_its_write(books: Books) -> None:
    del books.done[1]


def said_done(books: Books) -> None:
    books.claims[2] = Claim("delete_task", GONE, "done", change_id="c3")


def said_not_done(books: Books) -> None:
    books.claims[1] = Claim("start_task", START, "not done", kind="timeout")


def said_not_yet_too_late(books: Books) -> None:
    books.claims[3] = Claim("replace_task", LATE, "not yet", as_of=41)


def another_change_named(books: Books) -> None:
    books.claims[0] = Claim("stop_task", STOP, "done", change_id="c2")


Judge = Callable[[Books], Iterable[str]]
JUDGES: dict[str, Judge] = {"doubled": doubled, "unasked": unasked, "lost": lost, "untrue": untrue}


def found(books: Books) -> set[str]:
    """Return who finds something wrong."""
    return {name for name, judge in JUDGES.items() if any(judge(books))}


def test_nothing_is_wrong_with_right_books() -> None:
    assert found(right()) == set()


@pytest.mark.parametrize(
    ("spoil", "by"),
    [
        (done_twice, {"doubled", "lost", "untrue"}),
        (sent_twice, {"doubled"}),
        (told_and_done_again, {"untrue"}),
        (done_after_a_no, {"unasked", "untrue"}),
        (agreed_to_too_late, {"unasked"}),
        (nobody_called, {"unasked"}),
        (row_lost, {"doubled", "lost"}),
        (row_wrong, {"lost"}),
        (row_open, {"lost"}),
        (row_without_its_write, {"lost"}),
        (said_done, {"untrue"}),
        (said_not_done, {"untrue"}),
        (said_not_yet_too_late, {"untrue"}),
        (another_change_named, {"untrue"}),
    ],
)
def test_what_does_not_agree_is_found(spoil: Callable[[Books], None], by: set[str]) -> None:
    books = right()
    spoil(books)
    assert found(books) == by


def test_a_question_about_another_task_is_declined_and_told() -> None:
    yeses, wrong = list[Yes](), list[str]()
    user = User(yeses, wrong)
    user.mind = Mind(STOP, ACCEPT)
    assert user.answers("Stop this task? id: t7").action == "decline"
    assert user.answers("Stop this task? id: t1").action == "decline"
    assert (yeses, len(wrong)) == ([], 2)


@pytest.mark.parametrize(
    ("method", "path", "body", "is_"),
    [
        ("POST", "/rules/v1/tasks", b'{"name": "Pump"}', Deed("create_task", "Pump")),
        ("POST", "/rules/v1/tasks/t1/command/stop", b"", Deed("stop_task", "t1")),
        ("POST", "/rules/v1/tasks/t1/command/start", b"", Deed("start_task", "t1")),
        ("PUT", "/rules/v1/tasks/t1", b'{"name": "Pump"}', Deed("replace_task", "t1 as Pump")),
        ("DELETE", "/rules/v1/tasks/t1", b"", Deed("delete_task", "t1")),
        ("POST", "/accounts/v1/tokens", b"", None),
    ],
)
def test_a_request_is_the_deed_that_it_asks_for(method: str, path: str, body: bytes, is_: Deed | None) -> None:
    assert deed_of(method, path, body) == is_


@pytest.mark.parametrize(
    ("slope", "judgement"), [(0, "flat"), (BAR / 2, "flat"), (BAR * 2, "GROWS"), (-BAR * 2, "flat")]
)
def test_memory_that_grows_is_told_from_noise(slope: float, judgement: str) -> None:
    rng = random.Random(1)  # noqa: S311 - tests that can be repeated
    at_first = 30_000
    samples = [
        (at * 3.0, round(100_000 + (at_first if at < 50 else 0) + slope * at / 20 + rng.gauss(0, 300)))
        for at in range(600)
    ]
    grown = growth(samples)
    assert grown is not None
    assert grown.judgement == judgement
    assert grown.slope == pytest.approx(slope, abs=20)


def test_memory_is_not_judged_by_what_a_short_run_shows() -> None:
    grown = growth([(at * 3.0, 100_000 + at * 1000) for at in range(40)])
    assert grown is not None
    assert grown.judgement.startswith("not judged")
    assert growth([(0, 1), (3, 2)]) is None
