"""Right engines that look as if something were wrong with them are let be; the same with a slip are not."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Status, probe

from .cases import load


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def ran(root):
    root.backward()
    return probe(root)


RIGHT = {
    "an axis that leaves no trace": lambda x, v: (x.exp().sum(0) * v).sum(),
    "several of them": lambda x, v: (x.exp().total(0) * v + x.total(1) * v).total(),
    "of the same shapes": lambda x, v: (x.exp().total(0) + x.total(1)).exp().total(),
    "a slice": lambda x, v: (x[0:2].exp() * x[1:3]).sum(),
    "a slice whose rule is taken as it is": lambda x, v: (x.rows(0, 2).exp() * x.rows(1, 3)).sum(),
    "rows and whole": lambda x, v: (x.rows(0, 2).exp().sum() + x.sum()).exp(),
    "a root of one entry": lambda x, v: (x.sum(0) * v)[0:1],
}


@pytest.mark.parametrize("case", RIGHT)
def test_a_right_engine_is_let_be(case, rng):
    engine = load("lost_axes")
    x, v = engine.Tensor(rng.normal(size=(3, 3))), engine.Tensor(rng.normal(size=3))
    comparison = ran(RIGHT[case](x, v))
    assert comparison.ok, str(comparison)
    assert comparison[x].status is Status.CORRECT


def test_a_sum_that_is_broadcast_back_along_the_wrong_axis_is_found_though_its_axis_left_no_trace(rng):
    engine = load("lost_axes")
    x, v = engine.Tensor(rng.normal(size=(3, 3))), engine.Tensor(rng.normal(size=3))
    (cause,) = ran((x.exp().sum(1) * v).sum()).causes
    assert cause.slip.kind == "wrong-axis"
    assert cause.source.text == "self.grad += out.grad"


def test_so_it_is_where_the_axis_has_a_default(rng, tmp_path):
    engine = load("lost_axes", tmp_path, ("def total", "self.grad += out.grad.reshape(shape)", "self.grad += out.grad"))
    x, v = engine.Tensor(rng.normal(size=(3, 3))), engine.Tensor(rng.normal(size=3))
    (cause,) = ran((x.exp().total(1) * v).total()).causes
    assert cause.slip.kind == "wrong-axis"
    assert cause.source.text == "self.grad += out.grad"


def test_a_backward_that_begins_with_1_of_another_shape_is_let_be(rng, tmp_path):
    for seed in ("np.ones(1)", "np.ones((1, 1))"):
        engine = load("lost_axes", tmp_path, ("visit(self)", "np.array(1.0)", seed))
        x = engine.Tensor(rng.normal(size=(3, 3)))
        assert ran(x.exp().total()).ok
    engine = load("lost_axes", tmp_path, ("visit(self)", "np.array(1.0)", "np.full(1, 2.0)"))
    (cause,) = ran(engine.Tensor(rng.normal(size=(3, 3))).exp().total()).causes
    assert "backward starts here with another number than 1" in cause.note


def test_right_numbers_in_a_row_beside_a_row_of_one_are_a_remark(rng, tmp_path):
    right, flat = (
        "other.grad += unbroadcast(out.grad, other.grad.shape)",
        "other.grad = other.grad.sum(0) + out.grad.sum(0)",
    )
    engine = load("lost_axes", tmp_path, ("def __add__", right, flat))
    x, b = engine.Tensor(rng.normal(size=(4, 3))), engine.Tensor(rng.normal(size=(1, 3)))
    root = (x + b).exp().sum()
    root.backward()
    comparison = probe(root)
    assert comparison.ok, str(comparison)
    assert "The numbers of b's gradient are right; it has shape (3,), and b has shape (1, 3)." in comparison.remark
    engine = load("lost_axes", tmp_path, ("def __add__", right, flat.replace("+ out", "- out")))
    x, b = engine.Tensor(rng.normal(size=(4, 3))), engine.Tensor(rng.normal(size=(1, 3)))
    assert [one.slip.kind for one in ran((x + b).exp().sum()).causes] == ["sign"]


def test_a_rule_written_in_the_constructor_of_its_node_is_asked_like_any_other(tmp_path):
    engine = load("constructors")
    a, b = engine.Node(0.5), engine.Node(-1.5)
    comparison = ran((a * b + a).tanh())
    assert comparison.ok
    assert not comparison.remark
    engine = load("constructors", tmp_path, ("class Mul", "b.grad += a.data", "b.grad += -a.data"))
    a, b = engine.Node(0.5), engine.Node(-1.5)
    (cause,) = ran((a * b + a).tanh()).causes
    assert (cause.slip.kind, cause.source.text) == ("sign", "b.grad += -a.data * self.grad")
    assert cause.note.startswith("Mul (constructors.py:")


def test_a_rule_that_is_taken_as_it_is_is_not_blamed_on_the_walk(rng, tmp_path):
    change = ("def rows", "self.grad[which] += out.grad", "self.grad[which] += np.clip(out.grad, -0.1, 0.1)")
    engine = load("lost_axes", tmp_path, change)  # it clips, and so is not the same for one upstream gradient at a time
    x, v = engine.Tensor(rng.normal(size=(3, 3))), engine.Tensor(rng.normal(size=3))
    comparison = ran((x.exp().rows(0, 2) * v).sum())
    assert comparison.ok, str(comparison)
    assert "The rule of rows could not be asked alone, and is taken as it is." in comparison.remark


class Lazy:
    """An engine without closures: a class for each operation, its operands in attributes, backward() by recursion."""

    def __init__(self, data):
        self.data, self.grad = np.array(data, dtype=float), 0

    def __mul__(self, other):
        return LazyProduct(self, other)

    def total(self):
        return LazySum(self)

    def backward(self, grad=1):
        self.grad = self.grad + grad


class LazyProduct(Lazy):
    def __init__(self, a, b):
        super().__init__(a.data * b.data)
        self.a, self.b = a, b

    def backward(self, grad=1):
        self.grad = self.grad + grad
        self.a.backward(grad * self.b.data)
        self.b.backward(grad * self.a.data)


class LazySum(Lazy):
    def __init__(self, a):
        super().__init__(a.data.sum())
        self.a = a

    def backward(self, grad=1):
        self.grad = self.grad + grad
        self.a.backward(grad * np.ones(self.a.data.shape))


def test_classes_may_hold_their_operands_in_attributes_of_their_own_one_or_two(rng):
    x, w = Lazy(rng.normal(size=3)), Lazy(rng.normal(size=3))
    comparison = ran((x * w * x).total())
    assert comparison.ok, str(comparison)
    assert len(comparison) == 5
    assert comparison[w].status is Status.CORRECT


def test_one_number_that_backward_begins_with_stands_for_every_entry_of_the_root(rng):
    x, w = Lazy(rng.normal(size=3)), Lazy(rng.normal(size=3))
    assert ran(x * w).ok
    x, w = Lazy(rng.normal(size=3)), Lazy(rng.normal(size=3))
    root = x * w
    root.backward(np.ones(3))
    assert probe(root).ok


class Power:
    """Numbers; the exponent of a power is made a node, too, and gets no gradient."""

    def __init__(self, data, children=()):
        self.data, self.grad, self._prev, self._backward = data, 0.0, set(children), lambda: None

    def __mul__(self, other):
        out = Power(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __pow__(self, other):
        other = other if isinstance(other, Power) else Power(other)
        out = Power(self.data**other.data, (self, other))

        def _backward():
            self.grad += other.data * self.data ** (other.data - 1) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        order = []

        def visit(node):
            if node not in order:
                for child in node._prev:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node._backward()


def test_nobody_wants_the_gradient_of_a_bare_number_as_an_exponent():
    a, b = Power(2.0), Power(-3.0)
    comparison = ran(a**2.0 * b)
    assert comparison.ok, str(comparison)


def test_of_an_exponent_that_is_a_variable_it_is_missed():
    a, n = Power(2.0), Power(2.5)
    root = a**n
    root.backward()
    comparison = probe(root)
    assert [(cause.name, cause.slip.kind) for cause in comparison.causes] == [("n", "missing-path")]
