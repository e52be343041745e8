"""Which line of theirs it is."""

import numpy as np

from handgrad.adapters.micrograds.lines import (
    calling_line,
    handed_over,
    loop_line,
    making_line,
    setting_line,
    source_in,
    watched,
)


def work(box):
    box["x"] = 1.0
    helper(box)
    return box


def helper(box):
    y = 2.0
    box["x"] = y
    box["y"] = y


def at(function, offset):
    return function.__code__.co_firstlineno + offset


def test_the_line_that_changes_a_thing_last_is_seen_and_the_line_of_the_function_asked_about():
    box = {"x": 0.0}
    seen = watched(lambda: work(box), lambda: box["x"], [work.__code__])
    assert seen.inner == (helper.__code__, at(helper, 2))
    assert seen.outer == (work.__code__, at(work, 2))
    assert seen.last == {work.__code__: at(work, 3)}
    assert source_in(*seen.inner).text == 'box["x"] = y'


def test_an_array_is_another_when_its_numbers_are():
    array = np.zeros(2)

    def fill():
        array[:] = 0.0
        array[1] = 5.0

    seen = watched(fill, lambda: array, [])
    assert seen.inner == (fill.__code__, at(fill, 2))
    assert seen.outer is None


def test_what_is_raised_is_let_be():
    seen = watched(lambda: 1 / 0, lambda: None, [])
    assert seen.inner is None


class Node:
    def __init__(self, data, locals_=()):
        self.data, self.locals_ = data, locals_


def multiply(a, b):
    left = b
    right = a
    return Node(
        a * b,
        (left, right * 1.0),
    )


def rule(grad, a, b):
    left = grad
    left *= b
    return left, grad * a


def test_where_an_object_of_theirs_is_made_is_seen():
    seen = watched(lambda: multiply(2.0, 3.0), lambda: None, [multiply.__code__])
    assert seen.made == {multiply.__code__: at(multiply, 3)}
    assert making_line(multiply, lambda: multiply(2.0, 3.0)).text == "return Node("
    assert making_line(rule, lambda: rule(1.0, 2.0, 3.0)).text == "def rule(grad, a, b):"


def test_what_is_handed_over_in_a_variable_is_where_that_is_worked_out():
    line = at(rule, 3)
    assert handed_over(rule.__code__, line, 0, 2) == at(rule, 2)
    assert handed_over(rule.__code__, line, 1, 2) == line
    assert handed_over(multiply.__code__, at(multiply, 3), 0, 2) == at(multiply, 1)
    assert handed_over(multiply.__code__, at(multiply, 3), 1, 2) == at(multiply, 5)


def walk(root):
    order = []
    for child in root:
        order.append(child)
    while order:
        order.pop()._backward()
    root.grad = 1.0
    root._backward = None


def test_a_call_an_attribute_and_a_loop_are_found_in_the_text():
    assert calling_line(walk.__code__, ("append",)) == at(walk, 3)
    assert calling_line(walk.__code__, ("sorted",)) is None
    assert setting_line(walk.__code__, ("grad", "_backward")) == at(walk, 7)
    assert loop_line(walk.__code__) == at(walk, 4)
    assert loop_line(rule.__code__) is None
