"""The formula that a learner used for a local derivative, where no known mistake is it: one that fits each test.

One number is what many formulas give, and three are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from importlib.util import find_spec
from itertools import combinations
from typing import Any, NamedTuple

from handgrad.graph import topological_order
from handgrad.loading import np
from handgrad.slips import messages
from handgrad.slips.candidates import Candidate
from handgrad.slips.contributions import brackets_lost
from handgrad.slips.neighborhood import Neighborhood, Use
from handgrad.slips.search import LIKELY, Explanation, Study

FEWEST = 3
"""So many numbers that differ are no chance."""
FEWEST_IN_DIFFERENCES = 4
"""So many numbers are not multiples of two others by chance."""
EXACT = 1e-9
POWERS = 1, -1, 2, -2, 3
CONSTANTS = tuple(sign * size for size in (1.0, 2.0, 0.5, 3.0, 4.0, 0.25, 1 / 3, 2 / 3) for sign in (1.0, -1.0))
LARGEST_DIVISOR = 12
MOST_NEAR = 12
"""So many nodes near a number are looked at."""
WHICH = "the chain rule multiplies an upstream gradient by a local derivative: which are these here?"
PLAIN = (0.0, 1.0)
SAME = "this number is the same in each test, whatever the inputs are: which of them should it depend on?"
_DETECTOR = next(detector for detector in LIKELY if detector.name == "wrong_local_derivatives")

Power = tuple[str, int]
"""Words with letters as of `messages.letters`, and how often they are multiplied in."""


def explain_by_formula(studies: Sequence[Study]) -> None:
    """Explain one gradient in several tests by the formula that gives it in all of them, if there is one.

    The page does without NumPy where a kata does, and without formulas.
    """
    regions = [study.regions[0] for study in studies]
    if find_spec("numpy") is not None:
        texts = [SAME] * len(studies) if is_one_number(studies) else _find_texts(regions)
        for study, region, text in zip(studies, regions, texts):
            candidate = Candidate("rule", region.user_grad, text)
            study.explanations.clear()
            study.explanations[candidate.key] = Explanation(candidate, _DETECTOR)


def _find_texts(regions: Sequence[Neighborhood]) -> list[str]:
    """Return what to say in each test; [] for nothing."""
    shapes = {tuple((use.op, use.argnum, len(use.consumer.operands)) for use in region.direct) for region in regions}
    every = zip(*(region.direct for region in regions))
    edges = [[Edge.from_use(*each) for each in zip(regions, uses)] for uses in every]
    # Of several uses the simplest formula at one of them is meant, and sums that fit are many.
    for is_sum in (False, True) if len(edges) == 1 else (False,):
        for alike in edges if len(shapes) == 1 else ():
            words = _find_words(alike, is_sum=is_sum)
            if words is not None:
                return [_sentence(edge, words) for edge in alike]
    product = _find_product(regions)
    return [f"that is {product}; {WHICH}"] * len(regions) if product else []


class Edge(NamedTuple):
    """A use of a node, or the first further on that multiplies by more than a sign."""

    region: Neighborhood
    use: Use
    sign: float

    @classmethod
    def from_use(cls, region: Neighborhood, use: Use) -> Edge:
        """Return the first use from one on, through nodes left blank, that is not by 1 or -1."""
        sign = 1.0
        while use.consumer in region.between and isinstance(use.coefficient, float) and abs(use.coefficient) == 1.0:
            further = [one for one in region.uses if one.operand is use.consumer]
            if len(further) != 1 or use.consumer.shape != use.operand.shape:
                break
            sign, use = sign * use.coefficient, further[0]
        return cls(region, use, sign)

    @property
    def is_at_a_gradient(self) -> bool:
        """Whether the learner's own gradient is what arrives there."""
        return self.use.consumer not in self.region.between

    def entries(self) -> Any:
        """Return what a test says, a row each: what was passed back, the upstream gradient, operands and output."""
        region, use = self.region, self.use
        passed = self.sign * (region.user_grad - region.recomputed) + use.contribution
        every = (passed, use.upstream, *region.inputs(use))
        return np.array([np.ravel(np.broadcast_to(each, use.operand.shape)) for each in every], dtype=float)


def explain_by_brackets(studies: Sequence[Study]) -> None:
    """Explain numbers of one sheet by a difference in which something multiplies one of the two alone."""
    if len(studies) < FEWEST_IN_DIFFERENCES or find_spec("numpy") is None:
        return
    regions = [study.regions[0] for study in studies]
    pairs = [(each.node, *each.direct[0].other_operands) for each in regions if len(each.direct) == 1]
    if len(pairs) < len(regions) or not all(len(pair) == 2 and each.is_scalar for pair, each in zip(pairs, regions)):
        return
    both = np.array([[node.data, other.data] for node, other in pairs])
    right, written = (np.array(each) for each in zip(*((each.recomputed, each.user_grad) for each in regions)))
    found = brackets_lost(both, right, written)
    if found is None:
        return
    kind, what, _ = found
    for study, region, pair in zip(studies, regions, pairs):
        candidate = Candidate(kind, region.user_grad, f"{region.names(pair)} {what}")
        study.explanations[candidate.key] = Explanation(candidate, _DETECTOR)


def is_one_number(studies: Sequence[Study]) -> bool:
    """Tell whether a learner wrote one number in several tests in which each time another one is right."""
    regions = [study.regions[0] for study in studies]
    if len(regions) < FEWEST or not all(region.is_scalar for region in regions):
        return False
    (written, *others), right = {region.user_grad for region in regions}, {region.recomputed for region in regions}
    return not others and abs(written) not in PLAIN and len(right) == len(regions)


def _sentence(edge: Edge, words: tuple[str, bool]) -> str:
    (formula, is_slope), region, use = words, edge.region, edge.use
    letters = {**region.node_names.letters(use.consumer), "g": f"{region.name(use.consumer)}.grad"}
    moved = "x" if len(use.consumer.operands) == 1 else "ab"[use.argnum]
    if is_slope:
        question = f"how far does {{y}} move when {{{moved}}} moves a little?"
        return messages.slope_of(formula, question)(region.where(use), letters)
    return f"that is {messages.in_own_names(formula, letters)}; {WHICH}"


def _find_product(regions: Sequence[Neighborhood]) -> str | None:
    """Return which data and gradients of nodes near a number it is made of, where that is one of them or two."""
    near = [[node for node in region.known_nodes if not node.is_constant] for region in regions]
    labels = [{node.label: node for node in each[:MOST_NEAR] if node.label} for each in near]
    if len(regions) < FEWEST or not all(region.is_scalar for region in regions):
        return None
    rows: dict[str, Any] = {}
    all_below = [{*topological_order(region.node)} for region in regions]
    for label in labels[0]:
        nodes = [each[label] for each in labels if label in each]
        if len(nodes) == len(regions):
            pairs = [*zip(regions, nodes)]
            rows[f"{label}.data"] = np.array([region.value(node.data) for region, node in pairs])
            # What stands below is computed from this gradient.
            if not any(node in below or region.is_wrong(node) for (region, node), below in zip(pairs, all_below)):
                rows[f"{label}.grad"] = np.array([region.upstream(node) for region, node in pairs])
    rows = {words: row for words, row in rows.items() if np.ptp(row) and row.all()}
    written = np.array([region.user_grad for region in regions])
    single = [(((words, 1),), row) for words, row in rows.items()]
    both = [((*one, *other), x * y) for (one, x), (other, y) in combinations(single, 2)]
    over = [(((words, -1),), 1.0 / row) for words, row in rows.items()]
    quotients = [((*one, *other), x * y) for one, x in single for other, y in over if one[0][0] != other[0][0]]
    if not single or not written.any() or not np.ptp(written):
        return None
    sums = [(((f"({one[0][0]} + {other[0][0]})", 1),), x + y) for (one, x), (other, y) in combinations(single, 2)]
    products = iter([*single, *over, *both, *quotients])
    return _first_fit(products, written, 1.0) or _find_sum([*single, *both, *sums], written)


def _find_sum(terms: Sequence[tuple[Sequence[Power], Any]], written: Any) -> str | None:
    """Return the first two of some terms, or one and 1, whose sum or difference is a number."""
    terms = [*terms, ((("1", 1),), np.ones_like(written))]
    rows = np.array([row for _, row in terms])
    for words, rest in (("{} + {}", written - rows), ("{} - {}", rows - written), ("-{} - {}", -written - rows)):
        found = np.argwhere((abs(rest[:, None] - rows) <= EXACT * abs(written)).all(-1))
        for one, other in found[:1].tolist():
            return words.format(_write(1.0, terms[one][0]), _write(1.0, terms[other][0]))
    return None


def _find_words(edges: Sequence[Edge], *, is_sum: bool) -> tuple[str, bool] | None:
    """Return the formula of what was passed back, and whether it is the upstream gradient times a slope."""
    uses, node_names = [edge.use for edge in edges], edges[0].region.node_names
    nodes = (*uses[0].consumer.operands, uses[0].consumer)
    names = ("x", "y") if len(nodes) == 2 else ("a", "b", "y")
    is_entrywise = uses[0].scalar_op is not None and all(use.consumer.shape == use.operand.shape for use in uses)
    if (
        len(nodes) != len(names)
        or not is_entrywise
        or any(node_names.is_step(node) for node in nodes if not node.is_constant)
    ):
        return None
    rows = np.concatenate([edge.entries() for edge in edges], axis=1)
    passed, upstream, *inputs = rows
    if len(np.unique(rows[2:], axis=1).T) < FEWEST or not (upstream.any() and passed.any()):
        return None
    numbers = {name: row for name, row in zip((*names, "g"), (*inputs, upstream)) if np.ptp(row)}
    slopes = {name: row for name, row in numbers.items() if name != "g"}
    make = _sums if is_sum else _products
    with np.errstate(all="ignore"):
        is_any = not is_sum and all(edge.is_at_a_gradient for edge in edges)
        slope = _first_fit(make(slopes, uses[0].op), passed, upstream, is_any=is_any)
        if slope is not None:
            return slope, True
        whole = _first_fit(make(numbers, uses[0].op), passed, 1.0) if "g" in numbers else None
        return None if whole is None else (whole, False)


def _first_fit(
    formulas: Iterator[tuple[Sequence[Power], Any]], passed: Any, upstream: Any, *, is_any: bool = False
) -> str | None:
    """Return the first of the formulas that is what was passed back, but for a plain constant; or `is_any` number."""
    largest = int(np.argmax(abs(passed)))
    for powers, made in formulas:
        numbers = made * upstream
        times = float(passed[largest] / numbers[largest])
        plain = (one for one in CONSTANTS if abs(times - one) <= EXACT)
        constant = next(plain, float(f"{times:.9g}") if is_any and not powers else None)
        if constant is not None and (abs(passed - constant * numbers) <= EXACT * (abs(passed) + EXACT)).all():
            return _write(constant, powers)
    return None


def _products(numbers: Mapping[str, Any], op: str) -> Iterator[tuple[Sequence[Power], Any]]:
    """Yield the products of one or two powers, the shorter first."""
    plain = [each for power in POWERS for each in _powers(numbers, power)]
    plain = [one for one in plain if one[0][0][0] != "{g}" or one[0][0][1] == 1]
    made = [each for name, number in numbers.items() if name != "g" for each in _made_of(f"{{{name}}}", number)]
    yield ((), np.ones_like(next(iter(numbers.values()))))
    single = [*plain, *made, *_powers_of(numbers, op)]
    yield from single
    for (one, first), (other, second) in combinations(single, 2):
        if one[0][0] != other[0][0]:
            yield (*one, *other), first * second


def _sums(numbers: Mapping[str, Any], op: str) -> Iterator[tuple[Sequence[Power], Any]]:
    """Yield sums and differences of two products."""
    first_powers = _powers(numbers, 1)
    products = [((*one, *other), x * y) for (one, x), (other, y) in combinations(first_powers, 2)]
    ones = np.ones_like(first_powers[0][1])
    numbers_alone = [(((f"{size}", 1),), size * ones) for size in (1, 2)]
    powers_of_one = [each for power in POWERS for each in _powers(numbers, power)]
    terms = [*numbers_alone, *first_powers, *products, *_powers(numbers, 2), *_powers_of(numbers, op)]
    for (one, first), (other, second) in combinations(terms, 2):
        for sign, total in (("+", first + second), ("-", first - second)):
            whole = ((f"({_write(1.0, one)} {sign} {_write(1.0, other)})", 1),)
            yield whole, total
            yield from (((*whole, *powers), total * made) for powers, made in powers_of_one)


Formula = tuple[tuple[Power], Any]
"""One power, and its numbers."""


def _powers(numbers: Mapping[str, Any], power: int) -> list[Formula]:
    return [(((f"{{{name}}}", power),), number**power) for name, number in numbers.items()]


def _powers_of(numbers: Mapping[str, Any], op: str) -> list[Formula]:
    """Return what a power rule is made of, where the exponents differ."""
    if op != "**" or not {"a", "b"} <= {*numbers}:
        return []
    a, b = numbers["a"], numbers["b"]
    made = (
        ("{a}^({b}-1)", a ** (b - 1.0)),
        ("({b}*{a})^({b}-1)", (b * a) ** (b - 1.0)),
        ("{b}^({a}-1)", b ** (a - 1.0)),
        ("{b}^({b}-1)", b ** (b - 1.0)),
    )
    return [(((words, power),), number**power) for words, number in made for power in (1, -1)]


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
    if not powers:
        return f"{constant:g}"
    above = [_power(words, power) for words, power in powers if power > 0]
    below = [_power(words, -power) for words, power in powers if power < 0]
    size = Fraction(abs(constant)).limit_denominator(LARGEST_DIVISOR)
    if size.numerator > 1 or not above:
        above.insert(0, str(size.numerator))
    if size.denominator > 1:
        below.append(str(size.denominator))
    said = "*".join(above)
    if constant == 1.0 and not below and said.startswith("(") and said.endswith(")") and said.count("(") == 1:
        said = said[1:-1]
    if below:
        said += f"/{below[0]}" if len(below) == 1 else f"/({'*'.join(below)})"
    return f"-{said}" if constant < 0.0 else said


def _power(words: str, power: int) -> str:
    return words if power == 1 else f"{words}^{power}"
