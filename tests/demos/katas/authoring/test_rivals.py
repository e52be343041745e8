"""Two slips that the tests of a kata do not tell apart."""

import numpy as np
import pytest

from handgrad import compare, gradients, manual
from handgrad.arrays import array, label
from handgrad.demos.katas.authoring.rivals import Rivals
from handgrad.demos.katas.authoring.soundness import problems
from handgrad.demos.katas.checking import hand_graph


def right(root):
    """A comparison in which the gradient of every node with a name is right."""
    root.grad = 1.0
    asked = {node: gradient for node, gradient in gradients(root).items() if node.label and not node.is_constant}
    for node, gradient in asked.items():
        node.grad = gradient
    return compare(root, nodes=[*asked])


def told(*roots):
    """What is to be changed where these are the graphs of the tests."""
    rivals = Rivals()
    for root in roots:
        rivals.see(right(root))
    return [*rivals.problems()]


def product(a, b):
    return hand_graph(lambda a, b: (a * b + b).tanh() * b, a=a, b=b)


def quotient(a, b):
    return hand_graph(lambda a, b: a / b, a=a, b=b)


def mean_of_rows(n, width):
    rng = np.random.default_rng(n + width)
    with manual():
        x = array(rng.normal(size=(n, width)), "x")
        return label((label(x.mean(1), "m") * rng.normal(size=n)).sum(), "L")


def norm_of_columns(n, width):
    rng = np.random.default_rng(n + width)
    with manual():
        x = array(rng.normal(size=(n, width)), "x")
        diff = label(x - x.mean(0), "diff")
        var = label((diff**2).sum(0) / (n - 1), "var")
        return label((var**-0.5 * rng.normal(size=width)).sum(), "L")


def test_a_quotient_by_1_lets_a_lost_square_pass():
    (problem, *_) = [problem for problem in told(quotient(3.0, 1.0)) if problem.startswith("b")]
    assert "this slip gives the right number in every test" in problem


def test_what_two_slips_give_by_one_input_is_named_with_both():
    found = told(quotient(2.0, 2.0))
    assert any("two slips give one number in every test" in problem and " and '" in problem for problem in found)
    assert all(problem.endswith("Take inputs that tell.") for problem in found)


def test_one_test_with_other_inputs_is_enough():
    assert told(quotient(2.0, 2.0))
    assert told(quotient(2.0, 2.0), quotient(2.3, 3.6)) == []
    assert told(quotient(2.3, 3.6), quotient(2.0, 2.0)) == []


def test_what_two_slips_give_whatever_the_inputs_is_nobodys_fault():
    assert told(product(0.7, 1.4)) == []


def test_the_data_and_the_gradients_of_the_learner_are_as_they_were():
    root = quotient(2.0, 2.0)
    comparison = right(root)
    Rivals().see(comparison)
    assert [(node.data, node.grad) for node in (root, *root.operands)] == [(1.0, 1.0), (2.0, 0.5), (2.0, -0.5)]


@pytest.mark.parametrize(
    ("build", "shapes", "words"),
    [
        (mean_of_rows, [(3, 3)], "'mean' in m, to divide by the length of axis 0 and by that of axis 1"),
        (mean_of_rows, [(2, 3), (4, 5)], "'mean' in m, to divide by n - 1 or n + 1 and by the length of axis 0"),
        (norm_of_columns, [(4, 3)], "in '/' in var, to divide by n - 1 or n + 1 and by the length of axis 0"),
        (norm_of_columns, [(4, 4), (5, 5)], "to divide by n, the length of axis 0, and by that of axis 1"),
        (mean_of_rows, [(3, 3), (3, 5)], None),
        (mean_of_rows, [(2, 3), (6, 4)], None),
        (norm_of_columns, [(5, 3)], None),
    ],
)
def test_sizes_that_are_one_in_every_test_are_named(build, shapes, words):
    found = told(*(build(*shape) for shape in shapes))
    assert bool(found) == bool(words)
    assert all(problem.endswith("Take sizes that differ.") for problem in found)
    assert words is None or any(words in problem for problem in found)


@pytest.mark.rest
def test_verify_refuses_a_kata_whose_tests_do_not_tell_two_slips_apart(kata, warm):
    assert [*problems(kata, warm.run)] == []
    test = kata.test.read_text().replace("rng.uniform(2.5, 4.5)", "2.0").replace("-rng.uniform(5.5, 7.5)", "2.0")
    kata.test.write_text(test)
    assert any("give one number in every test" in problem for problem in problems(kata, warm.run))
