"""What objects keep, and what their backward does to it: judged where it can be told, named where it cannot."""

import numpy as np
import pytest

from handgrad import HandgradError, Status, check_backward

X = np.random.default_rng(0).normal(size=(5, 3))
WEIGHTS = np.random.default_rng(1).normal(size=(3, 4))


class Dense:
    def __init__(self):
        self.W, self.b = WEIGHTS.copy(), np.zeros(4)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b


class WithStep(Dense):
    def backward(self, dout, lr):
        dx = dout @ self.W.T
        self.W -= lr * (self.x.T @ dout)
        self.b -= lr * dout.sum(axis=0)
        return dx


class WithWrongStep(Dense):
    def backward(self, dout, lr):
        dx = dout @ self.W.T
        dW = self.x.T @ (dout * dout)
        self.W -= lr * dW
        self.b -= lr * dout.sum(axis=0)
        return dx


class WithOwnStep(Dense):
    lr = 0.1

    def backward(self, dout):
        dx = dout @ self.W.T
        self.W = self.W - 0.1 * 3 * (self.x.T @ dout)
        return dx


class WithTuple(Dense):
    def backward(self, dout):
        return dout @ self.W.T, self.x.T @ dout, dout.sum(axis=0)


class WithWrongTuple(Dense):
    def backward(self, dout):
        return dout @ self.W.T, self.x.T @ dout, dout.mean(axis=0)


class WithLists:
    def __init__(self):
        self.params, self.grads = [WEIGHTS.copy(), np.zeros(4)], [None, None]

    def forward(self, x):
        self.x = x
        return x @ self.params[0] + self.params[1]

    def backward(self, dout):
        self.grads = [self.x.T @ dout, dout.sum(axis=0)]
        return dout @ self.params[0].T


class WithWrongLists(WithLists):
    def backward(self, dout):
        self.grads = [
            self.x.T @ dout,
            dout.mean(axis=0),
        ]
        return dout @ self.params[0].T


class InAttributes:
    def __init__(self):
        self.weights, self.biases = WEIGHTS.copy(), np.zeros((1, 4))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = dvalues.sum(axis=0, keepdims=True)
        self.dinputs = dvalues @ self.weights.T


class WrongInAttributes(InAttributes):
    def backward(self, dvalues):
        super().backward(dvalues)
        self.dinputs = -dvalues @ self.weights.T


def judged(found):
    return {result.name for result in found.results if result.status.value != "skipped" and result.node.is_leaf}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (WithStep, {"x", "W", "b"}),
        (WithTuple, {"x", "W", "b"}),
        (WithLists, {"x", "params[0]", "params[1]"}),
        (InAttributes, {"inputs", "weights", "biases"}),
    ],
)
def test_right_code_is_judged_in_all_that_it_gives(kind, names):
    layer = kind()
    found = check_backward(layer.forward, layer.backward, (X,))
    assert found.ok, str(found)
    assert judged(found) == names
    assert not found.remark


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (WithWrongStep, "dW = self.x.T @ (dout * dout)"),
        (WithWrongTuple, "return dout @ self.W.T, self.x.T @ dout, dout.mean(axis=0)"),
        (WithWrongLists, "dout.mean(axis=0),"),
        (WrongInAttributes, "self.dinputs = -dvalues @ self.weights.T"),
    ],
)
def test_a_wrong_one_is_placed(kind, line):
    layer = kind()
    found = check_backward(layer.forward, layer.backward, (X,))
    assert {cause.source.text for cause in found.causes} == {line}


def test_nothing_of_the_step_is_left():
    layer = WithStep()
    check_backward(layer.forward, layer.backward, (X,))
    assert (layer.W == WEIGHTS).all()
    assert set(vars(layer)) == {"W", "b"}


@pytest.mark.rest(of=3)
def test_what_is_not_judged_is_named():
    layer = WithOwnStep()
    layer.lr = 0.1
    found = check_backward(layer.forward, layer.backward, (X,))
    assert not found.ok  # the step is known
    del layer.lr
    found = check_backward(layer.forward, layer.backward, (X,))
    assert found.ok
    assert "W and b" in found.remark
    assert "not judged" in found.remark


GLOBAL = np.random.default_rng(2).normal(size=(3, 3))


def recurrent(x, hprev):
    hs = {-1: hprev}
    for t in range(len(x)):
        hs[t] = np.tanh(GLOBAL @ hs[t - 1] + x[t])
    loss = (hs[len(x) - 1] ** 2).sum()
    dGLOBAL, carry = np.zeros_like(GLOBAL), 2 * hs[len(x) - 1]
    for t in reversed(range(len(x))):
        dz = carry * (1 - hs[t] ** 2)
        dGLOBAL += np.outer(dz, hs[t - 1])
        carry = GLOBAL.T @ dz
    return loss, dGLOBAL, hs[len(x) - 1]


def test_a_state_that_is_handed_on_is_no_gradient_and_globals_may_have_one():
    found = check_backward(recurrent, None, {"x": X, "hprev": np.ones(3)})
    assert found.ok, str(found)
    assert judged(found) == {"GLOBAL"}


@pytest.mark.parametrize("name", ["chain", "sensitivity", "v", "cotangent", "signal", "J", "incoming", "output_error"])
def test_an_upstream_gradient_may_have_any_name(name):
    space = {"np": np}
    exec(f"def backward({name}, cache):\n    x, w = cache\n    return {name} @ w.T, x.T @ {name}\n", space)
    assert check_backward(lambda x, w: (x @ w, (x, w)), space["backward"], (X, WEIGHTS)).ok


def test_complex_numbers_are_refused_by_their_name():
    with pytest.raises(ValueError, match="complex"):
        check_backward(lambda x: (x * 1j).sum(), lambda x: {"x": x}, {"x": X})


@pytest.mark.rest(of=3)
def test_a_step_that_has_a_value_of_its_own_tells_a_local_gradient():
    class Dense:
        def __init__(self):
            self.W = WEIGHTS.copy()

        def forward(self, x):
            self.x = x
            return x @ self.W

        def backward(self, dout, lr=0.1):
            dW = self.x.T @ dout * 2  # the mistake
            dx = dout @ self.W.T
            self.W -= lr * dW
            return dx

    layer = Dense()
    found = check_backward(layer.forward, layer.backward, (X,))
    assert [cause.source.text for cause in found.causes] == ["dW = self.x.T @ dout * 2  # the mistake"]


@pytest.mark.rest(of=3)
@pytest.mark.parametrize("kept", ["g", "updates", "grads"])
def test_gradients_in_a_dict_that_has_no_name_for_them_are_checked_where_one_of_them_is_right(kept):
    class Cell:
        def __init__(self, rng):
            self.p = {"Wn": rng.normal(size=(3, 4)), "Un": rng.normal(size=(4, 4))}
            self.v = {name: np.zeros_like(one) for name, one in self.p.items()}

        def forward(self, x, h):
            self.x, self.h = x, h
            self.out = np.tanh(x @ self.p["Wn"] + h @ self.p["Un"])
            return self.out

        def backward(self, dout):
            da = dout * (1 - self.out**2)
            found = {
                "Wn": self.x.T @ da,
                "Un": self.h.T @ (da if self.is_right else dout),
            }
            setattr(self, kept, found)
            self.v = {"Wn": found["Wn"], "Un": 0.5 * found["Un"]}
            return da @ self.p["Wn"].T, da @ self.p["Un"].T

    rng = np.random.default_rng(0)
    cell, inputs = Cell(rng), (rng.normal(size=(2, 3)), rng.normal(size=(2, 4)))
    cell.is_right = True
    assert check_backward(cell.forward, cell.backward, inputs).ok
    cell.is_right = False
    found = check_backward(cell.forward, cell.backward, inputs)
    assert [cause.source.text for cause in found.causes] == ['"Un": self.h.T @ (da if self.is_right else dout),']


class WithDict:
    def __init__(self, name, keys=("W", "b"), times=(-1.0, 3.0)):
        self.p, self.name, self.keys, self.times = {"W": WEIGHTS.copy(), "b": np.ones(4)}, name, keys, times

    def forward(self, x):
        self.x = x
        return x @ self.p["W"] + self.p["b"]

    def backward(self, dout):
        right = self.x.T @ dout, dout.sum(axis=0)
        setattr(self, self.name, {key: n * one for key, n, one in zip(self.keys, self.times, right)})
        return dout @ self.p["W"].T


@pytest.mark.parametrize(("name", "keys"), [("g", ("W", "b")), ("dp", ("W", "b")), ("out", ("dW", "db"))])
def test_gradients_that_are_all_wrong_are_judged_in_a_dict_of_any_name_that_is_short_for_that(name, keys):
    layer = WithDict(name, keys)
    found = check_backward(layer.forward, layer.backward, (X,), quick=True)
    assert {one.name for one in found.results if one.status is Status.WRONG} == {"W", "b"}


def test_a_dict_in_the_shapes_of_parameters_is_not_passed_where_nothing_says_what_it_holds():
    layer = WithDict("out")
    with pytest.raises(HandgradError, match=r"sets out in the shapes of W and b, .* call it grads"):
        check_backward(layer.forward, layer.backward, (X,))


def test_what_is_kept_beside_gradients_that_are_given_may_be_anything():
    class AndMore(WithDict):
        def backward(self, dout):
            dx = super().backward(dout)
            self.seen = {name: one**2 for name, one in self.g.items()}
            self.best = {name: one.copy() for name, one in self.p.items()}
            return dx

    layer = AndMore("g", times=(1.0, 1.0))
    found = check_backward(layer.forward, layer.backward, (X,))
    assert (found.ok, {one.name for one in found.results} >= {"W", "b"}) == (True, True)
