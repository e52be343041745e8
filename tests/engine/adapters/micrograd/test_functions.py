"""Functions of theirs: what a closure holds on to, and the function that made it."""

from functools import partial

from handgrad.adapters.micrograd.functions import (
    captured,
    codes_in,
    functions_of,
    held_by,
    maker_of,
    required,
    spaces_of,
)

from .cases import load

closures = load("closures")


def test_a_closure_holds_its_cells_and_its_defaults():
    a = closures.Value(1.0)
    out = a * a
    assert captured(out._backward) == {"self": a, "other": a, "out": out}

    def with_defaults(x, scale=2.0, *, shift=1.0):
        return x * scale + shift

    assert captured(with_defaults) == {"scale": 2.0, "shift": 1.0}


def test_a_partial_a_method_and_a_tuple_of_rules_hold_what_they_are_bound_to():
    class Node:
        def rule(self, x):
            return x

    node = Node()
    assert held_by(node.rule) == {"self": node}
    assert held_by(partial(max, 3, key=abs)) == {"argument 0": 3, "key": abs}
    assert held_by((node.rule, partial(max, 3))) == {"self": node, "argument 0": 3}


def test_the_arguments_that_it_cannot_do_without_are_counted():
    assert required(lambda a, b, c=1, *rest, d=2: None) == 2
    assert required(closures.Value(1.0).exp) == 0
    assert required(object()) is None


def test_a_class_has_its_own_functions_before_those_of_its_bases():
    class Mine(closures.Value):
        def exp(self):
            return self

    found = dict(functions_of(Mine))
    assert found["exp"] is Mine.exp
    assert found["tanh"] is closures.Value.tanh
    assert any(space is vars(closures) for space in spaces_of(Mine))


def test_the_function_that_wrote_a_closure_is_found():
    out = closures.Value(1.0).exp()
    assert maker_of(out._backward, [closures.Value]) is closures.Value.exp
    assert maker_of(eval("lambda: None"), [closures.Value]) is None


def test_of_functions_with_one_code_the_one_that_shares_the_closure_is_the_maker():
    def unary(f):
        def make(x):
            def rule():
                return f(x)

            return rule

        return make

    first, second = unary(abs), unary(float)
    holder = type("Holder", (), {"first": staticmethod(first), "second": staticmethod(second)})
    assert maker_of(second(1.0), [holder]) is second


def test_what_a_rule_leaves_its_work_to_has_code():
    functions = load("functions")
    assert codes_in(functions.Mul) == (functions.Mul.backward.__code__,)
    assert codes_in((closures.Value.exp, 3)) == (closures.Value.exp.__code__,)
    assert codes_in(3) == ()
