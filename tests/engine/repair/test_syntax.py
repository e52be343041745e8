"""Somebody's file as Python's parser reads it."""

import ast
import functools

from handgrad.repair.source import array_of, function_of, own_lines, tree_of


def decorator(function):
    @functools.wraps(function)
    def wrapped():
        return function()

    return wrapped


@decorator
@decorator
def decorated():
    return 1


def test_a_function_is_found_by_its_code_behind_its_decorators():
    found = function_of(decorated.__wrapped__.__wrapped__.__code__)
    assert (found.name, len(found.decorator_list)) == ("decorated", 2)
    assert function_of(decorated.__code__).name == "wrapped"


def test_of_two_functions_of_one_name_each_is_its_own(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "def f():\n    return 1\n\n\nclass A:\n    @property\n    def f(self):\n        return 2\n", "utf-8"
    )
    space = {}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), space)
    assert function_of(space["f"].__code__).lineno == 1
    method = function_of(space["A"].f.fget.__code__)
    assert (method.lineno, ast.unparse(method.body[0])) == (7, "return 2")


def test_a_file_that_cannot_be_read_or_is_no_python_has_no_syntax(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("def f(:\n", "utf-8")
    assert tree_of(str(path)) is None
    assert not tree_of(str(tmp_path / "gone.py")).body
    assert function_of(compile("x = 1", "<string>", "exec")) is None


def test_a_file_is_read_again_when_it_has_changed(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("a = 1\n", "utf-8")
    assert len(tree_of(str(path)).body) == 1
    path.write_text("a = 1\nb = 2\n", "utf-8")
    assert len(tree_of(str(path)).body) == 2


def test_a_statement_has_its_lines_and_one_with_a_body_those_of_its_head():
    tree = ast.parse("if (a and\n    b):\n    y = [\n        1,\n    ]\nif a: y = 1\n")
    whole, short = tree.body
    assert [list(own_lines(one)) for one in (whole, whole.body[0], short)] == [[1, 2], [3, 4, 5], [6]]


def test_an_entry_is_of_the_array_that_it_is_in():
    assert ast.unparse(array_of(ast.parse("self.x[i][j]", mode="eval").body)) == "self.x"
