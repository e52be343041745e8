"""What `probe` finds in the walk of somebody's backward(), and in what stood there before."""

import ast
from pathlib import Path

import pytest

from handgrad import Status, probe

from .cases import ADD, UNRECORDED, WALKS, build_of, from_file, load
from .test_probing import of

WRONG_NEG = ("def __neg__", "-out.grad", "out.grad")


@pytest.mark.drawn(3)
@pytest.mark.parametrize("case", WALKS, ids=of)
def test_a_wrong_walk_is_named_and_placed_in_the_function_that_walks(case, tmp_path):
    comparison = probe(case.build(tmp_path))
    (cause,) = comparison.causes
    assert not comparison.ok
    assert case.kind in (cause.slip.kind, *cause.slip.also)
    file, line, text = cause.source
    assert file == str(tmp_path / f"{case.module}.py")
    walks = [one for one in _functions(file) if one.name in ("backward", "walk")]
    assert any(one.lineno <= line <= one.end_lineno for one in walks)
    assert text == Path(file).read_text("utf-8").splitlines()[line - 1].strip()


def _functions(file):
    tree = ast.parse(Path(file).read_text("utf-8"))
    return [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]


@pytest.mark.parametrize("case", UNRECORDED, ids=of)
def test_what_a_node_does_not_record_is_placed_where_it_is_made(case, tmp_path):
    (cause,) = probe(case.build(tmp_path)).causes
    assert cause.slip.kind == case.kind
    assert (cause.source.line, cause.source.text) in case.wrong_lines.items()


def test_an_operator_that_cuts_the_graph_off_is_found(tmp_path):
    engine = load("closures", tmp_path, ("def __radd__", "self + other", "Value(self.data + other)"))
    a, b = engine.Value(2.0), engine.Value(3.0)
    (cause,) = probe(build_of(lambda: sum([a * b, b * b]) * 2.0)).causes
    assert (cause.slip.kind, cause.source.text) == ("not-recorded", "return Value(self.data + other)")


def test_an_operator_that_forgets_its_second_operand_altogether_is_found(tmp_path):
    second = (ADD, "            other.grad += 1.0 * out.grad\n", "")
    engine = load("closures", tmp_path, (ADD, "(self, other), ", "(self,), "), second)
    (cause,) = probe(build_of(lambda: (engine.Value(2.0) + engine.Value(3.0)) * 2.0)).causes
    assert cause.slip.kind == "not-recorded"
    assert cause.source.text == 'out = Value(self.data + other.data, (self,), "+")'


def test_gradients_left_from_an_earlier_step_are_stale_and_no_line_is_wrong():
    engine = load("closures")
    w = engine.Value(1.5, label="w")
    for _ in range(2):
        loss = (w * 3.0 + 1.0) ** 2
        loss.backward()
    (cause,) = probe(loss).causes
    assert (cause.name, cause.slip.kind, cause.source) == ("w", "stale", None)


def test_a_second_call_is_told_as_such():
    root = load("closures").program()
    root.backward()
    root.backward()
    (cause,) = probe(root).causes
    assert (cause.slip.kind, cause.slip.also, cause.source) == ("double", ("stale",), None)
    assert "twice" in cause.note


def test_data_changed_before_backward_is_found():
    engine = load("closures")
    x = engine.Value(1.2, label="x")
    y = x * x
    root = y.exp() * x
    x.data = 0.5
    root.backward()
    (cause,) = probe(root).causes
    assert (cause.name, cause.slip.kind, cause.source) == ("x", "in-place", None)


def test_an_operator_that_writes_into_a_node_is_found(tmp_path):
    new = "def __iadd__(self, other):\n        self.data += other.data\n        return self\n\n    def exp(self):"
    engine = load("closures", tmp_path, (ADD, "def exp(self):", new))

    def program():
        a, b = engine.Value(2.0), engine.Value(0.3)
        c = a * b
        e = c.exp()
        c += b
        return e + c

    (cause,) = probe(build_of(program)).causes
    assert (cause.slip.kind, cause.source.text) == ("in-place", "self.data += other.data")


def test_a_step_of_descent_since_is_no_mistake_and_is_remarked():
    engine = load("closures")
    x = engine.Value(1.2, label="x")
    y = x * x
    root = y.exp() * x
    root.backward()
    x.data -= 0.1 * x.grad
    comparison = probe(root)
    assert comparison.ok
    assert "The data of x was changed after the forward pass" in comparison.remark
    assert set(comparison.counts) == {Status.SKIPPED}


def test_a_step_of_descent_hides_no_wrong_rule(tmp_path):
    engine = load("closures", tmp_path, WRONG_NEG)
    x = engine.Value(1.2)

    def step():
        root = (-(x * x)).exp()
        root.backward()
        x.data -= 0.1 * x.grad
        return root

    assert [cause.source.text for cause in probe(step).causes] == ["self.grad += out.grad"]
    assert x.data == 1.2


@pytest.mark.rest
def test_a_rule_that_changes_a_gradient_in_place_is_found(tmp_path):
    new = "out.grad *= -1\n            self.grad += out.grad"
    engine = load("closures", tmp_path, ("def __neg__", "self.grad += -out.grad", new))
    a = engine.Value(2.0)
    root = (-(a * a)).exp()
    root.backward()
    (cause,) = probe(root).causes
    assert (cause.slip.kind, cause.source.text) == ("in-place", "out.grad *= -1")


def test_an_operation_that_changes_its_operand_in_place_is_found(tmp_path):
    new = "self.data[self.data < 0] = 0\n        out = Tensor(self.data, (self,)"
    engine = load("tensors", tmp_path, ("def relu", "out = Tensor(np.maximum(0, self.data), (self,)", new))
    x = engine.Tensor([[1.0, -2.0], [0.5, -0.1]])

    def program():
        y = x * 3.0
        return (y.relu() + y * y).sum()

    causes = probe(build_of(program)).causes
    assert ("in-place", "self.data[self.data < 0] = 0") in {(one.slip.kind, one.source.text) for one in causes}


@pytest.mark.rest
def test_before_backward_the_rules_are_asked_all_the_same(tmp_path):
    engine = load("closures", tmp_path, WRONG_NEG)
    root = -(engine.Value(1.5) * 2.0)
    comparison = probe(root)
    assert [cause.slip.kind for cause in comparison.causes] == ["sign"]
    assert "backward() has not been called" in comparison.remark
    right = load("closures").program()
    assert probe(right).ok


def test_a_graph_that_was_set_free_after_backward_is_not_said_to_record_nothing(tmp_path):
    freed = "node._backward()\n            node._prev = set()"
    engine = load("closures", tmp_path, ("def backward", "node._backward()", freed))
    root = engine.program()
    root.backward()
    comparison = probe(root)
    assert comparison.ok
    assert "its walk was not tried" in comparison.remark


def test_a_walk_that_begins_with_nothing_is_found(tmp_path):
    engine = load("closures", tmp_path, ("def backward", "        self.grad = 1.0\n", ""))
    root = engine.program()
    root.backward()
    (cause,) = probe(root).causes
    assert (cause.name, cause.slip.kind) == ("root", "missing-path")
    set_by_hand = engine.program()
    set_by_hand.grad = 1.0
    set_by_hand.backward()
    assert probe(set_by_hand).ok


def test_a_call_for_every_use_that_hands_on_what_came_earlier_is_found(tmp_path):
    new = "gradient = self.gradient = self.gradient + gradient"
    engine = load("recursive", tmp_path, ("def backward", "self.gradient += gradient", new))
    root = engine.program()
    root.backward()
    causes = probe(root).causes
    assert {cause.slip.kind for cause in causes} == {"double"}
    assert all("what has arrived earlier is handed on again" in cause.note for cause in causes)


WALKED_FROM_OUTSIDE = """
from dataclasses import dataclass, field

@dataclass(eq=False)
class Node:
    data: float
    parents: list = field(default_factory=list)
    vjp: object = None
    grad: float = 0.0

    def is_leaf(self):
        return not self.parents

def mul(a, b):
    return Node(a.data * b.data, [a, b], lambda g: (g * b.data, g * a.data))

def sub(a, b):
    return Node(a.data - b.data, [a, b], lambda g: (g, -g))

class Tape:
    def backward(self, loss):
        order = []
        def visit(node):
            for one in node.parents:
                visit(one)
            if node not in order:
                order.append(node)
        visit(loss)
        loss.grad = 1.0
        for node in reversed(order):
            if node.vjp:
                for one, g in zip(node.parents, node.vjp(node.grad)):
                    one.grad += g

def backward(root):
    Tape().backward(root)

def of_a_function():
    x, y = Node(0.6), Node(-1.2)
    root = sub(mul(x, y), mul(y, y))
    backward(root)
    return root

def of_a_tape():
    x, y = Node(0.6), Node(-1.2)
    root = sub(mul(x, y), mul(y, y))
    Tape().backward(root)
    return root
"""


@pytest.mark.drawn(2, rest=4)
@pytest.mark.parametrize("program", ["of_a_function", "of_a_tape"])
@pytest.mark.parametrize(
    ("right", "wrong"), [("(g, -g)", "(g, g)"), ("(g * b.data, g", "(b.data, g"), ("one.grad += g", "one.grad = g")]
)
def test_a_walk_that_is_no_method_of_the_nodes_is_watched_too(program, right, wrong, tmp_path):
    for text in (WALKED_FROM_OUTSIDE, WALKED_FROM_OUTSIDE.replace(right, wrong)):
        path = tmp_path / f"theirs_{program}_{len(text)}.py"
        path.write_text(text, "utf-8")
        found = probe(getattr(from_file(path), program))
        assert [wrong in cause.source.text for cause in found.causes] == [True] * (wrong in text)


def test_a_rule_that_no_small_change_fixes_is_blamed_where_it_goes_wrong(tmp_path):
    program = (
        "def of_a_cube():\n    x, y = Node(0.6), Node(1.2)\n    root = cubed(mul(mul(x, x), y))\n"
        "    backward(root)\n    return root\n"
    )
    cubed = (
        "def cubed(a):\n    def vjp(g):\n        slope = 17.3 * a.data ** 5 + 0.4  # wrong\n"
        "        passed = slope * g\n        return (passed,)\n    return Node(a.data ** 3, [a], vjp)\n"
    )
    path = tmp_path / "cubed.py"
    path.write_text(f"{WALKED_FROM_OUTSIDE}\n{cubed}\n{program}", "utf-8")
    (cause,) = probe(from_file(path).of_a_cube).causes
    assert cause.source.text.endswith("# wrong")
