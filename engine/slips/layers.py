"""Layers in closed form, softmax, norms, GELU ..., and the mistakes people make with whole layers.

A layer may be one operation or be written in many steps: it is known by its numbers.

Sources:
    Ioffe and Szegedy (2015), Ba et al. (2016), Zhang and Sennrich (2019) for the norms; Hendrycks and Gimpel, "Gaussian
    Error Linear Units" (2016); Elfwing et al., "Sigmoid-weighted linear units" (2017).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import ops
from ..amounts import Floats
from ..arrays.edges import ArrayOp
from ..arrays.entrywise import FORWARDS
from ..names import listed
from ..ops import Op, sigmoid
from . import messages
from .candidates import Candidate, ratio
from .contributions import EXACT, sizes_near
from .messages import walk
from .mistakes import mistakes_with
from .neighborhood import Neighborhood
from .softmax import softmax_along

if TYPE_CHECKING:
    from ..value import Value

Axes = tuple[int, ...]
Slope = Callable[[Any, Any], Any]
"""(x, y) -> the derivative of y by x, entry by entry."""

FEW = 8
MOST_INPUTS = 8
MOST_OUTPUTS = 12
"""How many nodes are looked at as the input of a layer, the nearest, and as the output of each."""
MOST_STEPS = 200
"""How many nodes beyond its input an output is looked for among."""
ALL_OF_IT = 1.0 - 1e-9
"""So much of a mean is no other number of entries: it is not there."""
NEARLY = 0.1
"""How far the mean square of what a norm gives may be from 1: an epsilon stands under its root."""


class Pass(NamedTuple):
    """What a backward pass through a layer is computed from."""

    x: Floats  # the input and the output, of one shape
    y: Floats
    g: Floats  # the upstream gradient, of that shape
    axes: Axes = ()  # the axes that entries are normalised over together; () for a layer that is applied entry by entry
    gain: Floats | None = None  # what `y` is multiplied by next; None where it is not
    above: Floats | None = None  # the gradient of that product

    def sum(self, numbers: Any) -> Any:
        """Add up over the axes, which are kept."""
        return numbers.sum(axis=self.axes, keepdims=True)

    def mean(self, numbers: Any) -> Any:
        """Average over the axes, which are kept."""
        return self.sum(numbers) / self.n

    @property
    def n(self) -> int:
        """How many entries are normalised together."""
        return math.prod(self.x.shape[axis] for axis in self.axes)

    @property
    def row(self) -> str:
        """What the entries are called that are normalised together."""
        last = self.x.ndim - 1
        names: dict[Axes, str] = {(last,): "row", (last - 1,): "column"}
        return names.get(self.axes, "group of entries")

    def swap_axis(self) -> Pass:
        """Return the same along the axis that people take for the one they mean."""
        last = self.x.ndim - 1
        return self._replace(axes=(last - 1,) if last in self.axes else (last,))


class LayerSlip(NamedTuple):
    """One way in which people get the backward pass of a layer wrong."""

    kind: str  # the kind of slip
    wrong: Callable[[Pass], Any]  # what they get for the gradient of the input; None where it cannot be made
    # what to say, with {x} and {y} for the names of input and output, {gain} for that of the gain, and {row} for what
    # is normalised together; it must not give the right rule away
    clause: str


class Layer(NamedTuple):
    """A layer whose output has the shape of its input, however it is written."""

    name: str  # as people say it
    # (x, y) -> the axes for which y is this layer of x; nothing where it is not
    axes: Callable[[Floats, Floats], Sequence[Axes]]
    rule: Callable[[Pass], Any]  # the right gradient of the input
    slips: tuple[LayerSlip, ...]  # the mistakes, the likelier first
    # what the rule subtracts that is a mean, and what that comes through; nothing where it has no such
    means: Callable[[Pass], Sequence[tuple[str, Any]]] = lambda p: ()
    # what they get with another array in the place of the upstream gradient in one of the sums
    with_other: Callable[[Pass, Any], Sequence[Any]] = lambda p, other: ()


def recognize_axes(is_it: Callable[[Floats, Floats, Axes], bool]) -> Callable[[Floats, Floats], Sequence[Axes]]:
    """Return what tries a layer along each axis, and over all axes but one."""

    def axes_of(x: Floats, y: Floats) -> list[Axes]:
        single = [(axis,) for axis in reversed(range(x.ndim))]
        rest = [tuple(i for i in range(x.ndim) if i != axis) for axis in range(x.ndim)] if x.ndim > 2 else []
        return [axes for axes in (*single, *rest) if math.prod(x.shape[i] for i in axes) > 1 and is_it(x, y, axes)]

    return axes_of


def recognize_function(function: Callable[[Floats], Floats]) -> Callable[[Floats, Floats], Sequence[Axes]]:
    """Return what knows a layer by its function of each entry; a few entries show quickly what it is not."""

    def axes_of(x: Floats, y: Floats) -> list[Axes]:
        is_it = is_close(function(x.ravel()[:FEW]), y.ravel()[:FEW]) and is_close(function(x), y)
        return [()] if is_it and x.any() else []  # zeros are what stands for numbers that are not known

    return axes_of


def is_close(numbers: Floats, others: Floats) -> bool:
    """Tell whether arrays are one up to the noise of the others' floats; masked entries of -inf are such in both."""
    is_single = bool((others == others.astype(np.float32)).all())
    return bool(np.allclose(numbers, others, rtol=1e-6 if is_single else 1e-9, atol=1e-7 if is_single else 1e-12))


class Known(NamedTuple):
    """A layer in a region, from one node to another, and what comes through it."""

    layer: Layer
    x: Value
    y: Value
    passed: Pass
    part: Any
    gain: str


def layer_mistakes(region: Neighborhood) -> Iterator[Candidate]:
    """Yield each slip at one layer; then the same at all layers of a kind."""
    alike: dict[LayerSlip, list[tuple[Known, Floats]]] = {}
    for known in region.cached(_layers_in):
        names = {"x": region.name(known.x), "y": region.name(known.y), "gain": known.gain, "row": known.passed.row}
        for slip in known.layer.slips:
            p = known.passed
            wrongs = [slip.wrong(p)]
            if slip.kind == "wrong-axis" and p.above is not None:  # the gain multiplied in after the sums
                wrongs.append(p.gain * slip.wrong(p._replace(g=p.above)))
            for passed in wrongs if wrongs[0] is not None else ():
                off = region.pull_back(known.x, passed) - known.part
                yield Candidate(slip.kind, region.recomputed + off, messages.in_own_names(slip.clause, names))
                alike.setdefault(slip, []).append((known, off))
        yield from _other_arrays(region, known)
        if known.layer is SOFTMAX and known.x is not region.node:
            yield from _forgotten_masks(region, known)
    for slip, found in alike.items():
        if len(found) > 1:
            numbers = region.recomputed + sum(off for _, off in found)
            yield Candidate(slip.kind, numbers, _clause_of_all(slip, found[-1][0]))


def _clause_of_all(slip: LayerSlip, known: Known) -> str:
    """Return what is said where one slip is made at all layers of a kind."""
    named, each = messages.application(known.layer.name, "{y}"), f"each {messages.operation(known.layer.name)}"
    clause = slip.clause.replace(named, each) if named in slip.clause else f"in {each}, {slip.clause}"
    names = {"x": "its input", "y": "its output", "gain": "the gain", "row": known.passed.row}
    return messages.in_own_names(clause, names)


def _other_arrays(region: Neighborhood, known: Known) -> Iterator[Candidate]:
    """Yield another array in the place of a layer's output, and another gradient in one of the sums of its rule."""
    p, y = known.passed, region.name(known.y)
    other_than_y = [node for node in region.known_nodes if node.shape == known.x.shape and node is not known.y]
    for other in other_than_y[:MOST_INPUTS]:
        off = region.pull_back(known.x, known.layer.rule(p._replace(y=np.asarray(other.data)))) - known.part
        clause = messages.slope_from(messages.application(known.layer.name, y), region.name(other))
        yield Candidate("rule", region.recomputed + off, clause)
        clause = f"a sum in it is made with the gradient of {region.name(other)}: which one arrives at {y}?"
        for passed in known.layer.with_other(p, region.upstream(other)):
            off = region.pull_back(known.x, passed) - known.part
            yield Candidate("wrong-upstream", region.recomputed + off, clause)


def _forgotten_masks(region: Neighborhood, known: Known) -> Iterator[Candidate]:
    """Yield the shares of a softmax computed again, with the mask forgotten."""
    p, y = known.passed, region.name(known.y)
    clause = f"the shares in it are those without the mask: which go into the rule of 'softmax' for {y}?"
    for operand in known.x.operands:
        if operand.shape == known.x.shape and operand in region.between:
            shares = softmax_along(operand.data, p.axes)
            for within in (shares, p.y):
                wrong = region.pull_back(operand, shares * (p.g - p.sum(p.g * within)))
                yield Candidate("rule", region.recomputed - known.part + wrong, clause)


def _layers_in(region: Neighborhood) -> list[Known]:
    """Return the layers of a region, by their numbers."""
    known: list[Known] = []
    for x in (region.node, *region.blanks)[:MOST_INPUTS]:
        if not x.shape:
            continue
        for y in computed_from(x, region)[:MOST_OUTPUTS]:
            numbers = np.asarray(x.data), np.asarray(y.data)
            for layer in LAYERS:
                # From what is computed on the way, a norm's centred input say, it is a part of that layer.
                is_again = any(one.y is y and one.x is not x for one in known)
                for axes in () if is_again else layer.axes(*numbers):
                    gain, factor, above = _gain(region, y)
                    passed = Pass(*numbers, region.upstream(y), axes, factor, above)
                    part = region.pull_back(x, layer.rule(passed))
                    if region.is_same(part, region.contribution_of(y)):
                        known.append(Known(layer, x, y, passed, part, gain))
    return known


def computed_from(x: Value, region: Neighborhood) -> list[Value]:
    """Return the nodes of the region of its shape that are computed from it in more than one step of `mistakes`."""
    uses, between = region.comparison.uses, region.between
    met = [*walk(x, lambda node: [at for at, _ in uses[node]] if node in between else (), MOST_STEPS)]
    return [node for node in met[1:] if node.shape == x.shape and not _is_one_step(x, node, met)]


def _is_one_step(x: Value, y: Value, computed: Container[Value]) -> bool:
    """Tell whether it is an operation of the page of calculus on that node, and on nothing else that is computed from it."""
    is_entrywise = isinstance(y.op, ArrayOp) and y.op.scalar is not None
    return is_entrywise and not any(operand is not x and operand in computed for operand in y.operands)


def _gain(region: Neighborhood, y: Value) -> tuple[str, Floats | None, Floats | None]:
    """Return the name and the numbers of what a node left blank is multiplied by next, and the gradient of that product."""
    uses = region.comparison.uses[y] if y in region.between else []
    for product, argnum in uses if len(uses) == 1 else ():
        if str(product.op) == "*" and product.shape == y.shape:
            other = product.operands[1 - argnum]
            return region.name(other), np.asarray(other.data), region.upstream(product)
    return "", None, None


def layer_means(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the means in a layer's rule divided by another number: all of them, or one."""
    for known in region.cached(_layers_in):
        means = [(of, region.pull_back(known.x, part)) for of, part in known.layer.means(known.passed)]
        if len(means) > 1:
            both = np.sum([part for _, part in means], axis=0)
            means = [(listed(of for of, _ in means), both), *means, ("the numerator", known.part - both)]
        for of, part in means:
            off = ratio(region.recomputed - region.user_grad, part)
            if off and off < ALL_OF_IT:
                n, sizes = known.passed.n, region.cached(sizes_near)
                questions = {n / size: messages.divided_by(says) for size, says in sizes}
                questions[n / (n - 1)] = "is a sum divided by n there, or by n - 1?"
                if of == "the numerator":
                    questions = {size / n: messages.multiplied_by(says) for size, says in sizes}
                    questions[1.0 / n] = f"you did not multiply by {dict(sizes).get(n, n)}."
                near = (question for times, question in questions.items() if abs(times - 1.0 + off) < EXACT * times)
                question = next(near, "by how many entries is a sum divided there?")
                say = f"what comes through {of} of {region.name(known.x)} is off by a constant factor: {question}"
                yield Candidate("factor", region.recomputed - off * part, say)


# fmt: off
def _is_softmax(x: Floats, y: Floats, axes: Axes) -> bool:
    return is_close(y.sum(axis=axes), np.ones(())) and is_close(softmax_along(x, axes), y)


def _sum_alone(p: Pass, passed: Any) -> Any:
    """Return what comes through the sum alone; where one entry a row has a gradient, that is another slip, of targets."""
    return passed if bool(((p.g != 0.0).sum(axis=p.axes) > 1).any()) else None


UNWEIGHTED = "the upstream gradient stands alone in a {} in the rule of 'softmax': by what is each entry of it weighted?"
ROW = "each entry of {y} depends on its whole {row}, through the sum of the {row}"

SOFTMAX = Layer(
    "softmax",
    recognize_axes(_is_softmax),
    lambda p: p.y * (p.g - p.sum(p.g * p.y)),
    (
        LayerSlip("missing-path", lambda p: p.y * (1.0 - p.y) * p.g, f"only what an entry of {{y}} passes to {{x}} in its own place is there. But {ROW}: where are the others?"),
        LayerSlip("missing-path", lambda p: p.y * p.g, f"that is {{y}} times its upstream gradient alone. But {ROW}: where is that part?"),
        LayerSlip("missing-path", lambda p: _sum_alone(p, -p.y * p.sum(p.g * p.y)), "only what comes through the sum of the {row} is there: what comes through the numerator?"),
        LayerSlip("sign", lambda p: p.y * (p.g + p.sum(p.g * p.y)), "what comes through the sum of the {row} has the wrong sign: which way does a share move when the sum grows?"),
        LayerSlip("forgot-local", lambda p: p.g - p.sum(p.g * p.y), "the factor {y} is left out once: in the rule of 'softmax' it stands in front, too."),
        LayerSlip("rule", lambda p: p.y * p.g - p.sum(p.g * p.y), "{y} is multiplied into one part of the rule of 'softmax' and not into the other: where do the brackets go?"),
        LayerSlip("rule", lambda p: p.y * (p.g - p.sum(p.g)), UNWEIGHTED.format("sum")),
        LayerSlip("rule", lambda p: p.y * (p.g - p.mean(p.g)), UNWEIGHTED.format("mean")),
        LayerSlip("rule", lambda p: p.y * (p.g - p.sum(p.g * p.y**2)), "{y} is multiplied in twice within the sum in the rule of 'softmax'."),
        LayerSlip("factor", lambda p: p.y * (p.g - p.mean(p.g * p.y)), "what comes through the sum of the {row} is a mean: does 'softmax' divide by a mean?"),
        LayerSlip("wrong-axis", lambda p: p.y * (p.g - p.swap_axis().sum(p.g * p.y)), "the sum in the rule of 'softmax' runs along another axis than the one along which {y} adds up to 1."),
        LayerSlip("wrong-axis", lambda p: p.y * (p.g - (p.g * p.y).sum()), "the sum in the rule of 'softmax' runs over the whole array: along which axis does {y} add up to 1?"),
        LayerSlip("rule", lambda p: p.x * (p.g - p.sum(p.g * p.x)), "that is the rule of 'softmax' with {x} in it: is it the input or the output that goes in?"),
        LayerSlip("forgot-upstream", lambda p: p.y * (1.0 - p.y), "that is a slope alone; you did not multiply by the upstream gradient of {y}."),
    ),
    with_other=lambda p, other: [p.y * (p.g - p.sum(other * p.y))],
)
LOG_SOFTMAX = Layer(
    "log_softmax",
    recognize_axes(lambda x, y, axes: _is_softmax(x, np.exp(y), axes)),
    lambda p: p.g - np.exp(p.y) * p.sum(p.g),
    (
        LayerSlip("missing-path", lambda p: p.g, f"you passed the upstream gradient of {{y}} through unchanged. But {ROW}: where is that part?"),
        LayerSlip("missing-path", lambda p: p.g * (1.0 - np.exp(p.y)), f"only what an entry of {{y}} passes to {{x}} in its own place is there. But {ROW}: where are the others?"),
        LayerSlip("missing-path", lambda p: _sum_alone(p, -np.exp(p.y) * p.sum(p.g)), "only what comes through the sum of the {row} is there. In each entry of {y}, what else holds {x}?"),
        LayerSlip("sign", lambda p: p.g + np.exp(p.y) * p.sum(p.g), "what comes through the sum of the {row} has the wrong sign: which way does {y} move when the sum grows?"),
        LayerSlip("rule", lambda p: np.exp(p.y) * (p.g - p.sum(p.g * np.exp(p.y))), "that is the rule of 'softmax': does {y} hold shares, or their logarithms?"),
        LayerSlip("rule", lambda p: p.g - p.y * p.sum(p.g), "the sum of the upstream gradient is multiplied by {y}, a logarithm: what is the share of each entry?"),
        LayerSlip("rule", lambda p: p.g - p.sum(p.g), "the sum of the upstream gradient goes to every entry whole: what is the share of each?"),
        LayerSlip("rule", lambda p: p.g - p.mean(p.g), "the sum of the upstream gradient is shared out evenly: what is the share of each entry?"),
        LayerSlip("wrong-axis", lambda p: p.g - np.exp(p.y) * p.swap_axis().sum(p.g), "the upstream gradient is summed along another axis than the one that {y} is taken along."),
    ),
)


class _Norm(NamedTuple):
    """A norm by mean and variance, or by the mean square alone."""

    is_centred: bool = True  # whether the mean is subtracted
    less: int = 0  # the variance is over n - `less`

    def numerator(self, x: Floats, axes: Axes) -> Any:
        """Return what is divided."""
        return x - x.mean(axis=axes, keepdims=True) if self.is_centred else x

    def is_it(self, x: Floats, y: Floats, axes: Axes) -> bool:
        """Tell whether y is what this norm makes of x; any multiple of x would do if its size were not looked at."""
        top = self.numerator(x, axes)
        squares = (top * top).sum(axis=axes, keepdims=True)
        if not np.isfinite(squares).all() or not squares.all():
            return False
        size = (y * y).mean(axis=axes)
        inverse = (y * top).sum(axis=axes, keepdims=True) / squares
        return bool((abs(size - 1.0) < NEARLY + self.less).all()) and is_close(top * inverse, y)

    def inverse(self, p: Pass) -> Any:
        """Return what the numerator is multiplied by."""
        top = self.numerator(p.x, p.axes)
        return p.sum(p.y * top) / p.sum(top * top)

    def mean(self, p: Pass, numbers: Any) -> Any:
        """Return the mean by the count that the variance is taken with."""
        return p.sum(numbers) / (p.n - self.less)

    def subtract(self, p: Pass, spread: Any, mean: float = 1.0) -> Any:
        """Return the gradient that what comes through the mean and through the variance is subtracted from."""
        return self.inverse(p) * (p.g - (mean * p.mean(p.g) if self.is_centred else 0.0) - spread)

    def back(self, p: Pass, mean: float = 1.0, spread: float = 1.0) -> Any:
        """Return the gradient by the rule, with a factor on what comes through the mean, and through the variance."""
        return self.subtract(p, spread * p.y * self.mean(p, p.g * p.y), mean)

    def means(self, p: Pass) -> list[tuple[str, Any]]:
        """Return what the rule subtracts, and what that comes through."""
        of_mean = [("the mean", self.back(p) - self.back(p, mean=0.0))] if self.is_centred else []
        return [*of_mean, (f"the {self.root}", self.back(p) - self.back(p, spread=0.0))]

    def with_other(self, p: Pass, other: Any) -> list[Any]:
        """Return the gradient with another array in one of its two means."""
        spread = p.y * self.mean(p, p.g * p.y)
        of_mean = [self.subtract(p, p.mean(other) + spread, mean=0.0)] if self.is_centred else []
        return [*of_mean, self.subtract(p, p.y * self.mean(p, other * p.y))]

    @property
    def root(self) -> str:
        """What the root is taken of."""
        return "variance" if self.is_centred else "mean square"

    @property
    def layer(self) -> Layer:
        how_often = f"how often does {{y}} stand in what comes through the {self.root}?"
        return Layer("norm" if self.is_centred else "RMS norm", recognize_axes(self.is_it), self.back, (
            *(self.slips_with_mean() if self.is_centred else self.slips_as_if_centred()),
            LayerSlip("missing-path", lambda p: self.back(p, spread=0.0), f"what comes through the {self.root} of {{x}} is not added. The {self.root} depends on each entry of {{x}}, too."),
            LayerSlip("sign", lambda p: self.back(p, spread=-1.0), f"what comes through the {self.root} of {{x}} has the wrong sign: which way does {{y}} move when that grows?"),
            LayerSlip("factor", lambda p: self.back(p, spread=p.n - self.less), f"in what comes through the {self.root} of {{x}}, its division by n is left out."),
            LayerSlip("not-summed", lambda p: self.subtract(p, p.y * p.g * p.y / (p.n - self.less)), f"in what comes through the {self.root} of {{x}}, nothing is summed. It is one number for the whole {{row}}."),
            LayerSlip("wrong-axis", lambda p: self.subtract(p, p.y * (p.g * p.y).mean()), f"what comes through the {self.root} of {{x}} is a mean over the whole array: over what is the {self.root} itself taken?"),
            LayerSlip("wrong-axis", lambda p: self.subtract(p, p.y * self.mean(p.swap_axis(), p.g * p.y)), f"what comes through the {self.root} of {{x}} is taken along another axis than the {self.root} itself: which one is that?"),
            LayerSlip("rule", lambda p: self.subtract(p, self.mean(p, p.g * p.y)), how_often),
            LayerSlip("rule", lambda p: self.subtract(p, p.y * self.mean(p, p.g)), how_often),
            LayerSlip("rule", lambda p: self.subtract(p, p.y**2 * self.mean(p, p.g * p.y)), how_often),
            LayerSlip("rule", lambda p: self.subtract(p, p.y * self.mean(p, p.g * p.y**2)), how_often),
            LayerSlip("rule", lambda p: self.subtract(p, p.x * self.mean(p, p.g * p.x)), "that is the rule with {x} in it: is it the input or the output that goes in?"),
            LayerSlip("forgot-local", lambda p: self.back(p) / self.inverse(p), "the number that {x} is divided by forward is left out on the way back."),
            LayerSlip("wrong-axis", lambda p: self.back(p.swap_axis()), "sums and means are taken along another axis than the one that {y} is normalised over."),
            LayerSlip("forgot-local", lambda p: None if p.above is None else self.back(p._replace(g=p.above)), "{gain} is not multiplied in: which gradient arrives at {y}?"),
            LayerSlip("rule", lambda p: None if p.above is None else self.subtract(p._replace(g=p.above), p.y * self.mean(p, p.g * p.y)), f"{{gain}} is multiplied into what comes through the {self.root} alone: where else does it come in?"),
            LayerSlip("rule", lambda p: None if p.above is None else p.gain * self.back(p._replace(g=p.above)), "{gain} is multiplied in after the sums are taken, and differs along their axis: where does it come in?"),
        ), self.means, self.with_other)

    def slips_with_mean(self) -> tuple[LayerSlip, ...]:
        """Return the mistakes with the mean that is subtracted."""
        another_axis = "what comes through the mean of {x} is taken along another axis than the mean itself: which one is that?"
        return (
            LayerSlip("missing-path", lambda p: self.back(p, mean=0.0), "what comes through the mean of {x} is not added. The mean depends on each entry of {x}, too."),
            LayerSlip("sign", lambda p: self.back(p, mean=-1.0), "what comes through the mean of {x} has the wrong sign: which way does {y} move when the mean grows?"),
            LayerSlip("factor", lambda p: self.back(p, mean=p.n), "in what comes through the mean of {x}, the 1/n of the mean is left out."),
            LayerSlip("missing-path", lambda p: self.back(p, mean=0.0, spread=0.0), "what comes through mean and variance of {x} is not added. Both depend on each entry of {x}, too."),
            LayerSlip("factor", lambda p: self.back(p, mean=p.n, spread=p.n - self.less), "sums stand where the rule has means: over how many entries is each?"),
            LayerSlip("wrong-axis", lambda p: self.subtract(p, p.y * self.mean(p, p.g * p.y) + p.swap_axis().mean(p.g), mean=0.0), another_axis),
            LayerSlip("wrong-axis", lambda p: self.subtract(p, p.y * self.mean(p, p.g * p.y) + p.swap_axis().sum(p.g) / p.n, mean=0.0), another_axis),
            LayerSlip("wrong-axis", lambda p: self.subtract(p, p.y * (p.g * p.y).mean() + p.g.mean(), mean=0.0), "means are taken over the whole array: which entries does the mean of {x} take in?"),
            LayerSlip("factor", self._replace(less=1 - self.less).back, "does the variance of {x} divide by n, or by n - 1?"),
        )

    def slips_as_if_centred(self) -> tuple[LayerSlip, ...]:
        """Return the rule of a norm that subtracts the mean, on this one's output and on its own."""
        def standardize(p: Pass) -> Any:
            centred = p.x - p.mean(p.x)
            return centred / np.sqrt(p.mean(centred * centred))

        clause = "that is the rule of 'layer norm': is a mean subtracted from {x} on the way forward?"
        return (
            LayerSlip("rule", lambda p: self.subtract(p, p.mean(p.g) + p.y * p.mean(p.g * p.y)), clause),
            LayerSlip("rule", lambda p: _Norm().back(p._replace(y=standardize(p))), clause),
        )


def _activation(name: str, function: Callable[[Any], Any], slope: Slope, *slips: tuple[str, str, Slope, str]) -> Layer:
    """Return a function of each entry, with its slips: kind, wrong slope in words and as a function, and what to ask."""
    where, of = messages.application(name, "{y}"), messages.operation(name)

    def slip(kind: str, words: str, wrong: Slope, question: str) -> LayerSlip:
        return LayerSlip(kind, lambda p: p.g * wrong(p.x, p.y), f"you used {words} as the derivative of {where}: {question}")

    return Layer(name, recognize_function(function), lambda p: p.g * slope(p.x, p.y), (
        *(slip(*each) for each in slips),
        LayerSlip("forgot-local", lambda p: p.g, f"you did not multiply by the slope of {where}: what is it?"),
        LayerSlip("forgot-upstream", lambda p: np.broadcast_to(slope(p.x, p.y), p.x.shape), f"that is the slope of {of} alone; you did not multiply by the upstream gradient of {{y}}."),
    ))


def _primitive(op: Op) -> Layer:
    """Return an operation of the page of calculus that somebody has written in steps."""
    slips = [("rule", slip.words, slip.local, slip.question) for slip in mistakes_with(op)]
    return _activation(op.name, FORWARDS[op], lambda x, y: op._local(x, y)[0], *slips)


ROOT_2_PI = math.sqrt(2.0 / math.pi)
CUBE = 0.044715


def _tanh(x: Any) -> Any: return np.tanh(ROOT_2_PI * (x + CUBE * x**3))
def _gate(x: Any) -> Any: return 0.5 * (1.0 + _tanh(x))
def _gate_slope(x: Any) -> Any: return 0.5 * (1.0 - _tanh(x) ** 2) * ROOT_2_PI * (1.0 + 3.0 * CUBE * x**2)
def _cdf(x: Any) -> Any: return 0.5 * (1.0 + FORWARDS[ops.ERF](x * math.sqrt(0.5)))
def _density(x: Any) -> Any: return np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
def _gelu_slope(x: Any, _: Any) -> Any: return _gate(x) + x * _gate_slope(x)
def _exact_gelu_slope(x: Any, _: Any) -> Any: return _cdf(x) + x * _density(x)
def _silu_slope(x: Any, _: Any) -> Any: return sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x)))

PRODUCT = "{x} stands in both factors, and how many terms has the slope of a product?"
BESIDE = "by the product rule, what stands beside the slope of each factor?"
INSIDE = "where is the whole slope of what stands inside the 'tanh'?"
WHICH = "is the forward pass the one with 'erf', or the one with 'tanh'?"
FACTOR = "which factor stands beside {x} in the forward pass?"
ITSELF = "is that the function or its slope?"
_WITHOUT_FACTOR = "the slope with the factor {x} left out in one term"


def _gate_rows(gate: Callable[[Any], Any], slope: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Return the rows that x times a factor has, whatever the factor is."""
    return (
        ("missing-path", "the factor beside {x} alone", lambda x, y: gate(x), PRODUCT),
        ("missing-path", "{x} times the slope of the factor beside it alone", lambda x, y: x * slope(x), PRODUCT),
        ("forgot-local", _WITHOUT_FACTOR, lambda x, y: gate(x) + slope(x), BESIDE),
        ("rule", "the slope with {y} for {x} in one term", lambda x, y: gate(x) + y * slope(x), BESIDE),
        ("rule", "its two terms multiplied with each other", lambda x, y: gate(x) * x * slope(x), PRODUCT),
    )


_OF_BOTH: tuple[Any, ...] = (
    ("rule", "'GELU' itself", lambda x, y: y, ITSELF),
    ("rule", "1 where {x} > 0", lambda x, y: (x > 0.0) * 1.0, "is that the slope of 'GELU', or of 'relu'?"),
    ("rule", "the slope of 'SiLU'", _silu_slope, FACTOR),
)
GELU = _activation(
    "GELU", lambda x: x * _gate(x), _gelu_slope, *_gate_rows(_gate, _gate_slope),
    ("rule", "the slope without the slope of what the 'tanh' is taken of", lambda x, y: _gate(x) + 0.5 * x * (1.0 - _tanh(x) ** 2), INSIDE),
    ("missing-path", "the slope without that of the cube", lambda x, y: _gate(x) + 0.5 * x * (1.0 - _tanh(x) ** 2) * ROOT_2_PI, INSIDE),
    ("rule", "the slope with the cube's slope taken once for three times", lambda x, y: _gate(x) + 0.5 * x * (1.0 - _tanh(x) ** 2) * ROOT_2_PI * (1.0 + CUBE * x**2), INSIDE),
    ("factor", "the slope without sqrt(2/pi)", lambda x, y: _gate(x) + x * _gate_slope(x) / ROOT_2_PI, INSIDE),
    ("rule", "the slope with 1 - t for 1 + t, of t = tanh(...)", lambda x, y: _gelu_slope(x, y) - _tanh(x), "which sign has the 'tanh' in the factor beside {x}?"),
    ("rule", "the slope with 1 - t for 1 - t^2, of t = tanh(...)", lambda x, y: _gate(x) + x * _gate_slope(x) / (1.0 + _tanh(x)), "what is the slope of a 'tanh'?"),
    ("rule", "the slope of the exact 'GELU'", _exact_gelu_slope, WHICH),
    *_OF_BOTH,
)
EXACT_GELU = _activation(
    "GELU", lambda x: x * _cdf(x), _exact_gelu_slope, *_gate_rows(_cdf, _density),
    ("factor", "the slope without 1/sqrt(2*pi)", lambda x, y: _cdf(x) + x * np.exp(-0.5 * x * x), "which constant stands in the density of a normal distribution?"),
    ("rule", "the slope with exp(-{x}^2) in it", lambda x, y: _cdf(x) + x * np.exp(-x * x) / math.sqrt(2.0 * math.pi), "of what is the 'erf' taken, and what is its square?"),
    ("rule", "the slope of the 'GELU' with 'tanh'", _gelu_slope, WHICH),
    *_OF_BOTH,
)
SILU = _activation(
    "SiLU", lambda x: x * sigmoid(x), _silu_slope,
    ("missing-path", "sigmoid({x}) alone", lambda x, y: sigmoid(x), PRODUCT),
    ("missing-path", "{x} times the slope of the 'sigmoid' alone", lambda x, y: x * sigmoid(x) * (1.0 - sigmoid(x)), PRODUCT),
    ("forgot-local", _WITHOUT_FACTOR, lambda x, y: sigmoid(x) * (2.0 - sigmoid(x)), BESIDE),
    ("rule", "sigmoid({x})*(1 - sigmoid({x}))", lambda x, y: sigmoid(x) * (1.0 - sigmoid(x)), "is that the slope of 'SiLU', or of the 'sigmoid' in it?"),
    ("rule", "{y}*(1 - {y})", lambda x, y: y * (1.0 - y), "is {y} a 'sigmoid'?"),
    ("rule", "sigmoid({x})*(1 - {y})", lambda x, y: sigmoid(x) * (1.0 - y), PRODUCT),
    ("rule", "{y} + {y}*(1 - sigmoid({x}))", lambda x, y: y * (2.0 - sigmoid(x)), "by the product rule, what stands beside the slope of {x}?"),
    ("rule", "{y}", lambda x, y: y, ITSELF),
    ("rule", "1 where {x} > 0", lambda x, y: (x > 0.0) * 1.0, "is that the slope of 'SiLU', or of 'relu'?"),
    ("rule", "the slope of 'GELU'", _exact_gelu_slope, FACTOR),
)
# fmt: on

NORMS = tuple(norm.layer for norm in (_Norm(), _Norm(less=1), _Norm(is_centred=False)))
LAYERS = (SOFTMAX, LOG_SOFTMAX, *NORMS, GELU, EXACT_GELU, SILU, *map(_primitive, (ops.SIGMOID, ops.TANH, ops.SOFTPLUS)))
"""The layers that are known, in the order in which they are tried."""
