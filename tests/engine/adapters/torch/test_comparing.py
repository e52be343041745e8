"""`compare` on tensors: the verdicts and the sentences of `handgrad.compare`, on autograd's own graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import handgrad
from handgrad import arrays
from handgrad.adapters.torch import compare

from . import entrywise as e
from . import functions as f
from .cases import CASES, Case, ran, randn
from .lecture import Lecture


def statuses(result: Any) -> dict[str, str]:
    return {one.name: one.status.value for one in result if one.status.value != "skipped"}


def test_the_lectures_exercise_is_right_in_single_precision() -> None:
    lecture = Lecture()
    result = compare(lecture.loss, lecture.by_hand())
    assert result.ok
    assert set(statuses(result).values()) == {"correct"}
    assert len(statuses(result)) == 26


@pytest.mark.drawn(3)
@pytest.mark.parametrize(
    ("mistake", "name", "kind", "says"),
    [
        ("sign", "counts_sum", "sign", "wrong sign"),
        ("mean", "b2", "factor", "is a mean taken where a sum belongs?"),
        ("tanh", "hpreact", "rule", "you used 1 - hpreact^2 as the derivative of"),
        ("bessel", "bndiff2", "factor", "n, or by n - 1?"),
        ("path", "bndiff", "missing-path", "you left out what comes from bndiff2"),
        ("rows", "C", "missing-path", "only the last of several uses of an entry of C is kept"),
    ],
)
def test_a_mistake_of_the_lecture_is_the_only_cause_and_is_named(mistake: str, name: str, kind: str, says: str) -> None:
    lecture = Lecture()
    (cause,) = compare(lecture.loss, lecture.by_hand(mistake)).causes
    assert (cause.name, cause.slip.kind) == (name, kind)
    assert says in cause.note


def test_in_single_precision_the_rule_of_a_softmax_is_known_too() -> None:
    x = torch.randn(2, 3, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    masked = x.masked_fill(torch.ones(3, 3).triu(1).bool(), -torch.inf)
    y = masked.softmax(-1)
    g = torch.linspace(-1.0, 1.0, 18).reshape(2, 3, 3)
    dx = y * (g - (g * y).sum(-2, keepdim=True))
    (cause,) = compare((y * g).sum(), {"x": (x, dx), "y": (y, g)}).causes
    assert cause.slip.kind == "wrong-axis"


def test_numbers_that_autograd_does_not_keep_are_not_taken_for_those_of_a_tanh() -> None:
    mu, lv = (torch.tensor([numbers], requires_grad=True) for numbers in ([0.5, -1.0, 2.0], [0.1, -0.3, 0.4]))
    kl = (1.0 + lv - mu**2 - lv.exp()).sum(1) * -0.5
    loss = (kl + (mu * 3.0).sum(1)).mean()
    (cause,) = compare(loss, {"mu": (mu, torch.full((1, 3), 3.0)), "lv": (lv, (lv.exp() - 1.0) / 2.0)}).causes
    assert "tanh" not in cause.note


def both(mistake: str, precision: Any) -> tuple[Any, Any]:
    """A small network with all gradients by hand, compared on tensors and on arrays."""
    rng = np.random.default_rng(0)
    numbers = {"x": (5, 3), "W": (3, 4), "b": (4,), "V": (4, 2)}
    held = {name: rng.normal(size=shape).astype(precision) for name, shape in numbers.items()}
    t = {name: torch.from_numpy(array).requires_grad_() for name, array in held.items()}
    z = t["x"] @ t["W"] + t["b"]
    h = torch.tanh(z)
    out = h @ t["V"]
    loss = (out * out).mean()
    a = {name: arrays.array(array, label=name) for name, array in held.items()}
    az = arrays.label(a["x"] @ a["W"] + a["b"], "z")
    ah = arrays.label(np.tanh(az), "h")
    aout = arrays.label(ah @ a["V"], "out")
    aloss = handgrad.label((aout * aout).mean(), "loss")
    o, h_, W, V, x = out.detach(), h.detach(), t["W"].detach(), t["V"].detach(), t["x"].detach()
    d: dict[str, Any] = {"out": 2 * o / o.numel()}
    if mistake == "out":
        d["out"] = 2 * o
    d["V"] = h_.T @ d["out"]
    d["h"] = -(d["out"] @ V.T) if mistake == "h" else d["out"] @ V.T
    d["z"] = d["h"] if mistake == "z" else d["h"] * (1 - h_ * h_)
    d["b"] = d["z"][0] if mistake == "b" else d["z"].sum(0)
    d["W"] = x.T @ d["z"]
    d["x"] = None if mistake == "x" else d["z"] @ W.T
    tensors = {**t, "z": z, "h": h, "out": out}
    on_tensors = compare(loss, {name: (tensors[name], gradient) for name, gradient in d.items()})
    nodes = {**a, "z": az, "h": ah, "out": aout}
    for name, gradient in d.items():
        nodes[name].grad = None if gradient is None else gradient.numpy()
    return on_tensors, handgrad.compare(aloss, nodes=list(nodes.values()))


@pytest.mark.parametrize("precision", [np.float64, np.float32])
@pytest.mark.parametrize("mistake", ["", "out", "h", "z", "b", "x"])
def test_verdicts_and_sentences_are_those_of_the_same_program_on_arrays(mistake: str, precision: Any) -> None:
    on_tensors, on_arrays = both(mistake, precision)
    assert statuses(on_tensors) == statuses(on_arrays)
    assert [cause.slip.kind for cause in on_tensors.causes] == [cause.slip.kind for cause in on_arrays.causes]
    assert [cause.note for cause in on_tensors.causes] == [cause.note for cause in on_arrays.causes]


def test_the_true_gradients_are_autograds() -> None:
    lecture = Lecture()
    result = compare(lecture.loss, lecture.by_hand())
    named = {name: tensor for name, (tensor, _) in lecture.by_hand().items()}
    expected = torch.autograd.grad(lecture.loss, list(named.values()), retain_graph=True)
    truth = {one.name: one.expected for one in result if one.name in named}
    for name, gradient in zip(named, expected):
        np.testing.assert_allclose(truth[name], gradient.numpy(), rtol=1e-4, atol=1e-7)


def test_what_is_left_out_and_what_follows_from_a_mistake_are_told_apart() -> None:
    x = randn(4)
    h = x.tanh()
    y = h.exp()
    loss = y.sum()
    wrong = -torch.ones(4)
    carried = wrong * y.detach()
    result = compare(loss, {"y": (y, wrong), "h": (h, carried), "x": (x, None)})
    assert statuses(result) == {"y": "wrong", "h": "carried", "x": "missing"}
    assert not result.ok


@pytest.mark.parametrize(
    "as_given", [lambda g: g, lambda g: g.numpy(), lambda g: g.tolist(), lambda g: g.double().numpy()]
)
def test_a_gradient_may_be_a_tensor_an_array_or_lists(as_given: Any) -> None:
    x = randn(4)
    loss = x.exp().sum()
    assert compare(loss, {"x": (x, as_given(x.detach().exp()))}).ok


def test_a_number_is_judged_as_one() -> None:
    a, b = randn(()), randn((), seed=1)
    loss = a * b
    assert compare(loss, {"a": (a, b.item()), "b": (b, a.detach())}).ok
    (cause,) = compare(loss, {"a": (a, -b.item()), "b": (b, a.detach())}).causes
    assert cause.name == "a"
    assert cause.slip.kind == "sign"


def test_a_wrong_shape_is_a_verdict() -> None:
    x = randn(3, 4)
    (cause,) = compare(x.exp().sum(), {"x": (x, torch.ones(4, 3))}).causes
    assert cause.slip.kind == "shape"


def test_a_complex_gradient_is_judged_by_its_parts() -> None:
    z = randn(3, dtype=torch.complex128)
    loss = (z.abs() ** 2).sum()
    assert compare(loss, {"z": (z, 2 * z.detach())}).ok
    assert not compare(loss, {"z": (z, 2 * z.detach().conj())}).ok


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_network_of_torch_s_own_layers_is_no_false_alarm(dtype: Any) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.GELU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.LayerNorm(36),
        nn.Linear(36, 5),
    ).to(dtype)
    loss = F.cross_entropy(model(torch.randn(6, 1, 8, 8, dtype=dtype)), torch.tensor([0, 1, 2, 3, 4, 0]))
    named = dict(model.named_parameters())
    gradients = torch.autograd.grad(loss, list(named.values()), retain_graph=True)
    result = compare(loss, {name: (tensor, gradient) for (name, tensor), gradient in zip(named.items(), gradients)})
    assert result.ok
    assert len(statuses(result)) == len(named)


def test_a_function_of_somebody_s_is_taken_at_its_word() -> None:
    x = randn(3)
    loss = e.MulConstantAsItIs.apply(x, 5.0).sum()
    assert compare(loss, {"x": (x, torch.ones(3))}).ok


def test_a_tensor_without_a_gradient_is_not_asked_about_and_said_to_be_so() -> None:
    x, data = randn(3), torch.ones(3)
    result = compare((x * data).sum(), {"x": (x, data), "data": (data, x.detach())})
    assert result.ok
    assert statuses(result) == {"x": "correct"}
    assert result.remark == "data does not require a gradient, and is not asked about."


def test_the_graph_may_be_compared_twice_and_walked_back_afterwards() -> None:
    x = randn(3)
    loss = x.exp().sum()
    for _ in range(2):
        assert compare(loss, {"x": (x, x.detach().exp())}).ok
    loss.backward()
    assert torch.allclose(x.grad, x.detach().exp())


def test_a_freed_graph_is_an_error_that_says_what_to_do() -> None:
    x = randn(3)
    loss = x.exp().sum()
    loss.backward()
    with pytest.raises(RuntimeError, match=r"or call loss\.backward\(retain_graph=True\)"):
        compare(loss, {"x": (x, x.detach().exp())})


def test_a_tensor_changed_in_place_is_an_error_that_says_where() -> None:
    x = randn(3)
    y = x.exp()
    loss = (y * y).sum()
    with torch.no_grad():
        y.add_(1)
    with pytest.raises(RuntimeError, match="changed in place"):
        compare(loss, {"x": (x, torch.ones(3))})


@pytest.mark.parametrize(
    ("error", "says", "call"),
    [
        (ValueError, "Give the tensor that loss", lambda x: compare(3.0, {})),
        (ValueError, r"has shape \(3,\)", lambda x: compare(x.exp(), {})),
        (ValueError, "does not require a gradient", lambda x: compare(torch.ones(()), {})),
        (ValueError, "as a pair", lambda x: compare(x.sum(), {"x": x})),
        (ValueError, "The first of the pair", lambda x: compare(x.sum(), {"x": (1.0, x)})),
        (ValueError, "does not depend on y", lambda x: compare(x.sum(), {"y": (x.exp(), x)})),
        (
            ValueError,
            "first and second are one tensor",
            lambda x: compare(x.sum(), {"first": (x, x), "second": (x, x)}),
        ),
    ],
)
def test_what_cannot_be_compared_is_an_error_that_says_why(error: type[Exception], says: str, call: Any) -> None:
    with pytest.raises(error, match=says) as raised:
        call(randn(3))
    assert isinstance(raised.value, handgrad.HandgradError)


class Ctx:
    """What a forward writes to, where it runs by itself."""

    needs_input_grad = (True,) * 4

    def save_for_backward(self, *tensors: Any) -> None:
        pass


WITHOUT_A_GRAPH = (e.NumpyGelu, e.Scale, e.Dropout, e.Tanh, f.BatchNorm)
OTHERS = (
    f.LinearWithoutBias,
    f.ComplexCumsumWithoutConj,
    f.SplitNormOneOutput,
    e.ELUWithoutAlpha,
    f.CrossEntropyWithoutOneHot,
    f.LayerNorm2dWithoutMean,
)
"""None, complex numbers, several outputs, and slips that an edit of the code alone names, or the graph alone."""
BY_EITHER_DOOR = [case for case in CASES if case.right not in WITHOUT_A_GRAPH and case.wrong not in OTHERS]


@pytest.mark.drawn(2, rest=3)
@pytest.mark.parametrize("case", BY_EITHER_DOOR, ids=[case.wrong.__name__ for case in BY_EITHER_DOOR])
def test_a_wrong_backward_is_called_what_watch_calls_it(case: Case) -> None:
    inputs = [
        one.detach().double().requires_grad_(one.requires_grad)
        if isinstance(one, torch.Tensor) and one.is_floating_point()
        else one
        for one in case.arguments()
    ]
    asked = [one for one in inputs if isinstance(one, torch.Tensor) and one.requires_grad]

    def weighed(outputs: Any) -> Any:
        return (outputs * upstream).sum()

    out = case.right.forward(Ctx(), *inputs)
    upstream = randn(out.numel(), seed=7).detach().double().reshape(out.shape)
    theirs = torch.autograd.grad(weighed(case.wrong.apply(*inputs)), asked)
    by_hand = {f"x{n}": pair for n, pair in enumerate(zip(asked, theirs))}
    told = compare(weighed(out), {"output": (out, upstream), **by_hand}).causes
    for one, other in zip(told, ran(case.wrong, tuple(inputs)).causes, strict=True):
        assert {one.slip.kind, *one.slip.also} & {other.slip.kind, *other.slip.also}


def after(x: Any, forward: Any, slope: Any) -> Any:
    """What is said of a gradient by hand of x, before an error of squares."""
    target = randn(*x.shape, seed=9).detach().double()
    y = forward(x)
    d = y - target
    dy = (2 * d / d.numel()).detach()
    result = compare((d * d).mean(), {"d": (d, dy), "y": (y, dy), "x": (x, slope(x.detach(), dy))})
    assert [cause.name for cause in result.causes] == ["x"]
    return result.causes[0]


@pytest.mark.parametrize(
    ("forward", "slope", "says"),
    [
        (torch.relu, lambda x, dy: dy * (dy > 0), "your mask of 'relu' in y is that of the gradient of y"),
        (lambda x: torch.e ** x.abs(), lambda x, dy: dy * x.sign() * x.abs() ** torch.e, "which is the base"),
        (lambda x: torch.exp(x.abs()), lambda x, dy: dy * x.sign() * x.abs() ** torch.e, "which is the base"),
    ],
)
def test_what_people_write_for_the_slope_of_an_activation_is_named(forward: Any, slope: Any, says: str) -> None:
    assert says in after(randn(5, 4).detach().double().requires_grad_(), forward, slope).note


def test_what_lies_between_is_called_by_the_variables_that_hold_it() -> None:
    x, gain = randn(4, 6).detach().double().requires_grad_(), randn(6, seed=1).detach().double()
    inv = torch.rsqrt(x.var(-1, unbiased=False, keepdim=True) + 1e-5)
    xhat = (x - x.mean(-1, keepdim=True)) * inv
    y = gain * xhat
    dy = randn(4, 6, seed=2).detach().double()
    hidden = torch.ones(3)
    loss = (y * dy).sum()
    with torch.no_grad():
        inner = (dy * xhat).mean(-1, keepdim=True)
        dx = inv * (dy - dy.mean(-1, keepdim=True) - xhat * inner)
    (cause,) = compare(loss, {"y": (y, dy), "x": (x, dx)}).causes
    assert cause.slip.kind == "forgot-local"
    assert "gain is not multiplied in: which gradient arrives at xhat?" in cause.note
    assert hidden.tolist() == [1.0, 1.0, 1.0]


def test_a_variable_of_the_name_of_something_else_lends_no_name() -> None:
    x = randn(4).detach().double().requires_grad_()
    h, y = torch.tanh(x), torch.exp(x)
    z = h * y
    found = compare(z.sum(), {"y": (z, torch.ones(4)), "h": (h, None), "x": (x, None)})
    assert [one.name for one in found].count("y") == 1
