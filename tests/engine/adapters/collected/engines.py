"""Small engines, with the mistakes that were reported of them."""

from __future__ import annotations

from .case import engine, slip

SCALARS = """\
import math

class Value:
    def __init__(self, data, _children=(), _op=""):
        self.data, self.grad = data, 0.0
        self._backward = lambda: None
        self._prev, self._op = set(_children), _op

    def __add__(self, other):
        out = Value(self.data + other.data, (self, other), "+")
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out

    def __sub__(self, other):
        out = Value(self.data - other.data, (self, other), "-")
        def _backward():
            self.grad += 1.0 * out.grad
            other.grad += -1.0 * out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other), "*")
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def exp(self):
        x = self.data
        out = Value(math.exp(x), (self,), "exp")
        def _backward():
            self.grad += out.data * out.grad
        out._backward = _backward
        return out

    def backward(self):
        topo, visited = [], set()
        def build_topo(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build_topo(child)
                topo.append(v)
        build_topo(self)
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()

def program():
    a, b, c = Value(0.7), Value(-1.3), Value(2.1)
    d = a * b - c
    e = d.exp() + a
    f = e * d
    f.backward()
    return f
"""

TENSORS = """\
import numpy as np

def unbroadcast(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad

class Tensor:
    def __init__(self, data, parents=(), op=""):
        self.data = np.asarray(data, dtype=float)
        self.grad = np.zeros_like(self.data)
        self.parents, self.op = parents, op
        self._backward = lambda: None

    def __mul__(self, other):
        out = Tensor(self.data * other.data, (self, other), "mul")
        def _backward():
            self.grad += unbroadcast(other.data * out.grad, self.data.shape)
            other.grad += unbroadcast(self.data * out.grad, other.data.shape)
        out._backward = _backward
        return out

    def __matmul__(self, other):
        out = Tensor(self.data @ other.data, (self, other), "matmul")
        def _backward():
            self.grad += out.grad @ other.data.T
            other.grad += self.data.T @ out.grad
        out._backward = _backward
        return out

    def __pow__(self, n):
        out = Tensor(self.data ** n, (self,), "pow")
        def _backward():
            self.grad += n * self.data ** (n - 1) * out.grad
        out._backward = _backward
        return out

    def __getitem__(self, index):
        out = Tensor(self.data[index], (self,), "take")
        def _backward():
            np.add.at(self.grad, index, out.grad)
        out._backward = _backward
        return out

    def sigmoid(self):
        s = 1 / (1 + np.exp(-self.data))
        out = Tensor(s, (self,), "sigmoid")
        def _backward():
            self.grad += out.grad * s * (1 - s)
        out._backward = _backward
        return out

    def gelu(self):
        s = 1 / (1 + np.exp(-1.702 * self.data))
        out = Tensor(self.data * s, (self,), "gelu")
        def _backward():
            x = self.data
            local = s + 1.702 * x * s * (1 - s)
            self.grad += local * out.grad
        out._backward = _backward
        return out

    def upsample(self):
        out = Tensor(self.data.repeat(2, axis=0).repeat(2, axis=1), (self,), "upsample")
        def _backward():
            h, w = self.data.shape
            self.grad += out.grad.reshape(h, 2, w, 2).sum(axis=(1, 3))
        out._backward = _backward
        return out

    def sum(self):
        out = Tensor(self.data.sum(), (self,), "sum")
        def _backward():
            self.grad += np.ones_like(self.data) * out.grad
        out._backward = _backward
        return out

    def backward(self):
        order, seen = [], set()
        def visit(t):
            if id(t) in seen:
                return
            seen.add(id(t))
            for parent in t.parents:
                visit(parent)
            order.append(t)
        visit(self)
        self.grad = np.ones_like(self.data)
        for t in reversed(order):
            t._backward()

def program():
    rng = np.random.default_rng(0)
    x, w, scale = Tensor(rng.normal(size=(3, 4))), Tensor(rng.normal(size=(4, 4))), Tensor(rng.normal(size=(3, 1)))
    hidden = (x @ w).gelu() * scale
    picked = hidden[np.array([0, 2, 2])].sigmoid()
    wide = hidden.upsample() ** 3 * picked.upsample()
    loss = wide.sum()
    loss.backward()
    return loss
"""

NUMBERS = """\
class NumberWithGrad:
    def __init__(self, num, depends_on=None, creation_op=""):
        self.num = num
        self.grad = None
        self.depends_on = depends_on or []
        self.creation_op = creation_op

    def __add__(self, other):
        return NumberWithGrad(self.num + other.num, [self, other], "add")

    def __mul__(self, other):
        return NumberWithGrad(self.num * other.num, [self, other], "mul")

    def backward(self, backward_grad=1.0):
        if self.grad is None:
            self.grad = backward_grad
        else:
            self.grad += backward_grad
        if self.creation_op == "add":
            self.depends_on[0].backward(backward_grad)
            self.depends_on[1].backward(backward_grad)
        if self.creation_op == "mul":
            self.depends_on[0].backward(backward_grad * self.depends_on[1].num)
            self.depends_on[1].backward(backward_grad * self.depends_on[0].num)

def program():
    a, four, five = NumberWithGrad(3.0), NumberWithGrad(4.0), NumberWithGrad(5.0)
    b = a * four
    c = b + five
    d = b * five
    e = c + d
    e.backward()
    return e
"""

FUNCTIONS = """\
import numpy as np

class Context:
    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors

class Tensor:
    def __init__(self, data):
        self.data = np.asarray(data, dtype=float)
        self.grad, self.grad_fn = None, None

    def backward(self):
        order, seen = [], set()
        def walk(t):
            if t in seen:
                return
            seen.add(t)
            for parent in t.grad_fn.parents if t.grad_fn else ():
                walk(parent)
            order.append(t)
        walk(self)
        self.grad = np.ones_like(self.data)
        for t in reversed(order):
            if t.grad_fn is None:
                continue
            grads = t.grad_fn.backward(t.grad_fn.ctx, t.grad)
            for parent, grad in zip(t.grad_fn.parents, grads if isinstance(grads, tuple) else (grads,)):
                parent.grad = grad if parent.grad is None else parent.grad + grad

class Function:
    @classmethod
    def apply(cls, *parents):
        fn = cls()
        fn.ctx, fn.parents = Context(), parents
        out = Tensor(fn.forward(fn.ctx, *parents))
        out.grad_fn = fn
        return out

class MatMul(Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a.data @ b.data

    @staticmethod
    def backward(ctx, grad_output):
        a, b = ctx.saved_tensors
        return grad_output @ b.data.T, a.data.T @ grad_output

class Softmax(Function):
    @staticmethod
    def forward(ctx, input):
        e_x = np.exp(input.data - np.max(input.data, axis=1, keepdims=True))
        output = e_x / np.sum(e_x, axis=1, keepdims=True)
        ctx.save_for_backward(output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        output, = ctx.saved_tensors
        grad_o = output * (grad_output - np.sum(output * grad_output, axis=1, keepdims=True))
        return grad_o

class Sqrt(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return np.sqrt(x.data)

    @staticmethod
    def backward(ctx, grad_output):
        x, = ctx.saved_tensors
        ret = 0.5 * x.data ** -0.5
        return grad_output * ret

class SquareError(Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return np.sum((x.data - y.data) ** 2)

    @staticmethod
    def backward(ctx, grad_output):
        x, y = ctx.saved_tensors
        diff = 2 * (x.data - y.data) * grad_output
        return diff, -diff

def program():
    rng = np.random.default_rng(1)
    x, w, y = Tensor(rng.normal(size=(3, 4))), Tensor(rng.normal(size=(4, 3))), Tensor(rng.uniform(size=(3, 3)))
    probs = Softmax.apply(MatMul.apply(x, w))
    loss = SquareError.apply(Sqrt.apply(probs), y)
    loss.backward()
    return loss
"""

HOOKED = """\
import numpy as np

class Tensor:
    def __init__(self, data, inputs=(), op=None):
        self.data = np.asarray(data, dtype=float)
        self.grad = None
        self.inputs, self.op = inputs, op

    def __mul__(self, other):
        return Tensor(self.data * other.data, (self, other), "mul")

    def __add__(self, other):
        return Tensor(self.data + other.data, (self, other), "add")

    def clip(self, low, high):
        self.low, self.high = low, high
        return Tensor(np.clip(self.data, low, high), (self,), "clip")

    def total(self):
        return Tensor(self.data.sum(), (self,), "total")

    def accumulate(self, grad):
        self.grad = grad if self.grad is None else self.grad + grad

    def backward(self):
        counts, stack = {}, [self]
        while stack:
            t = stack.pop()
            for one in t.inputs:
                counts[one] = counts.get(one, 0) + 1
                if counts[one] == 1:
                    stack.append(one)
        self.grad = np.ones_like(self.data)
        ready = [self]
        while ready:
            t = ready.pop()
            for one, grad in zip(t.inputs, t.pull()):
                one.accumulate(grad)
                counts[one] -= 1
                if counts[one] == 0:
                    ready.append(one)

    def pull(self):
        g = self.grad
        if self.op == "mul":
            a, b = self.inputs
            return g * b.data, g * a.data
        if self.op == "add":
            return g, g
        if self.op == "clip":
            (x,) = self.inputs
            inside = (x.data > x.low) & (x.data < x.high)
            return (np.where(inside, g, 0.0),)
        if self.op == "total":
            return (g * np.ones_like(self.inputs[0].data),)
        return ()

def program():
    x = Tensor([0.4, -1.7, 0.9, 2.3])
    w = Tensor([1.2, 0.3, -0.8, 0.5])
    y = x * w
    z = y.clip(-0.6, 0.6) * x + y
    loss = (z * z).total()
    loss.backward()
    return loss
"""

GELU = "local = s + 1.702 * x * s * (1 - s)"
GELU_OF_TANH = (
    "t = np.tanh(0.79788 * (x + 0.044715 * x ** 3)); "
    "local = 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * 0.79788 * (1 + 0.134145 * x * x)"
)
ITSELF = "                topo.append(v)\n"
CHILDREN_FIRST = "                for child in v._prev:\n                    build_topo(child)\n"
READY = "                if counts[one] == 0:\n"

ENGINES = [
    slip("AayushSameerShah/Neural-Net-Zero-to-Hero-with-Andrej#1", SCALARS, engine,
         "other.grad += -1.0 * out.grad", "other.grad += 1.0 * out.grad", "sign"),
    slip("eduardoleao052/js-pytorch#42", TENSORS, engine,
         "self.grad += n * self.data ** (n - 1) * out.grad", "self.grad += 2 * self.data * out.grad", "rule"),
    slip("SethHWeidman/DLFS_code#13", NUMBERS, engine,
         "self.depends_on[0].backward(backward_grad * self.depends_on[1].num)",
         "self.depends_on[0].backward(self.grad * self.depends_on[1].num)",
         "rule", "order", "wrong-upstream", "double"),
    slip("OpenMined/PySyft#2148", TENSORS, engine,
         "self.grad += out.grad * s * (1 - s)", "self.grad += s * (1 - s)", "forgot-upstream"),
    slip("RoboticsClubIITJ/ML-DL-implementation#153", FUNCTIONS, engine,
         "grad_o = output * (grad_output - np.sum(output * grad_output, axis=1, keepdims=True))",
         "grad_o = output * (1 - output) * grad_output", "missing-path", "rule", "forgot-local"),
    slip("karpathy/nn-zero-to-hero#52", SCALARS, engine,
         "self.grad += out.data * out.grad", "self.grad += self.data * out.grad", "rule"),
    slip("huggingface/candle#3507", TENSORS, engine,
         "self.grad += out.grad.reshape", "self.grad = out.grad.reshape", "overwrites", "missing-path"),
    slip("raskr/rust-autograd#37", FUNCTIONS, engine,
         "ret = 0.5 * x.data ** -0.5", "ret = 1.0 * x.data ** -1.0", "rule"),
    slip("harvard-edge/cs249r_book#1399", TENSORS, engine, GELU, GELU_OF_TANH, "rule", "forgot-local"),
    slip("elixir-nx/nx#1779", HOOKED, engine,
         "return (np.where(inside, g, 0.0),)", "return (np.where(inside, g, 0.0) * g,)",
         "rule", "factor", "wrong-upstream"),
    slip("HIPS/autograd#39", TENSORS, engine,
         "np.add.at(self.grad, index, out.grad)", "self.grad[index] += out.grad", "missing-path", "overwrites", "rule"),
    slip("TrenTorch/TrenTorch#182", HOOKED, engine, READY,
         "                if one.grad is grad:\n", "order", "missing-path"),
    slip("tenstorrent/tt-metal#40008", TENSORS, engine,
         "other.grad += unbroadcast(self.data * out.grad, other.data.shape)",
         "other.grad = other.grad + self.data * out.grad", "shape", "not-summed"),
    slip("zou-group/textgrad#200", SCALARS, engine,
         "            self.grad += out.grad\n            other.grad += out.grad\n",
         "            self.grad += out.grad\n            self.grad += out.grad\n            other.grad += out.grad\n",
         "double", "factor"),
    slip("lucasdelimanogueira/PyNorch#90", SCALARS, engine,
         CHILDREN_FIRST + ITSELF, ITSELF + CHILDREN_FIRST, "order"),
]  # fmt: skip
