"""A rule that is wrong is tried by experiment: the line is the one where the number is made, whatever writes it."""

from types import FunctionType

import pytest

from handgrad import probe

from .cases import build_of, from_file

ENGINE = """
import math
import numpy as np


class Value:
    def __init__(self, data, children=(), op=""):
        self.data, self.grad, self._op = data, 0.0, op
        self._prev, self._backward = set(children), lambda: None

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def gelu(self):
        x = self.data
        s = 1 / (1 + math.exp(-1.702 * x))
        out = Value(x * s, (self,), "gelu")

        def _backward():
            ds = 1.702 * s * (1 - s)
            local = s + x * ds
            self.grad += local * out.grad

        out._backward = _backward
        return out

    def hypot(self, other):
        out = Value(math.sqrt(self.data**2 + other.data**2), (self, other), "hypot")

        def _backward():
            r = shared(out)
            self.grad += self.data * r
            other.grad += other.data * r

        out._backward = _backward
        return out

    def backward(self):
        order, met = [], set()

        def walk(node):
            if node not in met:
                met.add(node)
                for child in node._prev:
                    walk(child)
                order.append(node)

        walk(self)
        self.grad = 1.0
        for node in reversed(order):
            node._backward()


def shared(out):
    scale = 1 / out.data
    return scale * out.grad


def program():
    a, b = Value(0.7), Value(-1.3)
    return a.gelu() * b.hypot(a) * b
"""


def engine(folder, *changes):
    """The engine with some of its lines changed, in a file of its own."""
    text = ENGINE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "engine.py"
    path.write_text(text, "utf-8")
    return from_file(path)


def probed(theirs, **words):
    return probe(build_of(theirs.program), **words)


WRONG = {
    "in a closure, before the number is written": ("local = s + x * ds", "local = x + x * ds", "rule"),
    "in a closure, two lines before": ("ds = 1.702 * s * (1 - s)", "ds = 1.702 * s * (1 + s)", "sign"),
    "in a function that the rule calls": ("scale = 1 / out.data", "scale = 1 / out.data**2", "rule"),
    "assigned, and not added": ("self.grad += other.data", "self.grad = other.data", "overwrites"),
}


@pytest.mark.parametrize(("right", "wrong", "kind"), WRONG.values(), ids=WRONG)
def test_the_line_where_the_number_is_made_is_told_with_the_slip(right, wrong, kind, tmp_path):
    theirs = engine(tmp_path, (right, wrong))
    found = probed(theirs)
    (cause,) = found.causes
    assert cause.source.text.startswith(wrong)
    assert kind in (cause.slip.kind, *cause.slip.also)


@pytest.mark.rest(of=3)
@pytest.mark.parametrize(
    ("right", "wrong"), [("local = s + x * ds", "local = s - x * ds"), ("return scale * out.grad", "return scale")]
)
def test_two_lines_that_nothing_tells_apart_are_both_told(right, wrong, tmp_path):
    theirs = engine(tmp_path, (right, wrong))
    (cause,) = probed(theirs).causes
    lines = (tmp_path / "engine.py").read_text("utf-8").splitlines()
    at = next(number for number, line in enumerate(lines, 1) if line.strip() == wrong)
    assert f"either line {at - 1} or line {at}" in cause.note


@pytest.mark.rest(of=3)
def test_the_patch_fixes_the_file(tmp_path):
    found = probed(engine(tmp_path, ("local = s + x * ds", "local = x + x * ds")))
    added = [line[1:].strip() for line in found.patch.splitlines() if line.startswith("+") and line[1:2] == " "]
    assert len(added) == 1
    (tmp_path / "fixed").mkdir()
    assert probed(engine(tmp_path / "fixed", ("local = s + x * ds", added[0]))).ok


@pytest.mark.rest(of=3)
def test_two_rules_that_are_wrong_have_a_cause_each_and_one_patch(tmp_path):
    theirs = engine(tmp_path, ("local = s + x * ds", "local = s - x * ds"), ("* (1 - s)", "* (1 + s)"))
    first = probed(theirs)
    theirs = engine(tmp_path, ("self.grad += other.data * out.grad", "self.grad += other.data"), ("s + x", "s - x"))
    found = probed(theirs)
    assert len(found.causes) == 2
    assert found.patch.count("@@") == 4
    assert not first.ok


@pytest.mark.rest(of=3)
def test_one_function_that_several_rules_call_wrongly_is_fixed_once(tmp_path):
    found = probed(engine(tmp_path, ("return scale * out.grad", "return 2 * scale * out.grad")))
    (cause,) = found.causes
    assert cause.source.text == "return 2 * scale * out.grad"
    assert found.patch.count("@@") == 2


def test_without_experiments_there_is_no_patch_and_the_line_is_that_of_the_variable_that_is_multiplied(tmp_path):
    theirs = engine(tmp_path, ("ds = 1.702 * s * (1 - s)", "ds = 1.702 * s * (1 + s)"))
    found = probed(theirs, quick=True)
    assert not found.patch
    assert found.causes[0].source.text == "local = s + x * ds"


@pytest.mark.rest(of=3)
def test_what_no_small_change_fixes_is_told_as_before(tmp_path):
    theirs = engine(tmp_path, ("local = s + x * ds", "local = math.atan(x) ** 3 + 17.31 * math.sin(5 * x)"))
    found, quick = probed(theirs), probed(theirs, quick=True)
    assert not found.patch
    assert [(one.name, one.source, one.note) for one in found.causes] == [
        (one.name, one.source, one.note) for one in quick.causes
    ]


@pytest.mark.rest(of=3)
def test_their_code_and_numbers_are_afterwards_as_they_were(tmp_path):
    theirs = engine(tmp_path, ("scale = 1 / out.data", "scale = out.data"))
    functions = [one for one in (*vars(theirs).values(), *vars(theirs.Value).values()) if isinstance(one, FunctionType)]
    codes = [one.__code__ for one in functions]
    root = theirs.program()
    root.backward()
    before = [(id(node), node.data, node.grad, node._backward.__code__) for node in root._prev]
    text = (tmp_path / "engine.py").read_text("utf-8")
    assert not probed(theirs).ok
    assert not probe(lambda: root).patch
    assert [one.__code__ for one in functions] == codes
    assert [(id(node), node.data, node.grad, node._backward.__code__) for node in root._prev] == before
    assert (tmp_path / "engine.py").read_text("utf-8") == text


@pytest.mark.rest(of=3)
def test_the_time_that_has_passed_is_told(tmp_path):
    told = []
    theirs = engine(tmp_path, ("local = s + x * ds", "local = s * math.atan(x) + 3.3 * math.sin(x) * x"))
    assert not probed(theirs, progress=lambda passed, most: told.append((passed, most))).ok
    assert all(2.0 <= passed <= most for passed, most in told)


METHODS = """
import math


class Node:
    def __init__(self, value, parents=()):
        self.value, self.grad, self.parents = value, 0.0, parents

    def backward(self):
        order, met = [], set()

        def walk(node):
            if id(node) not in met:
                met.add(id(node))
                for one in node.parents:
                    walk(one)
                order.append(node)

        walk(self)
        self.grad = 1.0
        for node in reversed(order):
            if node.parents:
                node._backward()


class Tanh(Node):
    def __init__(self, inner):
        super().__init__(math.tanh(inner.value), (inner,))

    def _backward(self):
        slope = 1 - self.value**2
        self.parents[0].grad += slope * self.grad


class Mul(Node):
    def __init__(self, left, right):
        super().__init__(left.value * right.value, (left, right))

    def _backward(self):
        left, right = self.parents
        left.grad += right.value * self.grad
        right.grad += left.value * self.grad


def program():
    a, b = Node(0.4), Node(-1.2)
    return Mul(Tanh(Mul(a, b)), b)
"""


def test_a_rule_that_is_a_method_is_tried_too(tmp_path):
    path = tmp_path / "nodes.py"
    path.write_text(METHODS.replace("slope = 1 - self.value**2", "slope = 1 + self.value**2"), "utf-8")
    found = probed(from_file(path))
    (cause,) = found.causes
    assert cause.source.text == "slope = 1 + self.value**2"
    assert "slope = 1 - self.value" in found.patch


STATIC = """
import numpy as np


class Tensor:
    def __init__(self, data, creator=None):
        self.data, self.grad, self.creator = np.asarray(data, float), None, creator

    def backward(self):
        order, met = [], set()

        def walk(node):
            if id(node) not in met:
                met.add(id(node))
                if node.creator is not None:
                    for one in node.creator.inputs:
                        walk(one)
                order.append(node)

        walk(self)
        self.grad = np.ones_like(self.data)
        for node in reversed(order):
            if node.creator is not None:
                for one, grad in zip(node.creator.inputs, node.creator.backward(node.creator, node.grad)):
                    one.grad = grad if one.grad is None else one.grad + grad


class Function:
    def __init__(self, *inputs):
        self.inputs = inputs

    @classmethod
    def apply(cls, *inputs):
        ctx = cls(*inputs)
        return Tensor(cls.forward(ctx, *[one.data for one in inputs]), ctx)


class Softplus(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.e = np.exp(x)
        return np.log(1 + ctx.e)

    @staticmethod
    def backward(ctx, grad):
        ratio = ctx.e / (1 + ctx.e)
        return (grad * ratio,)


class Total(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.shape = x.shape
        return x.sum()

    @staticmethod
    def backward(ctx, grad):
        return (grad * np.ones(ctx.shape),)


def program():
    return Total.apply(Softplus.apply(Tensor([0.3, -1.2, 2.0])))
"""


def test_a_static_method_with_a_ctx_is_tried_too(tmp_path):
    path = tmp_path / "static.py"
    path.write_text(STATIC.replace("ratio = ctx.e / (1 + ctx.e)", "ratio = ctx.e / (1 - ctx.e)"), "utf-8")
    found = probed(from_file(path))
    (cause,) = found.causes
    assert cause.source.text == "ratio = ctx.e / (1 - ctx.e)"
    assert "sign" in (cause.slip.kind, *cause.slip.also)
