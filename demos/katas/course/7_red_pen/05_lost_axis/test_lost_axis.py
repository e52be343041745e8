"""The mended backward pass on square batches and on others."""

import numpy as np
import pytest
from lost_axis import backward

from handgrad import Value, manual
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "backward(exps, total, dprobs)"
ORDER = ("total", "exps", "diff", "mean", "x")


def numbers(array):
    return np.array([node.data for node in array.ravel()]).reshape(array.shape)


def build(n, width, seed):
    """The loss and the named arrays of Values, and the upstream gradient."""
    rng = np.random.default_rng(seed)
    dprobs = rng.normal(size=(n, width)) * 1.3
    with manual():
        x = np.vectorize(Value, otypes=[object])(rng.normal(size=(n, width)) * 0.8)
        mean = x.sum(0, keepdims=True) / n
        diff = x - mean
        exps = np.exp(diff)
        total = exps.sum(1, keepdims=True)
        probs = exps / total
        L = (probs * dprobs).sum()
    made = {"x": x, "mean": mean, "diff": diff, "exps": exps, "total": total, "probs": probs}
    for name, array in made.items():
        for place, node in np.ndenumerate(array):
            node.label = name + "".join(f"[{i}]" for i in place)
    L.label = "L"
    return L, made, dprobs


def gradients_of(made, dprobs):
    with by_hand():
        return backward(numbers(made["exps"]), numbers(made["total"]), dprobs.copy())


def check_shapes(made, grads):
    for name in ORDER:
        shape, expected = np.shape(grads[name]), made[name].shape
        assert shape == expected, (
            f"Called {CALL}. The gradient of {name} has the shape {shape}. Expected {expected}, the shape of {name}: "
            f"NumPy lines shapes up from the right, so that {shape} goes along the columns."
        )


def check_numbers(L, made, dprobs, grads):
    """The numbers alone, whatever shape they come in."""
    for node, gradient in zip(made["probs"].ravel(), dprobs.ravel()):
        node.grad = float(gradient)
    for name in ORDER:
        gradients = np.ravel(grads[name])
        assert gradients.size == made[name].size, (
            f"Called {CALL}. The gradient of {name} holds {gradients.size} numbers. Expected {made[name].size}, the "
            f"shape of {name} being {made[name].shape}."
        )
        for node, gradient in zip(made[name].ravel(), gradients):
            node.grad = float(gradient)
    check_gradients(L, nodes=[node for name in ORDER for node in made[name].ravel()], call=CALL)


@pytest.mark.parametrize(("size", "seed"), [(3, 1), (4, 2), (3, 3)])
def test_the_numbers_of_a_square_batch(size, seed):
    L, made, dprobs = build(size, size, seed)
    check_numbers(L, made, dprobs, gradients_of(made, dprobs))


@pytest.mark.parametrize(("size", "seed"), [(3, 4), (4, 5)])
def test_the_shapes_of_a_square_batch(size, seed):
    _, made, dprobs = build(size, size, seed)
    check_shapes(made, gradients_of(made, dprobs))


@pytest.mark.parametrize(("n", "width", "seed"), [(3, 4, 6), (4, 2, 7), (2, 3, 8)])
def test_batches_that_are_not_square(n, width, seed):
    L, made, dprobs = build(n, width, seed)
    try:
        grads = gradients_of(made, dprobs)
    except ValueError as error:
        raise AssertionError(
            f"Called {CALL} on {n} rows of {width}. NumPy raised: {error}. Expected every gradient in the shape of "
            "its array."
        ) from error
    check_shapes(made, grads)
    check_numbers(L, made, dprobs, grads)
