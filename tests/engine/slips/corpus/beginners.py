"""The mistakes of beginners, planted in the graphs of `families`, and what is told of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from handgrad import compare
from handgrad.graph import consumers, topological_order
from handgrad.verdict.status import Status
from tests.engine.slips.corpus.families import Build, Net, net
from tests.engine.slips.corpus.logits import softmax
from tests.engine.slips.planted import CALCULUS, WRONG_RULES

FILLS = (("blank", None), ("blank", 3), ("filled", None), ("filled", 4), ("filled", 3), ("filled", 2))
"""Whether the steps without a name are left blank or filled in rightly, and how many decimals everything has."""
VAGUE = "you wrote 0, as if|" + (
    "off by (a simple|one constant) factor|off by a constant factor: which number|times a sum|these numbers are"
)
"""What is true of a mistake and does not name it."""
USES = "you left out|are there|is there|[Uu]ses add up|add up"
ITS_OWN_SLOPE = "does the slope of a (sum|difference) depend on the numbers"
"""What is as true of the data of a term, below a gradient of 1."""
CLEARLY = 0.05
"""As a share, how far from right a mistake must be that three or two digits are to show."""


class Wrong(NamedTuple):
    """A mistake that is planted.

    Attributes:
        name: of the mistake.
        says: what a sentence that names it holds, as a regular expression.
        at: the node and what is written there, one or several.
    """

    name: str
    says: str
    at: dict[Any, Any]


def in_numbers(made: Net) -> Iterator[Wrong]:
    """The mistakes with any operation on numbers, one at each node in turn."""
    order = [*made.true]
    uses = consumers(order[::-1])
    for node in made.named[:-1]:
        if node.shape or not uses[node]:
            continue
        parts = [_Part(made, consumer, place) for consumer, place in uses[node] if str(consumer.op) in CALCULUS]
        if len(parts) == len(uses[node]):
            for name, says, number in _at_a_node(made, node, parts):
                yield Wrong(name, says, {node: number})


class _Part:
    """One use: local derivative, upstream gradient, and the numbers around."""

    def __init__(self, made: Net, consumer: Any, place: int) -> None:
        self.consumer, self.place, self.op = consumer, place, str(consumer.op)
        self.inputs = [operand.data for operand in consumer.operands]
        self.local = CALCULUS[self.op](*self.inputs)[place]
        self.upstream = made.true[consumer]
        self.right = self.local * self.upstream
        self.beside = [operand for i, operand in enumerate(consumer.operands) if i != place]


def _at_a_node(made: Net, node: Any, parts: list[_Part]) -> Iterator[tuple[str, str, float]]:
    right = math.fsum(part.right for part in parts)
    yield "sign", "wrong sign|sign is flipped|other operand|which way does", -right
    yield "twice", "counted twice|simple factor", 2.0 * right
    yield "no upstream", "only the local derivative", math.fsum(part.local for part in parts)
    yield "written 0", "you wrote 0|are there|you left out", 0.0
    yield "its own data", rf"\.data, a number of the forward pass|{ITS_OWN_SLOPE}", node.data
    passed_on = math.fsum(part.upstream for part in parts)
    yield "no local", "through unchanged|local derivative of .* is not multiplied", passed_on
    yield "sign and no local", "two mistakes at once", -passed_on
    for other in made.named[:-1]:
        if other is not node:
            yield "a neighbour's gradient", "that is the gradient of|two indices", made.true[other]
    for part in parts:
        rest = right - part.right
        yield "data for grad", "the data of|data stand here", rest + part.consumer.data * part.local
        if len(parts) > 1:
            yield "a use missing", USES, rest
            yield "only one use", USES, part.right
        if part.op in ("*", "/", "-"):
            swapped = CALCULUS[part.op](*part.inputs)[1 - part.place]
            yield "swapped", "other operand", rest + swapped * part.upstream
        if part.op == "*" and not part.beside[0].is_constant and part.beside[0] is not node:
            factor = part.beside[0]
            yield "grad for data", "from (the gradient|gradients)", rest + part.upstream * made.true[factor]
            for other in made.named[:-1]:
                if other not in (factor, node, part.consumer):
                    yield "a neighbour's data", "that is computed from|two indices", rest + part.upstream * other.data
        if part.op in WRONG_RULES:
            wrong = WRONG_RULES[part.op](part.inputs[0]) * part.upstream
            yield f"rule of {part.op}", "as the derivative of", rest + wrong
            yield "sign and rule", "two mistakes at once", -rest - wrong
    if len(parts) == 2:
        product = parts[0].right * parts[1].right
        yield "*= for +=", r"multiplied (together|with each other)|\*=", product


def of_the_root(made: Net) -> Iterator[Wrong]:
    root = made.named[-1]
    for number in (2.0, 0.1, 0.0, root.data):
        yield Wrong(
            f"root {number:g}" if number != root.data else "root's data", "backward starts here", {root: number}
        )


def of_the_loss(made: Net) -> Iterator[Wrong]:
    """What goes wrong at the logits, at a squared error, at a mask, at a norm and at a logsumexp."""
    facts = made.facts
    if "logits" in facts:
        yield from _at_the_logits(made, facts["logits"], facts["targets"])
    if "guesses" in facts:
        yield from _of_a_squared_error(made, facts)
    if "mask" in facts:
        yield from _of_a_mask(made, facts)
    if "norm" in facts:
        yield from _of_a_norm(made, *facts["norm"])
    if "lse" in facts:
        yield from _of_a_logsumexp(made, *facts["lse"])


ALONE, ANOTHER = "softmax alone|one-hot row", "another class|softmax alone|one-hot row|for which class"
EXPS = "exps that nothing is divided by"
SPREAD = "brackets|not divided|not scaled|divided by|one-hot row"
AT_LOGITS: tuple[tuple[str, str, int, Any], ...] = (
    ("p for p - y", ALONE, 1, lambda p, y, z, n: p / n),
    ("y - p", "wrong sign", 1, lambda p, y, z, n: (y - p) / n),
    ("the class beside", ANOTHER, 1, lambda p, y, z, n: (p - np.roll(y, 1, -1)) / n),
    ("p + y", "target is added|added where", 1, lambda p, y, z, n: (p + y) / n),
    ("1 off every entry", "at every logit|for which class|another class", 1, lambda p, y, z, n: (p - 1.0) / n),
    ("p*(1 - p)", r"p\*\(1 - p\)", 1, lambda p, y, z, n: p * (1.0 - p) / n),
    ("p*(p - y)", "p is multiplied in once more", 1, lambda p, y, z, n: p * (p - y) / n),
    ("exps", EXPS, 1, lambda p, y, z, n: np.exp(z) / n),
    ("exps - y", EXPS, 1, lambda p, y, z, n: (np.exp(z) - y) / n),
    ("z - y", "logits themselves", 1, lambda p, y, z, n: (z - y) / n),
    ("log p - y", "logarithm", 1, lambda p, y, z, n: (np.log(p) - y) / n),
    ("y alone", "target's own|you wrote 0|own place|softmax alone|sum of the", 1, lambda p, y, z, n: -y / n),
    ("-y/p", "slope by the share|target's own|you wrote 0", 1, lambda p, y, z, n: -y / p / n),
    ("1/n missing", "1/n of|mean over|rows is left out", 2, lambda p, y, z, n: p - y),
    ("n - 1", "n - 1|one less than", 3, lambda p, y, z, n: (p - y) / (n - 1)),
    (
        "1/n twice",
        "multiplied in twice|once more|once too often|number of classes",
        2,
        lambda p, y, z, n: (p - y) / n**2,
    ),
    ("by the classes, too", "number of classes|a mean taken", 1, lambda p, y, z, n: (p - y) / n / p.shape[-1]),
    ("p/n - y", SPREAD, 2, lambda p, y, z, n: p / n - y),
    ("p - y/n", SPREAD, 2, lambda p, y, z, n: p - y / n),
    ("along the batch", "another axis|all rows at once", 2, lambda p, y, z, n: (softmax(z, 0) - y) / n),
    ("p and 1/n missing", r"two mistakes at once|p\.data", 2, lambda p, y, z, n: p),
    ("y - p and 1/n missing", "two mistakes at once", 2, lambda p, y, z, n: y - p),
)
"""The name, what names it, the fewest rows that show it, and p, the one-hot y, the logits and n -> what is written."""


def _at_the_logits(made: Net, logits: Any, targets: list[int]) -> Iterator[Wrong]:
    is_array = not isinstance(logits, list)
    z = np.asarray(logits.data if is_array else [[node.data for node in row] for row in logits])
    p, y, n = softmax(z), np.eye(z.shape[-1])[targets], len(z)
    for name, says, rows, of in AT_LOGITS:
        if n >= rows:
            numbers = of(p, y, z, n)
            nodes = [] if is_array else [node for row in logits for node in row]
            yield Wrong(name, says, {logits: numbers} if is_array else dict(zip(nodes, numbers.ravel().tolist())))


def _of_a_squared_error(made: Net, facts: dict[str, Any]) -> Iterator[Wrong]:
    guesses, truths, n = facts["guesses"], facts["truths"], facts["n"]
    nodes = guesses if isinstance(guesses, list) else [guesses]
    off = (
        [node.data - truth for node, truth in zip(nodes, truths)]
        if isinstance(guesses, list)
        else [guesses.data - truths]
    )
    ways = (
        ("mse without the 2", "square|exponent|comes down|the power", lambda d: d / n),
        ("1/n missing", "1/n of|mean|local derivative of '/'", lambda d: 2.0 * d),
        ("n - 1", "n - 1|one less than", lambda d: 2.0 * d / (n - 1)),
        ("both missing", r"two mistakes at once|\.data, numbers|the data of", lambda d: d),
        ("the error squared", "exponent|the power itself|square", lambda d: d * d / n),
        ("turned round", "wrong sign|which way", lambda d: -2.0 * d / n),
        ("the guess for the error", r"computed from|brackets|\.data|data of", lambda d: None),
    )
    for name, says, of in ways[:-1]:
        if n > 2 or name != "n - 1":
            yield Wrong(name, says, {node: of(d) for node, d in zip(nodes, off)})


def _of_a_mask(made: Net, facts: dict[str, Any]) -> Iterator[Wrong]:
    mask = facts["mask"]
    above = dict(zip(mask, facts.get("kept", ())))
    forgotten, turned, redrawn, scale = {}, {}, {}, {}
    for node, m in mask.items():
        if above:
            g = made.true[above[node]]
        else:
            consumer = next(iter(consumers([*made.true][::-1])[node]))[0]
            g = made.true[consumer]
        top = np.max(np.asarray(m)) if not above else max(mask.values())
        forgotten[node], scale[node] = g, g * (np.asarray(m) > 0.0)
        turned[node] = g * (np.asarray(m) == 0.0) * top
        # As it comes out of another draw: shifted by one place.
        redrawn[node] = g * np.roll(m, 1) if not above else None
    if above:
        ms = [*mask.values()]
        redrawn = {node: made.true[above[node]] * ms[place - 1] for place, node in enumerate(mask)}
        for some in (forgotten, turned, scale):
            some.update({node: float(number) for node, number in some.items()})
    kept_out = "masks out|through unchanged|mask"
    yield Wrong("mask forgotten", kept_out, forgotten)
    yield Wrong("mask turned round", "exactly the entries|masks out|mask", turned)
    yield Wrong("mask drawn anew", "drawn|mask|masks out|lets through", redrawn)
    if any(np.any((np.asarray(m) != 0.0) & (np.asarray(m) != 1.0)) for m in mask.values()):
        yield Wrong("mask without its scale", "lets the gradient through|mask", scale)


def _of_a_norm(made: Net, kind: str, x: Any, y: Any, gain: Any) -> Iterator[Wrong]:
    data, out, g = x.data, y.data, made.true[y]
    if kind == "rms":
        inverse = 1.0 / np.sqrt((data * data).mean(1, keepdims=True))
    else:
        inverse = 1.0 / np.sqrt(((data - data.mean(1, keepdims=True)) ** 2).mean(1, keepdims=True))
    mean = lambda a: a.mean(1, keepdims=True)  # noqa: E731
    layer, rms = inverse * (g - mean(g) - out * mean(g * out)), inverse * (g - out * mean(g * out))
    if kind == "rms":
        yield Wrong("as layer norm", "layer|the mean", {x: layer})
    else:
        yield Wrong("as rms norm", "RMS|rms|mean is left out|the mean|is not added|you left out", {x: rms})
    yield Wrong(
        "only the division",
        "mean square|variance|depends|its own place|there|is not added|you left out",
        {x: inverse * g},
    )


def _of_a_logsumexp(made: Net, xs: Any, lse: Any) -> Iterator[Wrong]:
    g = made.true[lse]
    if isinstance(xs, list):
        z = np.array([x.data for x in xs])
        spread = lambda numbers: dict(zip(xs, (numbers * g).tolist()))  # noqa: E731
    else:
        z, g = xs.data, np.asarray(g)[:, None]
        spread = lambda numbers: {xs: numbers * g}  # noqa: E731
    yield Wrong("exps", EXPS, spread(np.exp(z)))
    yield Wrong("only the largest", "as of a maximum|you wrote 0", spread((z == z.max(-1, keepdims=True)) * 1.0))
    yield Wrong("evenly", "shared out evenly", spread(np.full(z.shape, 1.0 / z.shape[-1])))


class Outcome(NamedTuple):
    """What is told of a mistake: "first", "also", "vague", or "false" where something else is claimed."""

    family: str
    fill: str
    mistake: str
    outcome: str
    message: str


def outcomes(family: str, build: Build, seed: int) -> Iterator[Outcome]:
    """Every mistake of a family, once with each way to fill the rest in; of the many of one name, one each."""
    made = net(build, seed)
    listed = [*in_numbers(made), *of_the_root(made), *of_the_loss(made)]
    by_name: dict[str, list[Wrong]] = {}
    for wrong in listed:
        by_name.setdefault(wrong.name, []).append(wrong)
    for number, (name, alike) in enumerate(by_name.items()):
        for turn, (fill, digits) in enumerate(FILLS):
            wrong = alike[(seed + number + turn) % len(alike)]
            outcome = _outcome(made, wrong, listed, fill, digits)
            if outcome is not None:
                yield Outcome(family, f"{fill} {digits or 'exact'}", name, *outcome)


def _outcome(made: Net, wrong: Wrong, listed: list[Wrong], fill: str, digits: int | None) -> tuple[str, str] | None:
    # Two decimals are too few to hold what lies below a mistake to: whoever goes back has not come so far.
    below = {each for node in wrong.at for each in topological_order(node)} - {*wrong.at} if digits == 2 else set()
    for node, right in made.true.items():
        is_asked = (fill == "filled" or node in made.named) and node not in below
        node.grad = _rounded(wrong.at.get(node, right), digits) if is_asked and not node.is_constant else None
    if not any(_is_clear(wrong.at[node], made.true[node], digits) for node in wrong.at):
        return None
    comparison = compare(made.root)
    causes = [result for result in comparison if result.status is Status.WRONG and not result.rounded]
    told = [result for result in causes if result.node in wrong.at and result.node.grad is not None]
    if not told:
        return None  # a person's rounding that may be right
    found = [
        _of_a_cause(result, wrong, listed)
        for result in told
        if _is_clear(result.actual, made.true[result.node], digits)
    ]
    if not found:
        return None
    elsewhere = [result for result in causes if result.node not in wrong.at]
    if elsewhere:
        return "false", f"{elsewhere[0].name} is accused: {elsewhere[0].note}"
    return next((one for one in found if one[0] == "false"), found[0])


def _of_a_cause(result: Any, wrong: Wrong, listed: list[Wrong]) -> tuple[str, str]:
    """What is told at one node; another mistake that gives the same numbers there is as true."""
    says = "|".join([wrong.says, *_rivals(result.node, wrong, listed)])
    slip = result.slip
    if slip is None:
        return "vague", result.note
    first, _, second = slip.message.partition(" Or ")
    if re.search(says, first):
        return "first", slip.message
    if re.search(says, second):
        return "also", slip.message
    return ("vague" if re.search(VAGUE, first) else "false"), slip.message


def _rivals(node: Any, wrong: Wrong, listed: list[Wrong]) -> Iterator[str]:
    for other in listed:
        if other.name != wrong.name and node in other.at:
            same = np.allclose(other.at[node], wrong.at[node], rtol=1e-9, atol=0.0)
            if same and np.shape(other.at[node]) == np.shape(wrong.at[node]):
                yield other.says


def _rounded(number: Any, digits: int | None) -> Any:
    """As a person writes it: with so many decimals, of three or more at least three digits."""
    if digits is None:
        return number
    if not np.shape(number):
        has_few = digits > 2 and abs(number) < 10.0 ** (2 - digits)
        return float(f"{number:.3g}") if has_few else round(float(number), digits)
    return np.vectorize(lambda one: _rounded(float(one), digits), otypes=[float])(number)


def _is_clear(wrong: Any, right: Any, digits: int | None) -> bool:
    """Whether a person would see the mistake at so many digits."""
    off, size = np.abs(np.subtract(wrong, right)).max(), np.abs(right).max()
    return bool(off > CLEARLY * size and off > (0.0 if digits is None else 5.0 * 10.0**-digits))
