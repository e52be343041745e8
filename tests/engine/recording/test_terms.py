"""A graph in columns: sums of products folded into one, and how many steps are left."""

from __future__ import annotations

import math
import random

import pytest

from handgrad import Value
from handgrad.graph import topological_order
from handgrad.recording.terms import Terms, fold_terms
from tests.graphs import random_graph


def terms_of(root: Value, *inputs: Value) -> Terms:
    return fold_terms(topological_order(root), inputs)


def worked_out(terms: Terms) -> list[float | None]:
    """Each node's number from its terms or its operands, level by level; None for a part of a sum."""
    numbers: list[float | None] = [node.data if not row else None for node, row in zip(terms.nodes, terms.operands)]
    numbers += terms.coefficients
    levels = sorted((level, number) for number, level in enumerate(terms.level) if level > 0)
    for _, number in levels:
        if number in terms.sums:
            numbers[number] = math.fsum(numbers[one] * numbers[other] for one, other in terms.sums[number])
        else:
            inputs = [numbers[operand] for operand in terms.operands[number]]
            numbers[number] = terms.nodes[number].op.forward(*inputs)
    return numbers


@pytest.mark.parametrize("seed", range(30))
def test_the_terms_of_a_random_graph_give_its_numbers_in_the_order_of_the_levels(seed):
    root = random_graph(seed)
    terms = terms_of(root)
    numbers = worked_out(terms)
    assert numbers[len(terms.nodes) - 1] == pytest.approx(root.data, rel=1e-12)
    for node, number, level in zip(terms.nodes, numbers, terms.level):
        assert (number is None) == (level == -1)
        assert number is None or number == pytest.approx(node.data, rel=1e-9, abs=1e-12)


def neuron(width: int) -> Terms:
    w, x, b = [Value(0.5) for _ in range(width)], [Value(3.0) for _ in range(width)], Value(0.1)
    return terms_of(sum((one * other for one, other in zip(w, x)), b), *w, b)


def test_a_neuron_is_one_sum_on_one_level_and_a_wider_one_takes_no_more_steps():
    terms, wider = neuron(2), neuron(20)
    (row,), (longer,) = terms.sums.values(), wider.sums.values()
    assert (len(row), len(longer)) == (3, 21)
    assert max(terms.level) == max(wider.level) == 1
    assert terms.steps == wider.steps
    assert (terms.products, wider.products) == (9, 63)


def test_what_is_used_twice_is_no_part_of_a_sum():
    x = Value(2.0)
    shared = x * 3.0
    terms = terms_of(shared + shared.exp() + 1.0, x)
    assert terms.level[terms.nodes.index(shared)] == 1


def test_a_difference_and_a_minus_bring_a_coefficient_of_minus_1():
    a, b = Value(2.0), Value(5.0)
    for root in (a - b, a + -b):
        terms = terms_of(root, a, b)
        assert -1.0 in terms.coefficients
        assert worked_out(terms)[len(terms.nodes) - 1] == -3.0


def test_what_depends_on_an_input_is_live_and_nothing_else():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    still = w.exp()
    moved = x * still
    terms = terms_of(moved + 1.0, x)
    live = {terms.nodes[number] for number, is_live in enumerate(terms.is_live[: len(terms.nodes)]) if is_live}
    assert live == {x, moved, terms.nodes[-1]}


def test_nodes_are_numbered_in_their_order_with_duplicates():
    x = Value(2.0)
    root = x * x + x
    assert terms_of(root, x).operands == [(), (0, 0), (1, 0)]


def test_a_long_sum_that_is_added_to_from_either_side_stays_one_row():
    leaves = [Value(float(random.Random(1).random())) for _ in range(50)]
    left, right = leaves[0] * 1.0, leaves[0] * 1.0
    for leaf in leaves:
        left, right = left + leaf * 2.0, leaf * 2.0 + right
    for root in (left, right):
        (row,) = terms_of(root, *leaves).sums.values()
        assert len(row) == 51
