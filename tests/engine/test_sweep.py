"""The chain rule on other numbers than the true ones."""

from __future__ import annotations

from handgrad import Value, gradients
from handgrad.autodiff import sweep
from handgrad.graph import topological_order
from handgrad.local import local_derivatives


def test_with_nothing_put_in_its_place_what_arrives_are_the_gradients() -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    root = (a * b).tanh() * a
    sums = {node: 1.0 if node is root else None for node in topological_order(root)}
    sweep(topological_order(root)[::-1], sums, lambda _, arrived: arrived, local_derivatives)
    assert sums == dict(gradients(root))


def test_another_number_at_a_node_is_passed_on_in_place_of_what_arrives() -> None:
    x = Value(2.0, "x")
    h = x * 3.0
    root = h * 5.0
    sums = {root: 1.0, h: None, x: None}
    sweep([root, h], sums, lambda node, arrived: 7.0 if node is h else arrived, local_derivatives)
    assert sums == {root: 1.0, h: 5.0, x: 21.0}


def test_nothing_is_passed_on_where_nothing_is_given_and_only_to_those_that_have_a_sum() -> None:
    x, y = Value(2.0, "x"), Value(3.0, "y")
    root = x * y
    sums = {x: None}
    sweep([root], sums, lambda *_: None, local_derivatives)
    assert sums == {x: None}
    sweep([root], sums, lambda *_: 1.0, local_derivatives)
    assert sums == {x: 3.0}
