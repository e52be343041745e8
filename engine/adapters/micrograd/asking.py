"""Each rule of theirs made one that can be asked alone: their own, on fresh leaves."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...arrays.amounts import Shape, alike, is_anything, is_coarse, shape_of
from ...arrays.edges import summed_to
from ...rulecheck.points import points
from ...rulecheck.query import RTOL, Asked, ask
from ...rulecheck.rule import OUTPUT, UPSTREAM, Answer, Rule
from .engine import Engine
from .graph import Place
from .leaves import Leaves
from .making import Makers
from .pullbacks import Kind, each_once, fitted, given_to_each

if TYPE_CHECKING:
    from .operations import Operation

Made = Callable[[], tuple[Any, list[Any]]]

MOST_TRIED = 20
MOST_PLACES = 3
"""Of the nodes with one rule so many are asked as they stand."""


class Sitting(NamedTuple):
    """A rule of theirs asked once.

    Attributes:
        place: the node whose rule it is.
        made: how the node and its operands are made again.
        asked: what it was asked, and has given.
        spoilt: the places of the operands whose data the operation itself has changed, as it made the node.
        repeats: whether what arrives first is handed on again with what arrives next.
        is_again: whether the operation was done again for it, and not the node copied.
    """

    place: Place
    made: Made
    asked: Asked
    spoilt: tuple[int, ...]
    repeats: bool
    is_again: bool = False


class Asker:
    """Asks the rules of one graph."""

    def __init__(
        self,
        engine: Engine,
        leaves: Leaves,
        makers: Makers,
        names: Callable[[Any], str] = lambda _: "",
        unasked: Container[int] = (),
    ) -> None:
        """Of one graph.

        Args:
            names: what one of their nodes is called in a sentence.
            unasked: the ids of the nodes whose gradient nobody wants.
        """
        self._engine, self._leaves, self._makers, self._names = engine, leaves, makers, names
        self._unasked = unasked

    def sittings(self, operation: Operation) -> Iterator[Sitting]:
        """A rule asked where its nodes stand and, where the operation can be done again, elsewhere."""
        rng = Random(1)
        # Where data was changed since, the rule's own memory is of another point.
        most = 1 if operation.is_costly else MOST_PLACES
        places = [place for place in operation.places[:most] if not operation.is_changed(place)]
        for made, place, data in self._ways(operation, places):
            try:
                yield self.sitting(place, made, rng, data)
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

    def sitting(self, place: Place, made: Made, rng: Random, data: Sequence[Any] | None) -> Sitting:
        """Ask a rule.

        Args:
            made: it makes the node and its operands, each time anew.
            rng: for the upstream gradient and for what stands in the operands' gradients.
            data: what the operands are made with, where the operation is done again.

        Raises:
            Exception: whatever their code raises.
        """
        out, fresh = made()
        here = [self._engine.data(leaf) for leaf in fresh]
        inputs = here if data is None else list(data)
        spoilt = tuple(i for i, (one, two) in enumerate(zip(here, inputs)) if not alike(one, two, 1e-6))
        asked = ask(self._rule(place, made, inputs, self._engine.data(out)), rng)
        repeats = place.pullback.kind is Kind.WALKER and self._repeats(place, made, asked.upstream, asked.given)
        return Sitting(place, made, asked, spoilt, repeats, data is not None)

    def _rule(self, place: Place, made: Made, inputs: Sequence[Any], output: Any) -> Rule:
        first: dict[int, int] = {}
        twins = {
            which: seen
            for which, operand in enumerate(place.operands)
            if (seen := first.setdefault(id(operand), which)) < which
        }
        unasked = [
            which
            for which, operand in enumerate(place.operands)
            if not self._engine.is_asked(operand) or id(operand) in self._unasked
        ]
        return Rule(
            self._names(place.node),
            inputs,
            output,
            partial(self._pulled, place, made),
            names=[self._names(operand) for operand in place.operands],
            unasked=frozenset(unasked),
            twins=twins,
        )

    def _pulled(self, place: Place, made: Made, upstream: Any, before: Sequence[Any] | None) -> Answer:
        """What a rule passes on, on nodes that are made for it alone."""
        return self.pulled(place, made, upstream, before)[0]

    def pulled(
        self,
        place: Place,
        made: Made,
        upstream: Any,
        before: Sequence[Any] | None,
        between: Callable[[], None] = lambda: None,
    ) -> tuple[Answer, Any]:
        """What a rule passes on, on nodes that are made for it alone; and what comes out forward.

        Args:
            before: what stands in the operands' gradients, None for nothing.
            between: called when the node is made.
        """
        engine = self._engine
        out, fresh = made()
        here, output = [engine.data(leaf) for leaf in fresh], engine.data(out)
        for leaf, amount in zip(fresh, before or ()):
            self._leaves.preset(leaf, amount)
        between()
        writes, given = self._passed(place, out, fresh, upstream)
        changed = [i for i, (leaf, one) in enumerate(zip(fresh, here)) if not alike(engine.data(leaf), one, 0.0)]
        changed += [] if alike(engine.data(out), output, 0.0) else [OUTPUT]
        held = engine.grad(out)
        if place.pullback.adds_itself and held is not None and not alike(fitted(held, upstream), upstream, 1e-9):
            changed.append(UPSTREAM)
        coarse = is_coarse(getattr(out, engine.data_name)) or is_coarse(engine.raw_grad(fresh[0]))
        return Answer(given, changed, writes, coarse), output

    def writes_to_unrecorded(self, place: Place) -> bool:
        """Whether a rule passes something to an operand that the node does not record, here or at another point."""
        rng = Random(2)
        ways: list[tuple[Made, list[Any] | None]] = [(partial(self._leaves.alone, place), None)]
        for data in points([self._engine.data(operand) for operand in place.operands]):
            ways.append((partial(self._makers.again, place, place.merged(data)), place.merged(data)))
        for made, at in ways:
            try:
                given = self.sitting(place, made, rng, at).asked.given
            except Exception:  # outside of its domain, or it cannot be done again
                continue
            if any(is_anything(given[which]) for which in place.unrecorded):
                return True
        return False

    def _passed(self, place: Place, out: Any, fresh: list[Any], upstream: Any) -> tuple[bool, list[Any]]:
        """Whether the rule writes to its operands itself, and what it passes on."""
        engine = self._engine
        if place.pullback.kind is Kind.NONE:
            return False, [None] * len(fresh)
        writes, given = given_to_each(engine, place.pullback, out, fresh, upstream)
        given = [fitted(one, engine.data(leaf)) for one, leaf in zip(given, fresh)]
        if writes:
            return True, given
        given = [self._arrived(one, operand) for one, operand in zip(given, place.operands)]
        return False, _together(given, fresh)

    def _arrived(self, given: Any, operand: Any) -> Any:
        """What is handed over for an operand, as it arrives there: where they add it up, they may sum it first."""
        shape = shape_of(self._engine.data(operand))
        held = self._engine.raw_grad(operand)
        is_summed = held is not None and shape_of(held) == shape and shape_of(given) != shape
        if given is None or not is_summed or not _is_broadcast(shape, shape_of(given)):
            return given
        return summed_to(np.asarray(given), shape)

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


def _is_broadcast(shape: Shape, to: Shape) -> bool:
    pairs = zip(shape[::-1], to[::-1])
    return len(shape) <= len(to) and all(n in (1, m) for n, m in pairs)


def _together(given: Sequence[Any], fresh: Sequence[Any]) -> list[Any]:
    """What is given for one leaf in two places, in the first of them."""
    found: list[Any] = list(given)
    for place, leaf in enumerate(fresh):
        first = next(i for i, one in enumerate(fresh) if one is leaf)
        if first < place and found[place] is not None:
            found[first] = found[place] if found[first] is None else found[first] + found[place]
            found[place] = None
    return found
