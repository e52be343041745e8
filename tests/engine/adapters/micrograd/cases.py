"""Engines of others, right or with one wrong line, and the slips that people make in them."""

import importlib.util
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

THEIRS = Path(__file__).parent / "theirs"


class Case(NamedTuple):
    """A slip: in which engine, after which words, what stands there instead of what, and what it is called."""

    module: str
    after: str
    old: str
    new: str
    kind: str

    @property
    def wrong_lines(self):
        """The lines that differ, by their numbers, as they stand there."""
        right = (THEIRS / f"{self.module}.py").read_text("utf-8")
        wrong = replaced(right, self.after, self.old, self.new).splitlines()
        changes = SequenceMatcher(None, right.splitlines(), wrong, autojunk=False).get_opcodes()
        places = [i for tag, _, _, start, end in changes if tag != "equal" for i in range(start, end)]
        return {i + 1: wrong[i].strip() for i in places}

    def build(self, folder):
        """A function that runs the program and its backward(), and gives the root."""
        return build_of(load(self.module, folder, (self.after, self.old, self.new)).program)


def build_of(program):
    """A function that makes a graph and walks it back.

    Args:
        program: makes the graph, and gives its root.
    """

    def build():
        root = program()
        root.backward()
        return root

    return build


def replaced(text, after, old, new):
    """A text with one place in it changed: the first of its kind after some words."""
    start = text.index(old, text.index(after))
    return text[:start] + new + text[start + len(old) :]


def load(module, folder=None, *changes):
    """An engine; with places in it changed, from a file of its own in `folder`.

    Args:
        changes: each after which words, what stands there, and what is to stand there instead.
    """
    path = THEIRS / f"{module}.py"
    if changes:
        text = path.read_text("utf-8")
        for change in changes:
            text = replaced(text, *change)
        path = Path(folder) / f"{module}.py"
        path.write_text(text, "utf-8")
        # What is compiled of a file counts for another of the same second and length.
        Path(importlib.util.cache_from_source(path)).unlink(missing_ok=True)
    return from_file(path)


def from_file(path):
    """A module from its file."""
    spec = importlib.util.spec_from_file_location(f"their_{path.stem}", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


ADD, MUL = "def __add__", "def __mul__"

RULES = [
    Case("closures", ADD, "self.grad += out.grad", "self.grad = out.grad", "overwrites"),
    Case("closures", ADD, "other.grad += 1.0", "other.grad = 1.0", "overwrites"),
    Case("closures", MUL, "self.grad += other.data", "self.grad = other.data", "overwrites"),
    Case("closures", MUL, "self.grad += other.data", "self.grad += self.data", "swapped"),
    Case("closures", MUL, "self.grad += other.data * out.grad", "self.grad += other.data", "forgot-upstream"),
    Case("closures", MUL, "self.grad += other.data * out.grad", "self.grad += out.grad", "forgot-local"),
    Case("closures", MUL, "other.grad += self.data", "self.grad += self.data", "missing-path"),
    Case("closures", "def __sub__", "-1.0 * out.grad", "1.0 * out.grad", "sign"),
    Case("closures", "def __truediv__", "(1 / other.data)", "other.data", "rule"),
    Case("closures", "def __truediv__", "-(self.data / other.data**2)", "(self.data / other.data**2)", "sign"),
    Case("closures", "def __truediv__", "other.data**2)", "other.data * 2)", "rule"),
    Case("closures", "def __pow__", "self.data ** (other - 1)", "self.data**other", "rule"),
    Case("closures", "def __pow__", "** (other - 1)", "** other - 1", "rule"),
    Case("closures", "def __pow__", "other * self.data **", "self.data **", "rule"),
    Case("closures", "def __neg__", "-out.grad", "out.grad", "sign"),
    Case("closures", "def exp", "out.data * out.grad", "self.data * out.grad", "rule"),
    Case("closures", "def exp", "out.data * out.grad", "out.grad", "forgot-local"),
    Case("closures", "def log", "(1 / self.data)", "(1 / out.data)", "rule"),
    Case("closures", "def tanh", "(1 - t**2) * out.grad", "1 - t**2 * out.grad", "rule"),
    Case("closures", "def tanh", "(1 - t**2)", "(1 - self.data**2)", "rule"),
    Case("closures", "def tanh", "(1 - t**2)", "(1 - t) ** 2", "rule"),
    Case("closures", "def tanh", "(1 - t**2) * out.grad", "1 - t**2", "forgot-upstream"),
    Case("closures", "def sigmoid", "s * (1 - s)", "self.data * (1 - self.data)", "rule"),
    Case("closures", "def relu", "(out.data > 0)", "(out.data >= 0)", "rule"),
    Case("closures", "def relu", "(out.data > 0)", "(out.grad > 0)", "rule"),
    Case("closures", "def swish", "(s + self.data * s * (1 - s))", "(s + s * (1 - s))", "rule"),
    Case("local_gradients", "def __pow__", "** (other - 1)", "** other", "rule"),
    Case("local_gradients", MUL, "(other.data, self.data)", "(self.data, other.data)", "swapped"),
    Case("local_gradients", "def log", "(1 / self.data,)", "(-1 / self.data,)", "sign"),
    Case("local_gradients", "def exp", "(math.exp(self.data),))", "(self.data,))", "rule"),
    Case("local_gradients", "def relu", "self.data > 0", "self.data < 0", "rule"),
    Case("local_gradients", "def tanh", "1 - t * t", "1 - t", "rule"),
    Case("tensors", "def __matmul__", "self.grad + out.grad @", "out.grad @", "overwrites"),
    Case(
        "tensors",
        "def __matmul__",
        "@ other.data.T",
        "@ other.data[[2, 0, 1, 4, 3][: len(other.data)]].T",
        "transposed",
    ),
    Case("tensors", ADD, "self.grad + unbroadcast", "self.grad - unbroadcast", "sign"),
    Case("tensors", ADD, "unbroadcast(out.grad, other.data.shape)", "out.grad", "shape"),
    Case("tensors", "def mean", " / self.data.size", "", "factor"),
    Case("tensors", "def relu", "(out.data > 0)", "(out.data >= 0)", "rule"),
    Case("tensors", "def softmax", "p * (out.grad - inner)", "p * (1 - p) * out.grad", "missing-path"),
    Case("tensors", "def cross_entropy", "grad / len(targets)", "grad", "factor"),
    Case("tensors", "def cross_entropy", "len(targets) * out.grad", "len(targets)", "forgot-upstream"),
    Case("functions", "class Mul", "b * grad, a * grad", "a * grad, b * grad", "swapped"),
    Case("functions", "class Dot", "grad_b = a.T.dot(grad)", "grad_b = a.T.dot(grad) * 2", "double"),
    Case("functions", "class Relu", "grad * (x >= 0)", "grad * (grad > 0)", "rule"),
    Case("functions", "class LogSoftmax", " * grad.sum(axis=1, keepdims=True)", "", "rule"),
    Case("creators", "class Sin", "gy * math.cos", "gy * math.sin", "rule"),
    Case("creators", "class Exp", "gy * math.exp(x.data)", "gy * x", "rule"),
    Case("creators", "class Neg", "return -gy", "return gy", "sign"),
    Case("recursive", "def backward", "gradient * left.value", "gradient * right.value", "swapped"),
    Case("recursive", "def backward", "gradient * math.cos", "math.cos", "forgot-upstream"),
    Case("recursive", "def backward", "self.gradient += gradient", "self.gradient = gradient", "overwrites"),
    Case("methods", "class Mul", "self.right.grad += ", "self.right.grad = ", "overwrites"),
    Case("methods", "class Tanh", "(1 - self.val**2)", "(1 - self.inner.val**2)", "rule"),
    Case("histories", "class Inv", "-d_output", "d_output", "sign"),
    Case("histories", "class Mul", "a * d_output", "a", "forgot-upstream"),
    Case("factories", "cos = ", "-math.sin(x)", "math.sin(x)", "sign"),
    Case("factories", "exp = ", "math.exp)", "lambda x: x)", "rule"),
    Case("factories", "def unary", "node.dv * slope(x.v)", "slope(x.v)", "forgot-upstream"),
    Case("factories", "def total", "term.dv += ", "term.dv = ", "overwrites"),
    Case("pairs", "def multiply", "grad * b.data", "grad * a.data", "swapped"),
    Case("pairs", "def grad_b", "grad.reshape(-1, *b.data.shape).sum(axis=0)", "grad", "shape"),
]

POSTORDER = """                for child in v._prev:
                    build_topo(child)
                topo.append(v)
"""
PREORDER = """                topo.append(v)
                for child in v._prev:
                    build_topo(child)
"""
REMEMBERED = """            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build_topo(child)
                topo.append(v)
"""
NOT_REMEMBERED = """            for child in v._prev:
                build_topo(child)
            topo.append(v)
"""
SORTED = """        build_topo(self)
        self.grad = 1.0
        for node in reversed(topo):
            node._backward()
"""
BREADTH_FIRST = """        self.grad = 1.0
        topo.append(self)
        for node in topo:
            node._backward()
            for child in node._prev:
                if child not in visited:
                    visited.add(child)
                    topo.append(child)
"""
ORDER, WALK = "def build_topo", "def backward"

WALKS = [
    Case("closures", ORDER, POSTORDER, PREORDER, "order"),
    Case("closures", ORDER, REMEMBERED, NOT_REMEMBERED, "order"),
    Case("closures", WALK, SORTED, BREADTH_FIRST, "order"),
    Case("closures", WALK, "reversed(topo)", "topo", "order"),
    Case("closures", WALK, "self.grad = 1.0", "self.grad = self.data", "rule"),
    Case("local_gradients", WALK, "child.grad += ", "child.grad = ", "overwrites"),
    Case("local_gradients", WALK, POSTORDER.replace("prev", "children"), PREORDER.replace("prev", "children"), "order"),
    Case("functions", WALK, "grad if parent.grad is None else parent.grad + grad", "grad", "overwrites"),
    Case("methods", WALK, "reversed(order)", "order", "order"),
]

UNRECORDED = [
    Case("closures", ADD, "(self, other), ", "(self,), ", "not-recorded"),
    Case("tensors", "def __matmul__", "(self, other), ", "(other,), ", "not-recorded"),
    Case("closures", "def exp", "out._backward = _backward", "self._backward = _backward", "missing-path"),
]
