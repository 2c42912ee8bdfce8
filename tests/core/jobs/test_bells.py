"""What the loop of a queue waits on."""

from __future__ import annotations

import threading

from core.jobs.bells import Bell

FOREVER = 60.0


def test_a_bell_wakes_who_waits_and_is_never_the_end() -> None:
    bell, woken = Bell(), threading.Event()

    def loop() -> None:
        # DBOS's own loop ends as soon as a wait says so.
        while not bell.is_set() and not bell.wait(FOREVER):
            woken.set()

    threading.Thread(target=loop, daemon=True).start()
    for _ in range(3):
        bell.set()
        assert woken.wait(FOREVER)
        woken.clear()


def test_a_bell_that_rings_while_nobody_waits_is_heard_later_and_once() -> None:
    bell = Bell()
    bell.set()
    bell.set()
    assert not bell.wait(FOREVER)
    assert threading.Event.is_set(bell) is False
