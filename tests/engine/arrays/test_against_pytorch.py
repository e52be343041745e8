"""PyTorch as the oracle, in double precision: each construct, programs made of them, and the makemore network."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import compare, gradients
from handgrad.arrays import array, fill
from handgrad.demos.makemore import model
from tests.optional import needs

from ..slips.array_exercise import Exercise
from .construct import Construct, torch
from .constructs import ALL

needs("torch")


def numbers(thing):
    return np.asarray(thing.data if hasattr(thing, "operands") else thing)


def both(construct: Construct, seed: int = 0):
    """The leaves and a loss with weights of its own, as nodes and as tensors."""
    inputs = construct.inputs(seed)
    ours, theirs = [array(x) for x in inputs], [torch.tensor(x, requires_grad=True) for x in inputs]
    result, expected = construct.ours(*ours), construct.on_tensors(*theirs)
    assert np.shape(numbers(result)) == tuple(expected.shape)
    weights = np.random.default_rng(seed + 1).normal(size=tuple(expected.shape))
    loss = result * weights if not result.shape else (result * weights).sum()
    return ours, loss, theirs, (expected * torch.tensor(weights)).sum()


@pytest.mark.parametrize("name", ALL)
def test_every_constructs_gradients_are_pytorchs(name):
    ours, loss, theirs, their_loss = both(ALL[name])
    found, expected = gradients(loss), torch.autograd.grad(their_loss, theirs, materialize_grads=True)
    for node, gradient in zip(ours, expected):
        np.testing.assert_allclose(found.get(node, 0.0), gradient.numpy(), rtol=1e-9, atol=1e-12)


def product(gradients_, directions):
    """The sum of the gradients times some numbers: its gradient is a Hessian times a vector."""
    return sum((g * v).sum() for g, v in zip(gradients_, directions) if g is not None)


@pytest.mark.drawn(80, rest=60)
@pytest.mark.parametrize("name", ALL)
def test_every_constructs_second_derivatives_are_pytorchs(name):
    construct = ALL[name]
    directions = [np.random.default_rng(5).normal(size=shape) for shape in construct.shapes]
    ours, loss, theirs, their_loss = both(construct)
    # Else the Hessian of what is linear is nothing.
    loss, their_loss = (L * L + sum((x * x).sum() for x in xs) for L, xs in ((loss, ours), (their_loss, theirs)))
    first = gradients(loss, graph=True)
    found = gradients(product([first.get(node) for node in ours], directions))
    their_first = torch.autograd.grad(their_loss, theirs, create_graph=True)
    their_product = product(their_first, map(torch.tensor, directions))
    expected = torch.autograd.grad(their_product, theirs)
    for node, gradient in zip(ours, expected):
        np.testing.assert_allclose(first[node].data, their_first[ours.index(node)].detach(), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(found.get(node, 0.0), gradient.numpy(), rtol=1e-8, atol=1e-10)


ONE = [
    (np.tanh, torch.tanh),
    (np.sin, torch.sin),
    (lambda x: np.exp(0.3 * np.tanh(x)), lambda x: torch.exp(0.3 * torch.tanh(x))),
    (lambda x: x.sigmoid(), torch.sigmoid),
    (lambda x: np.maximum(x, 0.1), lambda x: x.maximum(torch.tensor(0.1, dtype=float))),
    (lambda x: 1 / (x**2 + 1.0), lambda x: 1 / (x**2 + 1.0)),
    (lambda x: x.softmax(-1), lambda x: x.softmax(-1)),
    (lambda x: x.log_softmax(0), lambda x: x.log_softmax(0)),
    (lambda x: x - x.max(0, keepdims=True), lambda x: x - x.max(0, keepdim=True).values),
    (lambda x: x.mean(-1, keepdims=True), lambda x: x.mean(-1, keepdim=True)),
    (lambda x: x.sum(0), lambda x: x.sum(0)),
    (lambda x: np.var(x, axis=-1, keepdims=True), lambda x: x.var(-1, correction=0, keepdim=True)),
    (lambda x: np.cumsum(x, axis=0), lambda x: x.cumsum(0)),
    (lambda x: x.reshape(-1, 1), lambda x: x.reshape(-1, 1)),
    (lambda x: x[::-1], lambda x: x.flip(0)),
    (lambda x: x[..., [0, 0, -1]], lambda x: x[..., [0, 0, -1]]),
    (lambda x: np.roll(x, 1, axis=-1), lambda x: x.roll(1, -1)),
    (lambda x: np.stack([x, -x]), lambda x: torch.stack([x, -x])),
    (lambda x: np.swapaxes(x, 0, -1), lambda x: x.swapaxes(0, -1)),
    (lambda x: np.expand_dims(x, 1), lambda x: x[:, None]),
    (lambda x: np.einsum("i...,i...->i", x, x), lambda x: torch.einsum("i...,i...->i", x, x)),
]


TWO = [
    (np.add, torch.add),
    (np.multiply, torch.multiply),
    (np.subtract, torch.subtract),
    (np.maximum, torch.maximum),
    (lambda a, b: np.where(a > b, a, b * 0.5), lambda a, b: torch.where(a > b, a, b * 0.5)),
    (lambda a, b: a / (1.5 + np.cos(b)), lambda a, b: a / (1.5 + torch.cos(b))),
    (lambda a, b: np.matmul(a, b), torch.matmul),
    (lambda a, b: np.concatenate([a, b], axis=-1), lambda a, b: torch.cat([a, b], -1)),
    (lambda a, b: np.tensordot(a, b, axes=([-1], [-1])), lambda a, b: their_tensordot(a, b)),
]


def their_tensordot(a, b):
    if a.shape[-1] != b.shape[-1]:  # PyTorch stretches an axis of length 1, NumPy does not
        raise IndexError
    return torch.tensordot(a, b, ([-1], [-1]))


def random_program(seed: int, steps: int = 14):
    """The same program on nodes and on tensors; what it computes on the way, in pairs, and its one number."""
    rng = np.random.default_rng(seed)
    shapes = [(2, 3), (3,), (3, 3), (2, 1, 3), (1, 4)]
    inputs = [rng.normal(size=shape) for shape in shapes]
    pairs = [(array(x), torch.tensor(x, requires_grad=True)) for x in inputs]
    while steps:
        count = 1 if rng.random() < 0.55 else 2
        known = ONE if count == 1 else TWO
        ours, theirs = known[rng.integers(len(known))]
        # From late ones rather than from early ones.
        chosen = [pairs[-1 - min(int(rng.exponential(2.5)), len(pairs) - 1)] for _ in range(count)]
        try:
            expected = theirs(*[tensor for _, tensor in chosen])
        except (RuntimeError, IndexError):  # the shapes do not fit
            continue
        if not 0 < expected.numel() <= 200 or not expected.ndim or expected.abs().max() > 50:
            continue
        expected.retain_grad()
        pairs.append((ours(*[node for node, _ in chosen]), expected))
        steps -= 1
    root = sum((node * node).mean() for node, _ in pairs)
    return pairs, root, sum((tensor * tensor).mean() for _, tensor in pairs)


@pytest.mark.drawn(60, rest=60)
@pytest.mark.parametrize("seed", range(120))
def test_on_random_programs_every_gradient_is_pytorchs(seed):
    pairs, root, their_root = random_program(seed)
    their_root.backward()
    found = gradients(root)
    as_nodes = gradients(root, graph=True)
    for node, tensor in pairs:
        np.testing.assert_allclose(found[node], tensor.grad.numpy(), rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(as_nodes[node].data, tensor.grad.numpy(), rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("seed", range(0, 120, 4))
def test_on_random_programs_second_derivatives_are_pytorchs(seed):
    pairs, root, their_root = random_program(seed)
    leaves, tensors = zip(*pairs[:5])
    directions = [np.random.default_rng(seed).normal(size=leaf.shape) for leaf in leaves]
    first = gradients(root, graph=True)
    found = gradients(product([first[leaf] for leaf in leaves], directions))
    their_first = torch.autograd.grad(their_root, tensors, create_graph=True)
    expected = torch.autograd.grad(product(their_first, map(torch.tensor, directions)), tensors)
    for leaf, gradient in zip(leaves, expected):
        np.testing.assert_allclose(found.get(leaf, 0.0), gradient.numpy(), rtol=1e-7, atol=1e-9)


def torch_gradients(exercise: Exercise) -> dict[str, np.ndarray]:
    """The lecture's own forward pass, every intermediate retained."""
    p = {name: torch.tensor(numbers, requires_grad=True) for name, numbers in exercise.p.items()}
    n, Yb = len(exercise.Yb), torch.tensor(exercise.Yb)
    t = dict(p)
    t["emb"] = p["C"][torch.tensor(exercise.Xb)]
    t["embcat"] = t["emb"].view(n, -1)
    t["hprebn"] = t["embcat"] @ p["W1"] + p["b1"]
    t["bnmeani"] = 1 / n * t["hprebn"].sum(0, keepdim=True)
    t["bndiff"] = t["hprebn"] - t["bnmeani"]
    t["bndiff2"] = t["bndiff"] ** 2
    t["bnvar"] = 1 / (n - 1) * t["bndiff2"].sum(0, keepdim=True)
    t["bnvar_inv"] = (t["bnvar"] + 1e-5) ** -0.5
    t["bnraw"] = t["bndiff"] * t["bnvar_inv"]
    t["hpreact"] = p["bngain"] * t["bnraw"] + p["bnbias"]
    t["h"] = torch.tanh(t["hpreact"])
    t["logits"] = t["h"] @ p["W2"] + p["b2"]
    t["logit_maxes"] = t["logits"].max(1, keepdim=True).values
    t["norm_logits"] = t["logits"] - t["logit_maxes"]
    t["counts"] = t["norm_logits"].exp()
    t["counts_sum"] = t["counts"].sum(1, keepdim=True)
    t["counts_sum_inv"] = t["counts_sum"] ** -1
    t["probs"] = t["counts"] * t["counts_sum_inv"]
    t["logprobs"] = t["probs"].log()
    for tensor in t.values():
        tensor.retain_grad()
    (-t["logprobs"][range(n), Yb].mean()).backward()
    return {name: tensor.grad.numpy() for name, tensor in t.items()}


@pytest.fixture(scope="module")
def judged():
    exercise = Exercise()
    return exercise, torch_gradients(exercise), gradients(exercise.values.loss)


@pytest.mark.parametrize("name", model.INTERMEDIATES)
def test_every_gradient_of_makemore_agrees_with_pytorch_to_nine_digits(judged, name):
    exercise, theirs, by_node = judged
    ours = by_node[getattr(exercise.values, name)]
    assert ours.shape == theirs[name].shape
    # What is zero up to noise (logit_maxes, b1) has no digits to agree in.
    np.testing.assert_allclose(ours, theirs[name], rtol=1e-9, atol=1e-15)


def test_pytorchs_gradients_of_makemore_are_judged_right(judged):
    exercise, theirs, _ = judged
    for name in model.INTERMEDIATES:
        fill(getattr(exercise.values, name), theirs[name])
    assert compare(exercise.values.loss).ok
