"""What may stand in the place of an expression where an axis, or the order of axes, is another."""

import ast

import pytest

from handgrad.adapters.experiment import axes

from .statements import changed


@pytest.mark.parametrize(
    ("applies", "text", "wanted"),
    [
        (axes.not_transposed, "dW = x.T @ dy", "x"),
        (axes.not_transposed, "dW = np.swapaxes(x, 0, 1) @ dy", "x"),
        (axes.transposed, "dW = x @ dy", "x.T"),
        (axes.other_axes, "dx = np.transpose(dy, (0, 1, 2))", "np.transpose(dy, (2, 0, 1))"),
        (axes.dot_turned_round, "dW = np.dot(dy, x)", "np.dot(x, dy)"),
        (axes.other_axis, "db = dz.sum(axis=1)", "np.sum(dz, axis=0, keepdims=False)"),
        (axes.not_reduced, "db = dz.sum(axis=1)", "dz"),
        (axes.summed, "db = dz", "np.sum(dz, axis=0)"),
        (axes.not_transposed, "dW = x.t() @ dy", "x"),
        (axes.other_axes, "dx = dy.transpose(1, 2)", "np.swapaxes(dy, -1, -2)"),
        (axes.other_axis, "db = dz.sum(dim=1)", "np.sum(dz, axis=0, keepdims=True)"),
    ],
)
def test_a_slip_is_undone_in_the_text(applies, text, wanted):
    assert ast.unparse(ast.parse(wanted)) in changed(applies, text)


def test_what_has_no_axis_is_left_alone():
    assert not changed(axes.other_axis, "dx = np.exp(z)")
