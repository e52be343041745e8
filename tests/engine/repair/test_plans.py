"""Which of the edits that fix are told."""

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.repair.localize import Known, Suspects
from handgrad.repair.proof import Plans, rivals
from handgrad.repair.search import Search
from handgrad.repair.trial import Trial

from .programs import backward, subject


def planned(function=backward):
    """The plans, and what each is said to be."""
    given = subject(function)
    trial, known = Trial(given), Known(given.known, given.share)
    with trial.prepare():
        suspects = Suspects(trial, trial.watch(), known, lambda: False)
        plans = Plans(trial, suspects, known, Search(trial, suspects, lambda: False, lambda fix: True).fixes)
        return plans, [[plans.kind_of(one.edit) for one in plan.fixes] for plan in plans.all]


def test_the_best_comes_first():
    plans, _ = planned()
    scores = [plan.score for plan in plans.all]
    assert scores == sorted(scores)
    assert plans.all[0].lines == {(backward.__code__.co_filename, backward.__code__.co_firstlineno + 1)}


def test_the_gradient_that_arrives_put_in_as_a_factor_was_forgotten():
    def forgetful(up, h):
        return 1 - h**2

    _, kinds = planned(forgetful)
    assert kinds[0] == ["forgot-upstream"]


def test_lines_that_nothing_tells_apart_are_rivals():
    def twice(up, h):
        more = 3.0 * up * 2.0
        most = more * 2.0
        return most * (1 - h**2) / 6.0

    plans, kinds = planned(twice)
    others = rivals(plans.all, plans.all[0])
    assert kinds[0] == ["factor"]
    lines = {line - twice.__code__.co_firstlineno for plan in (plans.all[0], *others) for _, line in plan.lines}
    assert {1, 2} <= lines
    assert all(plan.lines != plans.all[0].lines for plan in others)


def test_what_leaves_right_numbers_alone_is_liked_better():
    def twice(up, h):
        dh = up * 1.0
        slope = 1 - h**2
        dx = 2.0 * dh * slope
        return dx

    plans, _ = planned(twice)
    (line,) = plans.all[0].lines
    assert line[1] == twice.__code__.co_firstlineno + 3
    assert np.isfinite([plan.score for plan in plans.all]).all()


@pytest.mark.rest
def test_two_lines_of_which_a_change_of_either_is_likely_are_both_told():
    def forward(x):
        size = 3
        out = np.stack([x[:, t : t + size].mean(axis=1) for t in range(0, x.shape[1], size)], axis=1)
        return out, (x.shape, size)

    def backward(dy, cache):
        shape, size = cache
        dx = np.zeros(shape)
        for t in range(dy.shape[1]):
            share = dy[:, t : t + 1]  # the mistake: / size
            dx[:, t * size : (t + 1) * size] += share
        return dx

    (cause,) = check_backward(forward, backward, (np.random.default_rng(3).normal(size=(3, 9)),)).causes
    first = backward.__code__.co_firstlineno
    assert f"either line {first + 4} or line {first + 5}" in " ".join(cause.slip.message.split())
