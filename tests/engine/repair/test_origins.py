"""The numbers from which everything wrong follows, and what is told where no edit fixes anything."""

from dataclasses import replace

import numpy as np

from handgrad.repair.deadline import Deadline
from handgrad.repair.proof import experiment
from handgrad.repair.trial import Outcome

from .programs import UP, X, right, subject


def line_in(function, number):
    return function.__code__.co_filename, function.__code__.co_firstlineno + number


def unnameable(up, h):
    half = up * (1 - h**3) * 0.65
    dx = half * 2.0
    return dx


def recomputed(values):
    """Half of the gradient is that of a node, of which the rest is made by a factor of 2."""
    (value,) = values
    if np.shape(value) == UP.shape and not np.allclose(value, right(UP, X) / 2):
        yield {"x": 2.0 * value}


def test_the_origin_is_the_first_number_from_which_the_rest_follows():
    proof = experiment(replace(subject(unnameable), recompute=lambda _: recomputed))
    assert not proof.causes
    assert proof.origins == {line_in(unnameable, 1): frozenset({"x"})}
    assert proof.blame() == proof.origins


def test_without_a_chain_rule_the_front_is_told():
    proof = experiment(subject(unnameable))
    assert not proof.origins
    assert proof.blame() == {line_in(unnameable, 1): frozenset({"x"})}


def test_nothing_is_an_origin_that_would_spoil_a_right_gradient():
    def spoiling(values):
        yield from ({**one, "up": values[0]} for one in recomputed(values))

    plain = subject(unnameable)

    def run(between):
        found = plain.here.run(between)
        return found._replace(gradients={**found.gradients, "up": UP})

    here = replace(
        plain.here,
        run=run,
        is_right=lambda name, value: np.allclose(value, UP if name == "up" else right(UP, X)),
        names=frozenset({"x", "up"}),
    )
    assert not experiment(replace(plain, here=here, recompute=lambda _: spoiling), quick=True).origins


def test_quick_tells_the_front_and_tries_no_edit():
    def lost(up, h):
        slope = 1 - h
        dx = up * slope
        return dx

    little, much = Deadline(), Deadline()
    quick, full = experiment(subject(lost), little, quick=True), experiment(subject(lost), much)
    assert full.is_whole
    assert not quick.causes
    assert quick.front[0] == line_in(lost, 1)
    assert little.spent < much.spent / 3


def test_what_fixes_is_watched_too():
    def lost(up, h):
        slope = 1 - h
        dx = up * slope
        return dx

    proof = experiment(subject(lost))
    before, after = ([value for _, value in run.seen] for run in (proof.shown, proof.fixed))
    assert any(np.allclose(value, right(UP, X)) for value in after)
    assert not any(np.allclose(value, right(UP, X)) for value in before)


def test_a_function_of_both_passes_is_moved_in_the_backward_alone():
    def shared(a):
        b = np.tanh(a)
        return b

    def forward(x):
        h = shared(x)
        return h, h

    def backward(up, h):
        spare = shared(up)
        return up * (1 - h) + 0.0 * spare

    def run(between):
        out, kept = forward(X.copy())
        between()
        return Outcome({"x": backward(UP.copy(), kept)}, [out])

    plain = subject(backward)
    file, name = shared.__code__.co_filename, "shared"
    both = replace(
        plain,
        functions=[backward, shared, forward],
        here=replace(plain.here, run=run),
        ran=plain.ran | {line_in(shared, 1), line_in(shared, 2)},
        shared=frozenset({(file, name)}),
    )
    suspects = experiment(both, quick=True).suspects
    moved = [one for one in suspects.numbers if one.line == line_in(shared, 1)]
    assert [one.reach for one in moved] == [frozenset()]
