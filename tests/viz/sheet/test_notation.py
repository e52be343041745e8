"""Names in sentences: brackets where they are needed, and only there."""

import pytest

from handgrad.viz.sheet.notation import bracket


@pytest.mark.parametrize("name", ["a", "w[0][1]", "self.x", "tanh(a*b + c)", "sum(exp(y))", "f()"])
def test_a_name_and_a_call_need_no_brackets(name):
    assert bracket(name) == name


@pytest.mark.parametrize("name", ["a*b", "-a", "(a + b)*(c + d)", "exp(a) + exp(b)", "(a)", "+14"])
def test_another_expression_gets_some(name):
    assert bracket(name) == f"({name})"
