"""Two pieces of work at once: both are given back, and neither goes on when the other can't."""

from __future__ import annotations

import threading
from contextvars import ContextVar

import pytest

from core.base.progress import Progress, silent
from core.training.purchase import side_by_side as module
from core.training.purchase.side_by_side import side_by_side

_WHO: ContextVar[str] = ContextVar("who", default="nobody")


def test_both_are_given_back_and_what_both_do_is_told_from_one_thread() -> None:
    heard: list[tuple[float, str, threading.Thread]] = []
    met = threading.Barrier(2)
    _WHO.set("somebody")

    def first(progress: Progress) -> str:
        met.wait(30)
        progress(0.5, "half")
        return "first"

    def second(progress: Progress) -> str:
        # Waits for the other one: both are at work.
        met.wait(30)
        progress(0.1, "beside")
        return _WHO.get()

    def hear(share: float, text: str) -> None:
        heard.append((share, text, threading.current_thread()))

    assert side_by_side(first, second, hear) == ("first", "somebody")
    assert {text for _, text, _ in heard} == {"half", "beside"}
    assert {share for share, _, _ in heard} <= {0.0, 0.5}
    assert {thread for _, _, thread in heard} == {threading.current_thread()}


def test_what_ends_the_first_ends_the_second_when_it_next_tells_how_far_it_is() -> None:
    ended = threading.Event()
    begun = threading.Event()

    def first(progress: Progress) -> None:
        begun.wait(30)
        raise KeyboardInterrupt

    def second(progress: Progress) -> None:
        begun.set()
        try:
            while True:
                progress(0.0, "")
        finally:
            ended.set()

    with pytest.raises(KeyboardInterrupt):
        side_by_side(first, second, silent)
    assert ended.is_set()


@pytest.mark.parametrize("error", [ValueError("broken"), TimeoutError("its own")])
def test_an_error_of_the_second_is_raised_when_the_first_is_done(error: Exception) -> None:
    done: list[str] = []

    def second(progress: Progress) -> None:
        raise error

    with pytest.raises(type(error), match=str(error)):
        side_by_side(lambda progress: done.append("first"), second, silent)
    assert done == ["first"]


def test_who_waits_for_the_second_can_still_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.001)

    def second(progress: Progress) -> None:
        while True:
            progress(0.0, "")

    def progress(share: float, message: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        side_by_side(lambda progress: None, second, progress)
