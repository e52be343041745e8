"""The formula that a learner used for a local derivative, where no known mistake is it: one that fits each test.

One number is what many formulas give, and three are not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import combinations
from typing import Any

from handgrad.graph import topological_order
from handgrad.loading import np
from handgrad.slips import messages
from handgrad.slips.candidates import Candidate
from handgrad.slips.neighborhood import Neighborhood, Use
from handgrad.slips.search import LIKELY, Explanation, Study

FEWEST = 3
"""So many numbers that differ are no chance."""
EXACT = 1e-9
POWERS = 1, -1, 2, -2, 3
CONSTANTS = tuple(sign * size for size in (1.0, 2.0, 0.5, 3.0, 4.0, 0.25) for sign in (1.0, -1.0))
MOST_NEAR = 12
"""So many nodes near a number are looked at."""
WHICH = "the chain rule multiplies an upstream gradient by a local derivative: which are these here?"
PLAIN = (0.0, 1.0)
SAME = "this number is the same in each test, whatever the inputs are: which of them should it depend on?"
_DETECTOR = next(detector for detector in LIKELY if detector.name == "wrong_local_derivatives")

Power = tuple[str, int]
"""Words with letters as of `messages.letters`, and how often they are multiplied in."""


def explain_by_formula(studies: Sequence[Study]) -> None:
    """Add to the studies of one gradient in several tests the formula that gives it in all of them, if there is one.

    The page does without NumPy where a kata does, and without formulas.
    """
    if find_spec("numpy") is None:
        return
    regions = [study.regions[0] for study in studies]
    shapes = {tuple((use.op, use.argnum, len(use.consumer.operands)) for use in region.direct) for region in regions}
    for place in range(len(regions[0].direct)) if len(shapes) == 1 else ():
        uses = [region.direct[place] for region in regions]
        words = _find_words(regions, uses)
        if words is None:
            continue
        for study, region, use in zip(studies, regions, uses):
            text = _sentence(region, use, words)
            candidate = Candidate("rule", region.user_grad, text)
            study.explanations[candidate.key] = Explanation(candidate, _DETECTOR)
        return
    product = _find_product(regions)
    for study, region in zip(studies, regions) if product else ():
        candidate = Candidate("rule", region.user_grad, f"that is {product}; {WHICH}")
        study.explanations[candidate.key] = Explanation(candidate, _DETECTOR)


def is_one_number(studies: Sequence[Study]) -> bool:
    """Tell whether a learner wrote one number in several tests in which each time another one is right."""
    regions = [study.regions[0] for study in studies]
    if len(regions) < FEWEST or not all(region.is_scalar for region in regions):
        return False
    (written, *others), right = {region.user_grad for region in regions}, {region.recomputed for region in regions}
    return not others and abs(written) not in PLAIN and len(right) == len(regions)


def _sentence(region: Neighborhood, use: Use, words: tuple[str, bool]) -> str:
    formula, is_slope = words
    if formula == SAME:
        return SAME
    letters = {**region.node_names.letters(use.consumer), "g": f"{region.name(use.consumer)}.grad"}
    moved = "x" if len(use.consumer.operands) == 1 else "ab"[use.argnum]
    if is_slope:
        question = f"how far does {{y}} move when {{{moved}}} moves a little?"
        return messages.slope_of(formula, question)(region.where(use), letters)
    return f"that is {messages.in_own_names(formula, letters)}; {WHICH}"


def _find_product(regions: Sequence[Neighborhood]) -> str | None:
    """Return which data and gradients of nodes near a number it is made of, where that is one of them or two."""
    labels = [{node.label: node for node in region.known_nodes[:MOST_NEAR] if node.label} for region in regions]
    if len(regions) < FEWEST or not all(region.is_scalar for region in regions):
        return None
    rows: dict[str, Any] = {}
    for label in labels[0]:
        nodes = [each[label] for each in labels if label in each]
        if len(nodes) == len(regions):
            pairs = [*zip(regions, nodes)]
            rows[f"{label}.data"] = np.array([region.value(node.data) for region, node in pairs])
            if not any(node in topological_order(region.node) or region.is_wrong(node) for region, node in pairs):
                rows[f"{label}.grad"] = np.array([region.upstream(node) for region, node in pairs])
    rows = {words: row for words, row in rows.items() if np.ptp(row) and row.all()}
    written = np.array([region.user_grad for region in regions])
    single = [(((words, 1),), row) for words, row in rows.items()]
    both = [((*one, *other), x * y) for (one, x), (other, y) in combinations(single, 2)]
    if not single or not written.any() or not np.ptp(written):
        return None
    sums = [(((f"({one[0][0]} + {other[0][0]})", 1),), x + y) for (one, x), (other, y) in combinations(single, 2)]
    return _first_fit(iter([*single, *both]), written, 1.0) or _find_sum([*single, *both, *sums], written)


def _find_sum(terms: Sequence[tuple[Sequence[Power], Any]], written: Any) -> str | None:
    """Return the first two of some terms, or one and 1, whose sum or difference is a number."""
    terms = [*terms, ((("1", 1),), np.ones_like(written))]
    rows = np.array([row for _, row in terms])
    for words, rest in (("{} + {}", written - rows), ("{} - {}", rows - written), ("-{} - {}", -written - rows)):
        found = np.argwhere((abs(rest[:, None] - rows) <= EXACT * abs(written)).all(-1))
        for one, other in found[:1].tolist():
            return words.format(_write(1.0, terms[one][0]), _write(1.0, terms[other][0]))
    return None


def _find_words(regions: Sequence[Neighborhood], uses: Sequence[Use]) -> tuple[str, bool] | None:
    """Return the formula of what was passed back, and whether it is the upstream gradient times a slope."""
    nodes = (*uses[0].consumer.operands, uses[0].consumer)
    names = ("x", "y") if len(nodes) == 2 else ("a", "b", "y")
    is_entrywise = uses[0].scalar_op is not None and all(use.consumer.shape == use.operand.shape for use in uses)
    if (
        len(nodes) != len(names)
        or not is_entrywise
        or any(regions[0].node_names.is_step(node) for node in nodes if not node.is_constant)
    ):
        return None
    rows = np.concatenate([_entries(*one) for one in zip(regions, uses)], axis=1)
    passed, upstream, *inputs = rows
    if len(np.unique(rows[2:], axis=1).T) < FEWEST or not (upstream.any() and passed.any()):
        return None
    if regions[0].is_scalar and np.ptp(passed) <= EXACT * abs(passed[0]) and not math.isclose(abs(passed[0]), 1.0):
        return SAME, False
    numbers = {name: row for name, row in zip((*names, "g"), (*inputs, upstream)) if np.ptp(row)}
    slopes = {name: row for name, row in numbers.items() if name != "g"}
    with np.errstate(all="ignore"):
        slope = _first_fit(_products(slopes, uses[0].op), passed, upstream)
        if slope is not None:
            return slope, True
        whole = _first_fit(_products(numbers, uses[0].op), passed, 1.0) if "g" in numbers else None
        return None if whole is None else (whole, False)


def _entries(region: Neighborhood, use: Use) -> Any:
    """Return what one test says, a row each: what was passed back, the upstream gradient, operands and output."""
    passed = region.user_grad - region.recomputed + use.contribution
    every = (passed, use.upstream, *region.inputs(use))
    return np.array([np.ravel(np.broadcast_to(each, use.operand.shape)) for each in every], dtype=float)


def _first_fit(formulas: Iterator[tuple[Sequence[Power], Any]], passed: Any, upstream: Any) -> str | None:
    """Return the first of the formulas that is what was passed back, but for a plain constant."""
    largest = int(np.argmax(abs(passed)))
    for powers, made in formulas:
        numbers = made * upstream
        times = float(passed[largest] / numbers[largest])
        constant = next((one for one in CONSTANTS if abs(times - one) <= EXACT), None)
        if constant is not None and (abs(passed - constant * numbers) <= EXACT * (abs(passed) + EXACT)).all():
            return _write(constant, powers)
    return None


def _products(numbers: Mapping[str, Any], op: str) -> Iterator[tuple[Sequence[Power], Any]]:
    """Yield the formulas, the shorter first: products of one or two powers, then sums of two products."""
    first_powers = [(((f"{{{name}}}", 1),), number) for name, number in numbers.items()]
    plain = [(((words, power),), number**power) for (((words, _),), number) in first_powers for power in POWERS]
    made = [each for name, number in numbers.items() if name != "g" for each in _made_of(f"{{{name}}}", number)]
    if op == "**" and {"a", "b"} <= {*numbers}:
        a, b = numbers["a"], numbers["b"]
        made += [((("{a}^({b}-1)", 1),), a ** (b - 1.0)), ((("({b}*{a})^({b}-1)", 1),), (b * a) ** (b - 1.0))]
        made += [((("{b}^({a}-1)", 1),), b ** (a - 1.0)), ((("{b}^({b}-1)", 1),), b ** (b - 1.0))]
    yield ((), np.ones_like(next(iter(numbers.values()))))
    single = [*plain, *made]
    yield from single
    for (one, first), (other, second) in combinations(single, 2):
        if one[0][0] != other[0][0]:
            yield (*one, *other), first * second
    products = [((*one, *other), x * y) for (one, x), (other, y) in combinations(first_powers, 2)]
    unit = (("1", 1),), np.ones_like(first_powers[0][1])
    for (one, first), (other, second) in combinations([unit, *first_powers, *products], 2):
        for sign, total in (("+", first + second), ("-", first - second)):
            whole = ((f"({_write(1.0, one)} {sign} {_write(1.0, other)})", 1),)
            yield whole, total
            yield from (((*whole, *powers), total * made) for powers, made in plain)


def _made_of(name: str, number: Any) -> Iterator[tuple[Sequence[Power], Any]]:
    for words, made in (
        (f"(1 - {name})", 1.0 - number),
        (f"(1 + {name})", 1.0 + number),
        (f"(1 - {name}^2)", 1.0 - number**2),
        (f"(1 + {name}^2)", 1.0 + number**2),
    ):
        yield from ((((words, power),), made**power) for power in (1, 2, -1))
    for words, made in (
        (f"exp({name})", np.exp(number)),
        (f"exp(-{name})", np.exp(-number)),
        (f"log({name})", np.log(number)),
        (f"log(|{name}|)", np.log(abs(number))),
        (f"sqrt({name})", np.sqrt(number)),
        (f"|{name}|", abs(number)),
        (f"tanh({name})", np.tanh(number)),
        (f"(1 - tanh({name})^2)", 1.0 - np.tanh(number) ** 2),
    ):
        yield ((words, 1),), made


def _write(constant: float, powers: Sequence[Power]) -> str:
    """Return a formula as it is written: "-2*{a}/{b}^2"."""
    above = [_power(words, power) for words, power in powers if power > 0]
    below = [_power(words, -power) for words, power in powers if power < 0]
    size = abs(constant)
    if size > 1.0 or (size == 1.0 and not above):
        above.insert(0, f"{size:g}")
    elif size < 1.0:
        below.append(f"{1.0 / size:g}")
        above = above or ["1"]
    said = "*".join(above)
    if constant == 1.0 and not below and said.startswith("(") and said.endswith(")") and said.count("(") == 1:
        said = said[1:-1]
    if below:
        said += f"/{below[0]}" if len(below) == 1 else f"/({'*'.join(below)})"
    return f"-{said}" if constant < 0.0 else said


def _power(words: str, power: int) -> str:
    return words if power == 1 else f"{words}^{power}"
