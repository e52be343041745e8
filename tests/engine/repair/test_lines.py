"""Which line of theirs it is."""

import functools

import pytest

from handgrad.repair.source import (
    calling_line,
    lines_noted,
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


def test_a_call_and_an_attribute_are_found_in_the_text():
    assert calling_line(walk.__code__, ("append",)) == at(walk, 3)
    assert calling_line(walk.__code__, ("sorted",)) is None
    assert setting_line(walk.__code__, ("grad", "_backward")) == at(walk, 7)


def at_once(ctx, g):
    return g * ctx.w, g.sum(0)  # 0 1


def in_variables(ctx, g):
    grad_x = grad_w = None
    if ctx.needs_input_grad[0]:
        grad_x = g @ ctx.w  # 0
    grad_w = g.T
    grad_w = grad_w @ ctx.x  # 1
    return grad_x, grad_w


def in_places(ctx, g):
    grad_x = g.clone()
    grad_x[g < 0] = 0  # 0
    return grad_x


def slope_apart(ctx, g):
    x = ctx.saved
    slope = 1 - x.tanh() ** 2  # 0
    return g * slope


def kept_apart(ctx, g):
    (y,) = ctx.saved_tensors
    return g * y  # 0


def in_one(ctx, g):
    grads = tuple(g for _ in range(2))  # 0 1
    return grads


def decorated(function):
    @functools.wraps(function)
    def wrapped(*args):
        return function(*args)

    return wrapped


@decorated
def behind(ctx, g):
    def inner():
        return 1, 2

    return g, inner()  # 0


@pytest.mark.parametrize(
    ("backward", "place"),
    [
        (at_once, 0),
        (at_once, 1),
        (in_variables, 0),
        (in_variables, 1),
        (in_places, 0),
        (slope_apart, 0),
        (kept_apart, 0),
        (in_one, 0),
        (in_one, 1),
        (behind, 0),
    ],
)
def test_it_is_the_line_that_works_the_gradient_out(backward, place):
    text = return_line(backward, place).text
    assert str(place) in text.partition("# ")[2].split(), text


def test_of_the_method_as_a_whole_it_is_the_def():
    assert return_line(at_once, None).text == "def at_once(ctx, g):"
    assert return_line(len, 0) is None


def in_branches(ctx, g):
    if ctx.is_plain:
        grad = g * ctx.w  # plain
        return grad
    else:
        grad = g / ctx.w  # not plain
        return grad


def test_a_line_that_has_not_run_is_never_blamed():
    class Kept:
        is_plain, w = True, 2.0

    code, ran = in_branches.__code__, set()
    with lines_noted([code], ran):
        in_branches(Kept, 3.0)
    assert ran == {(code.co_filename, code.co_firstlineno + n) for n in (1, 2, 3)}
    assert return_line(in_branches, 0, ran).text == "grad = g * ctx.w  # plain"
    Kept.is_plain, other = False, set()
    with lines_noted([code], other):
        in_branches(Kept, 3.0)
    assert return_line(in_branches, 0, other).text == "grad = g / ctx.w  # not plain"


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
