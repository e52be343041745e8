"""Picking what is allowed: what nobody has listed is not there, and refuses where somebody asks for it."""

import ast
import inspect
from importlib import import_module
from operator import attrgetter

import pytest

from handgrad.demos.grading.fence.allowed import BY_HAND, WITH_RULES
from handgrad.demos.grading.fence.pick import pick
from handgrad.ops import Op

PROGRAM = '''"""The derivative of a square is 2x."""
from __future__ import annotations
from math import cos

class Op:
    """An operation: 2x."""

    def __init__(self, name, forward, derivatives, rule=(), *, domain="", slips=()):
        self.name, self.forward, self.derivatives = name, forward, derivatives
        self.rule, self.domain = rule, domain

    def told(self):
        return self.rule

def double(x):
    """2x."""  # 2x
    return x + x

SQUARE = Op("square", lambda x: x * x, double, ("2x",), domain="everywhere", slips=("2x",))
Op.told.__doc__ = "2x"
Op.made = SQUARE
print("2x")
'''
ALLOWED = "Op Op.__init__ Op(name) Op(forward) Op(domain) SQUARE Op.made"


def loaded(allowed):
    text = pick({"ops.py": PROGRAM}, {} if allowed is None else {"ops.py": allowed})["ops.py"]
    names = {}
    exec(text, names)
    return text, names


def test_only_what_is_listed_is_there_and_works(capsys):
    _, names = loaded(ALLOWED)
    square = names["SQUARE"]
    assert (square.name, square.forward(3.0), square.domain) == ("square", 9.0, "everywhere")
    assert names["Op"].made is square
    assert "double" not in names
    assert not hasattr(square, "told")
    assert capsys.readouterr().out == ""


def test_no_word_about_it_is_left_and_no_rule():
    text, names = loaded(ALLOWED)
    assert "2x" not in text
    assert "double" not in text
    assert names["SQUARE"].derivatives is None
    assert names["SQUARE"].rule == ()


def test_an_argument_of_an_operation_is_left_where_it_is_listed():
    assert loaded(f"{ALLOWED} double Op(derivatives)")[1]["SQUARE"].derivatives(3.0) == 6.0


@pytest.mark.parametrize("allowed", [None, "", ALLOWED])
def test_whatever_is_left_out_refuses_when_it_is_used(allowed):
    _, names = loaded(allowed)
    with pytest.raises(RuntimeError, match="done by hand"):
        names["__getattr__"]("double")(3.0)
    with pytest.raises(AttributeError):
        names["__getattr__"]("__path__")


@pytest.mark.parametrize("allowed", [BY_HAND, WITH_RULES], ids=["by hand", "with rules"])
def test_every_name_on_the_list_is_one_of_the_engine(allowed):
    arguments = {f"Op({name})" for name in inspect.signature(Op).parameters}
    for path, names in allowed.items():
        module = import_module(f"handgrad.{path.removesuffix('.py')}".removesuffix(".__init__"))
        for name in set(names.split()) - arguments - {"*"}:
            assert attrgetter(name)(module) is not None, (path, name)


@pytest.mark.parametrize("allowed", [BY_HAND, WITH_RULES], ids=["by hand", "with rules"])
def test_what_is_on_the_list_uses_nothing_of_its_own_file_that_is_not(allowed):
    for path, names in allowed.items():
        module = import_module(f"handgrad.{path.removesuffix('.py')}".removesuffix(".__init__"))
        whole = inspect.getsource(module)
        left = pick({path: whole}, {path: names})[path]
        assert used_names(left) & names_of(whole) <= names_of(left), path


def names_of(text):
    """The names that a file gives something at its top."""
    made = ast.parse(text).body
    defined = {node.name for node in made if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    targets = [target for node in made for target in getattr(node, "targets", [getattr(node, "target", None)])]
    return defined | {each.id for one in targets for each in getattr(one, "elts", [one]) if isinstance(each, ast.Name)}


def used_names(text):
    """The names that a file reads when it runs: those of annotations are never looked up."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        for part in ("annotation", "returns"):
            if getattr(node, part, None) is not None:
                setattr(node, part, ast.Constant(None))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
