"""One thing in the place of another: another gradient, other data, a factor too many or too few, or none at all.

A place is where something else may stand: the gradient itself, the gradient of a node on the way, what one use passes
back, or an input of its local derivative. `_substitute` puts what is likely into each.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from ..graph import topological_order
from ..names import OUTPUT
from ..verdict.rounding import is_of_few_digits
from . import lazy, messages
from .candidates import Candidate, Edit, Sentence, at_one_or_all
from .local_derivatives import MOST_OPERANDS, local_with
from .neighborhood import Neighborhood
from .node_names import MOST_STEPS
from .use import Pullback, Use

if TYPE_CHECKING:
    from ..value import Value

MOST_SWEEPS = 400
"""How often a region is walked for one kind of candidate, times the number of its nodes."""
MOST_NEAREST = 40
MOST_OTHERS = 60
"""How many other nodes are tried in the place of one, the nearest."""
MOST_USES = 12
MOST_USES_BY_A_FACTOR = 8
MOST_STEPS_ON = 3
"""Of the arrays that come out of a step so many may be taken for the one that goes in."""
MOST_NUMBERS = 2_000_000
"""Of larger arrays fewer others are tried."""
MOST_CANDIDATES = 20_000
"""Of a number that is used so often that there were more, the uses nearest the output are looked at."""
EXACTLY = 1e-9
PLAIN = (0.0, 1.0)
"""Numbers that stand everywhere, and say nothing of where they come from."""

_INDEX = re.compile(r"[\d\[\]_., ]+$")
_TWO_INDICES = re.compile(r"(?P<name>.*?[^\d])(?P<first>\d+)(?P<between>\]\[|, ?|_|\.)(?P<second>\d+)(?P<end>\D?)")
_TWO_DIGITS = re.compile(r"(?P<name>.*?[^\d])(?P<first>\d)(?P<between>)(?P<second>\d)(?P<end>)")


class _Place(NamedTuple):
    """Where something else may stand.

    Attributes:
        node: whose gradient, or whose data, belong there.
        put: what the region's node gets with something else there; None where that has no value.
        use: at which use; None where it is at none alone.
    """

    node: Value
    put: Callable[[Any], Any]
    use: Use | None = None


Choices = Iterable[tuple[Any, Sentence]]
"""What may stand in a place, and what is said of each."""


def _substitute(kind: str, places: Iterable[_Place], choices: Callable[[_Place], Choices]) -> Iterator[Candidate]:
    for place in places:
        for value, say in choices(place):
            numbers = place.put(value)
            if numbers is not None:
                yield Candidate(kind, numbers, say)


def _say(region: Neighborhood, sentence: Callable[..., str], *nodes: Value) -> Sentence:
    """Return what makes a sentence with the names of some nodes: of most candidates it is never needed."""
    return lambda: sentence(*(region.name(node) for node in nodes))


def _gradients_above(region: Neighborhood, most: int | None = None) -> Iterator[_Place]:
    """Yield the arrays on the way whose gradient the learner may have taken for another."""
    for node in region.near_nodes[:most]:
        if node.shape and (node.label or node in region.sources):
            yield _Place(node, lambda value, node=node: lazy.from_sources(region, {node: value}))  # type: ignore[misc]


def _upstreams(region: Neighborhood, uses: Iterable[Use]) -> Iterator[_Place]:
    for use in uses:
        yield _Place(use.consumer, lambda value, use=use: lazy.replace_contribution(region, use, value, use.local), use)  # type: ignore[misc]


def _inputs(region: Neighborhood, uses: Iterable[Use]) -> Iterator[_Place]:
    """Yield the other operands that a local derivative is computed from."""
    for use in uses:
        for index, operand in enumerate(use.consumer.operands):
            if index != use.argnum:
                yield _Place(operand, partial(_with_input, region, use, index), use)


def _with_input(region: Neighborhood, use: Use, index: int, value: Any) -> Any:
    local = local_with(region, use, {index: value})
    return None if local is None else lazy.replace_contribution(region, use, use.upstream, local)


def local_left_out(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the upstream gradient itself, where the shapes allow it."""
    if not region.arithmetic.is_of_arrays:
        yield from _local_of_a_number_left_out(region)
        return
    for node in region.near_nodes:
        if node.shape and fits(node.shape, region.shape):
            numbers = region.arithmetic.spread(region.upstream(node), region.shape)
            yield Candidate("forgot-local", numbers, messages.no_local(region.name(node)))
    for part in region.contributions:
        if not isinstance(part.cut, tuple) and part.cut is not None and fits(part.cut.shape, region.shape):
            numbers = region.recomputed - part.numbers + region.upstream(part.cut)
            yield Candidate("forgot-local", numbers, messages.no_local(part.name))


def _local_of_a_number_left_out(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the upstream gradients of a number at all of its uses, at one of them, or of a step on the way."""
    uses = region.direct
    for some in ([*uses], *([use] for use in uses if len(uses) > 1)):
        subsumes = "sign" if all(use.local == -1.0 for use in some) else ""
        off = sum(use.upstream for use in some) - sum(use.contribution for use in some)
        numbers = sum(use.upstream for use in some) if some == uses else region.recomputed + off
        of = [use.consumer for use in some]
        yield Candidate("forgot-local", numbers, lambda of=of: messages.no_local(region.names(of)), (), subsumes)  # type: ignore[misc]
    beyond = (use for use in region.uses if use.operand is not region.node)
    yield from at_one_or_all(
        region,
        (Edit("forgot-local", use, 1.0, lambda use=use: messages.local_left_out(region.where(use))) for use in beyond),  # type: ignore[misc]
    )


def upstream_left_out(region: Neighborhood) -> Iterator[Candidate]:
    """Yield what comes of 1 in the place of an upstream gradient."""
    ones: dict[Any, Any] = {node: region.arithmetic.full(node.shape, 1.0) for node in region.sources}
    yield Candidate("forgot-upstream", lazy.from_sources(region, ones), lambda: _left_out_of(region, region.sources))
    for node in region.near_nodes:
        if node.label or node in ones:
            one = region.arithmetic.full(node.shape, 1.0)
            is_number = region.is_of_one_number
            numbers = region.with_upstream(node, one) if is_number else lazy.from_sources(region, {node: one})
            is_all = region.is_same(region.from_node(node), region.recomputed)
            clause = messages.no_upstream if is_all else messages.no_upstream_in_a_part
            yield Candidate("forgot-upstream", numbers, clause(region.name(node)))
    if not region.arithmetic.is_of_arrays:
        of = [use.consumer for use in region.direct]
        yield Candidate("forgot-upstream", sum(use.local for use in region.direct), lambda: _left_out_of(region, of))
        for use in region.direct if len(of) > 1 else ():
            say = _say(region, messages.no_upstream_in_a_part, use.consumer)
            yield Candidate("forgot-upstream", region.replace_contribution(use, use.local), say)


def _left_out_of(region: Neighborhood, nodes: Sequence[Value]) -> str:
    """Return the sentence, about those of the nodes whose upstream gradient is not 1 anyway."""
    some = [node for node in nodes if not region.arithmetic.is_all(region.upstream(node), 1.0)]
    if not some or len(some) == len(nodes):
        return messages.no_upstream(region.names(nodes) if nodes else OUTPUT)
    return messages.no_upstream_in_a_part(region.names(some))


def another_gradient(region: Neighborhood) -> Iterator[Candidate]:
    """Yield what is computed from the gradient of another array of the same shape."""
    if region.is_of_one_number:
        return
    # What the wrong gradient is passed on to may hold it itself.
    below = set(topological_order(region.node))
    others = [
        other for other in region.known_nodes if other.shape and other not in below and not region.is_wrong(other)
    ]
    name, is_used_once = region.name(region.node), len(region.direct) == 1

    def gradients(place: _Place) -> Choices:
        for other in others[:MOST_NEAREST]:
            if other.shape == place.node.shape and other is not place.node:
                of = region.name(other)
                yield region.upstream(other), messages.another_gradient(name, of, is_used_once=is_used_once)

    most = max(2, MOST_SWEEPS // (1 + len(region.near_nodes)))
    yield from _substitute("wrong-upstream", _gradients_above(region, most), gradients)


def data_for_a_gradient(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the data of a node where a gradient belongs."""
    beside = [operand for use in region.direct for operand in use.consumer.operands]
    near = [region.node, *(use.consumer for use in region.direct), *beside]
    if region.arithmetic.is_of_arrays:
        near = [region.node, *region.known_nodes[:MOST_OTHERS]]
    what = "a number" if region.is_of_one_number else "numbers"

    for node in dict.fromkeys(near):
        data = region.arithmetic.of(node.data)
        is_plain = region.is_of_one_number and (node.is_constant or abs(data) in PLAIN)
        if node.shape == region.shape and not is_plain:
            yield Candidate("rule", data, _say(region, partial(messages.data, what=what), node))
    for place in _gradients_above(region) if region.arithmetic.is_of_arrays else ():
        yield Candidate("rule", place.put(place.node.data), _say(region, messages.data_passed_on, place.node))


def data_and_gradient_exchanged(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, of numbers, .data of a consumer for its .grad, and .grad of an operand for its .data."""
    yield from at_one_or_all(region, (edit for use in region.direct for edit in _exchanged_at(region, use)))


def _exchanged_at(region: Neighborhood, use: Use) -> Iterator[Edit]:
    data = region.arithmetic.of(use.consumer.data)
    if data not in PLAIN:
        say = _say(region, messages.data_passed_on, use.consumer)
        passing = Pullback(lambda _: data * use.local)
        yield Edit("rule", use, passing, say, "data", messages.data_passed_on_everywhere)
    for index, node in enumerate((*use.consumer.operands, use.consumer)):
        if node.is_constant or node is region.node or region.upstream(node) in PLAIN:
            continue
        local = local_with(region, use, {index: region.upstream(node)})
        if local is not None and local != use.local:
            # Below the output, the gradient of one factor is the other one's data.
            say = _say(region, messages.gradient_for_data, node)
            yield Edit("rule", use, local, say, "gradient", messages.gradients_for_data, "swapped")


def added(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the upstream gradient and the local derivative added where they are to be multiplied."""
    for use in region.uses:
        is_array = region.arithmetic.is_of_arrays
        if (use.scalar_op is None or not hasattr(use.local, "spread")) if is_array else use.operand is not region.node:
            continue
        numbers = region.replace_contribution(use, region.arithmetic.passed_back(use.upstream + use.coefficient, use))
        yield Candidate("rule", numbers, _say(region, messages.added, use.consumer))


def indices_exchanged(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, of W[0][1], the gradient of W[1][0], or what comes of the other factors exchanged like that."""
    across = _across(region, region.node)
    if across is not None and not is_of_few_digits(region.user_grad):
        numbers = math.fsum(region.arithmetic.of(term.contribution) for term in region.comparison.terms(across))
        yield Candidate("transposed", numbers, _say(region, messages.transposed_gradient, across, region.node))
    factors = [(use, use.other_operands[0]) for use in region.direct if str(use.consumer.op) == "*"]
    found = [(use, factor, other) for use, factor in factors if (other := _across(region, factor)) is not None]
    changed = {
        use.key: local
        for use, _, other in found
        if (local := local_with(region, use, {1 - use.argnum: region.arithmetic.of(other.data)})) is not None
    }
    if changed:
        factor, other = next((factor, other) for use, factor, other in found if use.key in changed)
        say = _say(region, messages.transposed_factor, other, factor, region.node)
        yield Candidate("transposed", region.from_sources(locals_=changed), say)


def exchanged(label: str) -> str | None:
    """Return the label with its two indices exchanged: "W[1][0]" of "W[0][1]"; None where it has not two."""
    found = _TWO_INDICES.fullmatch(label) or _TWO_DIGITS.fullmatch(label)
    if found is None or found["first"] == found["second"]:
        return None
    return f"{found['name']}{found['second']}{found['between']}{found['first']}{found['end']}"


def _across(region: Neighborhood, node: Value) -> Value | None:
    label = exchanged(node.label) if node.label else None
    return None if label is None else region.cached(_by_label).get(label)


def _by_label(region: Neighborhood) -> dict[str, Value]:
    return {node.label: node for node in region.comparison.places if node.label}


def wrong_operand(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, of a number, the gradient of another node, then what comes of another's data or gradient at one use.

    As of many numbers one is near by chance, these are believed only to the last digit or to four that were typed; x1
    for x0 to three.
    """
    # Of many operands of one operation, one has any number.
    many = {node for use in region.direct for node in use.other_operands if len(use.other_operands) >= MOST_OPERANDS}
    near = [node for node in region.known_nodes[:MOST_OTHERS] if node is not region.node and not node.is_constant]
    others = [node for node in near if node not in many]
    alike = [other for other in others if _stem(other.label) in region.cached(_stems)]
    for candidate in _of_others(region, alike if region.fit.is_rough else others):
        if abs(candidate.numbers - region.user_grad) <= EXACTLY * abs(region.user_grad):
            yield candidate
            return
    if abs(region.user_grad) not in PLAIN:
        yield from _of_others(region, alike if is_of_few_digits(10.0 * region.user_grad) else others)


def _stems(region: Neighborhood) -> set[str]:
    """Return the names of the node, and of what stands beside it, without their indices."""
    near = [region.node, *(node for use in region.direct for node in use.other_operands)]
    return {_stem(node.label) for node in near if node.label} - {""}


def _stem(label: str) -> str:
    """Return a name without its index: "x" of "x1", "W" of "W[0][1]"; "" of one that has no index."""
    stem = _INDEX.sub("", label)
    return stem if stem != label else ""


def _of_others(region: Neighborhood, others: list[Value]) -> Iterator[Candidate]:
    # What the wrong gradient is passed on to may hold it itself.
    below = set(topological_order(region.node))
    right = [other for other in others if abs(region.upstream(other)) not in PLAIN and not region.is_wrong(other)]

    for other in right:
        if other not in below:
            yield Candidate(
                "wrong-upstream",
                region.upstream(other),
                _say(region, messages.gradient_of_another, other, region.node),
            )

    def gradients(place: _Place) -> Choices:
        for other in right:
            if other is not place.node:
                yield region.upstream(other), _say(region, messages.from_the_gradient, other, region.node)

    def data(place: _Place) -> Choices:
        assert place.use is not None
        product = place.use.consumer
        for other in others if not place.node.is_constant else ():
            if other not in (place.node, product) and abs(number := region.arithmetic.of(other.data)) not in PLAIN:
                yield number, _say(region, messages.another_factor, other, place.node, product)

    for use in region.direct[: MOST_CANDIDATES // max(len(others), 1)]:
        yield from _substitute("wrong-upstream", _upstreams(region, [use]), gradients)
        yield from _substitute("rule", _inputs(region, [use]), data)


def another_factor(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, of arrays, any other of the same shape in a rule, then one half of a labelled factor."""
    for use in region.uses[:MOST_USES]:
        if any(operand.shape for operand in use.other_operands):
            yield from _another_factor_at(region, use)
        elif use.consumer.op is not None and use.consumer.shape == use.operand.shape:
            yield from _another_input_at(region, use)
    yield from at_one_or_all(region, _half_a_factor(region, is_labelled=True))


def _another_factor_at(region: Neighborhood, use: Use) -> Iterator[Candidate]:
    product, operand = region.name(use.consumer), region.node_names.factor(use.operand)
    for place in _inputs(region, [use]):
        if not place.node.shape:
            continue
        factor = region.node_names.factor(place.node)
        for of, numbers in _arrays_like_a_factor(region, place.node):
            clause = f"that is computed from {of}. Which array stands beside {operand} in {product}?"
            yield Candidate("rule", place.put(numbers), clause)
        yield Candidate("rule", place.put(region.upstream(place.node)), messages.gradient_for_data(factor))
        clause = f"in what comes from {product}, {factor} is not multiplied in at all."
        yield Candidate("forgot-local", place.put(region.arithmetic.full(place.node.shape, 1.0)), clause)


def _another_input_at(region: Neighborhood, use: Use) -> Iterator[Candidate]:
    """Yield the slope of a function of each entry, at another array or as that of another result."""
    for other in _arrays_like(region, use.consumer):
        clause = messages.slope_from(region.where(use), region.name(other))
        for index in (len(use.consumer.operands), use.argnum):
            yield Candidate("rule", _with_input(region, use, index, other.data), clause)


def a_step_on(region: Neighborhood) -> Iterator[Candidate]:
    """Yield what comes out of a step for what goes in, the other way round, and half of a factor without a label."""
    edits = (*_one_step_on(region), *_one_step_back(region), *_half_a_factor(region, is_labelled=False))
    yield from at_one_or_all(region, edits)


def _one_step_on(region: Neighborhood) -> Iterator[Edit]:
    """Yield, in a recurrence, what comes out of a step for what goes in."""
    of_all = "in each step, the array that comes out of it stands where the one that goes in belongs."
    for use in region.uses:
        if str(use.consumer.op) not in ("@", "*") or not use.other_operands[0].shape:
            continue
        other = use.other_operands[0]
        alike = (node for node in region.node_names.labelled_from(use.consumer) if node.shape == other.shape)
        for number, after in enumerate(islice(alike, MOST_STEPS_ON)):
            if after is not other:
                local = local_with(region, use, {1 - use.argnum: after.data})
                of = region.name(after)
                clause = f"that is computed from {of}, which comes out of the product. Which array goes into it?"
                yield Edit("rule", use, local, clause, (str(use.consumer.op), use.argnum, number), of_all)


def _one_step_back(region: Neighborhood) -> Iterator[Edit]:
    """Yield, in a recurrence, the state that goes into a step for the one that it makes, in its slope."""
    for use in region.uses:
        op, operand = use.consumer.op, use.operand
        if op is None or use.other_operands or use.consumer.shape != operand.shape or not use.consumer.label:
            continue
        of_all = messages.slope_from(f"each {messages.operation(op)}", "what goes into its step")
        before = (node for node in _labelled_below(operand) if node.shape == operand.shape)
        for number, other in enumerate(islice(before, MOST_STEPS_ON)):
            clause = messages.slope_from(region.where(use), region.name(other))
            for order, index in enumerate((1, 0)):
                local = local_with(region, use, {index: other.data})
                yield Edit("rule", use, local, clause, (str(op), number, order), of_all)


def _labelled_below(node: Value) -> Iterator[Value]:
    """Yield the nodes with a label that a node is computed from, the nearest first."""
    met = dict.fromkeys(node.operands)
    waiting = [*met]
    for each in waiting:  # it grows as it is walked
        if each.label and not each.is_constant:
            yield each
        elif len(met) <= MOST_STEPS:
            new = [operand for operand in each.operands if operand not in met]
            met.update(dict.fromkeys(new))
            waiting += new


def _half_a_factor(region: Neighborhood, *, is_labelled: bool) -> Iterator[Edit]:
    """Yield, of a factor that is itself made of arrays, one of these alone.

    Args:
        is_labelled: whether the factors are wanted that have a label, or the others.
    """
    for use in region.uses:
        if len(use.consumer.operands) != 2 or not hasattr(use.local, "spread"):
            continue
        (other,) = use.other_operands
        of_all = f"in each {messages.operation(use.consumer.op)}, one part of the other factor stands for the whole."
        for place, half in enumerate(other.operands if bool(other.label) == is_labelled else ()):
            if half.shape == other.shape:
                local = local_with(region, use, {1 - use.argnum: half.data})
                clause = f"that is computed from {region.name(half)}, where {region.name(other)} belongs."
                yield Edit("rule", use, local, clause, (str(use.consumer.op), use.argnum, place), of_all)


def _arrays_like_a_factor(region: Neighborhood, factor: Value) -> Iterator[tuple[str, Any]]:
    """Yield the names and numbers of the arrays like a factor, turned as it is where it has a transpose there."""
    turns = []
    while not factor.label and factor.op is not None and factor.op.name == "transpose":
        turns.append(factor.op)
        (factor,) = factor.operands
    for other in _arrays_like(region, factor):
        numbers = other.data
        for turn in reversed(turns):
            numbers = turn.forward(numbers)
        yield region.name(other), numbers


def _arrays_like(region: Neighborhood, node: Value) -> Iterator[Value]:
    most = min(MOST_OTHERS, MOST_NUMBERS // max(math.prod(node.shape), 1))
    for other in region.known_nodes[:most]:
        if other.shape == node.shape and other is not node:
            yield other


def factor_in_all_or_at_a_use(region: Neighborhood) -> Iterator[Candidate]:
    """Yield an array near a gradient multiplied in once too often, or left out: in all of it, or at one use."""
    for name, factor in _factors_near(region):
        if fits(factor.shape, region.shape):
            yield from _by_a_factor(_Place(region.node, lambda value: value), region.recomputed, name, factor)
        for place in _upstreams(region, region.direct[:MOST_USES_BY_A_FACTOR]):
            shape = place.node.shape
            if fits(factor.shape, shape) and (len(region.direct) > 1 or shape != region.shape):
                yield from _by_a_factor(place, region.upstream(place.node), name, factor, region.name(place.node))


def factor_in_a_part(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the same in one part of several."""
    factors = [(name, factor) for name, factor in _factors_near(region) if fits(factor.shape, region.shape)]
    for part in region.contributions:
        rest = region.recomputed - part.numbers
        for name, factor in factors:
            place = _Place(region.node, lambda value, rest=rest: rest + value)  # type: ignore[misc]
            yield from _by_a_factor(place, part.numbers, name, factor, part.name)


def _by_a_factor(place: _Place, right: Any, name: str, factor: Any, of: str = "") -> Iterator[Candidate]:
    yield Candidate("forgot-local", place.put(right / factor), messages.factor_left_out(name, of))
    yield Candidate("rule", place.put(right * factor), messages.factor_too_often(name, of))


def _factors_near(region: Neighborhood) -> Iterator[tuple[str, Any]]:
    """Yield the arrays that go into the region, and for shares p (of a sigmoid, say) 1 - p."""
    near = dict.fromkeys(factor for consumer in region.near_nodes for factor in (consumer, *consumer.operands))
    for node in near:
        data: Any = region.arithmetic.of(node.data)
        # A constant factor is another slip.
        if data.size > 1 and data.max() > data.min():
            yield region.name(node), data
            if node.label and ((data > 0.0) & (data < 1.0)).all():
                yield f"1 - {region.name(node)}", 1.0 - data


def fits(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Tell whether an array of one shape is broadcast to the other."""
    return len(shape) <= len(other) and all(a in (1, b) for a, b in zip(reversed(shape), reversed(other)))
