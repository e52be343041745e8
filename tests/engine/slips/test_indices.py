"""W[j][i] for W[i][j] in graphs of numbers."""

from __future__ import annotations

import pytest

from handgrad import Value, compare, gradients, label, manual


def layer(names="W[{}][{}]"):
    """h[i] = sum over j of W[i][j] * x[j], squared and added up, with right gradients."""
    W = ((0.7, -1.3), (0.4, 1.9))
    with manual():
        weights = [[Value(number, names.format(i, j)) for j, number in enumerate(row)] for i, row in enumerate(W)]
        x = [Value(number, f"x[{j}]") for j, number in enumerate((0.83, -0.59))]
        h = [label(row[0] * x[0] + row[1] * x[1], f"h[{i}]") for i, row in enumerate(weights)]
        loss = label(h[0] * h[0] + h[1] * h[1] * 1.7, "loss")
    for node, gradient in gradients(loss).items():
        node.grad = gradient
    return weights, x, h, loss


@pytest.mark.parametrize("names", ["W[{}][{}]", "w{}{}", "W[{}, {}]"])
def test_the_transpose_for_the_matrix_is_told_at_each_input(names):
    weights, x, h, loss = layer(names)
    for i in range(2):
        x[i].grad = sum(weights[i][j].data * h[j].grad for j in range(2))
    causes = compare(loss).causes
    assert len(causes) == 2
    for i, cause in enumerate(sorted(causes, key=lambda cause: cause.name)):
        here, there = names.format(i, 1 - i), names.format(1 - i, i)
        assert f"that is computed from {here}. Is it {here} that stands in {there}*x[{i}], or" in cause.slip.message


def test_two_gradients_that_are_exchanged_are_told_by_the_names_of_both():
    weights, *_, loss = layer()
    weights[0][1].grad, weights[1][0].grad = weights[1][0].grad, weights[0][1].grad
    told = {cause.name: cause.slip for cause in compare(loss).causes}
    assert {slip.kind for slip in told.values()} == {"swapped"}
    assert "you have exchanged the gradients of W[0][1] and W[1][0]" in told["W[0][1]"].message


def test_a_lost_sign_is_still_a_lost_sign():
    _, x, _, loss = layer()
    x[0].grad *= -1.0
    (cause,) = compare(loss).causes
    assert cause.slip.kind == "sign"
