"""An LSTM over four steps by hand: where a mistake is made, and what it is."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import compare, gradients

from .lesson import Lesson, rounded
from .recurrent import DROPPED, HIDDEN, OTHERS, RULES, STEPS, leaves, lstm


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return lstm()


def test_the_gradients_of_the_leaves_are_those_of_pytorchs_own_cell(lesson, torch):
    t = {name: torch.tensor(numbers, requires_grad=True) for name, numbers in leaves().items()}
    order = np.concatenate([np.arange(HIDDEN) + HIDDEN * place for place in (0, 1, 3, 2)])  # theirs are i, f, g, o
    cell = torch.nn.LSTMCell(t["x"].shape[-1], HIDDEN, bias=False).double()
    by_hand = {"weight_ih": t["Wx"].T[order], "weight_hh": t["Wh"].T[order]}
    state, loss = (t["h0"], t["c0"]), 0.0
    for step in range(STEPS):
        gates = torch.nn.functional.linear(t["x"][step], by_hand["weight_ih"], t["b"][order])
        weights = {"weight_ih": torch.eye(4 * HIDDEN, dtype=torch.float64), "weight_hh": by_hand["weight_hh"]}
        state = torch.func.functional_call(cell, weights, (gates, state))
        loss = loss + (state[0] - t["goal"]).pow(2).mean()
    loss.backward()
    ours = gradients(lesson.nodes.loss)
    for name, leaf in t.items():
        np.testing.assert_allclose(ours[getattr(lesson.nodes, name)], leaf.grad.numpy(), rtol=1e-9, err_msg=name)


def test_the_rules_by_hand_are_right_and_no_rounding_of_them_is_accused(lesson):
    assert set(RULES) == {name for name in vars(lesson.nodes) if name != "loss"}
    for typed in (np.asarray, *map(rounded, (3, 4, 6))):
        lesson.fill(typed=typed)
        assert compare(lesson.nodes.loss).ok


@pytest.mark.drawn(6)
@pytest.mark.parametrize("mistake", DROPPED, ids=lambda m: f"{m.array}: {m.words}")
def test_a_path_that_is_dropped_is_placed_and_named_with_its_edges(lesson, mistake):
    found = lesson.found(mistake)
    assert found.causes == [mistake.array]
    assert found.is_named, found.slip
    assert found.slip.edges


@pytest.mark.drawn(6)
@pytest.mark.parametrize("mistake", OTHERS, ids=lambda m: f"{m.array}-{m.kinds[0]}")
def test_each_other_mistake_is_placed_and_named(lesson, mistake):
    found = lesson.found(mistake)
    assert found.causes == [mistake.array]
    assert found.is_named, found.slip
