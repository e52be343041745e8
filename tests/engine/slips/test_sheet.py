"""Several wrong gradients of one sheet: what explains all of them goes before what explains one, and is said once."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, compare, functional, gradients, label, manual
from handgrad.arrays import array

EITHER_OR = "more than one mistake gives"


def sheet(numbers, build, **wrong):
    """The comparison of a graph whose gradients are right, but for some that are made of the nodes and the others."""
    with manual():
        leaves = {name: Value(number, name) for name, number in numbers.items()}
        nodes = build(**leaves)
    nodes = {node.label: node for node in (*leaves.values(), *nodes)}
    root = nodes["L"]
    true = gradients(root)
    for node, gradient in true.items():
        node.grad = gradient
    for name, rule in wrong.items():
        nodes[name].grad = rule(nodes)
    return compare(root)


def lecture(a, b, c, f):
    e = label(a * b, "e")
    d = label(e + c, "d")
    return e, d, label(d * f, "L")


def said(comparison):
    return {result.name: result.slip and result.slip.kind for result in comparison.causes}


@pytest.mark.parametrize("f", [-2.0, -3.4])  # of -2 the sum 1 + -2 is half of the product, too
def test_what_explains_all_wrong_nodes_goes_before_what_fits_one(f):
    def added(other):
        return lambda nodes: 1.0 + nodes[other].data

    comparison = sheet({"a": 2.0, "b": -3.0, "c": 10.0, "f": f}, lecture, d=added("f"), f=added("d"))
    assert [result.slip.kind for result in comparison.causes[:2]] == ["rule", "rule"]
    text = " ".join(str(comparison).split())
    assert text.count("you added the upstream gradient of L and the local derivative") == 1
    assert "The same at d." in text


def test_of_two_that_fit_one_node_the_one_that_fits_the_others_is_said_alone():
    def build(a, b):
        u, v = label(a * a, "u"), label(b * b, "v")
        return u, v, label(u + v, "L")

    # Of b, which is 2, it is the upstream gradient times 2 as well as one of the two uses.
    comparison = sheet({"a": 0.7, "b": 2.0}, build, a=lambda n: n["a"].data, b=lambda n: n["b"].data)
    assert len(set(said(comparison).values())) == 1
    assert "more than one mistake" not in str(comparison)


def test_what_skips_unnamed_steps_at_one_node_is_tried_at_the_others():
    def build(x, y):
        return (label(((x - 0.2) ** 2 + (y - 0.4) ** 2) / 3, "L"),)

    # Of x, which is the root of 3 off, it is the local derivative of the difference alone, too.
    numbers = {"x": 0.2 + 3**0.5, "y": -0.9}
    comparison = sheet(
        numbers, build, x=lambda n: (n["x"].data - 0.2) ** 2 / 3, y=lambda n: (n["y"].data - 0.4) ** 2 / 3
    )
    assert all("is that the power itself, or its slope" in cause.slip.message for cause in comparison.causes)


def test_where_the_names_are_what_is_said_each_is_said():
    def build(a, b, c):
        u, v = label(a * b, "u"), label(b * c, "v")
        return u, v, label(u * v, "L")

    comparison = sheet(
        {"a": 1.3, "b": 0.7, "c": -2.1},
        build,
        u=lambda n: n["u"].data,
        v=lambda n: n["v"].data,
    )
    assert str(comparison).count("passes to the other operand") == 2


@pytest.mark.parametrize(("times", "named"), [(3.0, True), (1.0 / 3.0, False)])
def test_of_a_number_of_three_digits_beside_computed_ones_little_is_believed_where_1_is_the_first(times, named):
    """Three digits of 1.08 are known to half a percent, and those of 9.72 ten times as well."""
    comparison = sheet(
        {"a": 1.2345, "b": 0.7, "c": 4.63123456789012},
        lambda a, b, c: (label(label(a * b, "d") * c, "L"),),
        a=lambda n: float(f"{n['b'].data * n['c'].data * times:.3g}"),
    )
    assert (comparison.causes[0].slip is not None) is named


def test_one_mistake_at_nodes_that_are_expressions_is_said_once():
    with manual():
        a, b, c, d, e = (Value(number, name) for number, name in zip((0.5, 0.7, 0.3, 1.1, 0.9), "abcde"))
        s, t = a * b + c, d * e
        u, v = label(s.tanh(), "u"), label(t.tanh(), "v")
        L = label(u * 2.0 + v * 3.0, "L")
    for node, gradient in gradients(L).items():
        node.grad = gradient
    for node, output in ((s, u), (t, v)):
        node.grad = output.grad * (1.0 - output.data)
    comparison = compare(L, nodes=[L, u, v, s, t])
    assert "The same at a*b + c." in str(comparison)
    assert all(line.isprintable() for line in str(comparison).splitlines())


def test_uses_that_are_left_out_and_those_that_are_there_are_one_explanation():
    with manual():
        x, *factors = (array(np.sin(np.arange(12.0) * k + k).reshape(3, 4), f"x{k}") for k in range(1, 6))
        a = label(np.tanh(x), "a")
        parts = [label(node * factor, f"p{k}") for k, (node, factor) in enumerate(zip((a, a, a, x), factors))]
        loss = label(sum((part**2).sum() for part in parts), "L")
    for node, gradient in gradients(loss).items():
        node.grad = gradient
    a.grad = parts[0].grad * factors[0].data
    x.grad = a.grad * (1.0 - a.data**2)
    slips = [cause.slip.message for cause in compare(loss, nodes=[*parts, a, x]).causes]
    assert [slip.split(":")[0] for slip in slips] == ["a", "x1"]
    assert not any(EITHER_OR in slip for slip in slips)


def test_the_same_mistake_at_two_logits_is_one_whatever_their_places():
    """To two decimals three of the gradients are another's, too."""
    with manual():
        rows = [
            [Value(number, f"z{row}{i}") for i, number in enumerate(numbers)]
            for row, numbers in enumerate(((1.5, 0.6, 0.5, 1.5), (-0.5, -0.3, -1.0, 1.3)))
        ]
        L = label(sum(functional.cross_entropy(row, at, fused=True) for at, row in enumerate(rows)) / 2, "L")
    L.grad = 1.0
    for row in rows:
        total = sum(np.exp(node.data) for node in row)
        for node in row:
            node.grad = round((np.exp(node.data) / total - 1.0) / 2, 2)
    slips = [cause.slip.message for cause in compare(L, nodes=[L, *rows[0], *rows[1]]).causes if cause.slip]
    assert slips
    assert all("for which class is the one-hot y not zero" in slip for slip in slips)
