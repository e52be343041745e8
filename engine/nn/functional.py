"""Losses and softmax as plain functions of Values: atomic, so that every step is a node, or fused into one."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from typing import Any

from ..declare import op
from ..errors import HandgradError
from ..graph import is_node
from ..number import finite_float, finite_or_none
from ..ops import Op
from ..slips.slip import Mistake
from ..value import Value


class ShapeError(HandgradError, ValueError):
    """There are too few or too many of something, or not the sequence that is needed.

    Args:
        where: the function or module it was given to.
        expected: what is needed, as a noun phrase.
        given: what came, as a noun phrase.
    """

    def __init__(self, where: str, expected: str, given: str) -> None:
        self.where, self.expected, self.given = where, expected, given
        super().__init__(f"{where}: expected {expected}, got {given}.")


class TargetError(HandgradError, ValueError):
    """A target is not one of the labels that the loss knows.

    Args:
        target: what was given.
        allowed: the labels there are, as a noun phrase.
        where: the function it was given to.
    """

    def __init__(self, target: object, allowed: str, where: str) -> None:
        self.target, self.allowed, self.where = target, allowed, where
        super().__init__(f"{where}: target {target!r} ({a_type(target)}) must be {allowed}.")


def a_type(thing: object) -> str:
    """Return the name of a thing's type with its article, as in "an int"."""
    name = type(thing).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def make_nodes(things: Iterable[Value | float], where: str, what: str = "item") -> list[Value]:
    """Return the Values of a sequence, its bare numbers as constants.

    Args:
        things: Values and finite real numbers; a list, a tuple, a 1-D numpy array ...
        where: the function they were given to, for errors.
        what: what one of them is called, for errors.

    Raises:
        ShapeError: `things` is no sequence, or empty.
        NotANumberError: an item is neither a Value nor a real number.
        NotFiniteError: a number is nan or infinite.
    """
    return [
        item if isinstance(item, Value) else Value.constant(finite_float(item, f"{where}: {what} {place}"), str(item))
        for place, item in enumerate(_items(things, where, what))
    ]


def is_sequence(thing: Any) -> bool:
    """Return whether it holds several things: no text, no node, and no array of shape ()."""
    return isinstance(thing, Iterable) and not isinstance(thing, (str, Value)) and getattr(thing, "ndim", 1) > 0


def whole_number(thing: Any) -> int | None:
    """Return the int that `thing` is, a NumPy integer too; None for a bool, a float and all else."""
    if isinstance(thing, bool):
        return None
    try:
        return operator.index(thing)
    except TypeError:
        return None


def softmax(logits: Any) -> Any:
    """Return exp(z_i) / sum_j exp(z_j): positive numbers that add up to 1.

    The largest logit is subtracted first, as a constant, so that logits of any size (1000, say) do
    not overflow. Softmax is the same for z and for z - c, whatever c is: its derivative by c is 0,
    and nothing is lost by not passing a gradient through the maximum.

    Args:
        logits: V Values or numbers, V >= 1; or an Array (..., V).

    Returns:
        V Values between 0 and 1, in the order of the logits; or an Array of the same shape, one node.

    Raises:
        ShapeError: there is no logit.
        NotANumberError, NotFiniteError: a logit is neither a Value nor a finite real number.

    Source:
        Goodfellow, Bengio & Courville, Deep Learning (2016), section 6.2.2.3, equation 6.29, and
        section 4.1 for the subtracted maximum.

    Examples:
        >>> [round(p.data, 3) for p in softmax([2, 1, 0])]
        [0.665, 0.245, 0.09]
    """
    if _is_array(logits):
        return logits.softmax(-1)
    exps = [z.exp() for z in _shift_logits(logits, "softmax(logits)")]
    total = _sum(exps)
    return [e / total for e in exps]


def log_softmax(logits: Any) -> Any:
    """Return z_i - log(sum_j exp(z_j)), exact where softmax itself is 0 in floats.

    The largest logit is subtracted first, as a constant; `softmax` says why that is free.

    Args:
        logits: V Values or numbers, V >= 1; or an Array (..., V).

    Returns:
        V Values of 0 or less, in the order of the logits; or an Array of the same shape, one node.

    Raises:
        ShapeError: there is no logit.
        NotANumberError, NotFiniteError: a logit is neither a Value nor a finite real number.

    Source:
        Goodfellow, Bengio & Courville, Deep Learning (2016), section 6.2.2.3, equation 6.30.

    Examples:
        >>> [lp.data for lp in log_softmax([1000.0, 0.0])]
        [0.0, -1000.0]
    """
    if _is_array(logits):
        return logits.log_softmax(-1)
    shifted = _shift_logits(logits, "log_softmax(logits)")
    log_total = _sum([z.exp() for z in shifted]).log()
    return [z - log_total for z in shifted]


def cross_entropy(logits: Iterable[Any], target: Any, *, fused: bool = False) -> Value:
    """Return -log softmax(logits)[target], averaged over the rows of a batch.

    Its gradient by the logits is p - y (softmax minus the one-hot target), over the count of rows.

    Args:
        logits: one row of V Values or numbers, or B rows of V; an Array (V,) or (B, V) too.
        target: the row's class, an int in [0, V), or B of them.
        fused: make one node a row, whose local derivatives are p - y, and not one a step.

    Returns:
        The loss, 0 or more.

    Raises:
        ShapeError: a row is empty, the rows differ in length, or rows and targets in number.
        TargetError: a target is not an int in [0, V); a bool, a float or a negative int is none.
        NotANumberError, NotFiniteError: a logit is neither a Value nor a finite real number.

    Source:
        Goodfellow, Bengio & Courville, Deep Learning (2016), section 6.2.2.3; Karpathy, makemore
        part 4 (becoming a backprop ninja), exercise 2, for the fused derivative.

    Examples:
        >>> logits = [Value(2.0), Value(1.0), Value(0.0)]
        >>> loss = cross_entropy(logits, 0)
        >>> loss.backward()
        >>> f"{loss:.2f}", [round(z.grad, 3) for z in logits]
        ('0.41', [-0.335, 0.245, 0.09])
    """
    where = "cross_entropy(logits, target)"
    if _is_array(logits):
        return _array_loss(logits, target, where)
    if not is_sequence(target):
        return _row_loss(make_nodes(logits, where, "logit"), target, fused, where)
    rows = [make_nodes(row, f"{where}, row {i}", "logit") for i, row in enumerate(_items(logits, where, "row"))]
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ShapeError(f"{where}, row {i}", f"{len(rows[0])} logits as in row 0", f"{len(row)}")
    targets = list(target)
    _check_target_count(where, len(rows), "row", len(targets))
    return _mean([_row_loss(row, t, fused, where) for row, t in zip(rows, targets)])


def mse_loss(predictions: Iterable[Value | float], targets: Iterable[Value | float]) -> Value:
    """Return the mean of (prediction - target)^2.

    Args:
        predictions: N Values or numbers, N >= 1.
        targets: N Values or numbers.

    Returns:
        The loss, 0 or more.

    Raises:
        ShapeError: there is nothing to average, or the two differ in length.
        NotANumberError, NotFiniteError: an item is neither a Value nor a finite real number.

    Source:
        Goodfellow, Bengio & Courville, Deep Learning (2016), section 5.1.4, equation 5.4.

    Examples:
        >>> mse_loss([Value(3.0), Value(1.0)], [1, 1]).data
        2.0
    """
    where = "mse_loss(predictions, targets)"
    guesses, truths = make_nodes(predictions, where, "prediction"), make_nodes(targets, where, "target")
    _check_target_count(where, len(guesses), "prediction", len(truths))
    return _mean([(guess - truth) ** 2 for guess, truth in zip(guesses, truths)])


def hinge_loss(scores: Iterable[Value | float], targets: Iterable[float]) -> Value:
    """Return the mean of max(0, 1 - target * score), 0 once all scores are right by 1 or more.

    Args:
        scores: N Values or numbers, N >= 1.
        targets: N labels, each -1 or +1.

    Returns:
        The loss, 0 or more.

    Raises:
        ShapeError: there is nothing to average, or the two differ in length.
        TargetError: a target is not -1 or +1; the labels 0 and 1 would train in silence.
        NotANumberError, NotFiniteError: a score is neither a Value nor a finite real number.

    Source:
        Cortes & Vapnik, Support-vector networks (1995); the max-margin loss of micrograd's demo.

    Examples:
        >>> hinge_loss([Value(3.0), Value(0.5)], [1, -1]).data
        0.75
    """
    where = "hinge_loss(scores, targets)"
    nodes = make_nodes(scores, where, "score")
    labels = [_sign(target, where) for target in _items(targets, where, "target")]
    _check_target_count(where, len(nodes), "score", len(labels))
    return _mean([(1 - label * score).relu() for score, label in zip(nodes, labels)])


def _is_array(thing: Any) -> bool:
    return is_node(thing) and bool(thing.shape)


def _array_loss(logits: Any, target: Any, where: str) -> Value:
    """Return the cross-entropy of logits in an Array; every step is a node."""
    *batch, classes = logits.shape
    if len(batch) > 1:
        raise ShapeError(where, "logits of shape (V,) or (B, V)", f"shape {logits.shape}")
    targets = [target] if not is_sequence(target) else list(target)
    _check_target_count(where, batch[0] if batch else 1, "row", len(targets))
    picked = [_class_index(t, classes, where) for t in targets]
    chances = logits.log_softmax(-1)
    return -chances[range(len(picked)), picked].mean() if batch else -chances[picked[0]]


def _items(things: Iterable[Any], where: str, what: str) -> list[Any]:
    if not is_sequence(things):
        raise ShapeError(where, f"a sequence with one {what} or more", a_type(things))
    items = list(things)
    if not items:
        raise ShapeError(where, f"one {what} or more", "none")
    return items


def _shift_logits(logits: Iterable[Value | float], where: str) -> list[Value]:
    nodes = make_nodes(logits, where, "logit")
    largest = max(z.data for z in nodes)
    return [z - Value.constant(largest, "max") for z in nodes]


def _sum(nodes: Sequence[Value]) -> Value:
    # Not sum(): that starts with a constant 0, a node that nobody wrote.
    return reduce(operator.add, nodes)


def _mean(nodes: Sequence[Value]) -> Value:
    return _sum(nodes) / len(nodes)


def _row_loss(row: list[Value], target: Any, fused: bool, where: str) -> Value:
    index = _class_index(target, len(row), where)
    if fused:
        return _fused_cross_entropy(index, len(row))(*row)
    shifted = _shift_logits(row, where)
    return _sum([z.exp() for z in shifted]).log() - shifted[index]


@lru_cache(maxsize=1024)
def _fused_cross_entropy(target: int, size: int) -> Op:
    """Return softmax and cross-entropy of some logits as one operation."""

    def forward(*logits: float) -> float:
        largest = max(logits)
        return math.log(sum(math.exp(z - largest) for z in logits)) - (logits[target] - largest)

    def probabilities(logits: Sequence[float]) -> list[float]:
        largest = max(logits)
        exps = [math.exp(z - largest) for z in logits]
        total = sum(exps)
        return [e / total for e in exps]

    def derivatives(*logits_and_loss: float) -> list[float]:
        by_logit = probabilities(logits_and_loss[:-1])
        by_logit[target] -= 1.0
        return by_logit

    def slip(i: int) -> Mistake:
        one_hot = 0.0 if i == target else 1.0  # the wrong way round
        return Mistake(
            i,
            f"p[{i}]" if i == target else f"p[{i}] - 1",
            lambda *logits_and_loss: probabilities(logits_and_loss[:-1])[i] - one_hot,
            "for which class is the one-hot y not zero?",
        )

    rule = [f"p[{i}] - 1" if i == target else f"p[{i}]" for i in range(size)]
    return op("cross_entropy", forward, derivatives, rule=rule, slips=[slip(i) for i in range(size)])


def _check_target_count(where: str, expected: int, each: str, given: int) -> None:
    if given != expected:
        raise ShapeError(where, f"one target a {each} ({expected})", f"{given}")


def _class_index(target: Any, classes: int, where: str) -> int:
    # -1 is a Python index too: it would pick a class that nobody meant.
    index = whole_number(target)
    if index is None or not 0 <= index < classes:
        raise TargetError(target, f"a class index, an int from 0 to {classes - 1}", where)
    return index


def _sign(target: Any, where: str) -> int:
    sign = finite_or_none(target)
    if sign not in (-1.0, 1.0):
        raise TargetError(target, "-1 or +1", where)
    return int(sign)
