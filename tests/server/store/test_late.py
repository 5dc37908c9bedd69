"""Work that could not be done is done later, whatever else fails meanwhile."""

import threading
from collections.abc import Callable, Iterator
from itertools import repeat

import pytest
from sqlalchemy.exc import TimeoutError as NoConnection

from server.store import late
from server.store.late import Late, Work
from tests.support.serving import PATIENCE


class Ledger:
    """A database that fails as it is told to.

    Attributes:
        fails: What it raises for a piece of work, one after the other, before it does it.
        done: What it has done.
    """

    def __init__(self) -> None:
        self.fails: dict[Work, Iterator[Exception]] = {}
        self.done: list[Work] = []
        self._more = threading.Condition()

    def transaction(self, work: Work) -> None:
        error = next(self.fails.get(work, iter(())), None)
        if error is not None:
            raise error
        with self._more:
            self.done.append(work)
            self._more.notify_all()

    def has_done(self, number: int) -> bool:
        """Wait until so many pieces are done."""
        with self._more:
            return self._more.wait_for(lambda: len(self.done) >= number, PATIENCE)


def piece() -> Work:
    return lambda connection: connection


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "_FIRST", 0.001)


@pytest.mark.parametrize("error", [NoConnection, OSError, ValueError], ids=["no connection", "no disk", "a broken row"])
def test_what_fails_is_done_later_once_and_holds_up_nothing_else(error: Callable[[], Exception]) -> None:
    ledger, fails, never, works = Ledger(), piece(), piece(), piece()
    ledger.fails = {fails: iter([error(), error()]), never: repeat(error())}
    waiting = Late(ledger.transaction)
    for each in (never, fails, works):
        waiting.add(each)
    assert ledger.has_done(2)
    waiting.end()
    assert len(ledger.done) == len({fails, works} & {*ledger.done}) == 2


def test_what_comes_after_all_was_done_is_done_as_well() -> None:
    ledger = Ledger()
    waiting = Late(ledger.transaction)
    for number in range(1, 50):
        waiting.add(piece())
        assert ledger.has_done(number)
    waiting.end()


def test_what_does_not_fit_and_what_is_left_in_the_end_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(late, "_MOST", 2)
    ledger, pieces = Ledger(), [piece() for _ in range(3)]
    ledger.fails = {each: repeat(OSError()) for each in pieces}
    waiting = Late(ledger.transaction)
    for each in pieces:
        waiting.add(each)
    assert "what does not fit is not kept" in caplog.text
    waiting.end()
    assert "2 outcomes and records could not be kept" in caplog.text
    assert not ledger.done
