"""One step and several steps of gradient descent."""

import math
import random

import pytest
from sgd_step import sgd_step

from handgrad import Value, label, manual
from handgrad.demos.katas.checking import by_hand, check_gradients, say_known

CALL = "sgd_step(x, w, b, target, lr)"


def number(rng):
    """A random number of either sign that is far from 0, 1 and 2."""
    return rng.choice((-1.0, 1.0)) * rng.uniform(1.1, 1.9)


def problem(seed, size):
    rng = random.Random(seed)
    x = [number(rng) for _ in range(size)]
    with manual():
        w = [Value(number(rng), f"w[{i}]") for i in range(size)]
        b = Value(number(rng), "b")
    lr = rng.uniform(0.011, 0.019)
    target = prediction(x, w, b) + number(rng)
    return x, w, b, target, lr


def prediction(x, w, b):
    """What the model says, as a number."""
    return sum(weight.data * source for weight, source in zip(w, x)) + b.data


def step(x, w, b, target, lr):
    """One step of the learner's, judged: the gradients, then the moves."""
    parameters = [*w, b]
    with manual():
        products = [label(weight * source, f"w[{i}]*x[{i}]") for i, (weight, source) in enumerate(zip(w, x))]
        p = products[0]
        for product in products[1:]:
            p = p + product
        p = p + b
        error = p - target
        L = error**2
    p.label, error.label, L.label = "p", "error", "L"
    before, stale = [node.data for node in parameters], [node.grad for node in parameters]
    with by_hand():
        sgd_step(x, w, b, target, lr)
    after = [node.data for node in parameters]
    check_for_two_points(x, w, b, target, before)

    for node, data in zip(parameters, before):
        node.data = data  # back to where the gradients belong
    check_for_another_prediction(x, w, b, target)
    right = [2.0 * error.data * source for source in [*x, 1.0]]
    check_for_moved_gradients(parameters, right, lr)
    check_for_leftovers(parameters, stale, right)
    check_gradients(L, nodes=parameters, call=CALL)

    for node, data in zip(parameters, after):
        node.data = data
    for node, old, new in zip(parameters, before, after):
        called = f"Called {CALL} with lr = {lr:.4f}."
        moved = f"{called} {node.label} moved by {new - old:.6g}, its gradient being {node.grad:.6g}."
        assert new != old, f"{called} {node.label} did not move. Expected a move of every parameter, the bias too."
        assert new != pytest.approx(-lr * node.grad, rel=1e-9), (
            f"{moved} Its data is now -lr times the gradient alone. Expected the old data and that step: where is -=?"
        )
        says = usual_move(new - old, old, node.grad, lr, right)
        assert not says, f"{moved} Expected a move of -lr times the gradient:{says}"
        assert (new - old) * node.grad < 0.0, (
            f"{moved} Expected a move of -lr times the gradient. Which way is downhill?"
        )
        assert new == pytest.approx(old - lr * node.grad, rel=1e-9), (
            f"{moved} Expected a move of -lr times the gradient: the direction is right, the length is not."
        )


def usual_move(move, data, gradient, lr, gradients):
    """What to say of a move that is a usual mistake; "" of another."""
    known = (
        (-gradient, "where is lr?"),
        (-gradient / lr, "that gradient is divided by lr, not multiplied."),
        (-lr, "that is -lr itself: by what is lr multiplied?"),
        (math.copysign(lr, -gradient), "that is lr, and of the gradient the sign alone."),
        (-0.01 * gradient, "that is -0.01 times the gradient: which lr is given?"),
        (-lr * data, "that is -lr times the data."),
        (-lr * data * gradient, "the data are multiplied in."),
        (-lr - gradient, "lr is added to the gradient, not multiplied."),
        (-2.0 * lr * gradient, "that is twice as far. Is the step taken twice?"),
        (-0.5 * lr * gradient, "that is half as far. Is a 2 divided out?"),
        (-lr * lr * gradient, "lr is multiplied in twice."),
        (-lr * gradient / len(gradients), f"that is divided by {len(gradients)}, the number of parameters."),
        (-lr * sum(gradients), "that is -lr times the sum of all gradients. Each parameter has its own."),
    )
    return say_known(move, known)


def check_for_another_prediction(x, w, b, target):
    """A gradient that is right for another p."""
    p, weights = prediction(x, w, b), [weight.data for weight in w]
    known = (
        (p - b.data - target, "of a prediction without b."),
        (sum(weights) + b.data - target, "of a prediction without x."),
        (sum(x) + b.data - target, "of a prediction without w."),
        ((p - b.data) / len(w) + b.data - target, "of a mean over the products."),
        (p, "of p**2, without the target."),
        (p + target, "of (p + target)**2."),
    )
    says = say_known(b.grad, [(2.0 * error, words) for error, words in known])
    assert not says, (
        f"Called {CALL}. b.grad is {b.grad:.6g}: the gradient{says} Expected that of the weighted sum and the bias, "
        "minus the target: what is p in all?"
    )


def check_for_two_points(x, w, b, target, before):
    """A bias whose gradient was computed with the weights where they are now."""
    if isinstance(b.grad, float):
        moved = sum(weight.data * source for weight, source in zip(w, x)) + before[-1] - target
        assert moved == pytest.approx(sum(d * s for d, s in zip(before, [*x, 1.0])) - target) or (
            b.grad != pytest.approx(2.0 * moved)
        ), (
            f"Called {CALL}. b.grad is {b.grad:.6g}: the gradient for weights that have moved already. Expected the "
            "one at the point of the forward pass. First every gradient, then every move."
        )


def check_for_moved_gradients(parameters, right, lr):
    """Gradients with the step in them, in the place of the data."""
    for node, gradient in zip(parameters, right):
        known = (
            ((1.0 - lr) * gradient, "the gradient minus lr times itself."),
            (lr * gradient, "lr times the gradient."),
            (-lr * gradient, "the step, -lr times the gradient."),
        )
        says = say_known(node.grad, known)
        assert not says, (
            f"Called {CALL}. {node.label}.grad is {node.grad:.6g}:{says} Expected the gradient, and its data moved: "
            "what does a step change?"
        )


def check_for_leftovers(parameters, stale, true):
    """Gradients with the last step's still in them."""
    for node, old, gradient in zip(parameters, stale, true):
        assert not isinstance(old, float) or node.grad != pytest.approx(old + gradient, rel=1e-6), (
            f"Called {CALL} a second time. {node.label}.grad is {node.grad:.6g}, which is the new gradient plus the "
            "last step's. Expected the new one alone: gradients add up over the uses in one pass, not over the steps."
        )


@pytest.mark.parametrize(("seed", "size"), [(1, 2), (2, 3), (3, 4), (4, 3), (5, 2)])
def test_one_step_goes_downhill(seed, size):
    step(*problem(seed, size))


@pytest.mark.parametrize(("seed", "size"), [(6, 2), (7, 3)])
def test_each_of_five_steps_goes_downhill(seed, size):
    x, w, b, target, lr = problem(seed, size)
    for _ in range(5):
        step(x, w, b, target, lr)
