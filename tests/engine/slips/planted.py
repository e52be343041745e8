"""A backward pass by hand that makes one mistake.

`backward_with_slip` goes node by node and adds to its operands, as micrograd's closures do, and one statement of it is
wrong. The diagnosis instead looks at one node from its consumers.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from handgrad import Value, gradients

# The derivatives by the inputs, written again from a table of calculus.
CALCULUS: dict[str, Callable[..., tuple[float, ...]]] = {
    "+": lambda a, b: (1.0, 1.0),
    "-": lambda a, b: (1.0, -1.0),
    "*": lambda a, b: (b, a),
    "/": lambda a, b: (1 / b, -a / b**2),
    "**": lambda a, b: (b * a ** (b - 1), 0.0),
    "neg": lambda x: (-1.0,),
    "abs": lambda x: (math.copysign(1.0, x),),
    "exp": lambda x: (math.exp(x),),
    "log": lambda x: (1 / x,),
    "sqrt": lambda x: (1 / (2 * math.sqrt(x)),),
    "sin": lambda x: (math.cos(x),),
    "cos": lambda x: (-math.sin(x),),
    "tanh": lambda x: (1 / math.cosh(x) ** 2,),
    "sigmoid": lambda x: (math.exp(-x) / (1 + math.exp(-x)) ** 2,),
    "relu": lambda x: (1.0 if x > 0 else 0.0,),
    "softplus": lambda x: (1 / (1 + math.exp(-x)),),
}


# Wrong rules that people write, in terms of the input alone; other than the sign and a plain factor.
WRONG_RULES: dict[str, Callable[[float], float]] = {
    "tanh": lambda x: 1 - x**2,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "exp": lambda x: x * math.exp(x - 1),
    "log": lambda x: math.log(x),
    "sqrt": lambda x: 1 / (2 * x),
    "sin": lambda x: math.sin(x),
    "cos": lambda x: math.cos(x),
}


@dataclass
class Planted:
    """One slip of one kind, at the first place in a random order where it changes the number."""

    kind: str
    rng: random.Random
    node: Value | None = None

    def contributions(self, node: Value, consumer: Value, place: int, local: float, upstream: float) -> list[float]:
        """What the faulty statement adds to `node`."""
        name, inputs = consumer.op.name, [operand.data for operand in consumer.operands]
        right = local * upstream
        if self.kind == "sign":
            return [-right]
        if self.kind == "forgot-upstream":
            return [local]
        if self.kind == "forgot-local":
            return [upstream]
        if self.kind == "double":
            return [right, right]
        if self.kind == "factor":
            return [right * self.rng.choice([1 / 3, 1 / 4, 3, 5])]
        if self.kind == "swapped":
            return [CALCULUS[name](*inputs)[1 - place] * upstream] if len(inputs) == 2 else [right]
        if self.kind == "rule":
            return [WRONG_RULES[name](inputs[0]) * upstream] if name in WRONG_RULES else [right]
        raise AssertionError(self.kind)


def backward_with_slip(root: Value, planted: Planted, carries: bool) -> bool:
    """Fill in every grad with one slip at one node; False where the slip fits nowhere."""
    order = list(gradients(root))
    candidates = [node for node in order if not node.is_constant and node is not root]
    planted.rng.shuffle(candidates)
    true = dict(gradients(root))
    for culprit in candidates:
        is_overwritten = planted.kind == "missing-path"
        written = _overwritten(order, culprit) if is_overwritten else _accumulate(order, culprit, planted)
        changed = abs(written[culprit] - true[culprit]) > 1e-3 * abs(true[culprit]) and math.isfinite(written[culprit])
        if changed and true[culprit]:
            planted.node = culprit
            for node in order:
                node.grad = written[node] if carries or node is culprit else true[node]
            return True
    return False


def _accumulate(order: list[Value], culprit: Value, planted: Planted) -> dict[Value, float]:
    written = dict.fromkeys(order, 0.0)
    written[order[0]] = 1.0
    for consumer in order:
        for place, operand in enumerate(consumer.operands):
            local = CALCULUS[consumer.op.name](*[o.data for o in consumer.operands])[place]
            parts = [local * written[consumer]]
            if operand is culprit:
                parts = planted.contributions(operand, consumer, place, local, written[consumer])
            for part in parts:
                written[operand] += part
    return written


def _overwritten(order: list[Value], culprit: Value) -> dict[Value, float]:
    """= where += belongs, at the culprit alone: only the last contribution stays."""
    written = dict.fromkeys(order, 0.0)
    written[order[0]] = 1.0
    for consumer in order:
        for place, operand in enumerate(consumer.operands):
            part = CALCULUS[consumer.op.name](*[o.data for o in consumer.operands])[place] * written[consumer]
            written[operand] = part if operand is culprit else written[operand] + part
    return written


KINDS = ("sign", "missing-path", "forgot-upstream", "forgot-local", "swapped", "double", "factor", "rule")
