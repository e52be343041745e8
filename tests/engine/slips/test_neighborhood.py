"""The part of a graph between a wrong gradient and the numbers nearest to it, walked no oftener than is worth it."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, compare, gradients, label, manual
from handgrad.arrays import array
from handgrad.slips import neighborhood as neighborhood_module
from handgrad.slips.candidates import summed_axes
from handgrad.slips.messages import unmark
from handgrad.slips.neighborhood import Contribution, Neighborhood

from . import small_nets
from .nets import Net, normal


def region_of(net: Net, name: str, blank: tuple[str, ...] = ()) -> Neighborhood:
    """The region of an array that is filled in wrongly, the others rightly or not at all."""
    written = 1.5 * net.true[net.nodes[name]]
    comparison = net.compared(name, lambda x, d: written, blank)
    return Neighborhood(comparison[net.nodes[name]], comparison)


def diamond() -> Net:
    """x goes into u and v, both into y, and y into the loss."""

    def build(name, x, c):
        u, v = name("u", np.sin(x)), name("v", x**2)
        return (name("y", u * v) * c).sum()

    return Net(build, x=normal(2, 3), c=normal(2, 3, seed=5))


def test_it_goes_up_to_the_first_numbers_and_through_what_is_left_blank():
    net = diamond()
    assert set(region_of(net, "x").sources) == {net.u, net.v}
    assert region_of(net, "x").blanks == []
    region = region_of(net, "x", blank=("u",))
    assert set(region.sources) == {net.v, net.y}
    assert region.blanks == [net.u]
    assert set(region_of(net, "x", blank=("u", "v", "y")).blanks) >= {net.u, net.v, net.y}


@pytest.mark.parametrize("blank", [(), ("u",), ("u", "v"), ("u", "v", "y")])
def test_the_chain_rule_from_the_learners_right_numbers_gives_the_truth(blank):
    net = diamond()
    region = region_of(net, "x", blank)
    np.testing.assert_allclose(region.recomputed, net.true[net.x], rtol=1e-12)
    assert (np.abs(region.recomputed) <= region.magnitude * (1.0 + 1e-12)).all()


def test_it_starts_from_wrong_numbers_as_they_are():
    net = diamond()
    for node in net.nodes.values():
        node.grad = net.true[node]
    right = region_of(net, "x")
    by_u = right.contribution_through(right.direct[[use.consumer for use in right.direct].index(net.u)])
    wrong = net.compared("u", lambda x, d: -d.u)
    net.x.grad = np.zeros((2, 3))
    region = Neighborhood(wrong[net.x], wrong)
    np.testing.assert_allclose(region.recomputed, net.true[net.x] - 2.0 * by_u, rtol=1e-10)


def test_its_parts_add_up_and_none_is_told_twice():
    net = diamond()
    region = region_of(net, "x")
    np.testing.assert_allclose(sum(part.numbers for part in region.contributions), region.recomputed, rtol=1e-12)
    assert {unmark(part.name) for part in region.contributions} == {"u", "v"}


def test_without_a_part_it_is_the_rest():
    net = diamond()
    region = region_of(net, "x")
    one, other = region.contributions
    np.testing.assert_allclose(region.drop(one), other.numbers, rtol=1e-12)
    np.testing.assert_allclose(region.drop(one, other), np.zeros((2, 3)))
    (use,) = [use for use in region.direct if use.consumer is net.u]
    part = Contribution("", None, use.key)
    np.testing.assert_allclose(region.drop(part), region.recomputed - region.contribution_through(use), rtol=1e-12)


def test_something_else_at_one_use_replaces_what_comes_through_it():
    net = diamond()
    region = region_of(net, "x", blank=("u",))
    (use,) = [use for use in region.direct if use.consumer is net.u]
    np.testing.assert_allclose(
        region.replace_contribution(use, np.ones((2, 3))), region.recomputed - region.contribution_through(use) + 1.0
    )


def test_what_explains_the_numbers_is_every_entry_of_them_and_far_nearer_than_the_chain():
    net = diamond()
    region = region_of(net, "x")
    assert region.explains(region.user_grad)
    assert not region.explains(region.recomputed)
    nearly = region.user_grad.copy()
    nearly[0, 0] *= 1.01
    assert not region.explains(nearly)


def test_a_use_knows_along_which_axes_of_its_consumer_it_is_summed():
    def build(name, x, w, b):
        return (name("y", x @ w + b) ** 2).sum()

    net = Net(build, x=normal(4, 3), w=normal(3, 2, seed=3), b=normal(2, seed=4))
    (bias,) = region_of(net, "b").direct
    (weights,) = [use for use in region_of(net, "w", blank=("y",)).uses if use.operand is net.w]
    assert summed_axes(bias.local, bias.consumer.shape) == [0]
    assert summed_axes(weights.local, weights.consumer.shape) == [0]


def test_a_long_region_looks_at_its_nearest_edges_and_still_has_the_right_chain():
    net = small_nets.recurrence(steps=40)
    blank = tuple(text for text in net.nodes if text.startswith("h"))
    region = region_of(net, "w", blank)
    assert len(region.uses) <= neighborhood_module.MOST_EDGES
    np.testing.assert_allclose(region.recomputed, gradients(net.loss)[net.w], rtol=1e-9)


def test_other_arrays_are_told_the_nearer_first():
    net = small_nets.recurrence(steps=5)
    others = region_of(net, "h3").known_nodes
    assert others.index(net.h4) < others.index(net.h0)
    assert {net.w, net.x} <= set(others)


def recurrence(steps):
    """A network of which the two ends alone are asked, and its weights."""
    normal = np.random.default_rng(0).normal
    with manual():
        w, u = array(normal(size=(4, 4)) / 2.0, "w"), array(normal(size=(3, 4)), "u")
        h, inputs = np.zeros((2, 4)), normal(size=(steps, 2, 3))
        for x in inputs:
            h = np.tanh(x @ u + h @ w)
        loss = (label(h, "h") ** 2).sum()
    for node, gradient in gradients(loss).items():
        node.grad = gradient if node.label else None
    return loss, w


def visits(steps, monkeypatch):
    """How many nodes are visited to explain what nothing explains, for each node of the graph."""
    loss, w = recurrence(steps)
    w.grad = w.grad + np.arange(16.0).reshape(4, 4)
    comparison = compare(loss)
    visited, sweep = [], neighborhood_module.sweep
    monkeypatch.setattr(neighborhood_module, "sweep", lambda order, *rest: (visited.extend(order), sweep(order, *rest)))
    assert comparison[w].slip is None
    return len(visited) / len(comparison)


def test_a_region_of_many_nodes_is_walked_less_often(monkeypatch):
    usual = visits(12, monkeypatch)
    monkeypatch.setattr(neighborhood_module, "MOST_VISITS", 200)
    assert visits(12, monkeypatch) < 0.6 * usual


def test_a_mistake_in_a_region_of_many_nodes_is_named_all_the_same(monkeypatch):
    monkeypatch.setattr(neighborhood_module, "MOST_VISITS", 200)
    loss, w = recurrence(40)
    w.grad = w.grad.T
    assert compare(loss)[w].slip.kind == "transposed"


def numbers(steps=3):
    """A chain of numbers: x -> x * 2 -> x * 2 * 2 ... -> root, the last two nodes labelled."""
    with manual():
        x = Value(0.7, "x")
        node = x * 2.0
        for _ in range(steps - 1):
            node = node * 2.0
        root = label(label(node, "y").tanh(), "root")
    for node, gradient in gradients(root).items():
        node.grad = gradient if node.label else None
    x.grad = 9.0
    return x, compare(root)


def test_numbers_are_gone_through_where_they_are_blank_and_no_array_is_made():
    x, comparison = numbers()
    region = Neighborhood(comparison[x], comparison)
    assert [node.label for node in region.sources] == ["y"]
    assert len(region.blanks) == 2
    assert isinstance(region.recomputed, float)
    assert region.recomputed == pytest.approx(comparison[x].expected)
    use = region.uses[-1]
    assert use.operand is not x
    assert region.replace_contribution(use, 3.0 * use.contribution) == pytest.approx(3.0 * comparison[x].expected)
    assert region.drop(Contribution("", None, use.key)) == 0.0


def test_of_a_long_way_of_numbers_only_the_nearest_are_gone_through():
    x, comparison = numbers(steps=3 * neighborhood_module.MOST_SCALARS)
    region = Neighborhood(comparison[x], comparison)
    assert len(region.blanks) < 2 * neighborhood_module.MOST_SCALARS
    assert region.recomputed == pytest.approx(comparison[x].expected)


def test_arrays_of_one_entry_are_numbers():
    net = Net(lambda name, x, w: (name("y", x @ w) ** 2).sum(), x=normal(1, 1), w=normal(1, 1, seed=5))
    region = region_of(net, "x")
    assert isinstance(region.recomputed, float)
    assert region.recomputed == pytest.approx(net.true[net.x].item())
