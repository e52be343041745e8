"""What is noted of their code as it runs."""

import sys

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.adapters.numpy.events import recording

from .problem import B, W, X, mse, mse_grads


def test_code_without_a_file_has_its_line_without_the_text():
    space = {"__name__": "mine"}
    exec("import numpy as np\ndef f(x): return np.tanh(x), x\ndef b(d, x):\n    dx = d * x\n    return dx\n", space)
    found = check_backward(space["f"], space["b"], (X,))
    assert [result.source for result in found.causes] == [("<string>", 4, "")]


@pytest.mark.rest
def test_the_check_runs_under_another_tracer():
    seen = []

    def tracer(frame, event, argument):
        seen.append(event)

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        check_backward(mse, mse_grads, {"W": W, "b": B})
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


def work(x):
    y = 2 * x
    y += 1
    grads = {}
    grads["W"] = y * y
    for i in range(3):
        y[i] = 0
    mask = y > 0
    return grads, y.sum() * mask.sum()


def test_each_number_that_gets_a_name_or_is_changed_is_noted_with_its_line():
    with recording() as recorder:
        work(np.arange(3.0))
    first = work.__code__.co_firstlineno
    seen = [(event.name, event.line - first, event.is_change) for event in recorder.events]
    assert sorted(seen, key=lambda one: one[1]) == [
        ("y", 1, False),
        ("y", 2, True),
        ("W", 4, True),
        ("y", 6, True),
        ("", 8, False),
    ]
    assert [event.variable for event in recorder.events if event.name == "W"] == ['"W"']
    assert [one.name for one in recorder.arguments] == ["x"]


def test_an_event_keeps_the_numbers_as_they_were():
    with recording() as recorder:
        work(np.arange(3.0))
    values = [event.value.tolist() for event in recorder.events if event.name == "y"]
    assert values == [[0.0, 2.0, 4.0], [1.0, 3.0, 5.0], [0.0, 0.0, 0.0]]


def test_where_a_mask_was_made_is_known():
    with recording() as recorder:
        work(np.arange(3.0))
    assert [(name, source.text) for (_, name), source in recorder.choices.items()] == [("mask", "mask = y > 0")]


def test_a_call_of_theirs_is_known_by_the_line_that_makes_it():
    def outer():
        return work(np.arange(3.0))

    with recording() as recorder:
        outer()
    assert {source.text for source in recorder.calls.values()} == {"return work(np.arange(3.0))", "outer()"}


def test_two_lines_that_change_one_array_are_two_events():
    def work(y):
        y[0] = 5.0
        y[1] = 6.0
        return y

    with recording() as recorder:
        work(np.zeros(2))
    first = work.__code__.co_firstlineno
    assert [(event.line - first, event.value.tolist()) for event in recorder.events] == [
        (1, [5.0, 0.0]),
        (2, [5.0, 6.0]),
    ]


def test_calls_side_by_side_are_of_one_depth():
    def inner(x):
        return 2.0 * x

    def outer(x):
        return inner(x) + inner(x)

    with recording() as recorder:
        outer(1.0)
    assert [(one.function, one.depth) for one in recorder.arguments] == [("outer", 1), ("inner", 2), ("inner", 2)]


def test_what_is_handed_on_unchanged_is_kept_once_and_what_is_changed_anew():
    def inner(z):
        z += 1.0
        return z * 2.0

    def outer(x):
        y = x * 3.0
        z = y
        return inner(z)

    with recording() as recorder:
        outer(np.arange(3.0))
    by_name = {event.name: event.value for event in recorder.events}
    given = next(one.value for one in recorder.arguments if one.name == "z")
    assert given is next(event.value for event in recorder.events if event.name == "y")
    assert given.tolist() == [0.0, 3.0, 6.0]
    changed = next(event.value for event in recorder.events if event.name == "z" and event.is_change)
    assert changed.tolist() == [1.0, 4.0, 7.0]
    assert not any(value.flags.writeable for value in by_name.values())


def test_a_step_of_a_loop_is_not_taken_for_one_on_an_array_that_is_gone():
    def turns():
        for t in range(6):
            dz = np.zeros(3)  # in the place of the one before the last
            for k in range(3):
                dz += 10.0 * t + k

    with recording() as recorder:
        turns()
    changes = [event.value.tolist() for event in recorder.events if event.is_change]
    assert changes == [[30.0 * t + 3.0] * 3 for t in range(6)]
