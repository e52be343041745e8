"""Lines that look like gradients and are none are not blamed for what others do wrong."""

import importlib.util
import inspect

import numpy as np
import pytest

from handgrad import check_backward

from .theirs.threads import char_rnn

RNG = np.random.default_rng(0)
RECURRENT = {
    "inputs": [1, 2, 0, 3],
    "targets": [2, 0, 3, 4],
    "hprev": RNG.normal(size=(4, 1)),
    **{name: RNG.normal(size=shape) for name, shape in [("Wxh", (4, 5)), ("Whh", (4, 4)), ("Why", (5, 4))]},
    **{name: RNG.normal(size=(size, 1)) for name, size in [("bh", 4), ("by", 5)]},
}
BATCH = {"X": RNG.normal(size=(4, 3))}


class Model:
    """It works its gradient out under a name of its own, and changes the parameter in place."""

    def __init__(self):
        self.W = np.random.default_rng(1).normal(size=(3, 2))
        self.lr = 0.1

    def forward(self, X):
        self.X = X
        return X @ self.W

    def backward(self, dout):
        grad_x = dout @ self.W.T
        grad_w = self.X.T @ dout
        self.W -= self.lr * grad_w
        return grad_x


def written(tmp_path, thing, old="", new=""):
    """The module with the source of a thing in it, one piece of it changed, and its lines."""
    source = "import numpy as np\n\n" + inspect.getsource(thing)
    assert old in source
    source = source.replace(old, new, 1) if old else source
    path = tmp_path / "theirs.py"
    path.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("theirs", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, source.splitlines()


@pytest.mark.drawn(2, rest=4)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("dWxh += np.dot(dhraw, xs[t].T)", "dWxh += np.dot(dh, xs[t].T)"),
        ("dWxh += np.dot(dhraw, xs[t].T)", "dWxh += np.dot(dhraw, xs[t - 1 if t else 0].T)"),
        ("dWxh += np.dot(dhraw", "dWxh = np.dot(dhraw"),
        ("dWhh += np.dot(dhraw, hs[t - 1].T)", "dWhh += np.dot(dhraw, hs[t].T)"),
        ("dbh += dhraw", "dbh += dh"),
    ],
)
@pytest.mark.parametrize("quick", [True, False])
def test_the_zeros_that_a_forward_fills_are_not_blamed(old, new, quick, tmp_path):
    module, lines = written(tmp_path, char_rnn, old, new)
    found = check_backward(module.char_rnn, None, RECURRENT, quick=quick)
    assert [cause.source[1] for cause in found.causes] == [1 + next(at for at, line in enumerate(lines) if new in line)]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("grad_x = dout @ self.W.T", "grad_x = 2 * dout @ self.W.T", "grad_x = 2 * dout @ self.W.T"),
        ("grad_w = self.X.T @ dout", "grad_w = self.X.T @ dout * 2", "grad_w = self.X.T @ dout * 2"),
    ],
)
@pytest.mark.parametrize("quick", [True, False])
def test_a_right_gradient_before_an_update_in_place_is_not_blamed(old, new, line, quick, tmp_path):
    module, _ = written(tmp_path, Model, old, new)
    model = module.Model()
    found = check_backward(model.forward, model.backward, BATCH, quick=quick)
    assert found.causes
    assert {cause.source[2].strip() for cause in found.causes if cause.source is not None} <= {line}
    assert quick or found.causes[0].source is not None


def test_a_right_update_in_place_is_right(tmp_path):
    model = written(tmp_path, Model)[0].Model()
    assert check_backward(model.forward, model.backward, BATCH).ok


def bag(table):
    h = np.tanh(0.5 * table[[0, 2, 2]].sum(axis=0))
    return h**2, (h, table)


def bag_backward(dout, cache):
    h, table = cache
    dtable = np.zeros_like(table)
    dh = 2 * h * dout
    np.add.at(dtable, [0, 2, 2], 0.5 * dh)
    return dtable


def test_a_slope_that_is_missing_is_told_where_the_gradient_is_computed_and_not_where_it_is_only_scaled(tmp_path):
    module, _ = written(tmp_path, bag)
    theirs, lines = written(
        tmp_path, bag_backward, "np.add.at(dtable, [0, 2, 2], 0.5 * dh)", "dtable[0] += 0.5 * dh\n    dtable[2] += dh"
    )
    found = check_backward(module.bag, theirs.bag_backward, {"table": RNG.normal(size=(3, 4))}, quick=True)
    assert [lines[cause.source.line - 1].strip() for cause in found.causes] == ["dh = 2 * h * dout"]


def test_a_gradient_of_another_shape_is_told_and_is_no_multiple_of_the_right_one():
    def backward(dout, cache):
        return (0.5 * dout).reshape(2, 2)

    found = check_backward(bag, backward, {"table": RNG.normal(size=(3, 4))}, quick=True)
    assert not found.ok


class Product:
    """Its forward keeps a product under a name that looks like the gradient of U."""

    def __init__(self, U, V, is_parameter):
        self.is_parameter = is_parameter
        if is_parameter:
            self.U, self.V = U, V

    def forward(self, x, U=None, V=None):
        U, V = (self.U, self.V) if self.is_parameter else (U, V)
        self.DU = x @ U
        self.cache = {"x": x, "U": U, "V": V, "DU": self.DU}
        return self.DU @ V

    def returning(self, dout):
        dDU = dout @ self.cache["V"].T
        return {"x": dDU @ self.cache["U"].T, "U": self.cache["x"].T @ dDU, "V": self.DU.T @ dout}

    def keeping(self, dout):
        found = self.returning(dout)
        self.dU, self.dV = found["U"], found["V"]
        return found["x"]


@pytest.mark.parametrize("is_parameter", [False, True])
@pytest.mark.parametrize("name", ["returning", "keeping"])
def test_what_the_forward_keeps_is_no_gradient_whatever_it_is_called(name, is_parameter):
    U, V = RNG.normal(size=(4, 4)), RNG.normal(size=(4, 3))
    layer, x = Product(U, V, is_parameter), RNG.normal(size=(5, 4))
    found = check_backward(layer.forward, getattr(layer, name), (x,) if is_parameter else (x, U, V))
    assert found.ok, str(found)
    assert {"x", "U", "V"} <= {one.name for one in found.results}
