"""What people's code is like beyond plain functions: each works, or is told in one sentence why not."""

import copy
import functools
import math
import random

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.adapters.numpy_code.errors import CheckError, TheirError
from handgrad.manual import ByHandError, by_hand

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(6, 4)), RNG.normal(size=(6, 2))
W, B = RNG.normal(size=(4, 2)), RNG.normal(size=2)


def causes(found):
    assert found.ok is (not found.causes)
    return [(result.name, result.source[2] if result.source else None) for result in found.causes]


def mse(W, b):
    return np.mean((X @ W + b - Y) ** 2)


def mse_grads(W, b):
    d_out = 2 * (X @ W + b - Y) / Y.size
    return {"W": X.T @ d_out, "b": d_out.sum(0)}


@pytest.mark.parametrize(
    "names", ["W b", "dW db", "grad_W grad_b", "W_grad b_grad", "delta_W delta_b", "W_delta b_delta", "dL_dW dL_db"]
)
def test_a_gradient_is_known_by_a_name_before_or_after_its_own(names):
    for_W, for_b = names.split()

    def backward(W, b):
        return dict(zip((for_W, for_b), mse_grads(W, b).values()))

    def wrong(W, b):
        return dict(zip((for_W, for_b), (mse_grads(W, b)["W"], 2 * mse_grads(W, b)["b"])))

    assert check_backward(mse, backward, {"W": W, "b": B}).ok
    assert [name for name, _ in causes(check_backward(mse, wrong, {"W": W, "b": B}))] == ["b"]


def test_gradients_may_come_as_a_tuple_in_the_order_of_the_inputs():
    assert check_backward(mse, lambda W, b: tuple(mse_grads(W, b).values()), {"W": W, "b": B}).ok
    swapped_shapes = check_backward(mse, lambda W, b: (mse_grads(W, b)["W"] * 3, mse_grads(W, b)["b"]), (W, B))
    assert [name for name, _ in causes(swapped_shapes)] == ["W"]


def test_a_loss_may_have_a_cache():
    def forward(W, b):
        err = X @ W + b - Y
        return (err**2).mean(), err

    def backward(err):
        derr = 2 * err / err.size
        return {"W": X.T @ derr, "b": derr.mean(axis=0)}

    assert causes(check_backward(forward, backward, {"W": W, "b": B})) == [
        ("b", 'return {"W": X.T @ derr, "b": derr.mean(axis=0)}')
    ]


def test_one_function_may_give_loss_and_gradients():
    def loss(W, b):
        err = X @ W + b - Y
        derr = 2 * err
        return (err**2).mean(), {"W": X.T @ derr / err.size, "b": derr.sum(axis=0)}

    for backward in (None, loss):
        assert [name for name, _ in causes(check_backward(loss, backward, {"W": W, "b": B}))] == ["b"]


def test_inputs_may_be_nested_in_a_dict():
    def forward(params, X):
        return ((X @ params["W"] + params["b"]) ** 2).sum()

    def backward(params, X):
        dout = 2 * (X @ params["W"] + params["b"])
        grads = {}
        grads["dW"] = X.T @ dout
        grads["db"] = dout.sum(axis=1)
        return grads

    found = check_backward(forward, backward, {"params": {"W": W, "b": B}, "X": X})
    assert causes(found) == [("b", 'grads["db"] = dout.sum(axis=1)')]
    assert found.causes[0].slip.kind == "shape"


def test_a_forward_may_take_all_of_its_parameters_as_one_dict():
    def forward(params):
        return ((X @ params["W"] + params["b"]) ** 2).sum()

    def backward(params):
        dout = 2 * (X @ params["W"] + params["b"])
        return {"W": X.T @ dout, "b": dout.sum(axis=0)}

    assert check_backward(forward, backward, {"W": W, "b": B}).ok


def test_a_layer_may_give_its_output_alone():
    def forward(x, w):
        return np.tanh(x @ w)

    def backward(dout, x, w):
        dz = dout * (1 - np.tanh(x @ w) ** 2)
        dx = dz @ w.T
        dw = x.T @ dout
        return dx, dw

    assert causes(check_backward(forward, backward, (X, W))) == [("w", "dw = x.T @ dout")]


def test_a_layer_that_ignores_what_arrives_is_caught_by_random_upstream_gradients():
    def forward(x):
        return np.maximum(x, 0), x

    def backward(dout, cache):
        dx = (cache > 0) * 1.0
        return dx

    assert causes(check_backward(forward, backward, (X,))) == [("x", "dx = (cache > 0) * 1.0")]
    assert check_backward(forward, backward, (X,), upstream="ones").ok


def test_an_upstream_gradient_may_be_given():
    def forward(x):
        return x * 3, None

    def backward(dout, cache):
        assert (dout == 2.0).all()
        return dout * 3

    assert check_backward(forward, backward, (X,), upstream=np.full(X.shape, 2.0)).ok
    with pytest.raises(CheckError, match="upstream"):
        check_backward(forward, backward, (X,), upstream=np.ones(3))


def test_a_layer_may_have_several_outputs():
    def forward(x, w):
        a = x @ w
        return np.tanh(a), np.exp(a), (x, w, a)

    def backward(dt, de, cache):
        x, w, a = cache
        da = dt * (1 - np.tanh(a) ** 2) + de
        return da @ w.T, x.T @ da

    assert causes(check_backward(forward, backward, (X, W))) == [("a", "da = dt * (1 - np.tanh(a) ** 2) + de")]


class Affine:
    def __init__(self):
        self.W, self.b = W.copy(), B.copy()

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.mean(axis=0)
        return dout @ self.W.T


def test_a_class_may_keep_parameters_and_gradients_in_its_objects():
    layer = Affine()
    found = check_backward(layer.forward, layer.backward, (X,))
    assert causes(found) == [("b", "self.db = dout.mean(axis=0)")]
    assert set(vars(layer)) == {"W", "b"}
    assert (layer.W == W).all()
    assert type(layer.W) is np.ndarray


def test_a_class_may_be_reached_through_a_closure():
    layer = Affine()
    found = check_backward(lambda x: layer.forward(x), lambda dout: layer.backward(dout), {"x": X})
    assert causes(found) == [("b", "self.db = dout.mean(axis=0)")]
    assert set(vars(layer)) == {"W", "b"}


def test_a_partial_and_a_callable_object_are_functions_too():
    class Loss:
        def __call__(self, W, b):
            return mse(W, b)

    def backward(scale, W, b):
        return {name: scale * g for name, g in mse_grads(W, b).items()}

    assert check_backward(Loss(), functools.partial(backward, 1.0), {"W": W, "b": B}).ok
    assert len(check_backward(Loss(), functools.partial(backward, 2.0), {"W": W, "b": B}).causes) >= 1


def test_an_all_zero_gradient_is_wrong():
    def backward(W, b):
        dW = np.zeros_like(W)
        db = mse_grads(W, b)["b"]
        return {"W": dW, "b": db}

    assert causes(check_backward(mse, backward, {"W": W, "b": B})) == [("W", "dW = np.zeros_like(W)")]


def test_a_gradient_of_another_shape_is_wrong():
    def backward(W, b):
        dW = mse_grads(W, b)["W"].T
        db = mse_grads(W, b)["b"].reshape(1, -1)
        return {"W": dW, "b": db}

    found = check_backward(mse, backward, {"W": W, "b": B})
    assert sorted(causes(found)) == [
        ("W", 'dW = mse_grads(W, b)["W"].T'),
        ("b", 'db = mse_grads(W, b)["b"].reshape(1, -1)'),
    ]
    assert {result.slip.kind for result in found.causes} == {"shape"}


def test_a_gradient_that_is_not_finite_is_wrong():
    def backward(W, b):
        grads = mse_grads(W, b)
        grads["W"][0, 0] = np.nan
        return grads

    assert [name for name, _ in causes(check_backward(mse, backward, {"W": W, "b": B}))] == ["W"]


def test_a_cache_that_is_damaged_in_place_is_remarked_upon():
    def forward(x):
        out = np.exp(x)
        return out, out

    def backward(dout, cache):
        cache *= dout
        return cache

    found = check_backward(forward, backward, (X,))
    assert found.ok
    assert "in place" in found.remark


def test_damage_to_the_cache_that_makes_a_gradient_wrong_is_placed():
    def forward(x, w):
        return x @ w, (x, w)

    def backward(dout, cache):
        x, w = cache
        x[x < 0] = 0
        dw = x.T @ dout
        return dout @ w.T, dw

    assert causes(check_backward(forward, backward, (X, W))) == [("w", "x[x < 0] = 0")]


def test_a_forward_that_changes_its_input_in_place_is_followed():
    def forward(x, w):
        x *= 2.0
        x[:, 0] = 0.0
        return x @ w, (x, w)

    def backward(dout, cache):
        x, w = cache
        dx = 2.0 * dout @ w.T
        dx[:, 0] = 0.0
        return dx, x.T @ dout

    given = X.copy()
    assert check_backward(forward, backward, (given, W)).ok
    assert (given == X).all()


def test_results_written_into_new_arrays_are_followed():
    def forward(x, w):
        out = np.zeros((len(x), w.shape[1]))
        for i, row in enumerate(x):
            out[i] = row @ w
            out[i] += 1.0
        total = np.empty_like(out)
        total[::2] = out[::2] ** 2
        total[1::2] = np.tanh(out[1::2])
        return total.sum()

    def backward(x, w):
        out = x @ w + 1.0
        dout = 2 * out
        dout[1::2] = 1 - np.tanh(out[1::2]) ** 2
        dw = x.T @ dout
        dx = dout @ w.T
        return {"x": dx, "w": dw}

    def wrong(x, w):
        out = x @ w + 1.0
        dout = 2 * out
        dw = x.T @ dout
        dx = dout @ w.T
        return {"x": dx, "w": dw}

    assert check_backward(forward, backward, {"x": X, "w": W}).ok
    found = check_backward(forward, wrong, {"x": X, "w": W})
    assert {text for _, text in causes(found)} == {"dout = 2 * out"}


def test_views_share_their_numbers():
    def forward(x):
        flat = x.reshape(-1)
        flat[:3] *= 2.0
        x.T[1] += x.T[0]
        return (x**2).sum()

    def backward(x):
        scale = np.ones_like(x)
        scale.reshape(-1)[:3] = 2.0
        y = x * scale
        z = y.copy()
        z[:, 1] += y[:, 0]
        dz = 2 * z
        dy = dz.copy()
        dy[:, 0] += dz[:, 1]
        return {"x": dy * scale}

    assert check_backward(forward, backward, {"x": X}).ok


def test_numbers_of_less_precision_are_judged_as_such():
    def forward(x, w, b):
        return np.tanh(x @ w + b), (x, w, b)

    def backward(dout, cache):
        x, w, b = cache
        dz = dout * (1 - np.tanh(x @ w + b) ** 2)
        return dz @ w.T, x.T @ dz, dz.sum(axis=0)

    def wrong(dout, cache):
        x, w, b = cache
        dz = dout * (1 - np.tanh(x @ w + b))
        return dz @ w.T, x.T @ dz, dz.sum(axis=0)

    single = [a.astype(np.float32) for a in (X, W, B)]
    assert check_backward(forward, backward, tuple(single)).ok
    assert {text for _, text in causes(check_backward(forward, wrong, tuple(single)))} == {
        "dz = dout * (1 - np.tanh(x @ w + b))"
    }


def test_a_loss_may_be_a_plain_number():
    assert check_backward(lambda W, b: float(mse(W, b)), mse_grads, {"W": W, "b": B}).ok
    assert check_backward(lambda W, b: mse(W, b).item(), mse_grads, {"W": W, "b": B}).ok


def test_python_s_own_math_is_followed():
    def forward(x):
        total = 0.0
        for number in x:
            total += math.exp(number) * math.sqrt(number * number + 1.0)
        return total

    def backward(x):
        root = np.sqrt(x * x + 1.0)
        return {"x": np.exp(x) * root + np.exp(x) * x / root}

    assert "followed" not in check_backward(forward, backward, {"x": B}).remark


def test_what_cannot_be_followed_is_judged_by_central_differences():
    def forward(x, w):
        return np.sum(np.polyval(w, x) ** 2)

    def backward(x, w):
        p = np.polyval(w, x)
        dp = np.polyval(np.polyder(w), x)
        dx = 2 * p * dp
        return {"x": dx}

    def wrong(x, w):
        p = np.polyval(w, x)
        dx = 2 * p
        return {"x": dx}

    hidden = {"x": X[0], "w": np.array([0.3, -0.5, 1.0])}
    assert check_backward(forward, backward, hidden).ok

    def through_pickle(x, w):
        return forward(np.frombuffer(np.asarray(x, dtype=float).tobytes()), w)

    found = check_backward(through_pickle, backward, hidden)
    assert found.ok
    assert "could not be followed" in found.remark
    assert causes(check_backward(through_pickle, wrong, hidden)) == [("x", "dx = 2 * p")]


def test_nothing_is_left_behind():
    layer = Affine()
    rng = np.random.default_rng(5)
    given = {"x": X.copy(), "param": {"seen": []}}
    functions = {name: getattr(np, name) for name in ("zeros", "array", "asarray", "sum")}

    def forward(x, param):
        param["seen"].append(1)
        mask = (np.random.rand(*x.shape) < 0.5) * rng.random() * random.random()
        return np.sum(layer.forward(x * mask) ** 2), mask

    def backward(mask):
        dout = layer.backward(np.ones((6, 2)))
        return {"x": dout * mask}

    before = (np.random.get_state()[1].tolist(), random.getstate(), copy.deepcopy(rng.bit_generator.state))
    check_backward(forward, backward, given)
    assert (np.random.get_state()[1].tolist(), random.getstate(), rng.bit_generator.state) == before
    assert given["param"] == {"seen": []}
    assert (given["x"] == X).all()
    assert set(vars(layer)) == {"W", "b"}
    assert all(getattr(np, name) is function for name, function in functions.items())
    assert globals()["np"] is np
    assert type(X) is np.ndarray


def test_dropout_is_asked_with_one_mask():
    def forward(x, w):
        mask = (np.random.rand(*x.shape) < 0.6) / 0.6
        return (x * mask) @ w, (x, w, mask)

    def backward(dout, cache):
        x, w, mask = cache
        return dout @ w.T * mask, (x * mask).T @ dout

    def wrong(dout, cache):
        x, w, mask = cache
        dx = dout @ w.T * (mask > 0)
        return dx, (x * mask).T @ dout

    assert check_backward(forward, backward, (X, W)).ok
    assert causes(check_backward(forward, wrong, (X, W))) == [("x", "dx = dout @ w.T * (mask > 0)")]


def test_more_points_find_what_one_hides():
    def forward(x):
        return np.maximum(x, 0).sum()

    def backward(x):
        return {"x": np.ones_like(x)}

    positive = {"x": np.full((4, 4), 0.5)}
    assert check_backward(forward, backward, positive).ok
    assert not check_backward(forward, backward, positive, points=5).ok


def test_all_right_gradients_say_nothing_of_the_way_but_a_remark():
    def backward(W, b):
        dout = -2 * (X @ W + b - Y)
        return {"W": -X.T @ dout / Y.size, "b": -dout.sum(axis=0) / Y.size}

    def forward(W, b):
        out = X @ W + b
        return np.mean((out - Y) ** 2)

    found = check_backward(forward, backward, {"W": W, "b": B})
    assert found.ok
    assert not found.causes


def test_at_a_kink_any_slope_will_do():
    x = X.copy()
    x[0] = 0.0

    def forward(x):
        return np.maximum(x, 0), x

    for slope in (0.0, 0.5, 1.0):

        def backward(dout, cache, slope=slope):
            return dout * np.where(cache == 0, slope, cache > 0)

        assert check_backward(forward, backward, (x,)).ok


class TestErrors:
    def test_an_error_of_theirs_is_named_with_its_line(self):
        def forward(W):
            return (X @ W.T).sum()

        with pytest.raises(TheirError, match=r"forward raised ValueError at .*test_edges.py:\d+"):
            check_backward(forward, lambda W: {"W": W}, {"W": W})

    def test_gradients_of_nothing_are_an_error(self):
        with pytest.raises(CheckError, match="none of it is the gradient of an input"):
            check_backward(mse, lambda W, b: {"V": W}, {"W": W, "b": B})

    def test_a_backward_that_gives_nothing_is_an_error(self):
        with pytest.raises(CheckError, match="gave nothing"):
            check_backward(mse, lambda W, b: None, {"W": W, "b": B})

    def test_a_loss_that_is_an_array_is_an_error(self):
        with pytest.raises(CheckError, match=r"array of shape \(6, 2\)"):
            check_backward(lambda W, b: X @ W + b, mse_grads, {"W": W, "b": B})

    def test_a_loss_that_is_not_finite_is_an_error(self):
        with pytest.raises(CheckError, match="nan"):
            check_backward(lambda W, b: mse(W, b) * np.nan, mse_grads, {"W": W, "b": B})

    def test_a_forward_that_is_different_each_time_is_an_error(self):
        def forward(W):
            return (W * np.random.default_rng().normal(size=W.shape)).sum()

        with pytest.raises(CheckError, match="another result"):
            check_backward(forward, lambda W: {"W": W}, {"W": W})

    def test_it_is_refused_where_gradients_are_to_be_worked_out_by_hand(self):
        with by_hand(), pytest.raises(ByHandError):
            check_backward(mse, mse_grads, {"W": W, "b": B})

    def test_other_inputs_are_an_error(self):
        with pytest.raises(CheckError, match="inputs is a str"):
            check_backward(mse, mse_grads, "W")

    def test_a_parameter_that_nothing_can_be_given_for_is_an_error(self):
        with pytest.raises(CheckError, match="'memory'"):
            check_backward(mse, lambda W, b, memory, more: None, {"W": W, "b": B})


class TestOddities:
    def test_whole_numbers_among_the_inputs_may_ask_for_a_dot_product(self):
        xor = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])

        def forward(w, x):
            return np.sum(x.dot(w) ** 2)

        def backward(w, x):
            return {"w": 2 * x.T.dot(x.dot(w))}

        found = check_backward(forward, backward, {"w": B.copy(), "x": xor})
        assert found.ok
        assert not found.remark

    def test_an_input_that_nothing_depends_on_has_a_gradient_of_zeros(self):
        def forward(x, w):
            return (x**2).sum()

        right = {"x": X, "w": W}
        assert check_backward(forward, lambda x, w: {"x": 2 * x, "w": np.zeros_like(w)}, right).ok
        assert not check_backward(forward, lambda x, w: {"x": 2 * x, "w": w}, right).ok

    def test_a_forward_that_wants_true_arrays_is_judged_at_its_inputs(self):
        def forward(x):
            if type(x) is not np.ndarray:
                raise TypeError("an array, please")
            return (x**2).sum()

        def wrong(x):
            dx = 3 * x
            return {"x": dx}

        found = check_backward(forward, lambda x: {"x": 2 * x}, {"x": B})
        assert found.ok
        assert "an array, please" in found.remark
        assert causes(check_backward(forward, wrong, {"x": B})) == [("x", "dx = 3 * x")]

    def test_numbers_among_the_inputs_may_have_a_gradient(self):
        def forward(w, b):
            return (w * 3.0 + b - 1.0) ** 2

        def backward(w, b):
            err = w * 3.0 + b - 1.0
            return {"w": 2 * err * 3.0, "b": err}

        assert [name for name, _ in causes(check_backward(forward, backward, {"w": 0.7, "b": -0.2}))] == ["b"]

    def test_a_loss_may_have_one_row_and_column(self):
        def forward(w):
            return X[:1] @ w @ np.ones((2, 1))

        assert check_backward(forward, lambda w: {"w": X[:1].T @ np.ones((1, 2))}, {"w": W}).ok

    def test_numpy_s_functions_may_have_been_imported_by_name(self, tmp_path):
        text = (
            "from numpy import dot, tanh, zeros\n\n\n"
            "def forward(x, w):\n    out = zeros((len(x), w.shape[1]))\n    out[:] = tanh(dot(x, w))\n"
            "    return out, (x, w, out)\n\n\n"
            "def backward(dout, cache):\n    x, w, out = cache\n    dz = dout * (1 - out)\n"
            "    return dz @ w.T, x.T @ dz\n"
        )
        (tmp_path / "mine.py").write_text(text)
        space = {"__name__": "mine"}
        exec(compile(text, str(tmp_path / "mine.py"), "exec"), space)
        found = check_backward(space["forward"], space["backward"], (X, W))
        assert [result.source for result in found.causes] == [(str(tmp_path / "mine.py"), 12, "dz = dout * (1 - out)")]
        assert space["zeros"] is np.zeros

    def test_numpy_may_be_imported_within_the_function(self):
        def forward(x):
            import numpy

            out = numpy.zeros_like(x)
            out[...] = numpy.sin(x)
            return out

        def backward(dout, x):
            return dout * np.cos(x)

        found = check_backward(forward, backward, (X,))
        assert found.ok
        assert not found.remark

    def test_code_without_a_file_has_its_line_without_the_text(self):
        space = {"__name__": "mine"}
        exec("import numpy as np\ndef f(x): return np.tanh(x), x\ndef b(d, x):\n    dx = d * x\n    return dx\n", space)
        found = check_backward(space["f"], space["b"], (X,))
        assert [result.source for result in found.causes] == [("<string>", 4, "")]

    def test_the_table_shows_the_line(self):
        text = str(check_backward(mse, lambda W, b: {"W": mse_grads(W, b)["W"] * 2, "b": mse_grads(W, b)["b"]}, (W, B)))
        assert "test_edges.py:" in text

    def test_the_check_runs_under_another_tracer(self):
        import sys

        seen = []

        def tracer(frame, event, argument):
            seen.append(event)

        before = sys.gettrace()
        sys.settrace(tracer)
        try:
            check_backward(mse, mse_grads, {"W": W, "b": B})
            assert sys.gettrace() is tracer
        finally:
            sys.settrace(before)
