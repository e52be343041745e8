"""Softmax and its logarithm, in closed form, and the mistakes in their backward passes; the rules by the quotient rule."""

from __future__ import annotations

from functools import cache

import numpy as np

from ...arrays.edges import Floats
from ..softmax import softmax_along
from .layer import Axes, Layer, LayerSlip, Pass, axes_of, is_close


# fmt: off
def _is_softmax(x: Floats, y: Floats, axes: Axes) -> bool:
    with np.errstate(all="ignore"):
        return is_close(y.sum(axis=axes), np.ones(())) and is_close(softmax_along(x, axes), y)


def _is_log_softmax(x: Floats, y: Floats, axes: Axes) -> bool:
    with np.errstate(all="ignore"):
        return _is_softmax(x, np.exp(y), axes)


def _unless_targets(p: Pass, passed: Floats) -> Floats | None:
    """Return what comes through the sum alone; where one entry a row has a gradient, that is another slip, of targets."""
    return passed if bool(((p.g != 0.0).sum(axis=p.axes) > 1).any()) else None


def _share(p: Pass) -> Floats:
    return np.exp(p.y)


ROW = "each entry of {y} depends on its whole {row}, through the sum of the {row}"


@cache
def softmax() -> Layer:
    """Describe softmax: how to recognize it, its backward pass and its usual mistakes."""
    return Layer(
        "softmax",
        axes_of(_is_softmax),
        lambda p: p.y * (p.g - p.sum(p.g * p.y)),
        (
            LayerSlip("missing-path", lambda p: p.y * (1.0 - p.y) * p.g, f"only what an entry of {{y}} passes to {{x}} in its own place is there. But {ROW}: where are the others?"),
            LayerSlip("missing-path", lambda p: p.y * p.g, f"that is {{y}} times its upstream gradient alone. But {ROW}: where is that part?"),
            LayerSlip("missing-path", lambda p: _unless_targets(p, -p.y * p.sum(p.g * p.y)), "only what comes through the sum of the {row} is there: what comes through the numerator?"),
            LayerSlip("sign", lambda p: p.y * (p.g + p.sum(p.g * p.y)), "what comes through the sum of the {row} has the wrong sign: which way does a share move when the sum grows?"),
            LayerSlip("forgot-local", lambda p: p.g - p.sum(p.g * p.y), "the factor {y} is left out once: in the rule of 'softmax' it stands in front, too."),
            LayerSlip("rule", lambda p: p.y * p.g - p.sum(p.g * p.y), "{y} is multiplied into one part of the rule of 'softmax' and not into the other: where do the brackets go?"),
            LayerSlip("rule", lambda p: p.y * (p.g - p.sum(p.g)), "the upstream gradient stands alone in the sum in the rule of 'softmax': by what is each entry of it weighted?"),
            LayerSlip("factor", lambda p: p.y * (p.g - p.mean(p.g * p.y)), "what comes through the sum of the {row} is a mean: does 'softmax' divide by a mean?"),
            LayerSlip("wrong-axis", lambda p: _of_softmax(p, p.along_another()), "the sum in the rule of 'softmax' runs along another axis than the one along which {y} adds up to 1."),
            LayerSlip("wrong-axis", lambda p: p.y * (p.g - (p.g * p.y).sum()), "the sum in the rule of 'softmax' runs over the whole array: along which axis does {y} add up to 1?"),
            LayerSlip("rule", lambda p: p.x * (p.g - p.sum(p.g * p.x)), "that is the rule of 'softmax' with {x} in it: is it the input or the output that goes in?"),
            LayerSlip("forgot-upstream", lambda p: p.y * (1.0 - p.y), "that is a slope alone; you did not multiply by the upstream gradient of {y}."),
        ),
    )


@cache
def log_softmax() -> Layer:
    """Describe log-softmax: how to recognize it, its backward pass and its usual mistakes."""
    return Layer(
        "log_softmax",
        axes_of(_is_log_softmax),
        lambda p: p.g - _share(p) * p.sum(p.g),
        (
            LayerSlip("missing-path", lambda p: p.g, f"you passed the upstream gradient of {{y}} through unchanged. But {ROW}: where is that part?"),
            LayerSlip("missing-path", lambda p: p.g * (1.0 - _share(p)), f"only what an entry of {{y}} passes to {{x}} in its own place is there. But {ROW}: where are the others?"),
            LayerSlip("missing-path", lambda p: _unless_targets(p, -_share(p) * p.sum(p.g)), "only what comes through the sum of the {row} is there. In each entry of {y}, what else holds {x}?"),
            LayerSlip("sign", lambda p: p.g + _share(p) * p.sum(p.g), "what comes through the sum of the {row} has the wrong sign: which way does {y} move when the sum grows?"),
            LayerSlip("rule", lambda p: _share(p) * (p.g - p.sum(p.g * _share(p))), "that is the rule of 'softmax': does {y} hold shares, or their logarithms?"),
            LayerSlip("rule", lambda p: p.g - p.y * p.sum(p.g), "the sum of the upstream gradient is multiplied by {y}, a logarithm: what is the share of each entry?"),
            LayerSlip("rule", lambda p: p.g - p.sum(p.g), "the sum of the upstream gradient goes to every entry whole: what is the share of each?"),
            LayerSlip("rule", lambda p: p.g - p.mean(p.g), "the sum of the upstream gradient is shared out evenly: what is the share of each entry?"),
            LayerSlip("wrong-axis", lambda p: p.g - _share(p) * p.along_another().sum(p.g), "the upstream gradient is summed along another axis than the one that {y} is taken along."),
        ),
    )


def _of_softmax(p: Pass, other: Pass) -> Floats:
    return p.y * (p.g - other.sum(p.g * p.y))
