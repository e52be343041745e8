"""Which functions of theirs a function calls."""

import math
from types import SimpleNamespace

from handgrad.repair.user_code import find_reachable, own


def innermost(x):
    return math.sqrt(x)


def inner(x):
    return innermost(x)


def outer(x):
    return inner(x) + sum([x])


class Engine:
    def rule(self):
        return self.helper()

    def helper(self):
        return 1.0

    def unused(self):
        return 2.0


def test_what_is_called_by_name_is_reached_and_what_that_calls():
    assert find_reachable([outer]) == [outer, inner, innermost]


def test_methods_are_reached_by_their_names():
    assert find_reachable([Engine.rule], [Engine]) == [Engine.rule, Engine.helper]


def test_what_a_closure_holds_is_reached():
    def made(function):
        return lambda x: function(x)

    closure = made(inner)
    assert set(find_reachable([closure])) == {closure, inner, innermost}


def test_what_is_no_function_is_passed_over():
    assert find_reachable([None, 3, SimpleNamespace()]) == []


def test_functions_of_installed_packages_are_left_out_but_for_those_of_the_first():
    from micrograd import engine  # a package of others, installed

    assert list(own([outer, engine.Value.relu])) == [outer]
    assert list(own([engine.Value.relu, engine.Value.backward])) == [engine.Value.relu, engine.Value.backward]
