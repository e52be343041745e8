"""Which line of theirs it is."""

from handgrad.repair.source import (
    calling_line,
    deciding_line,
    operand_line,
    return_line,
    setting_line,
)


def at(function, offset):
    return function.__code__.co_firstlineno + offset


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


def test_what_is_handed_over_in_a_variable_is_where_that_is_worked_out():
    line = at(rule, 3)
    assert operand_line(rule.__code__, line, 0, 2) == at(rule, 2)
    assert operand_line(rule.__code__, line, 1, 2) == line
    assert operand_line(multiply.__code__, at(multiply, 3), 0, 2) == at(multiply, 1)
    assert operand_line(multiply.__code__, at(multiply, 3), 1, 2) == at(multiply, 5)


def walk(root):
    order = []
    for child in root:
        order.append(child)
    while order:
        order.pop()._backward()
    root.grad = 1.0
    root._backward = None


def visit(root, waiting, ready):
    for child in root:
        waiting[child] -= 1
        if waiting[child] == 0:
            ready.append(child)
    if not ready:
        ready.append(root)
        return


def test_of_a_line_that_stands_alone_under_an_if_it_is_the_if_that_decides():
    assert deciding_line(visit.__code__, at(visit, 4)) == at(visit, 3)
    assert deciding_line(visit.__code__, at(visit, 6)) == at(visit, 6)


def test_of_a_function_that_returns_its_last_return_is_told_and_else_its_def():
    assert return_line(rule).text == "return left, grad * a"
    assert return_line(walk).text == "def walk(root):"
    assert return_line(len) is None


def test_a_call_and_an_attribute_are_found_in_the_text():
    assert calling_line(walk.__code__, ("append",)) == at(walk, 3)
    assert calling_line(walk.__code__, ("sorted",)) is None
    assert setting_line(walk.__code__, ("grad", "_backward")) == at(walk, 7)


class Product:
    def pull(self):
        g = self.grad
        local = self.data * 2
        self.other += local * self.grad
        return g, g * local


def test_what_arrives_is_not_worked_out_where_it_is_given_a_name():
    code = Product.pull.__code__
    assert operand_line(code, at(Product.pull, 4), 0, 2, {"self.grad"}) == at(Product.pull, 4)


def test_a_variable_times_what_arrives_is_worked_out_where_the_variable_is():
    code = Product.pull.__code__
    assert operand_line(code, at(Product.pull, 3), 0, 1, {"self.grad"}) == at(Product.pull, 2)
    assert operand_line(code, at(Product.pull, 3), 0, 1) == at(Product.pull, 3)
    assert operand_line(code, at(Product.pull, 4), 1, 2, {"g"}) == at(Product.pull, 2)
