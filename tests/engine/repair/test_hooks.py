"""What changed code calls."""

import threading

import numpy as np
import pytest

from handgrad.repair.hooks import MARK, Event, Hooks, Site, TooLate, bind

SITE = Site("rule.py", 3, "assign", "dx")


def started(**options):
    hooks = Hooks()
    hooks.start(**options)
    return hooks


def test_numbers_are_seen_with_their_turn_as_copies():
    hooks, array = started(is_seeing=True), np.ones(2)
    hooks.note(SITE, array)
    array += 1
    hooks.note(SITE, array)
    assert [event for event, _ in hooks.seen] == [Event(SITE, -1, 0), Event(SITE, -1, 1)]
    assert hooks.seen[0][1].tolist() == [1.0, 1.0]


def test_the_parts_of_a_tuple_are_seen_one_by_one():
    hooks = started(is_seeing=True)
    assert hooks.note(SITE, (1.0, "x", np.ones(1)))[1] == "x"
    assert [event.part for event, _ in hooks.seen] == [0, 2]


def test_a_number_may_be_changed_on_its_way():
    hooks = started(changes={Event(SITE, -1, 0): lambda v: v + 1}, is_seeing=True)
    assert hooks.note(SITE, 1.0) == 2.0
    assert hooks.note(SITE, 1.0) == 1.0
    array = np.zeros(2)
    hooks.start({Event(SITE, -1, 0): lambda v: v + 5}, is_seeing=True)
    hooks.note_array(SITE, array)
    assert array.tolist() == [5.0, 5.0]


def test_a_plain_float_is_seen_and_stays_one_where_it_is_changed():
    hooks = started(changes={Event(SITE, -1, 0): lambda v: np.float64(2.0)}, is_seeing=True)
    assert type(hooks.note(SITE, 1.0)) is float
    assert hooks.note(SITE, 3.0) == 3.0
    assert [number for _, number in hooks.seen] == [2.0, 3.0]


def test_another_thread_is_left_alone():
    hooks = started(is_seeing=True)
    hooks.edits = [1]
    answers = []
    thread = threading.Thread(target=lambda: answers.extend([hooks.is_on(1), hooks.note(SITE, 1.0), hooks.tick()]))
    thread.start()
    thread.join()
    assert answers == [False, 1.0, None]
    assert hooks.seen == []
    assert hooks.is_on(1)
    assert not hooks.is_on(2)


def test_a_run_is_stopped_past_what_their_code_catches():
    hooks = Hooks()
    hooks.start(most_ticks=0)
    with pytest.raises(TooLate):
        hooks.tick()
    assert not issubclass(TooLate, Exception)


def test_the_mark_is_replaced_in_code_within_code():
    space = {}
    exec(f"def outer():\n    def inner():\n        return {MARK!r}\n    return inner()", space)
    hooks = Hooks()
    space["outer"].__code__ = bind(space["outer"].__code__, hooks)
    assert space["outer"]() is hooks


def test_what_is_called_too_often_is_stopped_and_in_another_thread_nothing_is_counted():
    hooks = Hooks()
    hooks.start(most_ticks=2)
    hooks.tick()
    other = threading.Thread(target=lambda: [hooks.tick() for _ in range(5)])
    other.start()
    other.join()
    hooks.tick()
    assert hooks.ticks == 2
    with pytest.raises(TooLate):
        hooks.tick()


def test_no_edit_makes_a_sequence_or_a_length_that_fills_the_memory():
    hooks = started()
    assert hooks.compute(3.0) == 3.0
    assert hooks.compute(2, 3) == 6
    assert hooks.compute(np.ones(2), 10**9).tolist() == [1e9, 1e9]
    for product in ([1], 10**9), ("ab", 2), (4000, 4000), (10**9, None):
        with pytest.raises(OverflowError):
            hooks.compute(*product)
