"""The kata that `handgrad new` writes: complete and sound, with KATA where its name goes."""

STUB = '''"""Backward through L = a*b + a."""

from handgrad import Value


def KATA(a: Value, b: Value, product: Value, L: Value) -> None:
    """Fill in the grad of every node.

    Args:
        a, b: the leaves.
        product: a*b.
        L: product + a, where backward starts.
    """
    # TODO: fill in L.grad, product.grad, a.grad and b.grad; mind that a is used twice.
'''

TEST = '''"""L = a*b + a on random numbers."""

import random

import pytest
from KATA import KATA

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph


def build(a, b):
    """The graph, with names for the table."""
    product = a * b
    L = product + a
    product.label, L.label = "product", "L"
    return a, b, product, L


@pytest.mark.parametrize("seed", range(5))
def test_every_gradient_is_right(seed):
    rng = random.Random(seed)
    # Away from 0, 1 and 2 and from each other, so that no slip gives the right number.
    nodes = hand_graph(build, a=rng.uniform(2.5, 4.5), b=-rng.uniform(5.5, 7.5))
    with by_hand():
        KATA(*nodes)
    check_gradients(nodes[-1], call="KATA(a, b, product, L)")
'''

SOLUTION = '''"""One possible way."""


def KATA(a, b, product, L):
    L.grad = 1.0
    product.grad = L.grad
    b.grad = a.data * product.grad
    # a is used twice, in the product and in the sum: each use passes something back, and that adds up.
    a.grad = b.data * product.grad + L.grad
'''

STATEMENT = """# A product and a sum

`L = a*b + a`: the node `a` is used in two places. The gradient of a node is the sum, over its uses,
of the upstream gradient times the local derivative.

**Do:** in `KATA.py`, fill in the `grad` of every node, from `L` back to the leaves.

Example: a = 3 and b = -4 make L = -9. The gradient of `a` is -3, and that of `b` is 3.

Why it matters: in a network, every weight is used once an example, and its uses add up.
"""

HINTS = """## 1

Where is `a` used? How many numbers come back to it?

## 2

A sum passes the upstream gradient on as it is; a product passes it on times the other factor.

## 3

`a.grad` is what comes through the product, `b.data * product.grad`, plus what comes through the sum:
which node is the consumer there?
"""

WRONG = """[overwritten]
what = "The second use of a is set where it is added."
says = "you left out the contribution from product"
replace = "a.grad = b.data * product.grad + L.grad"
with = "a.grad = L.grad"

[own_number]
says = "passes to the other operand"
replace = "b.grad = a.data * product.grad"
with = "b.grad = b.data * product.grad"

[minus]
says = "right magnitude, wrong sign"
replace = "product.grad = L.grad"
with = "product.grad = -L.grad"
"""

FILES = {
    "{name}.py": STUB,
    "kata.md": STATEMENT,
    "test_{name}.py": TEST,
    "solution.py": SOLUTION,
    "hints.md": HINTS,
    "wrong.toml": WRONG,
}
"""Text by path in the kata's folder."""
