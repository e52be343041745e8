"""Expressions that are given a name."""

import ast

import pytest

from handgrad.adapters.script.cut import Lift, insert_lifts


def ran(text, find, generators=()):
    """What a script leaves where the expression that stands as `find` in it is called `seen`, and the new text."""
    body = ast.parse(text).body
    at = next(one for part in body for one in ast.walk(part) if isinstance(one, ast.AugAssign))
    value = next(one for one in ast.walk(at) if isinstance(one, ast.expr) and ast.unparse(one) == find)
    if generators:
        generators = next(tuple(one.generators) for one in ast.walk(at) if isinstance(one, ast.GeneratorExp))
    before = [ast.unparse(one) for one in body]
    made = insert_lifts(body, [Lift("seen", value, at, generators)])
    space = {}
    exec(compile(ast.Module(made, []), "net.py", "exec"), space)
    assert [ast.unparse(one) for one in body] == before
    return space["seen"], made


def test_at_the_top_a_name_has_the_value_before_the_statement():
    seen, made = ran("a = 2\na += a * 3", "a * 3")
    assert seen == 6
    assert made[1].lineno == 2


@pytest.mark.parametrize(
    ("text", "find", "generators", "wanted"),
    [
        ("s = 0\nfor x in [1, 2]:\n  s += x * 3", "x * 3", False, [3, 6]),
        ("s = 0\nfor x in [1, 2]:\n  if x > 1:\n    s += x * 3", "x * 3", False, [6]),
        ("s = 0\ns += sum(x * 3 for x in [1, 2])", "x * 3", True, [3, 6]),
        ("s = 0\nfor y in [1, 2]:\n  s += sum(x * y for x in [3, 4])", "x * y", True, [3, 4, 6, 8]),
    ],
    ids=["in a loop", "now and then", "in a comprehension", "in both"],
)
def test_what_is_worked_out_again_and_again_is_a_list(text, find, generators, wanted):
    assert ran(text, find, generators)[0] == wanted
