"""Checks each rule of the table in a graph of that one operation."""

import random

import pytest
from local_table import LOCAL

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph

# No 0 or 1 and no two of one size, so that a slip changes the answer.
NUMBERS = (-2.3, -1.7, -1.3, -0.7, 0.6, 1.2, 1.6, 1.9)

TWO = {
    "+": lambda a, b: (a, b, a + b),
    "-": lambda a, b: (a, b, a - b),
    "*": lambda a, b: (a, b, a * b),
    "/": lambda a, b: (a, b, a / b),
}
ONE = {
    "exp": lambda x: (x, x.exp()),
    "log": lambda x: (x, x.log()),
    "tanh": lambda x: (x, x.tanh()),
    "relu": lambda x: (x, x.relu()),
}


def judge(name, *operands, y):
    numbers = [*(operand.data for operand in operands), y.data]
    call = f'LOCAL["{name}"]({", ".join(f"{number:.5g}" for number in numbers)})'
    with by_hand():
        given = LOCAL[name](*numbers)
    is_tuple = isinstance(given, (tuple, list)) and len(given) == len(operands)
    assert is_tuple, (
        f"Called {call}.\nIt returned {given!r}.\n"
        f"Expected: a tuple with one number for each operand, {len(operands)} here.\n"
        "A tuple of one number is written with a comma: (y,)."
    )
    y.label, y.grad = "y", 1.0
    for operand, local in zip(operands, given):
        operand.grad = local
    check_gradients(y, call=f"{call}, gave each operand its number")


@pytest.mark.parametrize("name", [*TWO, *ONE])
def test_every_operation_is_in_the_table(name):
    is_there = callable(LOCAL.get(name))
    assert is_there, (
        f'Looked up LOCAL["{name}"].\nIt is {LOCAL.get(name)!r}.\n'
        "Expected: a function of the operands' numbers and the output's.\nIs the line still in the table?"
    )


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize("seed", range(5))
def test_the_rules_of_two_operands_are_right(name, seed):
    first, second = random.Random(seed).sample(NUMBERS, 2)
    a, b, y = hand_graph(TWO[name], a=first, b=second)
    judge(name, a, b, y=y)


def test_relu_is_shut_at_its_kink():
    x, y = hand_graph(ONE["relu"], x=0.0)
    judge("relu", x, y=y)


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("number", random.Random(5).sample(NUMBERS, 6))
def test_the_rules_of_one_operand_are_right(name, number):
    x, y = hand_graph(ONE[name], x=abs(number) if name == "log" else number)
    judge(name, x, y=y)


@pytest.mark.parametrize(("name", "x", "y", "slope"), [("exp", 1.2, 3.32, 3.32), ("tanh", 0.6, 0.537, 1 - 0.537**2)])
def test_the_rules_that_need_the_output_take_it_as_it_is(name, x, y, slope):
    given = LOCAL[name](x, y)
    is_taken_over = isinstance(given, (tuple, list)) and len(given) == 1 and abs(given[0] - slope) <= 1e-9
    assert is_taken_over, (
        f'Called LOCAL["{name}"]({x}, {y}), where {y} is what a coarse forward pass has left of {name}({x}).\n'
        f"It returned {given!r}.\nExpected: the slope as it follows from the output that the rule is given.\n"
        f"Do you compute {name} again? The output is there already, and the engine goes on with just that number."
    )
