"""Each rule asked alone: their own, on fresh leaves, with a random upstream gradient and gradients that stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random
from typing import Any, NamedTuple

import numpy as np

from ..amounts import alike, drawn_like, is_anything, is_coarse, is_finite, shape_of
from .calling import each_once, fitted, given_to_each
from .graph import Place
from .leaves import Leaves
from .making import Makers
from .measured import points
from .operations import Operation
from .reading import Engine
from .rules import Kind

Made = Callable[[], tuple[Any, list[Any]]]

MOST_TRIED = 20
MOST_PLACES = 3
"""Of the nodes with one rule so many are asked as they stand."""
RTOL = 1e-6


class Trial(NamedTuple):
    """A rule asked once.

    Attributes:
        place: the node whose rule it is.
        inputs, output: the data at which it is asked.
        upstream: the gradient of the node.
        given: what it passes to each operand as it is, None for nothing; of two that are the same to the first.
        kept: for each operand, whether what stood in its gradient is still in it.
        damaged: the places of the operands whose data it changes; -1 for the node's own data, -2 for its gradient.
        spoilt: the places of the operands whose data the operation itself has changed, as it made the node.
        repeats: whether what arrives first is handed on again with what arrives next.
        made: how the node and its operands are made again.
        is_coarse: whether it is worked out in less than double precision.
    """

    place: Place
    inputs: tuple[Any, ...]
    output: Any
    upstream: Any
    given: tuple[Any, ...]
    kept: tuple[bool, ...]
    damaged: tuple[int, ...]
    spoilt: tuple[int, ...]
    repeats: bool
    made: Made
    is_coarse: bool


class Asker:
    """Asks the rules of one graph."""

    def __init__(self, engine: Engine, leaves: Leaves, makers: Makers) -> None:
        self._engine, self._leaves, self._makers = engine, leaves, makers

    def trials(self, operation: Operation) -> Iterator[Trial]:
        """A rule asked where its nodes stand and, where the operation can be done again, elsewhere."""
        rng = Random(1)
        # Where data was changed since, the rule's own memory is of another point.
        most = 1 if operation.is_costly else MOST_PLACES
        places = [place for place in operation.places[:most] if not operation.is_changed(place)]
        for made, place, data in self._ways(operation, places):
            try:
                yield self.trial(place, made, rng, data)
            except Exception:  # outside of its domain, or no rule for such leaves
                continue

    def _ways(self, operation: Operation, places: Sequence[Place]) -> Iterator[tuple[Made, Place, list[Any] | None]]:
        for place in places:
            yield partial(self._leaves.alone, place), place, None
        if operation.can_repeat:
            tried = operation.places[:MOST_TRIED]
            sure = [one for one in tried if self._makers.is_certain(one) or operation.is_as_told(one)]
            many, some = (1, 2) if operation.is_costly else (2, None)
            for place in sure[:many]:
                for data in points([self._engine.data(operand) for operand in place.operands])[:some]:
                    merged = place.merged(data)
                    yield partial(self._makers.again, place, merged), place, merged

    def trial(self, place: Place, made: Made, rng: Random, data: Sequence[Any] | None) -> Trial:
        """Ask a rule.

        Args:
            made: it makes the node and its operands, each time anew.
            rng: for the upstream gradient and for what stands in the operands' gradients.
            data: what the operands are made with, where the operation is done again.

        Raises:
            Exception: whatever their code raises.
        """
        engine = self._engine
        out, fresh = made()
        here, output = tuple(map(engine.data, fresh)), engine.data(out)
        inputs = here if data is None else tuple(data)
        spoilt = tuple(i for i, (one, two) in enumerate(zip(here, inputs)) if not alike(one, two, 1e-6))
        if not all(map(is_finite, (*inputs, output))):
            raise ValueError("outside of its domain")
        upstream = drawn_like(output, rng, 0.5, 1.5)
        given = self._passed(place, out, fresh, upstream)
        after = (*map(engine.data, fresh), engine.data(out))
        damaged = [i for i, (one, two) in enumerate(zip(after[:-1], here)) if not alike(one, two, 0.0)]
        damaged += [-1] if not alike(after[-1], output, 0.0) else []
        held = engine.grad(out)
        if place.rule.adds_itself and held is not None and not alike(fitted(held, upstream), upstream, 1e-9):
            damaged.append(-2)
        repeats = place.rule.kind is Kind.WALKER and self._repeats(place, made, upstream, given[1])
        kept = [True] * len(fresh)
        if given[0] and any(is_anything(amount) for amount in given[1]):
            kept = self._kept(place, made, upstream, given[1], rng)
        coarse = is_coarse(getattr(out, engine.data_name)) or is_coarse(engine.raw_grad(fresh[0]))
        return Trial(
            place, inputs, output, upstream, tuple(given[1]), tuple(kept), tuple(damaged), spoilt, repeats, made, coarse
        )

    def writes_to_unrecorded(self, place: Place) -> bool:
        """Whether a rule passes something to an operand that the node does not record, here or at another point."""
        rng = Random(2)
        ways: list[tuple[Made, list[Any] | None]] = [(partial(self._leaves.alone, place), None)]
        for data in points([self._engine.data(operand) for operand in place.operands]):
            ways.append((partial(self._makers.again, place, place.merged(data)), place.merged(data)))
        for made, at in ways:
            try:
                given = self.trial(place, made, rng, at).given
            except Exception:  # outside of its domain, or it cannot be done again
                continue
            if any(is_anything(given[which]) for which in place.unrecorded):
                return True
        return False

    def _passed(self, place: Place, out: Any, fresh: list[Any], upstream: Any) -> tuple[bool, list[Any]]:
        """Whether the rule writes to its operands itself, and what it passes on."""
        engine = self._engine
        if place.rule.kind is Kind.NONE:
            return False, [None] * len(fresh)
        writes, given = given_to_each(engine, place, out, fresh, upstream)
        given = [fitted(one, engine.data(leaf)) for one, leaf in zip(given, fresh)]
        return writes, given if writes else _together(given, fresh)

    def _repeats(self, place: Place, made: Made, upstream: Any, given: Sequence[Any]) -> bool:
        """Whether a rule that is called for every use hands on more than what that use brings."""
        engine = self._engine
        out, fresh = made()
        self._passed(place, out, fresh, upstream)
        self._passed(place, out, fresh, 0.5 * upstream)
        for leaf, passed in zip(each_once(fresh), given):
            if leaf is not None and is_anything(passed):
                here = fitted(engine.grad(leaf), engine.data(leaf))
                if here is not None and alike(here, 2.5 * passed, RTOL):
                    return True
        return False

    def _kept(self, place: Place, made: Made, upstream: Any, given: Sequence[Any], rng: Random) -> list[bool]:
        """Whether what stood in each operand's gradient before is still in it."""
        engine = self._engine
        out, fresh = made()
        stood = [drawn_like(engine.data(leaf), rng, 2.0, 3.0) for leaf in fresh]
        for leaf, amount in zip(fresh, stood):
            if leaf is not None:
                self._leaves.preset(leaf, amount)
        self._passed(place, out, fresh, upstream)
        kept = []
        for leaf, before, passed in zip(each_once(fresh), stood, given):
            if leaf is None:
                kept.append(True)
                continue
            here = fitted(engine.grad(leaf), engine.data(leaf))
            alone = passed if passed is not None else np.zeros(shape_of(before))
            is_lost = here is not None and is_anything(passed) and alike(here, alone, RTOL) and is_finite(here)
            kept.append(not is_lost)
        return kept


def _together(given: Sequence[Any], fresh: Sequence[Any]) -> list[Any]:
    """What is given for one leaf in two places, in the first of them."""
    found: list[Any] = list(given)
    for place, leaf in enumerate(fresh):
        first = next(i for i, one in enumerate(fresh) if one is leaf)
        if first < place and found[place] is not None:
            found[first] = found[place] if found[first] is None else found[first] + found[place]
            found[place] = None
    return found
