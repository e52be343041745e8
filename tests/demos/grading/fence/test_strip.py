"""Taking the answers out of a copy of the engine: rules go wherever they are written as the others are."""

import ast

import pytest

from handgrad.demos.grading.fence.strip import without_answers
from handgrad.manual import ByHandError

OPS = """
from .declare import Op, ArrayOp
from math import cos

def slope(x, y):
    return helper(x)

def helper(x):
    return 2.0 * x

def forward(x):
    return shared(x)

def shared(x):
    return x

SQUARE = Op("square", forward, slope, slips=("a slip that gives the rule away",))
CUBE = Op("cube", lambda x: x**3, lambda x, y: 3.0 * x**2)

def made(name, rule):
    return Op(name, forward, rule)

TWICE = made("twice", lambda x, y: 2.0)

def edge(x):
    return Edge(x, spread)

def spread(g):
    return g
"""
JUDGE = "def gradients(root):\n    return 7\n\nclass Sweep:\n    def run(self):\n        return 8\n\nNEXT = lambda: 9\n"
OTHER = "from .ops import shared, SQUARE\n\ndef use(x):\n    return shared(x)\n"


@pytest.fixture(scope="module")
def stripped():
    programs = {"ops.py": OPS, "verdict/judge.py": JUDGE, "nn.py": OTHER}
    return without_answers(programs, ["verdict"], ["ops.py"])


def functions(program):
    """What each function of a program consists of."""
    tree = ast.parse(program)
    return {node.name: ast.unparse(node.body) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def refuses(code):
    return code.startswith("(lambda") and code.endswith("refuse())()")


def test_a_rule_and_what_it_alone_uses_refuse_and_what_works_forward_stays(stripped):
    found = functions(stripped["ops.py"])
    assert {name for name, code in found.items() if refuses(code)} == {"slope", "helper", "edge", "spread"}
    assert found["forward"] == "return shared(x)"


def test_a_rule_is_taken_out_where_it_stands_and_where_it_is_handed_on(stripped):
    assert "3.0" not in stripped["ops.py"]
    assert "2.0" not in stripped["ops.py"]
    assert "x ** 3" in stripped["ops.py"]


def test_the_slips_of_an_operation_give_nothing_away(stripped):
    assert "slip" not in stripped["ops.py"]


def test_in_a_judge_every_function_refuses_those_of_classes_and_nameless_ones_too(stripped):
    assert all(refuses(code) for code in functions(stripped["verdict/judge.py"]).values())
    assert not {"7", "8", "9"} & set(stripped["verdict/judge.py"])


def test_what_is_neither_is_left_letter_by_letter(stripped):
    assert stripped["nn.py"] == OTHER
    assert without_answers({"ops.py": OPS, "nn.py": OTHER}, [], []) == {"ops.py": OPS, "nn.py": OTHER}


def test_a_folder_is_all_that_lies_in_it_and_no_name_that_only_begins_alike():
    programs = {"verdict/deep/a.py": JUDGE, "verdict_more.py": JUDGE}
    found = without_answers(programs, ["verdict"], [])
    assert all(map(refuses, functions(found["verdict/deep/a.py"]).values()))
    assert found["verdict_more.py"] == JUDGE


def test_a_judge_that_makes_an_object_as_it_is_loaded_is_loaded_all_the_same():
    judge = "class Sweep:\n    def __init__(self, run):\n        self.run = run\n\nNOTHING = Sweep(lambda: 7)\n"
    names = {}
    exec(without_answers({"judge.py": judge}, ["judge.py"], [])["judge.py"], names)
    with pytest.raises(ByHandError):
        names["NOTHING"].run()
