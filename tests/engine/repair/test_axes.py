"""What may stand in the place of an expression where an axis, or the order of axes, is another."""

import ast

import pytest

from handgrad.repair import expressions

from .statements import changed


@pytest.mark.parametrize(
    ("applies", "text", "wanted"),
    [
        (expressions.not_transposed, "dW = x.T @ dy", "x"),
        (expressions.not_transposed, "dW = np.swapaxes(x, 0, 1) @ dy", "x"),
        (expressions.transposed, "dW = x @ dy", "x.T"),
        (expressions.other_axes, "dx = np.transpose(dy, (0, 1, 2))", "np.transpose(dy, (2, 0, 1))"),
        (expressions.dot_turned_round, "dW = np.dot(dy, x)", "np.dot(x, dy)"),
        (expressions.other_axis, "db = dz.sum(axis=1)", "np.sum(dz, axis=0, keepdims=False)"),
        (expressions.not_reduced, "db = dz.sum(axis=1)", "dz"),
        (expressions.summed, "db = dz", "np.sum(dz, axis=0)"),
        (expressions.not_transposed, "dW = x.t() @ dy", "x"),
        (expressions.other_axes, "dx = dy.transpose(1, 2)", "np.swapaxes(dy, -1, -2)"),
        (expressions.other_axis, "db = dz.sum(dim=1)", "np.sum(dz, axis=0, keepdims=True)"),
    ],
)
def test_a_slip_is_undone_in_the_text(applies, text, wanted):
    assert ast.unparse(ast.parse(wanted)) in changed(applies, text)


def test_what_has_no_axis_is_left_alone():
    assert not changed(expressions.other_axis, "dx = np.exp(z)")
