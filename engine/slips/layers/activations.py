"""Functions of each entry in closed form, GELU and SiLU among them, and the mistakes in their slopes.

Sources: Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016); Elfwing et al., "Sigmoid-weighted linear units"
(2017).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ... import ops
from ...arrays.edges import Floats
from ...arrays.ufuncs import FORWARDS
from ...ops import Op, sigmoid
from ..messages import application, operation
from ..mistakes import mistakes_with
from .layer import Layer, LayerSlip, entry_by_entry

# fmt: off
ROOT_2_PI = math.sqrt(2.0 / math.pi)
CUBE = 0.044715


def _activation(
    name: str, function: Callable[[Floats], Floats], slope: Callable[[Any, Any], Any], *slips: Any
) -> Layer:
    """Return a function of each entry.

    Args:
        slips: kind, wrong slope in words and as a function of x and y, and what to ask.
    """

    where, of = application(name, "{y}"), operation(name)

    def slip(kind: str, words: str, wrong: Callable[[Any, Any], Any], question: str) -> LayerSlip:
        clause = f"you used {words} as the derivative of {where}: {question}"
        return LayerSlip(kind, lambda p: p.g * wrong(p.x, p.y), clause)

    left_out = LayerSlip("forgot-local", lambda p: p.g, f"you did not multiply by the slope of {where}: what is it?")
    alone = LayerSlip("forgot-upstream", lambda p: np.broadcast_to(slope(p.x, p.y), p.x.shape), f"that is the slope of {of} alone; you did not multiply by the upstream gradient of {{y}}.")
    return Layer(
        name,
        entry_by_entry(function),
        lambda p: p.g * slope(p.x, p.y),
        (*(slip(*each) for each in slips), left_out, alone),
    )


def _of_primitives(op: Op) -> Layer:
    """Return an operation of the page of calculus that somebody has written in steps."""
    slips = [("rule", slip.words, slip.local, slip.question) for slip in mistakes_with(op)]
    return _activation(op.name, FORWARDS[op], lambda x, y: op._local(x, y)[0], *slips)


def _inner(x: Any) -> Any:
    return np.tanh(ROOT_2_PI * (x + CUBE * x**3))


def _gate(x: Any) -> Any:
    return 0.5 * (1.0 + _inner(x))


def _gate_slope(x: Any) -> Any:
    return 0.5 * (1.0 - _inner(x) ** 2) * ROOT_2_PI * (1.0 + 3.0 * CUBE * x**2)


def _cdf(x: Any) -> Any:
    return 0.5 * (1.0 + FORWARDS[ops.ERF](x * math.sqrt(0.5)))


def _density(x: Any) -> Any:
    return np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


PRODUCT = "{x} stands in both factors, and how many terms has the slope of a product?"
INSIDE = "where is the whole slope of what stands inside the 'tanh'?"


def _gated(gate: Callable[[Any], Any], slope: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Return the rows that x times a factor has, whatever the factor is."""
    return (
        ("missing-path", "the factor beside {x} alone", lambda x, y: gate(x), PRODUCT),
        ("missing-path", "{x} times the slope of the factor beside it alone", lambda x, y: x * slope(x), PRODUCT),
        ("forgot-local", "the slope with the factor {x} left out in one term", lambda x, y: gate(x) + slope(x), "by the product rule, what stands beside the slope of each factor?"),
    )


def gelu() -> Layer:
    return _activation(
        "GELU",
        lambda x: x * _gate(x),
        lambda x, y: _gate(x) + x * _gate_slope(x),
        *_gated(_gate, _gate_slope),
        ("rule", "the slope without the slope of what the 'tanh' is taken of", lambda x, y: _gate(x) + 0.5 * x * (1.0 - _inner(x) ** 2), INSIDE),
        ("missing-path", "the slope without that of the cube", lambda x, y: _gate(x) + 0.5 * x * (1.0 - _inner(x) ** 2) * ROOT_2_PI, INSIDE),
        ("rule", "the slope with the cube's slope taken once for three times", lambda x, y: _gate(x) + 0.5 * x * (1.0 - _inner(x) ** 2) * ROOT_2_PI * (1.0 + CUBE * x**2), INSIDE),
        ("factor", "the slope without sqrt(2/pi)", lambda x, y: _gate(x) + x * _gate_slope(x) / ROOT_2_PI, INSIDE),
        ("rule", "the slope with 1 - t for 1 - t^2, of t = tanh(...)", lambda x, y: _gate(x) + x * _gate_slope(x) / (1.0 + _inner(x)), "what is the slope of a 'tanh'?"),
        ("rule", "the slope of the exact 'GELU'", lambda x, y: _cdf(x) + x * _density(x), "is the forward pass the one with 'erf', or the one with 'tanh'?"),
        *_OF_BOTH,
    )


def exact_gelu() -> Layer:
    return _activation(
        "GELU",
        lambda x: x * _cdf(x),
        lambda x, y: _cdf(x) + x * _density(x),
        *_gated(_cdf, _density),
        ("factor", "the slope without 1/sqrt(2*pi)", lambda x, y: _cdf(x) + x * np.exp(-0.5 * x * x), "which constant stands in the density of a normal distribution?"),
        ("rule", "the slope with exp(-{x}^2) in it", lambda x, y: _cdf(x) + x * np.exp(-x * x) / math.sqrt(2.0 * math.pi), "of what is the 'erf' taken, and what is its square?"),
        ("rule", "the slope of the 'GELU' with 'tanh'", lambda x, y: _gate(x) + x * _gate_slope(x), "is the forward pass the one with 'erf', or the one with 'tanh'?"),
        *_OF_BOTH,
    )


def _silu_slope(x: Any) -> Any:
    return sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x)))


def silu() -> Layer:
    return _activation(
        "SiLU",
        lambda x: x * sigmoid(x),
        lambda x, y: _silu_slope(x),
        ("missing-path", "sigmoid({x}) alone", lambda x, y: sigmoid(x), PRODUCT),
        ("missing-path", "{x} times the slope of the 'sigmoid' alone", lambda x, y: x * sigmoid(x) * (1.0 - sigmoid(x)), PRODUCT),
        ("forgot-local", "the slope with the factor {x} left out in one term", lambda x, y: sigmoid(x) * (2.0 - sigmoid(x)), "by the product rule, what stands beside the slope of each factor?"),
        ("rule", "sigmoid({x})*(1 - sigmoid({x}))", lambda x, y: sigmoid(x) * (1.0 - sigmoid(x)), "is that the slope of 'SiLU', or of the 'sigmoid' in it?"),
        ("rule", "{y}*(1 - {y})", lambda x, y: y * (1.0 - y), "is {y} a 'sigmoid'?"),
        ("rule", "sigmoid({x})*(1 - {y})", lambda x, y: sigmoid(x) * (1.0 - y), PRODUCT),
        ("rule", "{y} + {y}*(1 - sigmoid({x}))", lambda x, y: y * (2.0 - sigmoid(x)), "by the product rule, what stands beside the slope of {x}?"),
        ("rule", "{y}", lambda x, y: y, "is that the function or its slope?"),
        ("rule", "1 where {x} > 0", lambda x, y: (x > 0.0) * 1.0, "is that the slope of 'SiLU', or of 'relu'?"),
        ("rule", "the slope of 'GELU'", lambda x, y: _cdf(x) + x * _density(x), "which factor stands beside {x} in the forward pass?"),
    )


_OF_BOTH: tuple[Any, ...] = (
    ("rule", "'GELU' itself", lambda x, y: y, "is that the function or its slope?"),
    ("rule", "1 where {x} > 0", lambda x, y: (x > 0.0) * 1.0, "is that the slope of 'GELU', or of 'relu'?"),
    ("rule", "the slope of 'SiLU'", lambda x, y: _silu_slope(x), "which factor stands beside {x} in the forward pass?"),
)


@cache
def activations() -> tuple[Layer, ...]:
    """Return those that are known; made when they are first asked for, as an import works nothing out."""
    return (gelu(), exact_gelu(), silu(), *map(_of_primitives, (ops.SIGMOID, ops.TANH, ops.SOFTPLUS)))
