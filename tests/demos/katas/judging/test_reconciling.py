"""What fits a wrong gradient in one test by chance is not told where the other tests say otherwise."""

import pytest

from handgrad import Value, compare, manual
from handgrad.demos.katas.checking import hand_graph
from handgrad.demos.katas.judging.reconciling import reconcile


def product_of(a, b, grad):
    nodes = hand_graph(lambda a, b: (a, b, a * b), a=a, b=b)
    nodes[2].label, nodes[2].grad, nodes[1].grad = "L", 1.0, a
    nodes[0].grad = grad(a, b)
    comparison = compare(nodes[2])
    comparison.studies = []
    assert not comparison.ok
    return comparison


def told(comparisons):
    before = [one.causes[0].note for one in comparisons]
    reconcile(comparisons)
    return before, [one.causes[0].note for one in comparisons]


def test_a_mistake_that_fits_one_test_alone_is_not_told_in_any():
    before, after = told([product_of(a, b, lambda a, b: b + 3.0) for a, b in ((2.3, 3.0), (1.7, 0.7), (0.4, 2.9))])
    assert "counted twice" in before[0]
    assert all("no usual mistake" in note for note in after)


def test_of_two_mistakes_that_fit_the_first_test_the_one_is_told_that_fits_the_others_too():
    before, after = told([product_of(a, b, lambda a, b: a) for a, b in ((2.0, 1.0), (1.7, 0.6), (0.4, 2.9))])
    assert "more than one mistake" in before[0]
    assert all("passes to the other operand" in note and "more than one" not in note for note in after)


def test_a_number_that_is_the_same_in_each_test_is_typed_in():
    _, after = told([product_of(a, b, lambda a, b: 0.75) for a, b in ((2.3, 3.1), (1.7, 0.7), (0.4, 2.9))])
    assert all("the same in each test" in note for note in after)


def test_a_formula_that_gives_the_numbers_of_all_tests_is_told():
    _, after = told([product_of(a, b, lambda a, b: (1.0 - a) / b) for a, b in ((2.3, 3.1), (1.7, 0.7), (0.4, 2.9))])
    assert all("you used (1 - a)/b as the derivative of '*' in L" in note for note in after)


def one_operation(build, slope, number):
    nodes = hand_graph(lambda a: (a, build(a)), a=number)
    nodes[1].label, nodes[1].grad, nodes[0].grad = "L", 1.0, slope(number)
    comparison = compare(nodes[1])
    comparison.studies = []
    return comparison


def test_a_number_that_stands_for_every_slope_is_told_as_the_slope_where_others_are_right():
    _, after = told([one_operation(lambda a: a.relu(), lambda a: 0.01, a) for a in (-2.3, -1.7, -0.4)])
    assert all("you used 0.01 as the derivative of 'relu' in L" in note for note in after)


def test_a_sum_in_the_place_of_a_slope_is_told_where_there_is_one_use_alone():
    _, after = told([one_operation(lambda a: a.tanh(), lambda a: 2.0 + a, a) for a in (2.3, 1.7, 0.4)])
    assert all("you used 2 + a as the derivative of 'tanh' in L" in note for note in after)
    _, after = told([one_operation(lambda a: a.tanh() * a, lambda a: a + a**3, a) for a in (2.3, 1.7, 0.4)])
    assert all("no usual mistake" in note for note in after)


def test_a_slope_is_not_made_of_the_gradients_that_are_computed_from_it():
    def filled(a, b, c):
        nodes = hand_graph(lambda a, b, c: (a, b, c, e := a * b, f := e + c, f * f), a=a, b=b, c=c)
        wrong = 0.7 + a * b * b - c
        for node, label, grad in zip(nodes, "abcefL", (wrong * b, wrong * a, wrong, wrong, wrong, 1.0)):
            node.label, node.grad = label, grad
        comparison = compare(nodes[-1])
        comparison.studies = []
        return comparison

    _, after = told([filled(2.3, 3.1, 0.7), filled(1.7, 0.6, -1.2), filled(0.4, 2.9, 1.9)])
    assert not any(".grad" in note for note in after)


@pytest.mark.parametrize(("of_first", "says"), [(2.0, "where do the brackets go?"), (-1.0, "are added here")])
def test_numbers_that_are_differences_of_which_one_side_is_multiplied_are_told_as_that(of_first, says):
    def filled(*numbers):
        with manual():
            nodes = [Value(number, f"p{place}") for place, number in enumerate(numbers)]
            L = sum((node - 1.0 / (place + 3.0)) ** 2 for place, node in enumerate(nodes))
        for place, node in enumerate(nodes):
            node.grad = of_first * 2.0 * node.data - 2.0 / (place + 3.0)
        comparison = compare(L, nodes=nodes)
        comparison.studies = []
        return comparison

    _, after = told([filled(2.3, -1.2, 0.7, 3.1), filled(1.7, 0.6, -1.4, -2.2), filled(0.9, 2.8, 1.6, -0.8)])
    assert all(says in note for note in after)


def test_no_formula_is_told_of_two_tests():
    _, after = told([product_of(a, b, lambda a, b: (1.0 - a) / b) for a, b in ((2.3, 3.1), (1.7, 0.7))])
    assert all("no usual mistake" in note for note in after)


def test_a_number_that_is_made_of_data_of_other_nodes_in_all_tests_is_told_as_that():
    def filled(a, b, c):
        nodes = hand_graph(lambda a, b, c: (a, b, c, e := a * b, e + c), a=a, b=b, c=c)
        for node, label, grad in zip(nodes, ("a", "b", "c", "e", "L"), (b, -b * c, 1.0, 1.0, 1.0)):
            node.label, node.grad = label, grad
        comparison = compare(nodes[-1])
        comparison.studies = []
        return comparison

    _, after = told([filled(2.3, 3.1, 0.7), filled(1.7, 0.6, -1.2), filled(0.4, 2.9, 1.9)])
    assert all("b: that is -b.data*c.data" in note for note in after)


def test_a_known_mistake_that_makes_one_number_in_all_tests_is_told_as_that():
    def filled(a):
        a, y = hand_graph(lambda a: (a, a * a), a=a)
        y.label, y.grad, a.grad = "y", 1.0, 2.0
        comparison = compare(y)
        comparison.studies = []
        return comparison

    _, after = told([filled(a) for a in (2.3, 1.7, 0.4)])
    assert all("you passed the upstream gradient of y through unchanged" in note for note in after)
