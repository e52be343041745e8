"""Their functions as syntax, and changed code in the place of theirs."""

import ast
import linecache

import pytest

from handgrad.repair.hooks import Hooks
from handgrad.repair.tree import Program, own_statements, slots

from .programs import backward, layer


def test_a_function_is_found_by_its_file_and_line():
    program = Program([backward, layer], Hooks())
    assert [one.key[1] for one in program.defs] == ["backward", "layer"]


def test_behind_decorators_in_a_decorated_class_and_as_a_lambda_it_is_found_too(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "kept = []\ndef keep(one):\n    kept.append(one)\n    return one\n@keep\n@keep\ndef f(x):\n    return x\n"
        "@keep\nclass A:\n    @keep\n    def g(self):\n        return 1\nh = (\n    lambda x: x\n)\n",
        "utf-8",
    )
    space = {}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), space)
    program = Program([space["f"], space["A"].g, space["h"]], Hooks())
    assert [(one.key[1], one.key[2]) for one in program.defs] == [("f", 5), ("g", 11), ("<lambda>", 15)]


def test_a_function_whose_text_has_changed_since_is_left_alone(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def f(x):\n    return x + 1\n")
    space = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    path.write_text("def f(x):\n    return x - 2\n")
    linecache.checkcache(str(path))
    assert Program([space["f"]], Hooks()).defs == []


def test_other_code_stands_in_its_place_for_a_while_and_not_after_an_error():
    program = Program([layer], Hooks())
    (one,) = program.defs
    before = layer.__code__
    codes = program.codes_of(one)

    def fails():
        with program.replace_codes(codes):
            assert layer.__code__ is not before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert layer.__code__ is before


def test_a_slot_takes_another_node_and_gives_back_what_it_had():
    tree = ast.parse("y = a + b")
    name = tree.body[0].value.right
    slot = slots(tree)[id(name)]
    slot.put(ast.Name("c", ast.Load()))
    assert ast.unparse(tree) == "y = a + c"
    slot.put(name)
    assert ast.unparse(tree) == "y = a + b"


def test_the_statements_of_a_function_are_its_own():
    tree = ast.parse("def f():\n    for i in x:\n        y = 1\n    def g():\n        z = 2\n    return y\n")
    found = [ast.unparse(one).splitlines()[0] for one, _ in own_statements(tree.body[0])]
    assert found == ["for i in x:", "def g():", "return y", "y = 1"]


class Unit:
    def other(self):
        return 1

    def closure(self, x):
        def rule(up):
            return up * x

        return rule


def test_a_closure_in_a_method_is_compiled_with_its_method_and_without_the_others():
    program = Program([Unit.closure, Unit.other], Hooks())
    by_name = {one.key[1]: one for one in program.defs}
    codes = program.codes_of(by_name["rule"])
    assert {name for _, name, _ in codes} - {"Unit"} == {"closure", "rule"}
    with program.replace_codes(codes):
        assert Unit().closure(3.0)(2.0) == 6.0
