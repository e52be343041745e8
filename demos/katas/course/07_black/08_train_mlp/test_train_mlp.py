"""Training by hand against training by autodiff, from the same start."""

from functools import lru_cache

import numpy as np
import pytest
from train_mlp import train

from handgrad import compare, manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, say_division, say_known

NAMES = ("emma", "mia", "ava")
LETTERS = ".aeimv"
STEPS, RATE = 100, 0.5
SEEDS = (1, 2)


def dataset():
    """Pairs of two letters and the one that follows, as whole numbers."""
    pairs = []
    for name in NAMES:
        text = f"..{name}."
        letters = [LETTERS.index(letter) for letter in text]
        pairs += [(letters[i : i + 2], letters[i + 2]) for i in range(len(name) + 1)]
    X, Y = zip(*pairs)
    return np.array(X), np.array(Y)


def start(seed):
    rng = np.random.default_rng(seed)
    hidden, letters = 4, len(LETTERS)
    return {
        "C": rng.normal(size=(letters, 2)),
        "W1": rng.normal(size=(4, hidden)) * 0.5,
        "b1": rng.normal(size=(1, hidden)) * 0.1,
        "gain": rng.uniform(0.9, 1.1, size=(1, hidden)),
        "bias": rng.normal(size=(1, hidden)) * 0.1,
        "W2": rng.normal(size=(hidden, letters)) * 0.1,
        "b2": rng.normal(size=(1, letters)) * 0.1,
    }


def loss_of(C, W1, b1, gain, bias, W2, b2, *, over_mean=None, over_variance=None, act=np.tanh, add_up=1, measure=None):
    """The mean cross-entropy of the network, whose parameters are nodes, or with something else in it."""
    X, Y = dataset()
    n = len(X)
    hprebn = label(C[X].reshape(n, -1) @ W1 + b1, "hprebn")
    diff = hprebn - hprebn.sum(0, keepdims=True) / (over_mean or n)
    raw = label(diff * ((diff**2).sum(0, keepdims=True) / (over_variance or n - 1) + 1e-5) ** -0.5, "raw")
    h = label(act(label(gain * raw + bias, "hpreact")), "h")
    exps = np.exp(h @ W2 + b2)
    if add_up != 1:
        exps = exps / exps.data.max(1, keepdims=True)  # of each row another shift, which only its own sum cancels
    probs = exps / exps.sum(add_up, keepdims=True)
    return measure(probs) if measure else -np.log(probs[range(n), Y]).mean()


@lru_cache
def by_autodiff(seed, steps, keeps_gradients=False, rate_of=lambda step: RATE):
    """The losses before each step and the trained arrays."""
    params = {name: array(numbers, name) for name, numbers in start(seed).items()}
    losses = []
    for step in range(steps):
        loss = loss_of(**params)
        losses.append(loss.data)
        loss.backward()
        for node in params.values():
            node.data = node.data - rate_of(step) * node.grad
            node.grad = node.grad if keeps_gradients else None
    return losses, {name: node.data for name, node in params.items()}


def by_learner(seed, steps):
    params = start(seed)
    X, Y = dataset()
    with by_hand():
        losses = train(params, X, Y, steps, RATE)
    count = len(losses) if hasattr(losses, "__len__") else losses
    assert count == steps, (
        f"Called train(params, X, Y, steps={steps}, lr={RATE}). It returned {count} losses. Expected {steps}: the "
        "loss as it was before each step."
    )
    return [float(loss) for loss in losses], params


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_loss_is_that_of_the_untrained_network(seed):
    (theirs,), _ = by_autodiff(seed, 1)
    (mine,), _ = by_learner(seed, 1)
    assert mine == pytest.approx(theirs, rel=1e-6), (
        f"Called train(params, X, Y, steps=1, lr={RATE}). It returned the loss {mine:.6g}. Expected the mean "
        f"cross-entropy before the first step, at the parameters as they came.{name_forward(mine, theirs, seed)}"
    )


def name_later(loss, seed, step):
    """Say what else than plain gradient descent gives the loss before a later step."""
    known = (
        (
            by_autodiff(seed, 1)[0][0],
            "That is the loss of the start again: is the forward pass made anew in each step?",
        ),
        (
            by_autodiff(seed, step + 1, keeps_gradients=True)[0][step],
            "That is with the gradients of the steps before still in: each step has its own.",
        ),
        (
            by_autodiff(seed, step + 1, rate_of=lambda step: RATE / (step + 1))[0][step],
            "That is with lr divided by the number of the step.",
        ),
        (
            by_autodiff(seed, step + 1, rate_of=lambda step: RATE * (1 - step / STEPS))[0][step],
            "That is with an lr that falls to 0.",
        ),
    )
    return say_known(loss, known) or " Is the forward pass made anew in each step?"


def name_forward(loss, expected, seed):
    """Say which other forward pass gives a loss, "" for none."""
    if says := say_division(loss / expected, len(dataset()[1])):
        return says
    params = {name: array(numbers, name) for name, numbers in start(seed).items()}
    rows, Y = range(len(dataset()[1])), dataset()[1]

    def by(measure):
        return loss_of(**params, measure=measure).data

    known = (
        (by(lambda p: -np.log(p[rows, Y].mean())), "That is -log of the mean p: of what is the mean taken?"),
        (
            by(lambda p: -np.log(p[:, Y]).mean()),
            "That picks each letter of Y in each row: which one is asked for?",
        ),
        (by(lambda p: -np.log(p).mean()), "That is the mean over all letters: which one does a row ask for?"),
        (by(lambda p: -p[rows, Y].mean()), "That is without the log."),
        (-expected, "That is minus the right number: what sign has log(p) where p < 1?"),
        (by_autodiff(seed, 2)[0][1], "That is the loss after the step."),
        (
            loss_of(**params, add_up=0).data,
            "That is with exps that are divided by their sum down the batch: of what is a probability a share?",
        ),
        (
            loss_of(**params, add_up=None).data,
            "That is with exps that are divided by the sum of all of them: of what is a probability a share?",
        ),
        (loss_of(**params, act=lambda hpreact: hpreact).data, "A forward pass without the tanh would do that."),
    )
    if says := say_known(loss, known):
        return says
    for where, what in (("over_mean", "mean"), ("over_variance", "variance")):
        for size in range(1, 200):
            if loss_of(**params, **{where: size}).data == pytest.approx(loss, rel=1e-9):
                return f" A division by {size} in the {what} of hprebn would do that."
    for name, number in (("b1", 0.0), ("gain", 1.0), ("bias", 0.0), ("W2", 0.0), ("b2", 0.0)):
        without = {**params, name: array(np.full(params[name].shape, number), name)}
        if loss_of(**without).data == pytest.approx(loss, rel=1e-9):
            return f" A forward pass without {name} would do that."
    return ""


@pytest.mark.parametrize("seed", SEEDS)
def test_one_step_moves_every_parameter_as_autodiff_does(seed):
    before, (_, theirs), (_, mine) = start(seed), by_autodiff(seed, 1), by_learner(seed, 1)
    assert any(not np.array_equal(mine[name], before[name]) for name in before), (
        f"Called train(params, X, Y, steps=1, lr={RATE}). None of the arrays in params has moved. Expected the "
        "trained ones there afterwards: is a copy of them moved?"
    )
    # The norm takes the shift by b1 away, and of its gradient, 0, each mistake makes as little sense as another.
    for name in ("b2", "W2", "bias", "gain", "W1", "b1", "C"):
        expected, move = theirs[name] - before[name], np.asarray(mine[name]) - before[name]
        call = f"Called train(params, X, Y, steps=1, lr={RATE}). "
        assert move.shape == expected.shape, (
            f"{call}{name} has the shape {move.shape} afterwards. Expected {expected.shape}, as before."
        )
        if not np.allclose(move, expected, rtol=1e-6, atol=1e-12):
            says = verdict(name, move, expected)
            if "look at what your backward does" in says:
                explain(name, before, -move / RATE, f"train(params, X, Y, steps=1, lr={RATE})")
            raise AssertionError(call + says)


def verdict(name, move, expected):
    """In words, how a move differs from the right one."""
    if not np.any(move):
        return f"{name} did not move at all. Expected each of the seven parameters to move by -lr times its gradient."
    along = float((move * expected).sum() / ((expected * expected).sum() or 1.0))
    if abs(along) > 1e-9 and np.allclose(move, along * expected, rtol=1e-6, atol=1e-12):
        if along < 0.0:
            return f"{name} moved the wrong way. Expected a move downhill: minus lr times the gradient."
        return (
            f"{name} moved {along:.3g} times as far as by autodiff. Expected -lr times the gradient of the *mean* "
            f"loss: the direction is right, the length is not.{say_division(along, len(dataset()[1]))}"
        )
    return (
        f"{name} did not move as by autodiff. Going back from the loss, it is the first that did not: look at what "
        "your backward does just before it. The kata makemore_mlp finds the place."
    )


def explain(name, before, found, call):
    """Judge the gradient by which a parameter moved, in the graph of the network, where that names a mistake."""
    with manual():
        params = {name: array(numbers, name) for name, numbers in before.items()}
        loss = label(loss_of(**params), "loss")
    params[name].grad = found
    if any(result.slip for result in compare(loss, nodes=[params[name]], rtol=1e-5, typed=False).causes):
        call = f"{call} and filled in the gradient by which {name} moved"
        check_gradients(loss, nodes=[params[name]], call=call, rtol=1e-5, typed=False)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_losses_are_those_of_autodiff_to_the_end(seed):
    (theirs, _), (mine, _) = by_autodiff(seed, STEPS), by_learner(seed, STEPS)
    for step, (my_loss, their_loss) in enumerate(zip(mine, theirs)):
        assert my_loss == pytest.approx(their_loss, rel=1e-5), (
            f"Called train(params, X, Y, steps={STEPS}, lr={RATE}). The loss before step {step} (from 0) is "
            f"{my_loss:.6g}. By autodiff it is {their_loss:.6g}: this is where the two part."
            f"{name_later(my_loss, seed, step)}"
        )
    assert mine[-1] < 0.5 * mine[0], f"The loss went from {mine[0]:.4g} to {mine[-1]:.4g}. Expected less than half."
