"""Which of the edits that fix are told."""

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.repair.localize import Known, Suspects
from handgrad.repair.search import Plans, Search, rivals
from handgrad.repair.trial import Trial

from .programs import backward, subject


def planned(function=backward):
    """The plans, the best first, and what each is said to be."""
    given = subject(function)
    trial, known = Trial(given), Known(given.known, given.share)
    with trial.prepare():
        suspects = Suspects(trial, trial.watch(), known)
        suspects.move(lambda: False)
        plans = Plans(trial, suspects)
        ranked = next(plans.rank(Search(trial, suspects, lambda: False, lambda fix: True, plans.loss).fixes))
        return ranked, [plans.kind_of(plan.fix.edit) for plan in ranked]


def test_the_best_comes_first():
    plans, _ = planned()
    scores = [plan.score for plan in plans]
    assert scores == sorted(scores)
    assert plans[0].fix.edit.source == (backward.__code__.co_filename, backward.__code__.co_firstlineno + 1)


def test_the_gradient_that_arrives_put_in_as_a_factor_was_forgotten():
    def forgetful(up, h):
        return 1 - h**2

    _, kinds = planned(forgetful)
    assert kinds[0] == "forgot-upstream"


def test_lines_that_nothing_tells_apart_are_rivals():
    def twice(up, h):
        more = 3.0 * up * 2.0
        most = more * 2.0
        return most * (1 - h**2) / 6.0

    plans, kinds = planned(twice)
    others = rivals(plans, plans[0])
    assert kinds[0] == "factor"
    lines = {plan.fix.edit.source[1] - twice.__code__.co_firstlineno for plan in (plans[0], *others)}
    assert {1, 2} <= lines
    assert all(plan.fix.edit.source != plans[0].fix.edit.source for plan in others)


def test_what_leaves_right_numbers_alone_is_liked_better():
    def twice(up, h):
        dh = up * 1.0
        slope = 1 - h**2
        dx = 2.0 * dh * slope
        return dx

    plans, _ = planned(twice)
    assert plans[0].fix.edit.source[1] == twice.__code__.co_firstlineno + 3
    assert np.isfinite([plan.score for plan in plans]).all()


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


@pytest.mark.rest
def test_a_variable_that_holds_what_the_forward_gives_its_name_is_not_to_blame():
    def overlap(p, t):
        inter = (p * t).sum()
        union = (p + t - p * t).sum()
        return 1 - inter / union

    def gradient(p, t):
        inter = (p * t).sum()
        union = (p + t - p * t).sum()
        return {"p": -(t * union - inter) / union**2}  # the mistake: inter * (1 - t)

    draw = np.random.default_rng(3)
    given = {"p": draw.uniform(size=(3, 4)), "t": (draw.uniform(size=(3, 4)) > 0.5).astype(float)}
    (cause,) = check_backward(overlap, gradient, given).causes
    assert cause.source.line == gradient.__code__.co_firstlineno + 3
    assert "either" not in cause.slip.message


def test_a_right_gradient_under_its_own_name_is_not_to_blame():
    def forward(p, mask):
        num = 2 * np.sum(p * mask, axis=1)
        den = np.sum(p, axis=1) + 1
        return np.mean(num / den), (p, mask, num, den)

    def backward(cache):
        p, mask, num, den = cache
        dnum = 1 / den / len(p)
        dden = -num / den**2 / len(p)
        return mask * dnum[:, None] + dden[:, None]  # the mistake: 2 * mask

    draw = np.random.default_rng(3)
    given = {"p": draw.uniform(size=(3, 4)), "mask": (draw.uniform(size=(3, 4)) > 0.5).astype(float)}
    (cause,) = check_backward(forward, backward, given).causes
    assert cause.source.line == backward.__code__.co_firstlineno + 4
    assert "either" not in cause.slip.message


def test_a_root_that_has_a_name_at_hand_is_put_in_by_it():
    def stretch(x, y, rest):
        d = np.sqrt(((x - y) ** 2).sum())
        return 0.5 * (d - rest) ** 2

    def gradient(x, y, rest):
        diff = x - y
        d = np.sqrt((diff**2).sum())
        f = (d - rest) * diff  # the mistake: / d
        return {"x": f, "y": -f}

    draw = np.random.default_rng(3)
    found = check_backward(stretch, gradient, {"x": draw.normal(size=2), "y": draw.normal(size=2), "rest": 1.0})
    assert "+        f = (d - rest) * diff / d " in found.patch
    assert "1.0" not in found.causes[0].slip.message


@pytest.mark.rest
def test_each_row_of_a_matrix_may_lack_its_entry_of_a_vector():
    def forward(s, gains, weight):
        z = s - np.log(np.exp(s).sum(1, keepdims=True))
        p = np.exp(z)
        return -(z[:, 0] * gains).mean() + weight * (p * z).sum(1).mean()

    def backward(s, gains, weight):
        z = s - np.log(np.exp(s).sum(1, keepdims=True))
        p = np.exp(z)
        spread = (p * z).sum(1, keepdims=True)
        ds = (p - np.eye(3)[0]) / len(s)  # the mistake: * gains[:, None]
        ds += weight * p * (z - spread) / len(s)
        return {"s": ds}

    draw = np.random.default_rng(3)
    given = {"s": draw.normal(size=(6, 3)), "gains": draw.normal(size=6), "weight": 0.1}
    assert "gains[:, None]" in check_backward(forward, backward, given).patch


def test_what_is_computed_and_never_read_may_belong_in_the_place_of_a_number():
    def hinge(x, y):
        margins = np.maximum(0, x - x[np.arange(len(y)), y][:, None] + 1.0)
        margins[np.arange(len(y)), y] = 0
        return margins.sum()

    def gradient(x, y):
        over = x - x[np.arange(len(y)), y][:, None] + 1.0 > 0
        over[np.arange(len(y)), y] = False
        count = over.sum(axis=1)  # noqa: F841
        dx = over.astype(float)
        dx[np.arange(len(y)), y] -= 1  # the mistake: count
        return dx

    given = {"x": np.random.default_rng(3).normal(size=(5, 4)), "y": np.array([3, 0, 1, 2, 2])}
    found = check_backward(hinge, gradient, given)
    assert found.causes[0].source.line == gradient.__code__.co_firstlineno + 5
    assert "-= count" in found.patch


def test_a_change_that_makes_a_number_untrue_which_is_what_its_name_says_is_no_proof():
    def forward(x, t):
        logq = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
        return (logq * t).sum(), (np.exp(logq), t)

    def backward(up, cache):
        q, t = cache
        dlogq = up * t  # divided by q it would do
        dx = q * (dlogq - (q * dlogq).sum(axis=1, keepdims=True))  # the mistake
        return {"x": dx}

    rng = np.random.default_rng(2)
    given = {"x": rng.normal(size=(3, 4)), "t": rng.normal(size=(3, 4))}
    (cause,) = check_backward(forward, backward, given).causes
    assert cause.source.text.endswith("# the mistake")
