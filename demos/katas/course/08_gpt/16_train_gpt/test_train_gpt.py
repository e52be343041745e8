"""Training by hand against training by autodiff, from the same start."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pytest
from train_gpt import train

from handgrad import compare, manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, say_division, say_known
from handgrad.names import listed

NAMES = ("emma", "mia", "ava", "amie")
LETTERS = ".aeimv"
TEXTS = [[LETTERS.index(letter) for letter in f".{name}."] for name in NAMES]
WIDTH, HEADS, HIDDEN, STEPS, RATE = 4, 2, 8, 60, 0.03
KEPT = (0.85, 0.99)
"""How much Adam keeps of the mean of the gradients, and of that of their squares."""
EPSILON = 1e-8
SEEDS = (1, 2)


def start(seed):
    rng = np.random.default_rng(seed)
    shapes = {
        "wte": (len(LETTERS), WIDTH), "wpe": (6, WIDTH), "Wq": (WIDTH, WIDTH), "Wk": (WIDTH, WIDTH),
        "Wv": (WIDTH, WIDTH), "Wo": (WIDTH, WIDTH), "W1": (WIDTH, HIDDEN), "W2": (HIDDEN, WIDTH),
    }  # fmt: skip
    return {name: rng.normal(size=shape) * 0.4 for name, shape in shapes.items()}


def rmsnorm(x, size=WIDTH):
    return x * ((x**2).sum(1, keepdims=True) / size + 1e-5) ** -0.5


def loss_of(text, wte, wpe, Wq, Wk, Wv, Wo, W1, W2, *, over=None, pair=None, seen=np.tri):
    """The mean cross-entropy of one text, by a network whose parameters are nodes, or divided `over` other numbers.

    Args:
        pair: other tokens and targets than those of the text.
        seen: of a length, which places look at which.
    """
    over = {"x": WIDTH, "a": WIDTH, "m": WIDTH, "the scores": np.sqrt(WIDTH // HEADS), **(over or {})}
    tokens, targets = map(np.array, pair or (text[:-1], text[1:]))
    length = len(tokens)
    x = label(rmsnorm(label(wte[tokens] + wpe[:length], "emb"), over["x"]), "x")
    a = label(rmsnorm(x, over["a"]), "a")
    q, k, v = (
        label((a @ W).reshape(length, HEADS, WIDTH // HEADS).transpose(1, 0, 2), name)
        for W, name in ((Wq, "q"), (Wk, "k"), (Wv, "v"))
    )
    scores = np.where(seen(length) > 0, q @ k.swapaxes(1, 2) / over["the scores"], -np.inf)
    exps = np.exp(scores)
    weights = label(exps / exps.sum(2, keepdims=True), "weights")
    merged = label((weights @ v).transpose(1, 0, 2).reshape(length, WIDTH), "merged")
    y = label(x + merged @ Wo, "y")
    h = label(label(rmsnorm(y, over["m"]), "m") @ W1, "h")
    out = label(y + label(np.maximum(h, 0.0), "z") @ W2, "out")
    exps = np.exp(out @ wte.T)
    return -np.log((exps / exps.sum(1, keepdims=True))[range(length), targets]).mean()


class Adam(NamedTuple):
    """How to train: Adam as the kata has it, or with something else in it."""

    kept: tuple[float, float] = KEPT
    text_of: Callable[[int], int] = lambda t: (t - 1) % len(TEXTS)
    time_of: Callable[[int], int] = lambda t: t
    rate_of: Callable[[int], float] = lambda t: RATE
    begins_anew: bool = False  # whether the means are 0 again in each step
    keeps_gradients: bool = False


ADAM = Adam()


@lru_cache
def by_autodiff(seed, steps, how=ADAM):
    """The losses before each step and the trained arrays."""
    params = {name: array(numbers, name) for name, numbers in start(seed).items()}
    means = dict.fromkeys(params, 0.0)
    squares = dict.fromkeys(params, 0.0)
    losses = []
    for t in range(1, steps + 1):
        loss = loss_of(TEXTS[how.text_of(t)], **params)
        losses.append(loss.data)
        loss.backward()
        for name, node in params.items():
            if how.begins_anew:
                means[name], squares[name] = 0.0, 0.0
            means[name] = how.kept[0] * means[name] + (1 - how.kept[0]) * node.grad
            squares[name] = how.kept[1] * squares[name] + (1 - how.kept[1]) * node.grad**2
            time = how.time_of(t)
            fair = means[name] / (1 - how.kept[0] ** time), squares[name] / (1 - how.kept[1] ** time)
            node.data = node.data - how.rate_of(t) * fair[0] / (np.sqrt(fair[1]) + EPSILON)
            node.grad = node.grad if how.keeps_gradients else None
    return losses, {name: node.data for name, node in params.items()}


OTHERS = (
    (Adam(text_of=lambda t: 0), "That is with the first text in every step: which one comes next?"),
    (Adam(text_of=lambda t: min(t - 1, len(TEXTS) - 1)), "That is without beginning from the first text again."),
    (Adam(text_of=lambda t: (1 - t) % len(TEXTS)), "That is with the texts from the last to the first."),
    (Adam(time_of=lambda t: 1), "That is with t = 1 in every step."),
    (
        Adam(time_of=lambda t: (t + len(TEXTS) - 1) // len(TEXTS)),
        "That is with a t that counts the rounds, not the steps.",
    ),
    (
        Adam(begins_anew=True),
        "That is with means that begin at 0 again in each step: what is kept of the steps before?",
    ),
    (Adam(begins_anew=True, time_of=lambda t: 1), "That is with means that begin at 0 again in each step, and t at 1."),
    (Adam(keeps_gradients=True), "That is with the gradients of the steps before still in: each step has its own."),
    (Adam(rate_of=lambda t: RATE * (1 - (t - 1) / STEPS)), "That is with an lr that falls to 0: here it stays."),
    *(
        (Adam(kept=kept), f"That is with {kept[0]} and {kept[1]} in the place of {KEPT[0]} and {KEPT[1]}.")
        for kept in ((0.9, 0.999), (0.9, 0.99), (0.85, 0.999), (0.9, 0.95), (KEPT[1], KEPT[0]))
    ),
)
"""Other ways to train, whose first step is the same, with what to say of them."""
LATEST = 8
"""The step by which they are told apart."""


def by_learner(seed, steps):
    params = start(seed)
    with by_hand():
        losses = train(params, [list(text) for text in TEXTS], steps, RATE, HEADS)
    count = len(losses) if hasattr(losses, "__len__") else losses
    assert count == steps, (
        f"Called train(params, texts, steps={steps}, lr={RATE}, heads={HEADS}). It returned {count} losses. Expected "
        f"{steps}: that of each step's text, as it was before the step."
    )
    return [float(loss) for loss in losses], params


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_loss_is_that_of_the_untrained_model(seed):
    (theirs,), _ = by_autodiff(seed, 1)
    (mine,), _ = by_learner(seed, 1)
    assert mine == pytest.approx(theirs, rel=1e-6), (
        f"Called train(params, texts, steps=1, lr={RATE}, heads={HEADS}). It returned the loss {mine:.6g}. Expected "
        "the mean over the first text's positions of -log(the probability of the token that comes next), before the "
        f"first step.{name_forward(mine, theirs, seed)}"
    )


def name_forward(loss, expected, seed):
    """Say what else than the right forward pass gives a loss, "" for nothing known."""
    if says := say_division(loss / expected, len(TEXTS[0]) - 1):
        return says
    params = {name: array(numbers, name) for name, numbers in start(seed).items()}
    tokens, targets = TEXTS[0][:-1], TEXTS[0][1:]

    def others(pair):
        return loss_of(TEXTS[0], **params, pair=pair).data

    known = (
        (-expected, "That is minus the right number: what sign has log(p) where p < 1?"),
        (
            others((targets, tokens)),
            "That is with the tokens and their targets exchanged: which of two neighbours is asked for?",
        ),
        (
            others((tokens, tokens)),
            "That is with the tokens themselves as targets: how far on is the token that comes next?",
        ),
        (
            others((targets, targets)),
            "That is with targets that the network is given, too: which of two neighbours goes in?",
        ),
        (
            loss_of(TEXTS[0], **params, seen=lambda length: np.ones((length, length))).data,
            "That is without the causal mask.",
        ),
    )
    without = (
        (
            loss_of(TEXTS[0], **{**params, name: array(np.zeros(params[name].shape), name)}).data,
            f"That is without {what}.",
        )
        for name, what in (("wpe", "wpe"), ("Wo", "the attention"), ("W2", "the MLP"))
    )
    elsewhere = (
        (loss_of(text, **params).data, f"That is the loss of texts[{place}]: which text comes first?")
        for place, text in enumerate(TEXTS)
    )
    after = by_autodiff(seed, 2, Adam(text_of=lambda t: 0))[0][1], "That is the loss after the step."
    backwards = others((TEXTS[0][:0:-1], TEXTS[0][-2::-1])), "That is the loss of the text read backwards."
    if says := say_known(loss, (*known, *without, *elsewhere, after, backwards)):
        return says
    norms = [(f"the mean square for {listed(names)}", names) for names in NORMS]
    for what, places in (*norms, ("the scores", ["the scores"])):
        sizes = [*range(1, 51), *(np.sqrt(range(1, 51)) if places == ["the scores"] else ())]
        for size in sizes:
            loss_so = loss_of(TEXTS[0], **params, over=dict.fromkeys(places, size))
            if loss_so.data == pytest.approx(loss, rel=1e-9):
                return f" A division by {size:.4g} in {what} would do that."
    return ""


NORMS = (["m"], ["x", "a"], ["x"], ["a"], ["x", "a", "m"])
"""Of which norms one division may be written for all."""


@pytest.mark.parametrize("seed", SEEDS)
def test_one_step_moves_every_parameter_as_autodiff_does(seed):
    before, (_, theirs), (_, mine) = start(seed), by_autodiff(seed, 1), by_learner(seed, 1)
    assert any(not np.array_equal(mine[name], before[name]) for name in before), (
        f"Called train(params, texts, steps=1, lr={RATE}, heads={HEADS}). None of the arrays in params has moved. "
        "Expected the trained ones there afterwards: is a copy of them moved?"
    )
    for name in ("W2", "W1", "Wo", "Wv", "Wk", "Wq", "wpe", "wte"):
        expected, move = theirs[name] - before[name], np.asarray(mine[name]) - before[name]
        call = f"Called train(params, texts, steps=1, lr={RATE}, heads={HEADS}). "
        assert move.shape == expected.shape, (
            f"{call}{name} has the shape {move.shape} afterwards. Expected {expected.shape}, as before."
        )
        if not np.allclose(move, expected, rtol=1e-5, atol=1e-9):
            says = verdict(name, move, expected)
            if "look at what your backward does" in says:
                explain(name, before, gradient(move), call.removeprefix("Called ").rstrip(". "))
            raise AssertionError(call + says)


FORMS = (
    (lambda g: g / (g**2 + EPSILON), "Of v, is the root taken?"),
    (lambda g: g / (np.sqrt(np.abs(g)) + EPSILON), "Is v the mean of g, or of its square?"),
    (lambda g: g, "By what is m divided?"),
)
"""What is moved by in the first step, where m is g and v is its square, in other ways than Adam's."""


def gradient(move):
    """The gradient by which Adam makes a first move, -rate * g/(|g| + epsilon)."""
    share = np.clip(-move / RATE, -1.0 + 1e-15, 1.0 - 1e-15)
    return share * EPSILON / (1.0 - np.abs(share))


def name_factor(times):
    """What is so many times too much, or too little, in the words of the network; "" for nothing known."""
    positions, letters, width = len(TEXTS[0]) - 1, len(LETTERS), WIDTH // HEADS
    sizes = {
        WIDTH: "the width of the network", letters: "the number of letters", positions: "the number of positions",
        positions * letters: "the number of logits", HEADS: "the number of heads", width: "a head's width",
        positions - 1: "one less than the number of positions", HIDDEN: "the width of the MLP's hidden layer",
    }  # fmt: skip
    roots = {np.sqrt(size): f"the root of {what}" for size, what in sizes.items()}
    for right in (positions, np.sqrt(width)):
        if np.isclose(max(times, 1.0 / times), right, rtol=1e-3):
            return f"It is {(sizes | roots)[right]}. "
    for right, others in ((positions, sizes), (np.sqrt(width), sizes | roots)):
        for number, what in others.items():
            if np.isclose(times, right / number, rtol=1e-3):
                return f"A division by {number:.4g}, {what}, would do that. "
    return ""


def explain(name, before, found, call):
    """Judge the gradient by which a parameter moved, in the graph of the network, where that names a mistake."""
    with manual():
        params = {name: array(numbers, name) for name, numbers in before.items()}
        loss = label(loss_of(TEXTS[0], **params), "loss")
    params[name].grad = found
    if any(result.slip for result in compare(loss, nodes=[params[name]], rtol=1e-5, typed=False).causes):
        call = f"{call} and filled in the gradient by which {name} moved"
        check_gradients(loss, nodes=[params[name]], call=call, rtol=1e-5, typed=False)


def verdict(name, move, expected):
    """In words, how a first move by Adam differs from the right one."""
    if not np.all(np.isfinite(move)):
        return (
            f"{name} holds a nan or an inf afterwards. Expected finite numbers: is anything divided by 0? In the first "
            "step t is 1."
        )
    if not np.any(move):
        return f"{name} did not move at all. Expected a move of every parameter, in every step."
    if np.allclose(move, -expected, rtol=1e-5, atol=1e-9):
        return f"{name} moved the wrong way. Expected a move downhill, against the gradient."
    moved = expected != 0.0
    ratios = move[moved] / expected[moved]
    if np.allclose(ratios, ratios[0], rtol=1e-4) and abs(ratios[0] - 1.0) > 1e-3:
        swapped = (KEPT[0] / (1 - KEPT[0]), np.sqrt((1 - KEPT[1]) / KEPT[1]))
        if any(np.isclose(ratios[0], ratio, rtol=1e-4) for ratio in swapped):
            return (
                f"{name} moved {ratios[0]:.3g} times as far as by autodiff. Which share of a mean is "
                "kept, and which is that of what is new?"
            )
        return (
            f"{name} moved {ratios[0]:.3g} times as far as by autodiff. In its first step Adam moves nearly every "
            "number by lr: are both means divided by what makes up for their beginning at 0?"
        )
    mine, theirs = gradient(move[moved]), gradient(expected[moved])
    for form, question in FORMS:
        if np.allclose(move[moved], -RATE * form(theirs), rtol=1e-4):
            return f"{name} did not move as by autodiff: look at Adam's line. {question}"
    times = np.median(mine / theirs)
    if np.allclose(mine, times * theirs, rtol=1e-3):
        return (
            f"{name} moved as by {times:.4g} times its gradient, and going back from the loss it is the first. Which "
            f"number is left out there, or one too many? {name_factor(times)}The kata tiny_gpt finds the place."
        )
    return (
        f"{name} did not move as by autodiff. Going back from the loss, it is the first that did not: look at what "
        "your backward does for it; the kata tiny_gpt finds the place. If that is green, look at Adam's line: what "
        "stands under the root, and what beside it?"
    )


def name_later(loss, seed, step):
    """Say which other way to train gives the loss before a later step."""
    others = ((by_autodiff(seed, step + 1, how)[0][step], words) for how, words in OTHERS if step <= LATEST)
    question = " Are the means kept from step to step, with the t of each, and is it the next text?"
    return say_known(loss, others) or question


@pytest.mark.parametrize("seed", SEEDS)
def test_the_losses_are_those_of_autodiff_to_the_end(seed):
    (theirs, _), (mine, _) = by_autodiff(seed, STEPS), by_learner(seed, STEPS)
    for step, (my_loss, their_loss) in enumerate(zip(mine, theirs)):
        assert my_loss == pytest.approx(their_loss, rel=1e-4), (
            f"Called train(params, texts, steps={STEPS}, lr={RATE}, heads={HEADS}). The loss before step {step} (from "
            f"0) is {my_loss:.6g}. By autodiff it is {their_loss:.6g}: this is where the two part."
            f"{name_later(my_loss, seed, step)}"
        )
    first, last = np.mean(mine[: len(TEXTS)]), np.mean(mine[-len(TEXTS) :])
    assert last < 0.5 * first, f"The loss went from {first:.4g} to {last:.4g}. Expected less than half."
