"""Threads for work that comes again and again."""

from __future__ import annotations

import threading
import time

from voxbridge._threads import Crew


def crew() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "voxbridge-test"}


def ends(threads: set[threading.Thread]) -> bool:
    """Return whether threads end much sooner than one that waits for more work."""
    until = time.monotonic() + 0.5
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)


def test_one_that_is_done_does_the_next_work():
    hands, done, by = Crew("test"), threading.Semaphore(0), []

    def work() -> None:
        by.append(threading.current_thread())
        done.release()

    for _ in range(3):
        hands.run(work)
        done.acquire()
        while not hands._idle:
            time.sleep(0.001)
    assert len(set(by)) == 1
    hands.dismiss()
    assert ends(crew())


def test_those_that_are_at_work_when_they_are_dismissed_end_with_it():
    hands, go = Crew("test"), threading.Event()
    for _ in range(3):
        hands.run(go.wait)
    hands.dismiss()
    assert len(working := crew()) == 3
    go.set()
    assert ends(working)


def test_work_that_comes_after_a_dismissal_is_done():
    hands, done = Crew("test"), threading.Event()
    hands.dismiss()
    hands.run(done.set)
    assert done.wait(5)
    hands.dismiss()
