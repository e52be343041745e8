"""The edges that a wrong gradient was not passed back along, and how the picture shows them."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import viz

from .nets import Net, normal

LEAVES = {"x": normal(3, 4), "c": normal(3, 4, seed=7)}


def split_after_a_step() -> Net:
    """x goes into a step without a label, and that into u and v."""

    def build(name, x, c):
        step = x * 2.0
        return (name("u", np.sin(step)) * c).sum() + (name("v", step**3) ** 2).sum()

    return Net(build, **LEAVES)


def test_a_use_that_is_forgotten_behind_a_step_without_a_label_is_an_edge_into_it():
    net = split_after_a_step()
    u, v = net.nodes["u"], net.nodes["v"]
    assert net.slip("x", lambda x, d: 2 * np.cos(2 * x.x) * d.u).edges == ((v, 0),)
    assert net.slip("x", lambda x, d: 24 * x.x**2 * d.v).edges == ((u, 0),)


def test_the_picture_shows_that_edge_in_red():
    net = split_after_a_step()
    drawn = str(viz.draw(net.compared("x", lambda x, d: 2 * np.cos(2 * x.x) * d.u)))
    plain = str(viz.draw(net.compared("x", None)))
    red = [line for line in drawn.splitlines() if "->" in line and "red" in line]
    assert len(red) == 1
    assert not [line for line in plain.splitlines() if "->" in line and "red" in line]


def test_two_forgotten_uses_are_two_edges():
    def build(name, x, c):
        step = x + 1.0
        ends = name("u", np.sin(step)), name("v", step**3), name("t", np.tanh(step))
        return sum((end * c).sum() for end in ends)

    net = Net(build, **LEAVES)
    slip = net.slip("x", lambda x, d: d.t * (1 - x.t**2))
    assert set(slip.edges) == {(net.nodes["u"], 0), (net.nodes["v"], 0)}


@pytest.mark.parametrize("part", ["mean", "var"])
def test_a_path_of_a_norm_that_is_forgotten_is_an_edge_on_it(part):
    def build(name, x, c):
        off = x - name("mean", x.mean(-1, keepdims=True))
        inv = (name("var", (off**2).mean(-1, keepdims=True)) + 1e-5) ** -0.5
        return (name("raw", off * inv) ** 3 * c).sum()

    def back(x, d):
        inv = (x.var + 1e-5) ** -0.5
        kept = 0.0 if part == "var" else x.raw * (d.raw * x.raw).mean(-1, keepdims=True)
        return inv * (d.raw - (0.0 if part == "mean" else d.raw.mean(-1, keepdims=True)) - kept)

    net = Net(build, **LEAVES)
    slip = net.slip("x", back, blank=("mean", "var"))
    ((consumer, _),) = slip.edges
    on_the_way = {net.nodes["mean"]} if part == "mean" else {net.nodes["var"], *net.nodes["var"].operands}
    assert slip.kind == "missing-path"
    assert consumer in on_the_way


def test_another_slip_has_no_edges():
    assert split_after_a_step().slip("x", lambda x, d: -2 * np.cos(2 * x.x) * d.u - 24 * x.x**2 * d.v).edges == ()
