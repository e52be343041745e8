"""Right engines that look as if something were wrong with them are let be; the same with a slip are not."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Status, probe

from .cases import THEIRS, build_of, from_file, load


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def ran(program):
    return probe(build_of(program))


RIGHT = {
    "an axis that leaves no trace": lambda x, v: (x.exp().sum(0) * v).sum(),
    "several of them": lambda x, v: (x.exp().total(0) * v + x.total(1) * v).total(),
    "of the same shapes": lambda x, v: (x.exp().total(0) + x.total(1)).exp().total(),
    "a slice": lambda x, v: (x[0:2].exp() * x[1:3]).sum(),
    "a slice whose rule is taken as it is": lambda x, v: (x.rows(0, 2).exp() * x.rows(1, 3)).sum(),
    "rows and whole": lambda x, v: (x.rows(0, 2).exp().sum() + x.sum()).exp(),
    "a root of one entry": lambda x, v: (x.sum(0) * v)[0:1],
}


@pytest.mark.drawn(3)
@pytest.mark.parametrize("case", RIGHT)
def test_a_right_engine_is_let_be(case, rng):
    engine = load("lost_axes")
    x, v = engine.Tensor(rng.normal(size=(3, 3))), engine.Tensor(rng.normal(size=3))
    comparison = ran(lambda: RIGHT[case](x, v))
    assert comparison.ok, str(comparison)
    assert comparison[x].status is Status.CORRECT


@pytest.mark.rest(of=3)
def test_a_sum_that_is_broadcast_back_along_the_wrong_axis_is_found_though_its_axis_left_no_trace(rng):
    engine = load("lost_axes")
    x, v = engine.Tensor(rng.normal(size=(3, 3))), engine.Tensor(rng.normal(size=3))
    (cause,) = ran(lambda: (x.exp().sum(1) * v).sum()).causes
    assert cause.slip.kind == "wrong-axis"
    assert cause.source.text == "self.grad += out.grad"


def test_so_it_is_where_the_axis_has_a_default(rng, tmp_path):
    engine = load("lost_axes", tmp_path, ("def total", "self.grad += out.grad.reshape(shape)", "self.grad += out.grad"))
    x, v = engine.Tensor(rng.normal(size=(3, 3))), engine.Tensor(rng.normal(size=3))
    (cause,) = ran(lambda: (x.exp().total(1) * v).total()).causes
    assert cause.slip.kind == "wrong-axis"
    assert cause.source.text == "self.grad += out.grad"


def test_a_backward_that_begins_with_1_of_another_shape_is_let_be(rng, tmp_path):
    for seed in ("np.ones(1)", "np.ones((1, 1))"):
        engine = load("lost_axes", tmp_path, ("visit(self)", "np.array(1.0)", seed))
        assert ran(lambda made=engine: made.Tensor([[0.3, -1.2], [0.7, 0.1]]).exp().total()).ok
    engine = load("lost_axes", tmp_path, ("visit(self)", "np.array(1.0)", "np.full(1, 2.0)"))
    (cause,) = ran(lambda: engine.Tensor(rng.normal(size=(3, 3))).exp().total()).causes
    assert "backward starts here with another number than 1" in cause.note


@pytest.mark.rest(of=3)
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
    assert "The numbers of the gradient of b are right; it has shape (3,), and b has shape (1, 3)." in comparison.remark
    engine = load("lost_axes", tmp_path, ("def __add__", right, flat.replace("+ out", "- out")))
    x, b = engine.Tensor(rng.normal(size=(4, 3))), engine.Tensor(rng.normal(size=(1, 3)))
    assert [one.slip.kind for one in ran(lambda: (x + b).exp().sum()).causes] == ["sign"]


def test_a_rule_written_in_the_constructor_of_its_node_is_asked_like_any_other(tmp_path):
    engine = load("constructors")
    a, b = engine.Node(0.5), engine.Node(-1.5)
    comparison = ran(lambda: (a * b + a).tanh())
    assert comparison.ok
    assert not comparison.remark
    engine = load("constructors", tmp_path, ("class Mul", "b.grad += a.data", "b.grad += -a.data"))
    a, b = engine.Node(0.5), engine.Node(-1.5)
    (cause,) = ran(lambda: (a * b + a).tanh()).causes
    assert (cause.slip.kind, cause.source.text) == ("sign", "b.grad += -a.data * self.grad")
    assert cause.note.startswith("Mul (constructors.py:")


def test_a_rule_that_is_taken_as_it_is_is_not_blamed_on_the_walk(rng, tmp_path):
    change = ("def rows", "self.grad[which] += out.grad", "self.grad[which] += np.clip(out.grad, -0.1, 0.1)")
    engine = load("lost_axes", tmp_path, change)  # it clips, and so is not the same for one upstream gradient at a time
    x, v = engine.Tensor(rng.normal(size=(3, 3))), engine.Tensor(rng.normal(size=3))
    root = (x.exp().rows(0, 2) * v).sum()
    root.backward()
    comparison = probe(root)
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
    comparison = ran(lambda: (x * w * x).total())
    assert comparison.ok, str(comparison)
    assert len(comparison) == 5
    assert comparison[w].status is Status.CORRECT


class LazyWrongProduct(LazyProduct):
    def backward(self, grad=1):
        self.grad = self.grad + grad
        self.a.backward(grad * self.b.data)
        self.b.backward(-grad * self.a.data)


@pytest.mark.rest(of=3)
def test_what_such_a_class_passes_on_wrongly_is_told_by_its_name(rng):
    x, w = Lazy(rng.normal(size=3)), Lazy(rng.normal(size=3))
    (cause,) = ran(lambda: LazyWrongProduct(x, w).total()).causes
    assert cause.slip.kind == "sign"
    assert cause.note.startswith("LazyWrongProduct (test_innocents.py:")


def test_one_number_that_backward_begins_with_stands_for_every_entry_of_the_root(rng):
    x, w = Lazy(rng.normal(size=3)), Lazy(rng.normal(size=3))
    assert ran(lambda: x * w).ok
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
    comparison = ran(lambda: a**2.0 * b)
    assert comparison.ok, str(comparison)


@pytest.mark.rest(of=3)
def test_of_an_exponent_that_is_a_variable_it_is_missed():
    a, n = Power(2.0), Power(2.5)
    root = a**n
    root.backward()
    comparison = probe(root)
    assert [(cause.name, cause.slip.kind) for cause in comparison.causes] == [("n", "missing-path")]


def test_of_an_exponent_that_was_computed_it_is_missed():
    a, b, c = Power(2.0), Power(2.5), Power(0.5)
    comparison = ran(lambda: a ** (b * c))
    assert [(cause.name, cause.slip.kind) for cause in comparison.causes] == [("b*c", "missing-path")]


CONNECTED = """
import math


class Node:
    def __init__(self, data, parents=()):
        self.data, self.grad, self._prev, self._backward = data, 0.0, set(parents), lambda: None

    def connected(self, left, right, to_left, to_right):
        def _backward():
            left.grad += to_left * self.grad
            right.grad += to_right * self.grad

        self._backward = _backward
        return self

    def __add__(self, other):
        return Node(self.data + other.data, (self, other)).connected(self, other, 1.0, 1.0)

    def __mul__(self, other):
        return Node(self.data * other.data, (self, other)).connected(self, other, other.data, self.data)

    def clipped(self):
        before, is_kept = self._backward, self.data > 0
        self.data = self.data if is_kept else 0.0

        def _backward():
            self.grad = self.grad if is_kept else 0.0
            before()

        self._backward = _backward
        return self

    def backward(self):
        order, met = [], set()

        def walk(node):
            if node not in met:
                met.add(node)
                for one in node._prev:
                    walk(one)
                order.append(node)

        walk(self)
        self.grad = 1.0
        for node in reversed(order):
            node._backward()


def program():
    a, b = Node(0.4), Node(1.1)
    return (a * b + a).clipped() * a
"""


def probed_text(text, folder):
    path = folder / "theirs.py"
    path.write_text(text, "utf-8")
    return ran(from_file(path).program)


def test_a_method_that_gives_a_node_its_rule_in_a_closure_is_let_be(tmp_path):
    found = probed_text(CONNECTED, tmp_path)
    assert found.ok
    assert not found.remark


@pytest.mark.rest(of=3)
def test_and_a_wrong_one_is_told(tmp_path):
    wrong = CONNECTED.replace("(self, other, other.data, self.data)", "(self, other, self.data, 1)")
    found = probed_text(wrong, tmp_path)
    assert {cause.source.text for cause in found.causes} == {
        "return Node(self.data * other.data, (self, other)).connected(self, other, self.data, 1)"
    }


BY_GRAD_FN = """
import numpy as np


class Tensor:
    def __init__(self, data, requires_grad=True):
        self.data, self.requires_grad, self.grad, self._grad_fn = np.asarray(data, float), requires_grad, None, None
        self.shape = self.data.shape

    def __add__(self, other):
        out = Tensor(self.data + other.data)
        out._grad_fn = AddBackward(self, other)
        return out

    def __mul__(self, other):
        out = Tensor(self.data * other.data)
        out._grad_fn = MulBackward(self, other)
        return out

    def __getitem__(self, key):
        out = Tensor(self.data[key])
        out._grad_fn = SliceBackward(self, key)
        return out

    def sum(self, axis=None):
        out = Tensor(self.data.sum(axis=axis))
        out._grad_fn = SumBackward(self, axis)
        return out

    def backward(self, gradient=None):
        gradient = np.ones_like(self.data) if gradient is None else gradient
        while gradient.ndim > self.data.ndim:
            gradient = gradient.sum(axis=0)
        self.grad = gradient if self.grad is None else self.grad + gradient
        if self._grad_fn is not None:
            for tensor, one in zip(self._grad_fn.saved_tensors, self._grad_fn.apply(gradient)):
                tensor.backward(one)


class Function:
    def __init__(self, *tensors):
        self.saved_tensors = tensors


class AddBackward(Function):
    def apply(self, grad_output):
        return grad_output, grad_output


class MulBackward(Function):
    def apply(self, grad_output):
        a, b = self.saved_tensors
        return grad_output * b.data, grad_output * a.data


class SliceBackward(Function):
    def __init__(self, tensor, key):
        super().__init__(tensor)
        self.key = key

    def apply(self, grad_output):
        grad = np.zeros_like(self.saved_tensors[0].data)
        grad[self.key] = grad_output
        return (grad,)


class SumBackward(Function):
    def __init__(self, tensor, axis):
        super().__init__(tensor)
        self.axis = axis

    def apply(self, grad_output):
        if self.axis is not None:
            grad_output = np.expand_dims(grad_output, self.axis)
        return (np.ones_like(self.saved_tensors[0].data) * grad_output,)


def program():
    numbers = np.random.default_rng(0)
    x, b = Tensor(numbers.normal(size=(4, 4))), Tensor(numbers.normal(size=4))
    h = (x[0] * x[1] + x[2]) * x.sum(axis=1)
    return (h + b).sum() + ((x * x) + b).sum()
"""


def test_slices_and_rules_called_apply_are_let_be_and_what_the_walk_itself_sums_is_right(tmp_path):
    found = probed_text(BY_GRAD_FN, tmp_path)
    assert found.ok
    assert not found.remark


@pytest.mark.rest(of=3)
def test_a_sum_that_forgets_its_axis_is_told_though_other_sums_are_right(tmp_path):
    found = probed_text(BY_GRAD_FN.replace("if self.axis is not None:", "if False:"), tmp_path)
    (cause,) = found.causes
    assert cause.source.text.startswith(("return (np.ones_like(self.saved_tensors[0]", "if False"))
    assert cause.slip.kind == "wrong-axis"


@pytest.mark.rest(of=3)
def test_a_rule_that_is_taken_as_it_is_and_overwrites_a_part_is_told_by_its_own_line(tmp_path):
    text = SLICES.replace("parent.grad[self.key] += grad", "parent.grad[self.key] = grad")
    assert probed_text(SLICES, tmp_path).ok
    found = probed_text(text, tmp_path)
    (cause,) = found.causes
    assert cause.source.text == "parent.grad[self.key] = grad"
    assert cause.slip.kind == "overwrites"


@pytest.mark.rest(of=3)
def test_a_rule_that_is_taken_as_it_is_and_forgets_the_upstream_gradient_is_told(tmp_path):
    text = SLICES.replace("parent.grad[self.key] += grad", "parent.grad[self.key] += 1.0")
    (cause,) = probed_text(text, tmp_path).causes
    assert cause.source.text == "parent.grad[self.key] += 1.0"
    assert cause.slip.kind == "forgot-upstream"


SLICES = """
import numpy as np


class Tensor:
    def __init__(self, data, source=None):
        self.data, self.source = np.asarray(data, float), source
        self.grad = np.zeros_like(self.data)

    def __getitem__(self, key):
        return Slice(self, key).out

    def __mul__(self, other):
        return Mul(self, other).out

    def backward(self):
        order, met = [], set()

        def walk(node):
            if id(node) not in met and node.source is not None:
                met.add(id(node))
                for one in node.source.parents:
                    walk(one)
                order.append(node)

        walk(self)
        self.grad = np.ones_like(self.data)
        for node in reversed(order):
            node.source.backward(node.grad)


class Slice:
    def __init__(self, tensor, key):
        self.parents, self.key = [tensor], key
        self.out = Tensor(tensor.data[key], self)

    def backward(self, grad):
        parent = self.parents[0]
        parent.grad[self.key] += grad


class Mul:
    def __init__(self, a, b):
        self.parents = [a, b]
        self.out = Tensor(a.data * b.data, self)

    def backward(self, grad):
        a, b = self.parents
        a.grad += grad * b.data
        b.grad += grad * a.data


def program():
    x = Tensor(np.random.default_rng(0).normal(size=(4, 3)))
    return (x[0] * x[1]) * (x[1] * x[2])
"""


GRADIENT_METHODS = """
import numpy as np


class Op:
    def __call__(self, *inputs):
        return Tensor(self.compute(*[one.cached_data for one in inputs]), self, inputs)


class Mul(Op):
    def compute(self, a, b):
        return a * b

    def gradient(self, out_grad, node):
        left, right = node.inputs
        return out_grad * right, out_grad * left


class Add(Op):
    def compute(self, a, b):
        return a + b

    def gradient(self, out_grad, node):
        return out_grad, out_grad


class Tensor:
    def __init__(self, data, op=None, inputs=()):
        self.cached_data, self.op, self.inputs, self.grad = np.asarray(data, float), op, list(inputs), None

    def __mul__(self, other):
        return Mul()(self, other)

    def __add__(self, other):
        return Add()(self, other)

    def backward(self):
        order, met = [], set()

        def walk(node):
            if id(node) not in met:
                met.add(id(node))
                for one in node.inputs:
                    walk(one)
                order.append(node)

        walk(self)
        arrived = {id(self): [Tensor(np.ones_like(self.cached_data))]}
        for node in reversed(order):
            node.grad = arrived[id(node)][0]
            for one in arrived[id(node)][1:]:
                node.grad = node.grad + one
            if node.op is not None:
                for one, grad in zip(node.inputs, node.op.gradient(node.grad, node)):
                    arrived.setdefault(id(one), []).append(grad)


def program():
    x, y = Tensor([0.5, -1.2]), Tensor([2.0, 0.7])
    return (x * y + x) * y
"""


@pytest.mark.rest(of=3)
def test_gradient_methods_that_take_the_node_are_let_be_and_asked(tmp_path):
    assert probed_text(GRADIENT_METHODS, tmp_path).ok
    wrong = GRADIENT_METHODS.replace("out_grad * right, out_grad * left", "out_grad * left, out_grad * left")
    found = probed_text(wrong, tmp_path)
    (cause,) = found.causes
    assert cause.source.text == "return out_grad * left, out_grad * left"
    assert "return out_grad * right, out_grad * left" in found.patch


MADE_BY_HAND = {
    "a slope that no method has": "d = Value(c.data * 2.0, (c,), 'double')\ndef back():\n    c.grad += 2.0 * d.grad",
    "numbers that another operation gives too": (
        "d = Value(min(max(c.data, -1.0), 1.0), (c,), 'clip')\ndef back():\n    c.grad += 0.0 * d.grad"
    ),
    "a sum": "d = Value(a.data + b.data, (a, b), '+')\ndef back():\n    a.grad += d.grad\n    b.grad += d.grad",
    "a list": (
        "c = [a * b, a + b]\nd = Value((c[0].data + c[1].data) / 2, c, 'mean')\n"
        "def back():\n    for one in c:\n        one.grad += d.grad / 2"
    ),
}


@pytest.mark.parametrize("case", MADE_BY_HAND)
def test_a_node_that_is_made_by_hand_and_is_right_is_let_be(case, tmp_path):
    program = f"a, b = Value(2.0), Value(-3.0)\nc = a * b\n{MADE_BY_HAND[case]}\nd._backward = back\nroot = d * a\n"
    text = (THEIRS / "closures.py").read_text("utf-8") + f"\n\n{program}\n\ndef program():\n    return root\n"
    found = probed_text(text, tmp_path)
    assert found.ok, str(found)


@pytest.mark.rest(of=3)
def test_a_node_that_is_made_by_hand_is_asked_with_the_nodes_that_its_rule_names(tmp_path):
    program = "a, b = Value(2.0), Value(-3.0)\nd = Value(a.data * b.data, (a, b), '*')\n"
    rule = "def back():\n    a.grad += b.data * d.grad\n    b.grad += b.data * d.grad\n"
    text = (THEIRS / "closures.py").read_text("utf-8")
    text = f"{text}\n\n{program}{rule}d._backward = back\nroot = d + a\n\n\ndef program():\n    return root\n"
    (cause,) = probed_text(text, tmp_path).causes
    assert cause.source.text == "b.grad += b.data * d.grad"


def test_gradients_that_are_written_by_hand_below_a_node_without_a_rule_are_let_be(tmp_path):
    engine = load("closures")
    a, b = engine.Value(2.0), engine.Value(-3.0)
    c = engine.Value(a.data * b.data, (a, b), "*")
    root = c * 2.0
    root.backward()
    a.grad, b.grad = c.grad * b.data, c.grad * a.data
    assert probe(root).ok
    a.grad = 1.0
    assert not probe(root).ok


WALKS = {
    "before it begins": ("", "for one in order:\n            one.grad = 0.0"),
    "once it is passed on": ("            if node._prev:\n                node.grad = 0.0\n", ""),
}


@pytest.mark.rest(of=3)
@pytest.mark.parametrize("case", WALKS)
def test_a_walk_that_sets_gradients_to_zero_itself_is_let_be(case, tmp_path):
    after, before = WALKS[case]
    found = probed_text(f"{TAPED.format(before=before or 'pass', after=after, nodes='order')}", tmp_path)
    assert found.ok, str(found)
    assert ("those of the leaves alone were judged" in found.remark) == bool(after)
    wrong = TAPED.format(before=before or "pass", after=after, nodes="order").replace("o.data * out.grad", "out.grad")
    (cause,) = probed_text(wrong, tmp_path).causes
    assert cause.source.text == "self.grad += out.grad"


@pytest.mark.parametrize("nodes", ["TAPE", "Value.made"])
@pytest.mark.parametrize("before", ["for one in TAPE:\n            one.grad = 0.0", "pass"])
def test_a_walk_by_a_list_of_all_nodes_is_let_be_and_leaves_the_gradients_as_they_were(nodes, before, tmp_path):
    found = probed_text(TAPED.format(before=before, after="", nodes=nodes), tmp_path)
    assert found.ok, str(found)


def test_a_walk_by_a_list_that_it_empties_is_let_be(tmp_path):
    after = "        TAPE.clear()\n"
    found = probed_text(TAPED.format(before="pass", after=after, nodes="TAPE"), tmp_path)
    assert found.ok, str(found)


TAPED = """
TAPE = []


class Value:
    made = TAPE

    def __init__(self, data, children=()):
        self.data, self.grad, self._prev, self._backward = data, 0.0, children, lambda: None
        TAPE.append(self)

    def __add__(self, o):
        out = Value(self.data + o.data, (self, o))
        def back():
            self.grad += out.grad
            o.grad += out.grad
        out._backward = back
        return out

    def __mul__(self, o):
        out = Value(self.data * o.data, (self, o))
        def back():
            self.grad += o.data * out.grad
            o.grad += self.data * out.grad
        out._backward = back
        return out

    def backward(self):
        order, met = [], set()
        def visit(node):
            if id(node) not in met:
                met.add(id(node))
                for one in node._prev:
                    visit(one)
                order.append(node)
        visit(self)
        {before}
        self.grad = 1.0
        for node in reversed({nodes}):
            node._backward()
{after}

def program():
    a, b = Value(2.0), Value(-0.3)
    c = a * b
    return (c + a) * c
"""
