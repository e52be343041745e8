"""Graphs for tests: the same random program in handgrad, and in whatever else it is checked against."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from handgrad import Value

Program = list[tuple[str, int, int]]
"""Steps (operation, place of one operand, place of another); a step's result gets the next place."""

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / (b * b + 1.5),
}
UNARY = ("tanh", "sigmoid", "relu", "sin", "cos", "negate", "cube", "scale", "softplus", "exp", "log", "sqrt", "abs")


def random_program(rng: random.Random, leaves: int, steps: int) -> Program:
    """Steps that prefer recent results, so that the graph is deep, and reuse old ones, so that it is no tree."""
    program = []
    for place in range(leaves, leaves + steps):
        recent = max(0, place - 5)
        operation = rng.choice([*BINARY, *BINARY, *UNARY])
        program.append((operation, rng.randrange(recent, place), rng.randrange(place)))
    return program


def run(program: Program, leaves: list[Any], functions: dict[str, Callable[[Any], Any]]) -> list[Any]:
    """Every node of the program, leaves first; the last one adds up whatever nothing else uses."""
    nodes = list(leaves)
    used = set()
    for operation, first, second in program:
        used.add(first)
        if operation in BINARY:
            used.add(second)
            nodes.append(BINARY[operation](nodes[first], nodes[second]))
        else:
            nodes.append(functions[operation](nodes[first]))
    loose = [node for place, node in enumerate(nodes[:-1]) if place not in used]
    for node in loose:
        nodes.append(nodes[-1] + 0.5 * node)
    return nodes


def shared_functions(tanh: Any, sin: Any, cos: Any, exp: Any, log: Any, sqrt: Any) -> dict[str, Callable[[Any], Any]]:
    """The unary steps that every library can write the same way, kept to a range where none overflows."""
    return {
        "tanh": tanh,
        "sin": sin,
        "cos": cos,
        "exp": lambda x: exp(tanh(x)),
        "log": lambda x: log(x * x + 0.7),
        "sqrt": lambda x: sqrt(x * x + 0.3),
        "negate": lambda x: -x,
        "cube": lambda x: tanh(x) ** 3,
        "scale": lambda x: 1.7 * x - 0.4,
        "abs": abs,
    }


FUNCTIONS = {
    **shared_functions(Value.tanh, Value.sin, Value.cos, Value.exp, Value.log, Value.sqrt),
    "sigmoid": Value.sigmoid,
    "relu": Value.relu,
    "softplus": Value.softplus,
}


def random_leaves(rng: random.Random, count: int) -> list[float]:
    """Numbers between 0.4 and 1.6 in size, so that no two slips give the same number by chance."""
    return [rng.choice([-1, 1]) * rng.uniform(0.4, 1.6) for _ in range(count)]


def random_graph(seed: int, leaves: int = 4, steps: int = 20) -> Value:
    """The root of a random graph; the same seed gives the same graph."""
    rng = random.Random(seed)
    data = random_leaves(rng, leaves)
    return run(random_program(rng, leaves, steps), [Value(x, f"x{i}") for i, x in enumerate(data)], FUNCTIONS)[-1]


def fill_right(root: Value, gradients: dict[Value, float]) -> None:
    """Write the true gradient into every node."""
    for node, gradient in gradients.items():
        node.grad = gradient
