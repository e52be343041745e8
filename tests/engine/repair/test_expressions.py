"""What may stand in the place of an expression."""

import ast

import pytest

from handgrad.repair import expressions as on

from .statements import changed


@pytest.mark.parametrize(
    ("applies", "text", "wanted"),
    [
        (on.without_minus, "dx = -dy * w", "dy"),
        (on.with_minus, "dx = dy @ w", "-(dy @ w)"),
        (on.opposite(ast.Add, ast.Sub), "dx = a + b", "a - b"),
        (on.opposite(ast.Mult, ast.Div), "dx = a / b", "a * b"),
        (on.one_half(ast.Mult), "dx = 2 * dy", "dy"),
        (on.turned_round("-", ast.Sub), "d = y - p", "p - y"),
        (on.brackets, "dx = a * b + c", "a * (b + c)"),
        (on.brackets, "dx = a / b * c", "a / (b * c)"),
        (on.bare, "dx = np.exp(z)", "z"),
        (on.opposite(ast.Mult, ast.Div), "dx = g.mul(a)", "g / a"),
        (on.one_half(ast.Mult), "dx = torch.mul(g, a)", "g"),
        (on.other_exponent, "dx = n * x**n", "x ** (n - 1)"),
        (on.slope_of_call, "dz = dy * torch.sigmoid(z)", "torch.sigmoid(z) * (1 - torch.sigmoid(z))"),
        (on.decided, "n = size if not axis else length", "axis is None"),
        (on.slope_of_call, "dz = dy * sigmoid(z)", "z * (1 - z)"),
        (on.instead("sum", "mean"), "L = np.sum(z)", "np.mean(z)"),
        (on.other_branch, "dx = np.where(x > 0, dy, 0)", "np.where(x > 0, 0, dy)"),
        (on.compared, "dx = dy * (x < 0)", "x > 0"),
        (on.walked_backwards, "for t in range(T):\n    pass", "reversed(range(T))"),
        (on.walked_backwards, "for t in reversed(range(T)):\n    pass", "range(T)"),
        (on.decided, "if x > 0:\n    pass", "not x > 0"),
        (on.swapped_index, "d = a[i, j]", "a[j, i]"),
        (on.shifted_index, "d = a[t]", "t - 1"),
        (on.renamed_index, "d = a[i, i]", "a[k, k]"),
    ],
)
def test_a_slip_is_undone_in_the_text(applies, text, wanted):
    known = {"names": ["i", "k", "a"]} if applies is on.renamed_index else {}
    assert ast.unparse(ast.parse(wanted)) in changed(applies, text, **known)


@pytest.mark.parametrize(
    ("applies", "text"),
    [
        (on.without_minus, "dx = dy * w"),
        (on.opposite(ast.Add, ast.Sub), "dx = a * b"),
        (on.decided, "dx = a > b"),
        (on.walked_backwards, "x = reversed(y)"),
        (on.brackets, "dx = a + b"),
    ],
)
def test_what_does_not_fit_is_left_alone(applies, text):
    assert not changed(applies, text)


def test_another_variable_is_one_of_theirs_and_neither_itself_nor_the_target():
    found = changed(on.value_of_another, "dx = dy * w", names=["dx", "dy", "w", "h"])
    assert found == {"h", "dy", "w"}
    assert "dx" not in found


def test_an_index_is_changed_for_an_index_and_a_value_for_a_value():
    assert changed(on.index_of_another, "d = a[i]", names=["a", "i", "j"]) == {"a", "j"}
    assert not changed(on.value_of_another, "a[i] = 1.0", names=["a", "i", "j"])


def test_a_name_in_an_index_alone_is_renamed():
    node = ast.parse("a[a, i]", mode="eval").body
    assert on.with_name(node, "a", "b") == "a[b, i]"
