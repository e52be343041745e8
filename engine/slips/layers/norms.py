"""Layer norm, batch norm and RMS norm in closed form, and the mistakes in their backward passes.

Sources: Ioffe and Szegedy (2015), Ba et al. (2016), Zhang and Sennrich (2019).
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ...arrays.edges import Floats
from .layer import Axes, Layer, LayerSlip, Pass, axes_of, is_close

# fmt: off
NEARLY = 0.1
"""How far the mean square of what a norm gives may be from 1: an epsilon stands under its root."""


class _Norm(NamedTuple):
    """A norm by mean and variance, or by the mean square alone.

    Attributes:
        is_centred: whether the mean is subtracted.
        less: the variance is over n - `less`.
    """

    is_centred: bool = True
    less: int = 0

    def top(self, x: Floats, axes: Axes) -> Floats:
        """Return what is divided."""
        centred: Floats = x - x.mean(axis=axes, keepdims=True) if self.is_centred else x
        return centred

    def is_it(self, x: Floats, y: Floats, axes: Axes) -> bool:
        """Tell whether y is what this norm makes of x; any multiple of x would do if its size were not looked at."""
        top = self.top(x, axes)
        squares = (top * top).sum(axis=axes, keepdims=True)
        if not np.isfinite(squares).all() or not squares.all():
            return False
        size = (y * y).mean(axis=axes)
        inverse = (y * top).sum(axis=axes, keepdims=True) / squares
        return bool((abs(size - 1.0) < NEARLY + self.less).all()) and is_close(top * inverse, y)

    def inverse(self, p: Pass) -> Floats:
        """Return what `top` is multiplied by."""
        top = self.top(p.x, p.axes)
        return p.sum(p.y * top) / p.sum(top * top)

    def mean(self, p: Pass, numbers: Floats) -> Floats:
        """Return the mean by the count that the variance is taken with."""
        return p.sum(numbers) / (p.n - self.less)

    def through_mean(self, p: Pass) -> Any:
        return p.mean(p.g) if self.is_centred else 0.0

    def back(self, p: Pass, mean: float = 1.0, spread: float = 1.0) -> Floats:
        """Return the gradient by the rule, with a factor on what comes through the mean, and through the variance."""
        shared = mean * self.through_mean(p) + spread * p.y * self.mean(p, p.g * p.y)
        found: Floats = self.inverse(p) * (p.g - shared)
        return found

    def means(self, p: Pass) -> list[tuple[str, Floats]]:
        """Return what the rule subtracts, and what that comes through."""
        whole = self.back(p)
        through_mean = [("the mean", whole - self.back(p, mean=0.0))] if self.is_centred else []
        root = "the variance" if self.is_centred else "the mean square"
        return [*through_mean, (root, whole - self.back(p, spread=0.0))]

    def with_y_once(self, p: Pass, *, inside: bool) -> Floats:
        """Return the output multiplied into what comes through the variance once, where it stands there twice."""
        through_spread = self.mean(p, p.g * p.y) if inside else p.y * self.mean(p, p.g)
        found: Floats = self.inverse(p) * (p.g - self.through_mean(p) - through_spread)
        return found

    def without_gain(self, p: Pass) -> Floats | None:
        return None if p.above is None else self.back(p._replace(g=p.above))

    def with_gain_outside(self, p: Pass) -> Floats | None:
        return None if p.above is None or p.gain is None else p.gain * self.back(p._replace(g=p.above))


def _slips_of_the_mean(norm: _Norm) -> tuple[LayerSlip, ...]:
    other = norm._replace(less=1 - norm.less)
    return (
        LayerSlip("missing-path", lambda p: norm.back(p, mean=0.0), "what comes through the mean of {x} is not added. The mean depends on each entry of {x}, too."),
        LayerSlip("sign", lambda p: norm.back(p, mean=-1.0), "what comes through the mean of {x} has the wrong sign: which way does {y} move when the mean grows?"),
        LayerSlip("factor", lambda p: norm.back(p, mean=p.n), "in what comes through the mean of {x}, the 1/n of the mean is left out."),
        LayerSlip("missing-path", lambda p: norm.back(p, mean=0.0, spread=0.0), "what comes through mean and variance of {x} is not added. Both depend on each entry of {x}, too."),
        LayerSlip("factor", lambda p: norm.back(p, mean=p.n, spread=p.n - norm.less), "sums stand where the rule has means: over how many entries is each?"),
        LayerSlip("factor", other.back, "does the variance of {x} divide by n, or by n - 1?"),
    )


def _slips_as_if_centred(norm: _Norm) -> tuple[LayerSlip, ...]:
    def with_a_mean(p: Pass) -> Floats:
        found: Floats = norm.inverse(p) * (p.g - p.mean(p.g) - p.y * p.mean(p.g * p.y))
        return found

    def of_the_centred(p: Pass) -> Floats:
        centred = p.x - p.mean(p.x)
        return _Norm().back(p._replace(y=centred / np.sqrt(p.mean(centred * centred))))

    clause = "that is the rule of 'layer norm': is a mean subtracted from {x} on the way forward?"
    return LayerSlip("rule", with_a_mean, clause), LayerSlip("rule", of_the_centred, clause)


def _slips(norm: _Norm) -> tuple[LayerSlip, ...]:
    root = "variance" if norm.is_centred else "mean square"
    how_often = f"how often does {{y}} stand in what comes through the {root}?"
    return (
        *(_slips_of_the_mean(norm) if norm.is_centred else _slips_as_if_centred(norm)),
        LayerSlip("missing-path", lambda p: norm.back(p, spread=0.0), f"what comes through the {root} of {{x}} is not added. The {root} depends on each entry of {{x}}, too."),
        LayerSlip("sign", lambda p: norm.back(p, spread=-1.0), f"what comes through the {root} of {{x}} has the wrong sign: which way does {{y}} move when that grows?"),
        LayerSlip("factor", lambda p: norm.back(p, spread=p.n - norm.less), f"in what comes through the {root} of {{x}}, its division by n is left out."),
        LayerSlip("rule", lambda p: norm.with_y_once(p, inside=True), how_often),
        LayerSlip("rule", lambda p: norm.with_y_once(p, inside=False), how_often),
        LayerSlip("forgot-local", lambda p: norm.back(p) / norm.inverse(p), "the number that {x} is divided by forward is left out on the way back."),
        LayerSlip("wrong-axis", lambda p: norm.back(p.along_another()), "sums and means are taken along another axis than the one that {y} is normalised over."),
        LayerSlip("forgot-local", norm.without_gain, "{gain} is not multiplied in: which gradient arrives at {y}?"),
        LayerSlip("rule", norm.with_gain_outside, "{gain} is multiplied in after the sums are taken, and differs along their axis: where does it come in?"),
    )


def _layer(name: str, norm: _Norm) -> Layer:
    return Layer(name, axes_of(norm.is_it), norm.back, _slips(norm), norm.means)


@cache
def norms() -> tuple[Layer, ...]:
    """Return the norm with n and with n - 1 below the variance, and RMS norm."""
    return _layer("norm", _Norm()), _layer("norm", _Norm(less=1)), _layer("RMS norm", _Norm(is_centred=False))
