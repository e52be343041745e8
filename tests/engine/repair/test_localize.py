"""What each number that a backward writes has an effect on, and what is known to be right."""

from dataclasses import replace

import numpy as np

from handgrad import check_backward
from handgrad.repair.hooks import Event, Site
from handgrad.repair.localize import Known, Number, Suspects
from handgrad.repair.trial import Numbers, Outcome, Point, Trial

from .programs import UP, X, backward, subject

RNG = np.random.default_rng(5)
ARRAY = RNG.normal(size=(4, 6))


def test_numbers_are_found_in_any_order_and_in_tiles():
    known = Known([Numbers("data", "a", ARRAY), Numbers("gradient", "b", ARRAY * 3)], 1e-8)
    assert known.places(ARRAY.T.ravel()) == {0}
    assert known.places(ARRAY[1:3, 2:4] * 3) == {1}
    assert known.places(ARRAY + 1e-3) == frozenset()


def test_of_as_many_entries_each_must_be_there_as_often():
    known = Known([Numbers("data", "a", ARRAY)], 1e-8)
    assert known.places(np.full(ARRAY.shape, ARRAY[0, 0])) == frozenset()


def test_plain_numbers_tell_nothing():
    assert Known([Numbers("data", "a", ARRAY)], 1e-8).places(np.array([0.0, 1.0, 2.5])) is None


def looked_at(function=backward):
    trial = Trial(subject(function))
    with trial.prepare():
        suspects = Suspects(trial, trial.watch(), Known(trial.subject.known, 1e-6))
        suspects.move(lambda: False)
        return suspects


def test_what_is_known_to_be_right_is_not_moved():
    def long(up, h):
        kept = h * 1.0
        again = kept * 1.0
        dx = up * (1 - again)  # the mistake
        return dx

    trial = Trial(subject(long))
    with trial.prepare():
        suspects = Suspects(trial, trial.watch(), Known(trial.subject.known, 1e-6))
        suspects.move(lambda: False)
        assert [line - long.__code__.co_firstlineno for _, line in suspects.front][:1] == [3]
        assert sum(one.reach is not None for one in suspects.numbers) == len(suspects.numbers) - 2


def test_what_reaches_a_wrong_gradient_may_be_wrong_and_a_line_that_never_ran_is_not():
    suspects = looked_at()
    file, first = backward.__code__.co_filename, backward.__code__.co_firstlineno
    assert suspects.wrong == {"x"}
    assert suspects.may_be_wrong(file, range(first + 1, first + 2))
    assert not suspects.may_be_wrong(file, range(first - 5, first - 4))


def test_a_number_without_effect_is_cleared():
    def idle(up, h):
        other = up * 3.1
        other = other + 1.7
        return up * (1 - h)

    suspects = looked_at(idle)
    first = idle.__code__.co_firstlineno
    assert {one.line[1] for one in suspects.numbers if not suspects.reach(one)} == {first + 1, first + 2}


def test_a_gradient_too_near_0_to_be_seen_wrong_clears_no_line():
    def forward(x, w, e):
        return (2 * x + 1e-13 * e) @ w

    def backward(dy, x, w, e):
        dz = dy @ w
        return {"x": 2 * dz, "e": 1e-13 * dz}

    x, w, e = (np.random.default_rng(at).normal(size=(3, 3)) for at in range(3))
    assert "-        dz = dy @ w\n" in check_backward(forward, backward, {"x": x, "w": w, "e": e}).patch


def front_of(function, **changes):
    """Return the lines of the front, counted from the function's own."""
    trial = Trial(replace(subject(function), **changes))
    with trial.prepare():
        suspects = Suspects(trial, trial.watch(), Known(trial.subject.known, 1e-6))
        suspects.move(lambda: False)
        own = [line for line in suspects.front if line not in suspects.handed]
        return [line - function.__code__.co_firstlineno for _, line in own]


def test_a_0_in_one_turn_of_a_loop_shows_nothing_of_the_others():
    def turns(up, h):
        g = 0.0 * up
        for _ in range(2):
            slope = g * (1 - h)  # the mistake
            g = up + slope
        return slope

    assert front_of(turns)[0] == 3


def test_what_the_last_turn_of_a_loop_writes_for_a_next_one_is_not_to_blame():
    def turns(up, h):
        g = up * 1.0
        for turn in range(2):
            dx = g * (1 - h)  # the mistake
            g = up + turn * np.sin(up)
        return dx

    assert front_of(turns) == [3]


def test_a_part_to_which_the_rest_is_added_is_not_to_blame():
    def added(up, h):
        dh = 0.3 * up
        dh += 0.7 * up
        return dh * (1 - h)  # the mistake

    known = [Numbers("gradient", "h", UP), Numbers("part", "h", 0.3 * UP)]
    assert front_of(added, known=known) == [3]


def test_of_many_wrong_gradients_what_makes_all_of_them_wrong_is_to_blame_before_what_makes_one_wrong():
    def several(up, h):
        sums = np.zeros(2)
        sums[0] = np.sum(up * h)
        g = up * (1 - h)  # the mistake
        sums[1] = np.sum(g)
        return {"x": g, "y": 2.0 * g, "sums": sums}

    def run(between):
        between()
        return Outcome(several(UP, np.tanh(X)), [X])

    assert front_of(several, here=Point(run, lambda *_: False, frozenset({"x", "y", "sums"}))) == [3]


def test_a_function_that_is_called_for_a_right_gradient_and_for_a_wrong_one_may_be_wrong():
    def unit(v):
        return v / np.sqrt((v**2).sum(axis=-1, keepdims=True))

    def back(g, u, v):
        along = (g * u).sum(axis=0, keepdims=True)  # the mistake
        return (g - along * u) / np.sqrt((v**2).sum(axis=-1, keepdims=True))

    def forward(x, w):
        return unit(x) @ unit(w), (x, w)

    def backward(dout, cache):
        x, w = cache
        dw = back(unit(x).T @ dout, unit(w), w)
        return back(np.outer(dout, unit(w)), unit(x), x), dw

    rng = np.random.default_rng(3)
    (cause,) = check_backward(forward, backward, {"x": rng.normal(size=(4, 3)), "w": rng.normal(size=3)}).causes
    assert cause.source.text.endswith("# the mistake")


def test_what_leads_to_right_entries_alone_of_a_gradient_is_not_to_blame():
    def apart(up, h):
        first = np.sum(up * h)
        second = np.sum(up * h**2)  # the mistake
        return {"x": np.array([0.7 * first, 0.3 * second])}

    def run(between):
        between()
        return Outcome(apart(UP, np.tanh(X)), [X])

    truth = np.array([0.7 * np.sum(UP * np.tanh(X)), 0.3 * np.sum(UP)])
    here = Point(run, lambda *_: False, frozenset({"x"}))
    assert front_of(apart, here=here, known=[Numbers("gradient", "x", truth)])[0] == 2


def test_entries_that_stand_in_another_order_in_an_array_of_their_shape_are_not_that_of_an_array_of_another_one():
    flat = RNG.normal(size=(2, 3, 4))
    heads = flat.reshape(2, 3, 2, 2).transpose(0, 2, 1, 3)
    known = Known([Numbers("gradient", "flat", flat), Numbers("gradient", "heads", heads)], 1e-6)
    event = Event(Site("file.py", 1, "assign", "dheads"), -1, 0)
    assert not Number(event, flat.reshape(heads.shape), known).matches
    assert Number(event, flat.reshape(6, 4), known).matches


def test_where_a_right_part_is_added_what_stood_there_before_is_to_blame():
    def forward(x, a, b):
        twice = x.repeat(2, axis=1)
        return np.sum(np.sin(twice) * a) + np.sum(x * b), (twice, a, b)

    def backward(up, cache):
        twice, a, b = cache
        dtwice = up * np.cos(twice) * a
        dx = dtwice[:, ::2].copy()  # the mistake
        dx += up * b
        return {"x": dx}

    given = {"x": ARRAY, "a": RNG.normal(size=(4, 12)), "b": ARRAY[::-1]}
    (cause,) = check_backward(forward, backward, given, quick=True).causes
    assert cause.source.text.endswith("# the mistake")
