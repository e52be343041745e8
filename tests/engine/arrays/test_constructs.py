"""Each construct of people's networks: NumPy's numbers, edges that bound what they pass back, no rule accused."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import gradcheck
from handgrad.arrays import array
from handgrad.graph import topological_order
from handgrad.local import local_derivatives

from .constructs import ALL, SAME_IN_NUMPY


def numbers(thing):
    return np.asarray(thing.data if hasattr(thing, "operands") else thing)


@pytest.mark.parametrize("name", SAME_IN_NUMPY)
def test_every_construct_gives_numpys_numbers(name):
    construct = SAME_IN_NUMPY[name]
    inputs = construct.inputs()
    np.testing.assert_allclose(
        numbers(construct.ours(*map(array, inputs))), construct.ours(*inputs), rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize("name", ALL)
def test_on_every_construct_an_edges_sizes_bound_what_it_passes_back_and_its_reach_tells_where(name):
    construct = ALL[name]
    rng = np.random.default_rng(7)
    for node in topological_order(construct.ours(*map(array, construct.inputs()))):
        for operand, edge in zip(node.operands, local_derivatives(node)):
            if operand.is_constant or isinstance(edge, float):
                continue
            upstream = rng.normal(size=node.shape) * (rng.random(node.shape) < 0.4)
            passed = np.asarray(upstream * edge)
            assert passed.shape == operand.shape
            assert (np.abs(passed) <= np.abs(upstream) * abs(edge) * (1.0 + 1e-9) + 1e-12).all()
            assert not (np.abs(passed) > 1e-12)[~edge.reach(upstream != 0.0)].any()


@pytest.mark.drawn(80, rest=60)
@pytest.mark.parametrize("name", ALL)
def test_no_constructs_rule_is_accused_by_gradcheck(name):
    construct = ALL[name]
    for seed, size in ((0, 1.0), (1, 1e-3), (2, 1e3)):
        try:
            check = gradcheck(construct.ours, *[size * x for x in construct.inputs(seed)])
        except ArithmeticError:  # outside its domain
            continue
        assert check.ok, [result.slip for result in check.causes]
