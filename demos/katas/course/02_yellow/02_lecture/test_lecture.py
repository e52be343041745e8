"""Checks the hand-written gradients of L = (a*b + c) * f."""

import random

import pytest
from lecture import backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph

# No 0, 1 or 2 and no two of one size, so that a slip changes the answer.
NUMBERS = (-3.4, -2.7, -1.6, -0.7, 0.6, 1.3, 2.3, 3.6)


def build(a, b, c, f):
    e = a * b
    d = e + c
    L = d * f
    e.label, d.label, L.label = "e", "d", "L"
    return a, b, c, f, e, d, L


def judge(a, b, c, f):
    nodes = hand_graph(build, a=a, b=b, c=c, f=f)
    with by_hand():
        backward(*nodes)
    check_gradients(nodes[-1], call="backward(a, b, c, f, e, d, L) with e = a*b, d = e + c, L = d*f")


def test_the_numbers_of_the_lecture_have_the_right_gradients():
    judge(2.0, -3.0, 10.0, -2.0)


@pytest.mark.parametrize("seed", range(3))
def test_other_numbers_have_the_right_gradients(seed):
    judge(*random.Random(seed).sample(NUMBERS, 4))
