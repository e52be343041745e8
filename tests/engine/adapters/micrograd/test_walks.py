"""Walks of engines under any name, and such as call themselves with what they hand on."""

import pytest

from handgrad import probe

from .cases import build_of, from_file

ENGINE = """\
class Num:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0
        self.pull = lambda: None

    def __mul__(self, other):
        out = Num(self.value * other.value, (self, other))
        def pull():
            self.grad += other.value * out.grad
            other.grad += self.value * out.grad
        out.pull = pull
        return out

    def __add__(self, other):
        out = Num(self.value + other.value, (self, other))
        def pull():
            self.grad += out.grad
            other.grad += out.grad
        out.pull = pull
        return out


def line_up(end):
    order = []
    def visit(node):
        if node not in order:
            for one in node.parents:
                visit(one)
            order.append(node)
    visit(end)
    return order


def undo_all(end):
    end.grad = 1.0
    for node in reversed(line_up(end)):
        node.pull()


def expression():
    a, b = Num(1.5), Num(-0.7)
    return (a * b + b) * a


def program():
    end = expression()
    undo_all(end)
    return end


def program_that_walks():
    end = expression()
    end.grad = 1.0
    for node in reversed(line_up(end)):
        node.pull()
    return end
"""
RECURSIVE = """\
class Node:
    def __init__(self, data, creators=(), op=""):
        self.data, self.creators, self.op, self.grad, self.waits = data, creators, op, None, 0
        for one in creators:
            one.waits += 1

    def backward(self, grad=1.0, origin=None):
        self.waits -= origin is not None
        self.grad = grad if self.grad is None else self.grad + grad
        if self.waits > 0:
            return
        c = self.creators
        if self.op == "mul":
            left = self.grad * c[1].data
            right = self.grad * c[0].data
            c[0].backward(left, self)
            c[1].backward(right, self)
        elif self.op == "sub":
            c[0].backward(self.grad, self)
            c[1].backward(-self.grad, self)
        elif self.op == "square":
            c[0].backward(self.grad * 2 * c[0].data, self)

    def __mul__(self, other): return Node(self.data * other.data, (self, other), "mul")
    def __sub__(self, other): return Node(self.data - other.data, (self, other), "sub")
    def square(self): return Node(self.data ** 2, (self,), "square")


def program():
    a, b = Node(1.3), Node(-0.4)
    end = (a * b - a).square()
    end.backward()
    return end
"""


def load(tmp_path, text, right="", wrong=""):
    path = tmp_path / f"walks_{len(wrong)}.py"  # what is compiled is kept by name, second and size
    path.write_text(text.replace(right, wrong, 1) if right else text, "utf-8")
    return from_file(path)


def test_a_walk_is_known_by_what_it_does_whatever_it_is_called(tmp_path):
    assert probe(load(tmp_path, ENGINE).program).ok
    (cause,) = probe(load(tmp_path, ENGINE, "other.grad += self.value", "other.grad -= self.value").program).causes
    assert (cause.slip.kind, cause.source.text) == ("sign", "other.grad -= self.value * out.grad")


def test_of_a_walk_in_the_program_itself_nothing_is_said_but_which_gradient_is_wrong(tmp_path):
    assert probe(load(tmp_path, ENGINE).program_that_walks).ok
    engine = load(tmp_path, ENGINE, "other.grad += self.value", "other.grad -= self.value")
    found = probe(engine.program_that_walks)
    assert not found.ok
    assert not {"stale", "double"} & {one.slip.kind for one in found.causes if one.slip is not None}


@pytest.mark.parametrize(
    ("right", "wrong", "kinds"),
    [
        ("right = self.grad * c[0].data", "right = self.grad * c[1].data", {"swapped"}),
        ("self.grad * 2 * c[0].data", "self.grad * c[0].data", {"factor", "forgot-local"}),
    ],
)
def test_where_a_walk_calls_itself_the_line_is_that_of_the_call_before(right, wrong, kinds, tmp_path):
    assert probe(load(tmp_path, RECURSIVE).program).ok
    (cause,) = probe(load(tmp_path, RECURSIVE, right, wrong).program, quick=True).causes
    assert wrong in cause.source.text
    assert kinds & {cause.slip.kind, *cause.slip.also}


def test_a_rule_is_right_where_an_entry_is_so_small_that_it_drowns_in_the_sum(tmp_path):
    text = (
        "import numpy as np\n\n"
        "class T:\n"
        "    def __init__(self, data, prev=()):\n"
        "        self.data, self._prev = np.asarray(data, float), prev\n"
        "        self.grad, self._backward = np.zeros_like(self.data), lambda: None\n\n"
        "    def __mul__(self, other):\n"
        "        out = T(self.data * other.data, (self, other))\n"
        "        def _backward():\n"
        "            self.grad += other.data * out.grad\n"
        "            other.grad += self.data * out.grad\n"
        "        out._backward = _backward\n"
        "        return out\n\n"
        "    def sum(self):\n"
        "        out = T(np.array([self.data.sum()]), (self,))\n"
        "        def _backward():\n"
        "            self.grad += out.grad * np.ones_like(self.data)\n"
        "        out._backward = _backward\n"
        "        return out\n\n"
        "    def log_softmax(self):\n"
        "        out = T(self.data - np.log(np.exp(self.data).sum(1, keepdims=True)), (self,))\n"
        "        def _backward():\n"
        "            self.grad += out.grad - np.exp(out.data) * out.grad.sum(1, keepdims=True)\n"
        "        out._backward = _backward\n"
        "        return out\n\n"
        "    def backward(self):\n"
        "        order = []\n"
        "        def visit(one):\n"
        "            if not any(one is other for other in order):\n"
        "                for part in one._prev:\n"
        "                    visit(part)\n"
        "                order.append(one)\n"
        "        visit(self)\n"
        "        self.grad = np.ones_like(self.data)\n"
        "        for one in reversed(order):\n"
        "            one._backward()\n"
    )
    engine = load(tmp_path, text)
    found = probe(build_of(lambda: (engine.T([[30.0, 1.0, -3.0], [0.5, 2.0, -41.0]]).log_softmax()
                                    * engine.T([[0.7, -1.2, 0.4], [1.1, 0.3, -0.9]])).sum()))  # fmt: skip
    assert found.ok
