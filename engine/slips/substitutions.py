"""One thing in the place of another: another gradient, other data, a factor too many or too few, or none at all."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..graph import topological_order
from ..loading import np
from ..names import listed
from ..verdict.status import Status
from . import messages
from .candidates import Candidate, Edit, Pullback, Sentence, Shape, equal, pass_instead
from .messages import MOST_STEPS, walk
from .mistakes import MOST_OPERANDS, local_with
from .neighborhood import Neighborhood, Use, has_number

if TYPE_CHECKING:
    from ..value import Value

MOST_SWEEPS = 400
"""How often a region is walked for one kind of candidate, times the number of its nodes."""
MOST_NEAREST = 40
MOST_OTHERS = 60
"""How many other nodes are tried in the place of one, the nearest."""
MOST_USES = 12
MOST_USES_SCALED = 8
MOST_STEPS_ON = 6
"""Of the arrays that come out of a step so many may be taken for the one that goes in."""
MOST_NUMBERS = 2_000_000
"""Of larger arrays fewer others are tried."""
MOST_CANDIDATES = 20_000
"""Of a number that is used so often that there were more, the uses nearest the output are looked at."""
PLAIN = (0.0, 1.0)
"""Numbers that stand everywhere, and say nothing of where they come from."""

_INDEX = re.compile(r"[\d\[\]_., ]+$")


def _say(region: Neighborhood, sentence: Callable[..., str], *nodes: Value) -> Sentence:
    """Return what makes a sentence with the names of some nodes: of most candidates it is never needed."""
    return lambda: sentence(*(region.name(node) for node in nodes))


def _arrays_above(region: Neighborhood) -> list[Value]:
    """Return the arrays on the way whose gradient the learner may have taken for another, as many as are walked to."""
    near = region.near_nodes[: max(2, MOST_SWEEPS // (1 + len(region.near_nodes)))]
    return [node for node in near if node.shape and (node.label or node in region.sources)]


def _replace_input(region: Neighborhood, use: Use, index: int, number: Any) -> Any:
    """Return the gradient with another number for one input of a use's rule; nan where that has no value."""
    return region.replace_contribution(use, use.upstream * local_with(region, use, {index: number}))


def omitted_local_derivatives(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the upstream gradient itself, where the shapes allow it."""
    if region.is_scalar:
        yield from _omitted_locals_of_number(region)
        return
    for node in region.near_nodes:
        if node.shape and fits(node.shape, region.shape):
            numbers = region.spread(region.upstream(node), region.shape)
            yield Candidate("forgot-local", numbers, _say(region, messages.no_local, node))
    for part in region.contributions:
        if not isinstance(part.cut, tuple) and part.cut is not None and fits(part.cut.shape, region.shape):
            numbers = region.recomputed - part.numbers + region.upstream(part.cut)
            yield Candidate("forgot-local", numbers, messages.no_local(part.name))


def _omitted_locals_of_number(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the upstream gradients of a number at all of its uses, at one of them, or of a step on the way."""
    uses = region.direct
    for some in (uses, *([use] for use in uses if len(uses) > 1)):
        subsumes = "sign" if all(use.local == -1.0 for use in some) else ""
        passed, due = sum(use.upstream for use in some), sum(use.contribution for use in some)
        numbers = passed if some is uses else region.recomputed + (passed - due)
        say = _say(region, lambda *names: messages.no_local(listed(names)), *(use.consumer for use in some))
        yield Candidate("forgot-local", numbers, say, (), subsumes)
    for use in region.uses:
        if use.operand is not region.node:
            numbers = region.replace_contribution(use, use.upstream)
            yield Candidate("forgot-local", numbers, lambda use=use: messages.local_left_out(region.where(use)))  # type: ignore[misc]
    above = [use for use in region.uses_of_sources if use.upstream not in PLAIN]
    for use in above if len(region.uses_of_sources) == 1 else ():
        numbers = region.recomputed + region.contribution_of(use.operand, use.upstream - region.upstream(use.operand))
        yield Candidate("forgot-local", numbers, messages.local_left_out(region.where(use)))


def omitted_upstreams(region: Neighborhood) -> Iterator[Candidate]:
    """Yield what comes of 1 in the place of an upstream gradient."""
    ones: dict[Any, Any] = {node: region.spread(1.0, node.shape) for node in region.sources}
    yield Candidate("forgot-upstream", region.recompute(ones), lambda: _no_upstreams(region, region.sources))
    for node in region.near_nodes:
        if node.label or node in ones:
            through, one = region.contribution_of(node), region.spread(1.0, node.shape)
            numbers = region.recomputed - through + region.contribution_of(node, one)
            is_all = region.is_same(through, region.recomputed)
            clause = messages.no_upstream if is_all else messages.no_upstream_in_a_part
            yield Candidate("forgot-upstream", numbers, _say(region, clause, node))
    for use in region.direct if len(region.direct) == 1 else ():
        if use.op in ("+", "-") and not region.is_scalar:  # and summed nothing, either
            alone = region.spread(use.coefficient, region.shape)
            yield Candidate("forgot-upstream", alone, _say(region, messages.no_upstream, use.consumer))
    if region.is_scalar:
        of = [use.consumer for use in region.direct]
        yield Candidate("forgot-upstream", sum(use.local for use in region.direct), lambda: _no_upstreams(region, of))


def _no_upstreams(region: Neighborhood, nodes: Sequence[Value]) -> str:
    """Return the sentence, about those of the nodes whose upstream gradient is not 1 anyway."""
    some = [node for node in nodes if not equal(region.upstream(node), 1.0)]
    if not some or len(some) == len(nodes):
        return messages.no_upstream(region.names(nodes))
    return messages.no_upstream_in_a_part(region.names(some))


def another_gradient(region: Neighborhood) -> Iterator[Candidate]:
    """Yield what is computed from the gradient of another array of the same shape."""
    others = [other for other in _not_below(region, region.known_nodes) if other.shape and not region.is_wrong(other)]
    for node in region.cached(_arrays_above):
        for other in others[:MOST_NEAREST]:
            if other.shape == node.shape and other is not node:
                say = partial(_say_whose_gradient, region, node, other)
                yield Candidate("wrong-upstream", region.recompute({node: region.upstream(other)}), say)


def _say_whose_gradient(region: Neighborhood, node: Value, other: Value) -> str:
    """Return what to say of the gradient of another array in the place of a node's."""
    pairs = ((node, other), (other, region.node))
    if other in region.between and all(
        below in walk(above, lambda each: each.operands, MOST_STEPS) for above, below in pairs
    ):
        # Its gradient has the slope in it that comes next.
        return messages.local_twice(f"{region.name(node)} by {region.name(other)}")
    sentence = messages.from_gradient if len(region.direct) == 1 else messages.gradient_instead
    return sentence(region.name(region.node), region.name(other))


def exchange_gradients(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the gradient of an operand beside the node that holds the node's own, and no other.

    Of an operation on entries it is what that passes to its other operand, which says more.
    """
    comparison = region.comparison
    others = [cause.node for cause in comparison.causes if cause.node is not region.node]
    uses = region.direct if others else []  # there may be thousands
    beside = {operand for use in uses if use.scalar_op is not None for operand in use.other_operands}
    for other in (one for one in others if one not in beside and one.shape == region.shape):
        if has_number(other, comparison) and region.is_wrong(other):
            own, theirs = region.recomputed, sum(term.contribution for term in comparison.terms(other))
            if region.is_same(comparison.user_grad(other), own) and not region.is_same(own, theirs):
                yield Candidate("swapped", theirs, messages.exchanged(region.names((region.node, other))))


def _not_below(region: Neighborhood, nodes: Iterable[Value]) -> list[Value]:
    """Return the nodes that the wrong gradient is not passed on to, nor that of one beside it: they may hold it."""
    below, result_of = set(topological_order(region.node)), region.comparison.__getitem__
    is_first = all(result_of(node).status is not Status.CARRIED for node in region.sources)
    return [node for node in nodes if node not in below and not (is_first and result_of(node).status is Status.CARRIED)]


def data_for_gradient(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the data of a node where a gradient belongs."""
    if region.is_scalar:
        beside = [operand for use in region.direct for operand in use.consumer.operands]
        near = [region.node, *(use.consumer for use in region.direct), *beside, region.comparison.root]
        what = "a number"
    else:
        near, what = [region.node, *region.known_nodes[:MOST_OTHERS]], "numbers"
    for node in dict.fromkeys(near):
        data = region.value(node.data)
        is_plain = region.is_scalar and (node.is_constant or abs(data) in PLAIN)
        if node.shape == region.shape and not is_plain:
            yield Candidate("rule", data, _say(region, partial(messages.data, what=what), node))
    if region.is_scalar and all(region.value(node.data) not in PLAIN for node in region.sources):
        of = region.names(region.sources)
        clause = messages.data_passed_on(of) if len(region.sources) == 1 else messages.data_everywhere
        yield Candidate("rule", region.recompute({node: region.value(node.data) for node in region.sources}), clause)
    for node in () if region.is_scalar else region.cached(_arrays_above):
        for other in (node, *_arrays_like(region, node)):
            sentence = messages.data_passed_on if other is node else messages.data_for_gradient
            numbers = region.recompute({node: other.data})
            yield Candidate("rule", numbers, _say(region, sentence, *dict.fromkeys((other, node))))


def exchange_data_and_gradient(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield, of numbers, .data of a consumer for its .grad, and .grad of an operand for its .data."""
    data = region.value(use.consumer.data)
    if data not in PLAIN:
        near = (node for node in region.known_nodes if node is not region.node and not node.is_constant)
        is_shared = any(region.upstream(node) == data for node in near)  # as of two factors
        here = messages.data_or_gradient if is_shared else messages.data_passed_on
        if use.upstream == 1.0:
            here = messages.data_once_more
        of_all = messages.data_or_exchanged if is_shared else messages.data_everywhere
        passing = Pullback(lambda _: data * use.local)
        yield Edit("rule", use, passing, _say(region, here, use.consumer), "data", of_all)
    for index, node in enumerate((*use.consumer.operands, use.consumer)):
        if node.is_constant or node is region.node or region.is_wrong(node) or region.upstream(node) in PLAIN:
            continue
        local = local_with(region, use, {index: region.upstream(node)})
        if local != use.local:
            # Below the output, the gradient of one factor is the other one's data.
            say = _say(region, messages.gradient_for_data, node)
            yield Edit("rule", use, local, say, "gradient", messages.gradients_for_data, "swapped")


def sum_for_product(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield the upstream gradient and the local derivative added where they are to be multiplied."""
    is_entrywise = use.scalar_op is not None and hasattr(use.local, "spread")
    if use.operand is region.node if region.is_scalar else is_entrywise:
        numbers = use.pass_back(use.upstream + use.coefficient)
        yield pass_instead("rule", use, numbers, _say(region, messages.added, use.consumer))


def wrong_operand(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, of a number, the gradient of another node, then what comes of another's data or gradient at one use.

    Those of its own names with another index, x1 for x0, come first.
    """
    own = region.recomputed * region.value(region.node.data)
    yield Candidate("rule", own, _say(region, messages.factor_too_often, region.node))
    if abs(region.user_grad) in PLAIN:
        return
    # Of many operands of one operation, one has any number.
    many = {node for use in region.direct for node in use.other_operands if len(use.other_operands) >= MOST_OPERANDS}
    near = [node for node in region.known_nodes[:MOST_OTHERS] if node is not region.node and not node.is_constant]
    beside = [region.node, *(node for use in region.direct for node in use.other_operands)]
    stems = {_stem(node.label) for node in beside if node.label} - {""}
    for use in region.uses:
        if use.operand is not region.node:  # p for p - t
            say = _say(region, messages.another_factor, region.node, use.operand, use.consumer)
            yield Candidate("rule", _replace_input(region, use, use.argnum, region.value(region.node.data)), say)
    for is_alike in (True, False):
        others = [node for node in near if node not in many and (_stem(node.label) in stems) is is_alike]
        for candidate in _operands_instead(region, others):
            yield candidate
            if region.is_same(candidate.numbers, region.user_grad):
                return


def _stem(label: str) -> str:
    """Return a name without its index: "x" of "x1", "W" of "W[0][1]"; "" of one that has no index."""
    stem = _INDEX.sub("", label)
    return stem if stem != label else ""


def _operands_instead(region: Neighborhood, others: list[Value]) -> Iterator[Candidate]:
    """Yield what comes of the gradients or the data of some nodes in the place of others'."""
    right = [other for other in others if abs(region.upstream(other)) not in PLAIN and not region.is_wrong(other)]
    right = _not_below(region, right)
    for other in right:
        say = _say(region, messages.gradient_of_another, other, region.node)
        yield Candidate("wrong-upstream", region.upstream(other), say)
    for use in region.direct[: MOST_CANDIDATES // max(len(others), 1)]:
        for other in right:
            if other is not use.consumer:
                say = _say(region, messages.from_the_gradient, other, region.node)
                numbers = region.replace_contribution(use, region.upstream(other) * use.local)
                yield Candidate("wrong-upstream", numbers, say)
        for index, operand in enumerate([*use.consumer.operands, use.consumer]):
            is_own = index == use.argnum or operand is use.consumer  # a slope at another of that name, h2 for h1
            for other in () if operand.is_constant else others:
                data, is_alike = region.value(other.data), _stem(other.label) == _stem(operand.label) != ""
                if other not in (operand, use.consumer) and abs(data) not in PLAIN and (is_alike or not is_own):
                    say = _say(region, messages.another_factor, other, operand, use.consumer)
                    if is_own:
                        say = messages.slope_from(region.where(use), region.name(other))
                    yield Candidate("rule", _replace_input(region, use, index, data), say)


def another_factor(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, of arrays, any other of the same shape in a rule."""
    for use in region.uses[:MOST_USES]:
        if any(operand.shape for operand in use.other_operands):
            yield from _other_factors_at(region, use)
        elif use.consumer.op is not None and use.consumer.shape == use.operand.shape:
            # The slope of a function of each entry, at another array or as that of another result.
            for other in _arrays_like(region, use.consumer):
                clause = messages.slope_from(region.where(use), region.name(other))
                for index in (len(use.consumer.operands), use.argnum):
                    yield Candidate("rule", _replace_input(region, use, index, other.data), clause)


def _other_factors_at(region: Neighborhood, use: Use) -> Iterator[Candidate]:
    """Yield, at one product, another array, a gradient or ones in the place of each other factor."""
    product, operand = region.name(use.consumer), region.node_names.factor(use.operand)
    for index, node in enumerate(use.consumer.operands):
        if index == use.argnum or not node.shape:
            continue
        put, factor = partial(_replace_input, region, use, index), region.node_names.factor(node)
        for of, numbers in _arrays_like_a_factor(region, node):
            yield Candidate("rule", put(numbers), messages.another_input(of, operand, product))
        yield Candidate("rule", put(region.upstream(node)), messages.gradient_for_data(factor))
        ones = region.spread(1.0, node.shape)
        yield Candidate("forgot-local", put(ones), messages.no_factor(product, factor))


def other_steps(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield, in a recurrence, what comes out of a step for what goes in, or the reverse; or one half of a factor."""
    consumer, operand, others, key = use.consumer, use.operand, use.other_operands, (use.op, use.argnum)
    if use.op in ("@", "*") and others and others[0].shape:
        later = (node for node in region.node_names.labelled_from(consumer) if node.shape == others[0].shape)
        first: dict[str, Value] = {}  # of each name without its index
        for node in islice(later, MOST_OTHERS):
            first.setdefault(_stem(node.label) or node.label, node)
        for stem, node in islice(first.items(), MOST_STEPS_ON):
            if node is not others[0]:
                local = local_with(region, use, {1 - use.argnum: node.data})
                say = _say(region, messages.later_step, node)
                yield Edit("rule", use, local, say, (*key, "later", stem), messages.LATER_STEPS)
    if consumer.op is not None and consumer.label and not others and consumer.shape == operand.shape:
        of_all = messages.slope_from(f"each {messages.operation(use.op)}", "what goes into its step")
        below = walk(operand, lambda node: node.operands if node is operand or not _has_label(node) else (), MOST_STEPS)
        earlier = (node for node in below if node is not operand and _has_label(node) and node.shape == operand.shape)
        for number, node in enumerate(islice(earlier, MOST_STEPS_ON)):
            clause = messages.slope_from(region.where(use), region.name(node))
            for index in (1, 0):
                local = local_with(region, use, {index: node.data})
                yield Edit("rule", use, local, clause, (*key, "earlier", number, index), of_all)


def _has_label(node: Value) -> bool:
    return bool(node.label) and not node.is_constant


def _arrays_like_a_factor(region: Neighborhood, factor: Value) -> Iterator[tuple[str, Any]]:
    """Yield the names and numbers of the arrays like a factor, turned as it is where it has a transpose there."""
    turns = []
    while not factor.label and factor.op is not None and factor.op.name == "transpose":
        turns.append(factor.op)
        (factor,) = factor.operands
    near = (node for node in region.known_nodes[:MOST_OTHERS] if node is not factor and len(node.shape) > 1)
    crosswise = [(node, region.value(node.data).T) for node in near if node.shape[::-1] == factor.shape]
    for other, numbers in (*((other, other.data) for other in _arrays_like(region, factor)), *crosswise):
        for turn in reversed(turns):
            numbers = turn.forward(numbers)
        yield region.name(other), numbers


def _arrays_like(region: Neighborhood, node: Value) -> list[Value]:
    near = region.known_nodes[: min(MOST_OTHERS, MOST_NUMBERS // max(math.prod(node.shape), 1))]
    alike = (other for other in near if other.shape == node.shape and other is not node)
    return [other for other in alike if node.shape or not other.is_constant]


def factors_in_whole_or_use(region: Neighborhood) -> Iterator[Candidate]:
    """Yield an array near a gradient multiplied in once too often, or left out: in all of it, or at one use."""
    yield from _rescale(region, region.recomputed)
    for use in region.direct[:MOST_USES_SCALED]:
        if len(region.direct) > 1 or use.consumer.shape != region.shape:
            yield from _rescale(region, use.upstream, region.name(use.consumer), use.local)
    for node in region.sources if 1 < len(region.sources) <= MOST_USES_SCALED else ():
        yield from _rescale(region, region.contribution_of(node), region.name(node))


def passed_too_far(region: Neighborhood) -> Iterator[Candidate]:
    """Yield what the node passes on to an operand of its own."""
    for operand, local in zip(region.node.operands, region.locals_of(region.node) if region.node.operands else ()):
        if operand.shape == region.shape and not operand.is_constant:
            yield Candidate("rule", region.recomputed * local, _say(region, messages.too_far, region.node, operand))


def zero_as_another(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the right gradient, but 0 wherever another array near is 0, as after a mask on one of several paths."""
    for node in region.known_nodes[:MOST_OTHERS]:
        mask = np.asarray(node.data) != 0.0
        if node.shape == region.shape and node.operands and mask.any() and not mask.all():
            yield Candidate("rule", region.recomputed * mask, _say(region, messages.zero_where, node))


def _rescale(region: Neighborhood, right: Any, of: str = "", local: Any = 1.0) -> Iterator[Candidate]:
    """Yield the gradient with some of its numbers, before a local derivative, divided by each factor or multiplied."""
    coefficients = [use.coefficient for use in region.uses]
    is_product = any(isinstance(one, tuple) or (np.size(one) and np.ptp(one)) for one in coefficients)
    left_out = messages.factor_left_out if is_product else messages.factor_divides
    for name, factor in region.cached(_factors_near):
        if fits(factor.shape, np.shape(right)):
            for kind, wrong, say in (
                ("forgot-local", right / factor, left_out),
                ("rule", right * factor, messages.factor_too_often),
                ("rule", right * factor**2, messages.factor_twice_too_often),
            ):
                yield Candidate(kind, region.recomputed + (wrong - right) * local, say(name, of))


def _factors_near(region: Neighborhood) -> list[tuple[str, Any]]:
    """Return the arrays that go into the region, and for shares p (of a sigmoid, say) 1 - p."""
    near = dict.fromkeys(factor for consumer in region.near_nodes for factor in (consumer, *consumer.operands))
    found = []
    for node in near:
        data: Any = region.value(node.data)
        # A constant factor is another slip.
        if data.size > 1 and data.max() > data.min():
            found.append((region.name(node), data))
            for least, power, slope in ((0.0, "", 1.0 - data), (-1.0, "^2", 1.0 - data * data)):
                if node.label and ((data > least) & (data < 1.0)).all():
                    found.append((f"1 - {region.name(node)}{power}", slope))
    return found


def fits(shape: Shape, other: Shape) -> bool:
    """Tell whether an array of one shape is broadcast to the other."""
    return len(shape) <= len(other) and all(a in (1, b) for a, b in zip(reversed(shape), reversed(other)))
