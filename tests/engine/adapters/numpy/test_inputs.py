"""What somebody's forward is called with."""

import numpy as np
import pytest

from handgrad.adapters.errors import CheckError
from handgrad.adapters.numpy.calling import Inputs


def forward(W, b, *, mode="train"):
    return W, b, mode


def test_a_tuple_has_the_names_of_the_parameters():
    assert Inputs((np.ones(2), np.ones(3)), forward).names == ["W", "b"]
    assert Inputs(np.ones(2), forward).names == ["W"]
    assert Inputs((1.0, 2.0), np.add).names in (["x1", "x2"], ["input0", "input1"])


def test_arrays_within_dicts_and_lists_are_leaves_with_names_of_their_own():
    given = Inputs({"params": {"W": np.ones(2), "bs": [np.ones(1), np.ones(1)]}, "flag": True, "n": 3}, forward)
    assert given.names == ["W", "bs[0]", "bs[1]", "n"]
    assert [leaf.is_differentiable for leaf in given.leaves] == [True, True, True, False]


def test_a_leaf_is_replaced_in_copies_alone():
    pair = {"pair": (np.ones(2), [np.ones(1)])}
    given = Inputs(pair, lambda pair: pair)
    values = given.replace_leaf(given.copy(), given.leaves[1], "new")
    assert values["pair"][1] == ["new"]
    assert (pair["pair"][1][0] == 1.0).all()


def test_they_are_handed_over_as_they_were_given():
    assert Inputs((1.0, 2.0), forward).call(forward, {"W": 5.0, "b": 6.0}) == (5.0, 6.0, "train")
    named = Inputs({"b": 1.0, "W": 2.0}, forward)
    assert named.call(forward, named.values) == (2.0, 1.0, "train")
    one = Inputs({"W": 1.0, "b": 2.0}, lambda params: params)
    assert one.is_one
    assert one.call(lambda params: params, one.values) == {"W": 1.0, "b": 2.0}


def test_inputs_near_by_move_what_has_a_gradient_and_nothing_else():
    given = Inputs({"W": np.full(3, 2.0, dtype=np.float32), "y": np.arange(3), "lr": 0.1}, lambda **_: 0.0)
    other = given.near(np.random.default_rng(0)).values
    assert other["W"].dtype == np.float32
    assert (other["W"] != 2.0).all()
    assert (other["y"] == np.arange(3)).all()
    assert other["lr"] == 0.1


def test_a_text_is_no_input():
    with pytest.raises(CheckError, match="inputs is a str"):
        Inputs("W", forward)
