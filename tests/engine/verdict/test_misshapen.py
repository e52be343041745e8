"""What follows from an array of another shape is judged on that array."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Comparison, Status, compare, label, manual
from handgrad.arrays import array
from handgrad.graph import topological_order
from tests.right_sets import PROGRAMS, draw, draw_style


def batch_norm(unsummed: str) -> Comparison:
    """Batch norm step by step, all of it right but that one sum over the rows is left out."""
    rng = np.random.default_rng(1)
    dout = rng.normal(size=(4, 2))
    with manual():
        x, gain = array(rng.normal(size=(4, 2)), "x"), array(rng.uniform(1.2, 1.8, (1, 2)), "gain")
        diff = label(x - label(x.sum(0, keepdims=True) / 4, "mean"), "diff")
        diff2 = label(diff**2, "diff2")
        var = label(diff2.sum(0, keepdims=True) / 3, "var")
        inv = label((var + 1e-5) ** -0.5, "inv")
        raw = label(diff * inv, "raw")
        loss = (label(gain * raw, "out") * dout).sum()

    def summed(name: str, gradient: np.ndarray) -> np.ndarray:
        return gradient if name == unsummed else gradient.sum(0, keepdims=True)

    gain.grad = summed("gain", dout * raw.data)
    raw.grad = dout * gain.data
    inv.grad = summed("inv", raw.grad * diff.data)
    var.grad = -0.5 * (var.data + 1e-5) ** -1.5 * inv.grad
    diff2.grad = np.ones((4, 2)) / 3 * var.grad
    diff.grad = raw.grad * inv.data + 2.0 * diff.data * diff2.grad
    x.grad = diff.grad - diff.grad.sum(0) / 4
    return compare(loss, nodes=[x, gain, diff, diff2, var, inv, raw])


@pytest.mark.parametrize(
    ("unsummed", "carried"), [("gain", set()), ("inv", {"var", "diff2", "diff", "x"}), ("none", set())]
)
def test_where_a_sum_is_left_out_it_alone_is_wrong(unsummed: str, carried: set[str]) -> None:
    comparison = batch_norm(unsummed)
    assert [result.name for result in comparison.causes] == [unsummed] * (unsummed != "none")
    assert {result.name for result in comparison if result.status is Status.CARRIED} == carried


@pytest.mark.parametrize(("factor", "causes"), [(2.0, ["g"]), (3.0, ["g", "b"])])
def test_another_mistake_below_it_is_seen(factor: float, causes: list[str]) -> None:
    rng = np.random.default_rng(0)
    with manual():
        x, b = array(rng.normal(size=(3, 4)), "x"), array(rng.normal(size=4), "b")
        g = label(b * 2.0, "g")
        h = label(x + g, "h")
        loss = (h * rng.normal(size=(3, 4))).sum()
    h.grad = compare(loss)[h].expected
    g.grad, b.grad = h.grad, factor * h.grad
    assert [result.name for result in compare(loss, nodes=[h, g, b]).causes] == causes


SHAPES = {
    "transposed": lambda g: g.T.copy(),
    "summed": lambda g: g.sum(0),
    "a number": lambda g: g.sum(),
    "an axis more": lambda g: g[None],
    "flat": lambda g: g.ravel(),
    "three of them": lambda g: np.stack([g, g, g]),
    "empty": lambda g: np.zeros(0),
    "a text": lambda g: "2 * x",
}


@pytest.mark.drawn(4)
@pytest.mark.parametrize("program", PROGRAMS)
def test_arrays_of_other_shapes_end_no_comparison(program: str) -> None:
    for seed in range(8):
        rng = np.random.default_rng([3, seed, *program.encode()])
        drawn = draw(program, seed, draw_style(rng), mistake=(None, 2.0)[seed % 2])
        arrays = [node for node in topological_order(drawn.root) if node.shape] if drawn else []
        for place in rng.choice(len(arrays), min(2, len(arrays)), replace=False):
            change = SHAPES[rng.choice(list(SHAPES))]
            arrays[place].grad = change(np.ones(arrays[place].shape))
        if arrays:
            assert isinstance(str(drawn.compare()), str), (program, seed)
