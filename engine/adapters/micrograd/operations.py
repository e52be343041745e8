"""What an operation of theirs truly is: one of ours that gives the same numbers, or its slopes as they are measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ... import ops
from ...arrays.amounts import alike, is_amount, is_anything, is_coarse, is_finite, plain, shape_of
from ...ops import Op
from ...repair.attributes import attributes
from ...rulecheck.exercise import Truth, measured_truth
from ...rulecheck.jacobian import LARGEST, MANY, jacobian
from ...rulecheck.points import points
from ..recognise import Recognised, Sample, known
from .functions import held_by
from .graph import Place
from .leaves import Leaves
from .making import Makers
from .pullbacks import Kind, fitted, given_to_each

LEAST_TELLING = 3
"""By so many numbers an operation is known that has another name, be they what they may."""
MOST_SAMPLES = 40
"""So many nodes of one operation are compared with one of ours before it is taken for that."""


class Operation:
    """The operation of all nodes with the same rule.

    Attributes:
        name: what they call it.
        places: the nodes.
        ours: the operation of ours that it is; None where there is none.
        can_repeat: whether it can be done again with other data.
        unknown: the nodes whose slopes nothing tells.
    """

    def __init__(
        self,
        name: str,
        places: list[Place],
        engine: Any,
        leaves: Leaves,
        makers: Makers,
        *,
        as_they_stand: bool = False,
    ) -> None:
        """See `operations_of`; `as_they_stand` is to say that it is not done again, as an argument is lost."""
        self.name, self.places = name, sorted(places, key=lambda place: place.has_twins)
        self.unknown: list[Place] = []
        self._slopes: dict[tuple[Any, ...], list[Any] | None] = {}
        self._engine, self._leaves, self._makers = engine, leaves, makers
        self.ours, self.can_repeat = self._identified([] if as_they_stand else self._repeated())

    def constants(self, place: Place) -> dict[str, Any]:
        """The numbers, and arrays of them, that a rule holds on to by name."""
        rule = place.pullback
        held = held_by(rule.called) if rule.is_closure else self._remembered(place) if rule.kind is Kind.METHOD else {}
        return {name: plain(thing) for name, thing in held.items() if is_amount(thing)}

    def _remembered(self, place: Place) -> dict[str, Any]:
        """What a node of its operation's class remembers itself, beside its data and gradient."""
        engine = self._engine
        taken = (getattr(place.node, engine.data_name), engine.raw_grad(place.node))
        names = (engine.data_name, engine.grad_name)
        own = ((name, held) for name, held in attributes(place.node).items() if name.lstrip("_") not in names)
        return {name: held for name, held in own if not any(held is one for one in taken)}

    def truth(self, place: Place, inputs: Sequence[Any] | None = None, output: Any = None) -> Truth:
        """What the operation truly is at a node.

        Args:
            inputs, output: where it stands, when that is elsewhere than at the data of the node.
        """
        at = [self._engine.data(operand) for operand in place.operands]
        is_here = inputs is None or all(alike(one, other, 0.0) for one, other in zip(at, inputs))
        at = at if inputs is None else list(inputs)
        result = self._engine.data(place.node) if is_here else output
        if self.ours is not None and (not is_here or self._makers.is_certain(place) or self.is_as_told(place)):
            constants = self.constants(place)
            given = [
                slot if isinstance(slot, int) else (constants[slot] if isinstance(slot, str) else slot,)
                for slot in self.ours.slots
            ]
            op = self.ours.at(constants)
            if is_here and self._is_at_a_kink(op, place, at):
                slopes = self._by_their_rule(place) or self._measured(place, at) or []
                return measured_truth(op.name, result, slopes, at)._replace(is_measured=False)
            return Truth(op, given)
        can_repeat = self.can_repeat and (not is_here or self.is_as_told(place))
        # In single precision what is measured is too rough to hold a whole graph to; elsewhere the rule is asked.
        is_rough = is_here and is_coarse(getattr(place.node, self._engine.data_name))
        locals_ = self._measured(place, at) if can_repeat and not is_rough else None
        if locals_ is None and is_here:
            locals_ = self._by_their_rule(place)
        if locals_ is None:
            self.unknown.append(place)
            locals_ = [None] * len(at)
        return measured_truth(self._engine.symbol(place.node) or self.name, result, locals_, at)

    def is_steady(self, place: Place, inputs: Sequence[Any]) -> bool:
        """Whether measured slopes are the same with a much smaller step: no kink is near."""
        if self.ours is not None:
            return True
        if is_coarse(getattr(place.node, self._engine.data_name)):
            return True
        coarsely, finely = (self._measured(place, inputs, finer) for finer in (1.0, 100.0))
        if coarsely is None or finely is None:
            return False
        return all(alike(one, two, 1e-3, 1e-7) for one, two in zip(coarsely, finely))

    @property
    def is_costly(self) -> bool:
        """Whether its slopes are measured one entry after the other, of many."""
        inputs = [self._engine.data(operand) for operand in self.places[0].operands]
        return self.ours is None and sum(map(np.size, inputs)) > MANY

    @property
    def function(self) -> Any:
        """The function of theirs that makes its nodes; None where none is found."""
        return self._makers.function(self.places[0])

    @property
    def is_told(self) -> bool:
        """Whether its true slopes are known."""
        return self.ours is not None or self.can_repeat

    def is_changed(self, place: Place) -> bool:
        """Whether its operands' data gives another number than stands at the node: it was changed since."""
        return self._makers.is_certain(place) and not self.is_as_told(place)

    def is_as_told(self, place: Place) -> bool:
        """Whether a node holds what the operation gives of its operands' data."""
        if self.ours is not None:
            return self.ours.fits(self._sample(place))
        return not self.can_repeat or self._repeats(place)

    @property
    def lost(self) -> list[Place]:
        """The nodes that were made with an argument that left no trace, such as an axis: it cannot be done so again."""
        if not self.can_repeat:
            return []
        return [place for place in self.places if not self._makers.is_certain(place) and not self.is_as_told(place)]

    def without(self, places: Sequence[Place]) -> Operation | None:
        """The operation of the other nodes; None where there are none."""
        others = [place for place in self.places if not any(place is one for one in places)]
        return Operation(self.name, others, self._engine, self._leaves, self._makers) if others else None

    def as_it_stands(self, places: Sequence[Place]) -> Iterator[Operation]:
        """Operations of some of the nodes, each known by the numbers that stand there alone."""
        left = list(places)
        while left:
            one = known(self.name, [self._sample(left[0])])
            same = [place for place in left if one is not None and one.fits(self._sample(place))] or left[:1]
            yield Operation(self.name, same, self._engine, self._leaves, self._makers, as_they_stand=True)
            left = [place for place in left if not any(place is taken for taken in same)]

    def _identified(self, again: Sequence[Sample]) -> tuple[Recognised | None, bool]:
        samples = [self._sample(place) for place in self.places[:MOST_SAMPLES]]
        if again:
            found = known(self.name, again)
            if found is not None:
                return found, True
            return None, any(self._repeats(place) for place in self.places[:MOST_SAMPLES])
        found = known(self.name, samples, is_named=not _is_telling(samples))
        if found is None:  # a node whose data was changed since fits nothing
            fitting = (known(self.name, [sample], is_named=True) for sample in samples)
            found = next((one for one in fitting if one is not None), None)
        return found, False

    def _repeats(self, place: Place) -> bool:
        """Whether it gives the node's data when it is done again with the operands' data."""
        data = [self._engine.data(operand) for operand in place.operands]
        try:
            made, _ = self._makers.again(place, data)
        except Exception:  # whatever their code says of it
            return False
        return alike(self._engine.data(made), self._engine.data(place.node), 1e-6, 1e-300)

    def _sample(self, place: Place) -> Sample:
        engine = self._engine
        inputs = tuple(engine.data(operand) for operand in place.operands)
        coarse = is_coarse(getattr(place.node, engine.data_name))
        return Sample(inputs, engine.data(place.node), self.constants(place), coarse)

    def _repeated(self) -> list[Sample]:
        """The operation at some points of ours; [] where it cannot be done again."""
        found = []
        for place in self.places[:2]:
            for data in points([self._engine.data(operand) for operand in place.operands]):
                sample = self.at(place, place.merged(data))
                if sample is not None:
                    found.append(sample)
        return found

    def at(self, place: Place, data: Sequence[Any]) -> Sample | None:
        """The operation at a point; None where it has no finite value there, or cannot be done again."""
        try:
            made, _ = self._makers.again(place, data)
            output = self._engine.data(made)
        except Exception:  # outside of its domain, or whatever their code says of it
            return None
        if not is_finite(output):
            return None
        coarse = is_coarse(getattr(made, self._engine.data_name))
        return Sample(tuple(data), output, self.constants(place), coarse)

    def _is_at_a_kink(self, op: Op, place: Place, data: Sequence[Any]) -> bool:
        """Whether its slopes from the two sides differ there: whichever of them a rule gives is no mistake."""
        kinked = getattr(op, "scalar", None) or op
        if kinked in (ops.RELU, ops.ABS) or kinked.name == "leaky_relu":
            return bool(np.any(np.equal(data[0], 0.0)))
        if kinked in (ops.MAXIMUM, ops.MINIMUM):
            assert self.ours is not None
            first, second = self.ours.arguments(data, self.constants(place))
            return bool(np.any(np.equal(first, second)))
        return False

    def _measured(self, place: Place, data: Sequence[Any], finer: float = 1.0) -> list[Any] | None:
        """The local derivatives at a point by its own forward; None where that fails.

        Args:
            finer: by how much to divide the usual step.
        """
        if sum(np.size(amount) for amount in data) > LARGEST:
            return None
        key = (id(place.node), finer, *(np.asarray(amount, dtype=float).tobytes() for amount in data))
        if key not in self._slopes:
            self._slopes[key] = self._newly_measured(place, data, finer)
        return self._slopes[key]

    def _newly_measured(self, place: Place, data: Sequence[Any], finer: float) -> list[Any] | None:
        single = is_coarse(getattr(place.node, self._engine.data_name))
        try:
            return [
                jacobian(self._along(place, data, which), amount, is_single=single, finer=finer)
                for which, amount in enumerate(data)
            ]
        except Exception:  # whatever their code says of it
            return None

    def _along(self, place: Place, data: Sequence[Any], which: int) -> Callable[[Any], Any]:
        twins = [operand is place.operands[which] for operand in place.operands]

        def along(amount: Any) -> Any:
            moved = [amount if is_twin else other for is_twin, other in zip(twins, data)]
            return self._engine.data(self._makers.again(place, moved)[0])

        return along

    def _by_their_rule(self, place: Place) -> list[Any] | None:
        """What their own rule passes on, an upstream gradient of one entry after the other."""
        shape = shape_of(self._engine.data(place.node))
        if place.pullback.kind is Kind.NONE or math.prod(shape) > LARGEST // 10:
            return None
        rows: list[list[Any]] = []
        for at in np.ndindex(shape):
            upstream: Any = 1.0
            if shape:
                upstream = np.zeros(shape)
                upstream[at] = 1.0
            try:
                _, given = given_to_each(self._engine, place.pullback, *self._leaves.alone(place), upstream)
            except Exception:  # whatever their code says of it
                return None
            data = [self._engine.data(one) for one in place.operands]
            # A gradient that nothing came to may be a plain 0.
            passed = [fitted(g, x) if is_anything(g) else np.zeros(shape_of(x)) for g, x in zip(given, data)]
            if any(np.size(g) != np.size(x) for g, x in zip(passed, data)):
                return None
            rows.append(passed)
        if not shape:
            return [plain(np.asarray(amount)) for amount in rows[0]]
        return [np.stack([np.ravel(row[i]) for row in rows]) for i in range(len(place.operands))]


def _is_telling(samples: Sequence[Sample]) -> bool:
    """Whether numbers do not fit several operations by chance, as 4 is both 2 * 2 and 2 ** 2."""
    numbers = np.concatenate([np.ravel(np.asarray(one.output, dtype=float)) for one in samples])
    times = 360.0 * numbers
    is_plain = bool(np.all(np.abs(times - np.round(times)) <= 1e-6))
    return len(samples[0].inputs) > 1 or len(numbers) >= LEAST_TELLING or not is_plain


def operations_of(name: str, places: list[Place], engine: Any, leaves: Leaves, makers: Makers) -> Iterator[Operation]:
    """The operations of nodes with the same rule: one, but where arguments that it was given have left no trace."""
    whole = Operation(name, places, engine, leaves, makers)
    if not whole.is_told and len(places) > 1:  # with another axis each, none may fit them all
        told = [one for one in whole.as_it_stands(places[:MOST_SAMPLES]) if one.is_told]
        rest = whole.without([place for one in told for place in one.places]) if told else whole
        yield from told
        if rest is not None:
            yield rest
        return
    lost = whole.lost[:MOST_SAMPLES]
    rest = whole.without(lost) if lost else whole
    if rest is not None:
        yield rest
    yield from whole.as_it_stands(lost)


def settings(place: Place) -> tuple[Any, ...]:
    """What a rule holds on to beside nodes and numbers: an axis, a shape, a switch."""
    held = held_by(place.pullback.called) if place.pullback.is_closure else {}
    plainly = {name: thing for name, thing in held.items() if _is_setting(thing)}
    return tuple(sorted(plainly.items()))


def _is_setting(thing: Any) -> bool:
    if isinstance(thing, tuple):
        return all(map(_is_setting, thing))
    return thing is None or isinstance(thing, (bool, int, str))
