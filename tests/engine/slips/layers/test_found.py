"""Layers in one go: the slips of softmax, the norms, GELU and SiLU, in whatever steps the layer is written."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from handgrad import functional
from handgrad.slips.layers import LAYERS

from ..nets import Net, normal

X, C = normal(4, 5), normal(4, 5, seed=7)
GAIN = 1.0 + 0.3 * normal(5, seed=8)


def softmax(x):
    e = np.exp(x)
    return e / e.sum(-1, keepdims=True)


def safe_softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def total(numbers):
    return numbers.sum(-1, keepdims=True)


SOFTMAX = [
    ("missing-path", "in its own place is there. But each entry of y", lambda x, y, g: y * (1 - y) * g),
    ("missing-path", "y times its upstream gradient alone", lambda x, y, g: y * g),
    ("missing-path", "only what comes through the sum", lambda x, y, g: -y * total(g * y)),
    ("sign", "through the sum of the row has the wrong sign", lambda x, y, g: y * (g + total(g * y))),
    ("forgot-local", "left out once: in the rule of 'softmax'", lambda x, y, g: g - total(g * y)),
    ("rule", "where do the brackets go", lambda x, y, g: y * g - total(g * y)),
    ("rule", "upstream gradient stands alone in a sum", lambda x, y, g: y * (g - total(g))),
    ("factor", "is a mean", lambda x, y, g: y * (g - total(g * y) / 5)),
    ("wrong-axis", "another axis", lambda x, y, g: y * (g - (g * y).sum(0, keepdims=True))),
    ("wrong-axis", "the whole array", lambda x, y, g: y * (g - (g * y).sum())),
    ("rule", "rule of 'softmax' with x in it", lambda x, y, g: x * (g - total(g * x))),
    ("forgot-upstream", "a slope alone", lambda x, y, g: y * (1 - y)),
]
IDS = [f"{kind}-{words}" for kind, words, _ in SOFTMAX]


@pytest.mark.parametrize("layer", [softmax, safe_softmax, functional.softmax], ids=["steps", "safe", "operation"])
@pytest.mark.parametrize(("kind", "words", "wrong"), SOFTMAX, ids=IDS)
def test_each_slip_of_a_softmax_is_named_however_it_is_written(layer, kind, words, wrong):
    net = Net(lambda name, x: (name("y", layer(x)) ** 2 * C).sum(), x=X)
    slip = net.slip("x", lambda x, d: wrong(x.x, x.y, d.y))
    assert slip.kind == kind
    assert re.search(words, slip.message), slip.message


def log_softmax(x):
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


@pytest.mark.parametrize("layer", [log_softmax, functional.log_softmax], ids=["steps", "operation"])
@pytest.mark.parametrize(
    ("kind", "words", "wrong"),
    [
        ("missing-path", "y through unchanged. But each entry", lambda y, g: g),
        ("missing-path", "in its own place is there. But each entry of y", lambda y, g: g * (1 - np.exp(y))),
        ("missing-path", "only what comes through the sum", lambda y, g: -np.exp(y) * total(g)),
        ("sign", "through the sum of the row has the wrong sign", lambda y, g: g + np.exp(y) * total(g)),
        ("rule", "the rule of 'softmax'", lambda y, g: np.exp(y) * (g - total(g * np.exp(y)))),
        ("rule", "y, a logarithm", lambda y, g: g - y * total(g)),
        ("rule", "to every entry whole", lambda y, g: g - total(g)),
        ("rule", "shared out evenly", lambda y, g: g - total(g) / 5),
        ("wrong-axis", "another axis", lambda y, g: g - np.exp(y) * g.sum(0, keepdims=True)),
    ],
)
def test_each_slip_of_a_log_softmax_is_named(layer, kind, words, wrong):
    net = Net(lambda name, x: (name("y", layer(x)) ** 2 * C).sum(), x=X)
    slip = net.slip("x", lambda x, d: wrong(x.y, d.y))
    assert slip.kind == kind
    assert words in slip.message


def test_shares_computed_again_without_the_mask_are_named():
    keep = np.tril(np.ones((5, 5))) > 0.0

    def build(name, s):
        return (name("p", functional.softmax(np.where(keep, s, -np.inf))) ** 2 * normal(5, 5)).sum()

    slip = Net(build, s=normal(5, 5, seed=3)).slip("s", lambda x, d: (q := safe_softmax(x.s)) * (d.p - total(d.p * q)))
    assert slip.message == "s: the shares in it are those without the mask: which go into the rule of 'softmax' for p?"


def layer_norm(x, axis=-1, less=0):
    off = x - x.mean(axis, keepdims=True)
    return off / ((off * off).sum(axis, keepdims=True) / (x.shape[axis] - less) + 1e-5) ** 0.5


def rms_norm(x, axis=-1):
    return x / ((x * x).mean(axis, keepdims=True) + 1e-5) ** 0.5


def back(x, y, g, axis=-1, mean=1.0, spread=1.0, less=0, norm=layer_norm):
    """Back through a norm, with factors on what comes through the mean and the variance."""
    off = x - x.mean(axis, keepdims=True) if norm is layer_norm else x
    inverse = (y * off).sum(axis, keepdims=True) / (off * off).sum(axis, keepdims=True)
    through_mean = mean * g.mean(axis, keepdims=True) if norm is layer_norm else 0.0
    shared = (g * y).sum(axis, keepdims=True) / (x.shape[axis] - less)
    return inverse * (g - through_mean - spread * y * shared)


def inverse(x, y):
    off = x - x.mean(-1, keepdims=True)
    return total(y * off) / total(off * off)


NORM = [
    ("missing-path", "the mean of x is not added", lambda x, y, g: back(x, y, g, mean=0.0)),
    ("missing-path", "the variance of x is not added", lambda x, y, g: back(x, y, g, spread=0.0)),
    ("missing-path", "mean and variance of x is not added", lambda x, y, g: back(x, y, g, mean=0.0, spread=0.0)),
    ("sign", "the mean of x has the wrong sign", lambda x, y, g: back(x, y, g, mean=-1.0)),
    ("sign", "the variance of x has the wrong sign", lambda x, y, g: back(x, y, g, spread=-1.0)),
    ("factor", "the mean of x, the 1/n", lambda x, y, g: back(x, y, g, mean=5.0)),
    ("factor", "the variance of x, its division by n", lambda x, y, g: back(x, y, g, spread=5.0)),
    ("factor", "sums stand where", lambda x, y, g: back(x, y, g, mean=5.0, spread=5.0)),
    ("factor", "does the variance of x divide by n", lambda x, y, g: back(x, y, g, less=1)),
    (
        "rule",
        "how often does y stand in what comes through the variance",
        lambda x, y, g: inverse(x, y) * (g - total(g) / 5 - total(g * y) / 5),
    ),
    (
        "rule",
        "how often does y stand in what comes through the variance",
        lambda x, y, g: inverse(x, y) * (g - total(g) / 5 - y * total(g) / 5),
    ),
    ("forgot-local", "the number that x is divided by", lambda x, y, g: back(x, y, g) / inverse(x, y)),
    ("wrong-axis", "another axis", lambda x, y, g: back(x, y, g, axis=0)),
]


@pytest.mark.parametrize(("kind", "words", "wrong"), NORM, ids=[f"{kind}-{words}" for kind, words, _ in NORM])
def test_each_slip_of_a_layer_norm_is_named(kind, words, wrong):
    net = Net(lambda name, x: (name("y", layer_norm(x)) ** 3 * C).sum(), x=X)
    slip = net.slip("x", lambda x, d: wrong(x.x, x.y, d.y))
    assert slip.kind == kind
    assert words in slip.message


def rms_back(x, y, g, **how):
    return back(x, y, g, norm=rms_norm, **how)


RMS = [
    ("missing-path", "the mean square of x is not added", lambda x, y, g: rms_back(x, y, g, spread=0.0)),
    ("sign", "the mean square of x has the wrong sign", lambda x, y, g: rms_back(x, y, g, spread=-1.0)),
    ("factor", "the mean square of x, its division by n", lambda x, y, g: rms_back(x, y, g, spread=5.0)),
    ("rule", "through the mean square", lambda x, y, g: rms_back(x, y, g, spread=0.0) - y / x * total(g * y) / 5),
    ("rule", "through the mean square", lambda x, y, g: rms_back(x, y, g, spread=0.0) - y / x * y * total(g) / 5),
    ("forgot-local", "that x is divided by forward", lambda x, y, g: rms_back(x, y, g) * x / y),
    ("wrong-axis", "another axis", lambda x, y, g: rms_back(x, y, g, axis=0)),
]


@pytest.mark.parametrize(("kind", "words", "wrong"), RMS, ids=[f"{kind}-{words}" for kind, words, _ in RMS])
def test_each_slip_of_an_rms_norm_is_named(kind, words, wrong):
    net = Net(lambda name, x: (name("y", rms_norm(x)) ** 3 * C).sum(), x=X)
    slip = net.slip("x", lambda x, d: wrong(x.x, x.y, d.y))
    assert slip.kind == kind
    assert words in slip.message


@pytest.mark.parametrize(
    ("norm", "part"), [(layer_norm, "variance"), (rms_norm, "mean square")], ids=["layer norm", "RMS norm"]
)
def test_the_gain_of_a_norm_is_named_where_it_is_left_out_or_comes_in_late(norm, part):
    net = Net(lambda name, x, gain: (name("y", norm(x) * gain) ** 3 * C).sum(), x=X, gain=GAIN)
    raw = norm(X)
    slip = net.slip("x", lambda x, d: back(x.x, raw, d.y, norm=norm))
    assert slip.kind == "forgot-local"
    arrives = r"x: gain is not multiplied in: which gradient arrives at (\(?x|the 2nd quotient in y)"
    assert re.match(arrives, slip.message), slip.message
    slip = net.slip("x", lambda x, d: x.gain * back(x.x, raw, d.y, norm=norm))
    assert (slip.kind, slip.message) == (
        "rule",
        "x: gain is multiplied in after the sums are taken, and differs along their axis: where does it come in?",
    )
    slip = net.slip("x", lambda x, d: back(x.x, raw, d.y * x.gain, spread=0.0, norm=norm))
    assert (slip.kind, f"through the {part} of x is not added" in slip.message) == ("missing-path", True)


def test_batch_norm_with_the_samples_variance_is_known_along_its_axis():
    net = Net(lambda name, x: (name("y", layer_norm(x, 0, less=1)) ** 3 * C).sum(), x=X)
    slip = net.slip("x", lambda x, d: back(x.x, x.y, d.y, axis=0, spread=0.0))
    assert "the variance of x is not added" in slip.message
    slip = net.slip("x", lambda x, d: back(x.x, x.y, d.y, axis=0))
    assert "by n, or by n - 1" in slip.message


def gelu(x):
    return 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))


def silu(x):
    return x / (1.0 + np.exp(-x))


def cdf(x):
    return 0.5 * (1.0 + np.vectorize(math.erf)(x / math.sqrt(2.0)))


def density(x):
    return np.exp(-x * x / 2.0) / math.sqrt(2.0 * math.pi)


def tanh_part(x):
    return np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3))


def gate(x):
    return 0.5 * (1.0 + tanh_part(x))


SCALE = math.sqrt(2.0 / math.pi)


def gate_slope(x, cube=3.0 * 0.044715, scale=SCALE):
    return 0.5 * (1.0 - tanh_part(x) ** 2) * scale * (1.0 + cube * x * x)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def silu_slope(x):
    return sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x)))


ACTIVATIONS = [
    (gelu, "missing-path", "both factors", gate),
    (gelu, "missing-path", "both factors", lambda x: x * gate_slope(x)),
    (gelu, "forgot-local", "x left out in one term", lambda x: gate(x) + gate_slope(x)),
    (gelu, "rule", "inside the 'tanh'", lambda x: gate(x) + 0.5 * x * (1.0 - tanh_part(x) ** 2)),
    (gelu, "missing-path", "without that of the cube", lambda x: gate(x) + x * gate_slope(x, cube=0.0)),
    (gelu, "rule", "once for three times", lambda x: gate(x) + x * gate_slope(x, cube=0.044715)),
    (gelu, "factor", "without sqrt(2/pi)", lambda x: gate(x) + x * gate_slope(x, scale=1.0)),
    (gelu, "rule", "1 - t for 1 - t^2", lambda x: gate(x) + x * gate_slope(x) / (1.0 + tanh_part(x))),
    (gelu, "rule", "the exact 'GELU'", lambda x: cdf(x) + x * density(x)),
    (gelu, "rule", "the function or its slope", gelu),
    (gelu, "rule", "of 'GELU', or of 'relu'", lambda x: x > 0.0),
    (gelu, "rule", "the slope of 'SiLU'", silu_slope),
    (gelu, "forgot-local", "you did not multiply by the slope of 'GELU' in y", np.ones_like),
    (silu, "missing-path", "sigmoid(x) alone", sigmoid),
    (silu, "missing-path", "slope of the 'sigmoid' alone", lambda x: x * sigmoid(x) * (1.0 - sigmoid(x))),
    (silu, "forgot-local", "x left out in one term", lambda x: sigmoid(x) * (2.0 - sigmoid(x))),
    (silu, "rule", "the 'sigmoid' in it", lambda x: sigmoid(x) * (1.0 - sigmoid(x))),
    (silu, "rule", "is y a 'sigmoid'", lambda x: silu(x) * (1.0 - silu(x))),
    (silu, "rule", "sigmoid(x)*(1 - y)", lambda x: sigmoid(x) * (1.0 - silu(x))),
    (silu, "rule", "y + y*(1 - sigmoid(x))", lambda x: silu(x) * (2.0 - sigmoid(x))),
    (silu, "rule", "the function or its slope", silu),
    (silu, "rule", "of 'SiLU', or of 'relu'", lambda x: x > 0.0),
    (silu, "rule", "the slope of 'GELU'", lambda x: cdf(x) + x * density(x)),
    (silu, "forgot-local", "you did not multiply by the slope of 'SiLU' in y", np.ones_like),
    (sigmoid, "rule", "'sigmoid' itself, or its slope", sigmoid),
    (sigmoid, "rule", "where is the other", lambda x: 1.0 - sigmoid(x)),
]


@pytest.mark.parametrize(
    ("function", "kind", "words", "slope"), ACTIVATIONS, ids=[f"{f.__name__}-{words}" for f, _, words, _ in ACTIVATIONS]
)
def test_each_wrong_slope_of_an_activation_in_steps_is_named(function, kind, words, slope):
    slip = Net(lambda name, x: (name("y", function(x)) * C).sum(), x=X).slip("x", lambda x, d: d.y * slope(x.x))
    assert slip.kind == kind
    assert words in slip.message


@pytest.mark.parametrize(
    ("kind", "words", "slope"),
    [
        ("missing-path", "both factors", cdf),
        ("missing-path", "both factors", lambda x: x * density(x)),
        ("forgot-local", "x left out in one term", lambda x: cdf(x) + density(x)),
        ("factor", "density of a normal distribution", lambda x: cdf(x) + x * np.exp(-x * x / 2.0)),
        ("rule", "exp(-x^2)", lambda x: cdf(x) + x * np.exp(-x * x) / math.sqrt(2.0 * math.pi)),
        ("rule", "with 'erf', or the one with 'tanh'", lambda x: gate(x) + x * gate_slope(x)),
        ("rule", "the function or its slope", lambda x: x * cdf(x)),
        ("rule", "of 'GELU', or of 'relu'", lambda x: x > 0.0),
        ("rule", "the slope of 'SiLU'", silu_slope),
        ("forgot-local", "you did not multiply by the slope of 'GELU' in y", np.ones_like),
    ],
)
def test_each_wrong_slope_of_the_exact_gelu_is_named(kind, words, slope):
    net = Net(lambda name, x: (name("y", x * (0.5 * (1.0 + (x * 0.5**0.5).erf()))) * C).sum(), x=X)
    slip = net.slip("x", lambda x, d: d.y * slope(x.x))
    assert slip.kind == kind
    assert words in slip.message


@pytest.mark.parametrize(
    ("function", "slope"), [(gelu, lambda x: gate(x) + x * gate_slope(x)), (silu, silu_slope)], ids=["GELU", "SiLU"]
)
def test_the_slope_of_an_activation_alone_is_named(function, slope):
    slip = Net(lambda name, x: (name("y", function(x)) * C).sum(), x=X).slip("x", lambda x, d: slope(x.x))
    assert slip.kind == "forgot-upstream"
    assert re.search(
        "the slope of '(GELU|SiLU)' alone; you did not multiply by the upstream gradient of y", slip.message
    )


def test_one_wrong_slope_at_every_gate_is_named_once():
    def build(name, a):
        i, f = name("i", sigmoid(a[:, :2])), name("f", sigmoid(a[:, 2:4]))
        return (i * f * C[:, :2]).sum()

    net = Net(build, a=X)
    slip = net.slip("a", lambda x, d: np.concatenate([d.i * x.i, d.f * x.f, 0.0 * x.i[:, :1]], axis=1))
    assert slip.message == (
        "a: you used its output as the derivative of each 'sigmoid': is that 'sigmoid' itself, or its slope?"
    )


def test_an_array_that_only_looks_like_a_norm_is_none():
    net = Net(lambda name, x: (name("y", x * 2.0) ** 3 * C).sum(), x=X)
    slip = net.slip("x", lambda x, d: back(x.x, x.y, d.y))
    assert slip is None


DIVIDED_BY = "it is as if divided by {}: over how many entries is a mean taken?"


@pytest.mark.parametrize(
    ("count", "question"),
    [
        (4, "is a sum divided by n there, or by n - 1?"),
        (3, DIVIDED_BY.format("3, one less than 4, the length of axis 0 of x")),
        (20, DIVIDED_BY.format("20, the number of entries of x")),
        (3.7, "by how many entries is a sum divided there?"),
    ],
)
def test_means_of_a_norm_that_are_divided_by_another_number_are_named(count, question):
    net = Net(lambda name, x: (name("y", layer_norm(x)) ** 3 * C).sum(), x=X)
    slip = net.slip("x", lambda x, d: back(x.x, x.y, d.y, mean=5 / count, spread=5 / count))
    what = "x: what comes through the mean and the variance of x is off by a constant factor"
    assert (slip.kind, slip.message) == ("factor", f"{what}: {question}")


@pytest.mark.parametrize(
    ("count", "question"),
    [
        (1, "you did not multiply by 5, the length of axis 1 of x."),
        (4, "you multiplied by 4, the length of axis 0 of x: what does the rule multiply there?"),
        (20, "you multiplied by 20, the number of entries of x: what does the rule multiply there?"),
    ],
)
def test_the_n_of_a_norm_in_closed_form_that_is_another_size_is_named(count, question):
    net = Net(lambda name, x: (name("y", layer_norm(x)) ** 3 * C).sum(), x=X)
    slip = net.slip("x", lambda x, d: back(x.x, x.y, d.y, mean=5 / count, spread=5 / count) * count / 5)
    assert slip.message == f"x: what comes through the numerator of x is off by a constant factor: {question}"


def test_every_layer_and_operation_stands_in_quotes_in_every_sentence():
    names = "softmax|log_softmax|GELU|SiLU|sigmoid|tanh|softplus|relu|erf|norm|RMS norm"
    bare = re.compile(rf"(?<![\w'{{])(?:{names})(?![\w'(])")
    for layer in LAYERS:
        for slip in layer.slips:
            assert not bare.search(slip.clause), slip.clause
