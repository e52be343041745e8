"""A transformer's block by hand: where a mistake is made, and what it is."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Status, compare, gradients

from .lesson import Lesson, rounded
from .transformer import BEFORE, COLUMNS, EPSILON, HEAD, ROWS, RULES, X, Y, block, leaves
from .transformer_mistakes import MISTAKES


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return block()


def torch_gradients(torch) -> dict[str, np.ndarray]:
    """The gradient of every named array, by PyTorch's own operations."""
    functional = torch.nn.functional
    t = {name: torch.tensor(numbers, requires_grad=True) for name, numbers in leaves().items()}

    def keep(name, made):
        made.retain_grad()
        t[name] = made
        return made

    def norm(x, i):
        off = keep(f"off{i}", x - keep(f"mean{i}", x.mean(-1, keepdim=True)))
        var = keep(f"var{i}", off.pow(2).mean(-1, keepdim=True))
        raw = keep(f"raw{i}", off * keep(f"inv{i}", (var + EPSILON).rsqrt()))
        return keep(f"ln{i}", raw * t[f"gain{i}"] + t[f"bias{i}"])

    x0 = keep("x0", keep("tok", functional.embedding(torch.tensor(X), t["wte"])) + t["wpe"])
    ln1 = norm(x0, 1)
    for letter in "qkv":
        whole = keep(letter, ln1 @ t[f"W{letter}"])
        keep(f"{letter}h", whole.unflatten(-1, (-1, HEAD)).transpose(1, 2))
    scaled = keep("scaled", keep("scores", t["qh"] @ t["kh"].mT) / HEAD**0.5)
    masked = keep("masked", scaled.masked_fill(~torch.tensor(BEFORE), -torch.inf))
    ctx = keep("ctx", keep("att", masked.softmax(-1)) @ t["vh"])
    x1 = keep("x1", x0 + keep("out", keep("merged", ctx.transpose(1, 2).flatten(2)) @ t["Wo"]))
    h = keep("h", functional.gelu(keep("pre", norm(x1, 2) @ t["W1"] + t["b1"]), approximate="tanh"))
    x2 = keep("x2", x1 + keep("mlp", h @ t["W2"] + t["b2"]))
    logprobs = keep("logprobs", keep("logits", x2 @ t["wte"].T).log_softmax(-1))
    (-logprobs[torch.tensor(ROWS), torch.tensor(COLUMNS), torch.tensor(Y)].mean()).backward()
    return {name: made.grad.numpy() for name, made in t.items()}


def test_the_gradient_of_every_named_array_is_pytorchs(lesson, torch):
    theirs, ours = torch_gradients(torch), gradients(lesson.nodes.loss)
    assert set(theirs) == set(RULES)
    for name, gradient in theirs.items():
        np.testing.assert_allclose(ours[getattr(lesson.nodes, name)], gradient, rtol=1e-9, atol=1e-13, err_msg=name)


@pytest.mark.drawn(15)
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: f"{m.array}-{m.kinds[0]}")
def test_each_mistake_is_placed_and_named_in_words_about_it(lesson, mistake):
    found = lesson.found(mistake)
    assert found.causes == [mistake.array]
    assert found.is_named, found.slip


@pytest.mark.rest
def test_the_names_hold_for_numbers_that_a_person_rounded(lesson):
    found = [
        lesson.found(mistake, typed=rounded(digits))
        for place, digits in enumerate((3, 4, 6))
        for mistake in MISTAKES[place::20]
    ]
    assert all(one.mistake.array in one.causes for one in found)
    assert sum(one.is_first for one in found) >= 0.9 * len(found)
    assert sum(one.is_offered for one in found) >= 0.97 * len(found)


def test_no_right_array_is_accused_for_float_noise_or_a_rounding(lesson):
    rng = np.random.default_rng(1)

    def noisy(gradient):
        return np.asarray(gradient) * (1.0 + 1e-13 * rng.normal(size=np.shape(gradient)))

    for typed in (noisy, np.float32, *map(rounded, (3, 4, 5, 6))):
        lesson.fill(typed=typed)
        assert compare(lesson.nodes.loss).ok


@pytest.mark.drawn(2)
@pytest.mark.parametrize("name", list(RULES)[::3])
def test_random_numbers_have_no_slip(lesson, name):
    rng = np.random.default_rng(2)
    comparison = lesson.compared({name: lambda x, d: rng.normal(size=getattr(x, name).shape)})
    result = comparison[getattr(lesson.nodes, name)]
    assert (result.status, result.slip) == (Status.WRONG, None)
