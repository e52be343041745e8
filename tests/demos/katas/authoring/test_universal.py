"""Answers that fit everything, and the tests that would take them."""

import pytest

from handgrad.demos.katas.authoring.soundness import problems

# Each: what the solution gives for 3.0, how a test looks at it, and the kinds of answer that the test takes.
EMPTY, ZEROS, NAN = "an empty array for each number", "zeros", "NaN for each number"
EQUAL, ONE, NOTHING = (
    "an object that equals everything for each thing",
    "one object that equals everything",
    "an empty list, tuple or dict",
)
WEAK = {
    "approx": ("2 * x", "assert mine(3.0) == pytest.approx(6.0)", {EMPTY, EQUAL}),
    "allclose": ("np.array([x, x])", "assert np.allclose(mine(3.0), [3.0, 3.0])", {EQUAL}),
    "allclose of a number": ("2 * x", "assert np.allclose(mine(3.0), 6.0)", {EMPTY, EQUAL}),
    "equality": ("[x, 2 * x]", "assert mine(3.0) == [3.0, 6.0]", {EQUAL, ONE}),
    "a loop over what came": (
        "{'a': x, 'b': x}",
        "found = mine(3.0)\n    for name, number in found.items():\n        assert float(number) == 3.0, name",
        {ONE, NOTHING},
    ),
    "what must not hold": ("2 * x", "assert not abs(float(mine(3.0)) - 6.0) > 1e-6", {NAN}),
    "a result that is 0": ("x - 3.0", "assert float(mine(4.0) * 0.0) == 0.0", {ZEROS, EQUAL}),
    "any truth": ("x > 1.0", "assert mine(3.0)", {EQUAL}),
}
STRONG = {
    "a plain number": (
        "2 * x",
        "found = mine(3.0)\n    assert np.shape(found) == () and abs(float(found) - 6.0) < 1e-9",
    ),
    "an array": ("np.array([x])", "np.testing.assert_array_equal(np.asarray(mine(3.0), float), [3.0], strict=True)"),
}


def rewrite(kata, gives, test):
    for wrong in kata.wrong_answers:  # which would be judged, too
        wrong.unlink()
    kata.solution.write_text(f'"""One."""\n\nimport numpy as np\n\n\ndef mine(x):\n    return {gives}\n')
    kata.test.write_text(f"import numpy as np\nimport pytest\nfrom mine import mine\n\n\ndef test_it():\n    {test}\n")


@pytest.mark.parametrize("name", WEAK)
def test_a_test_that_takes_an_answer_that_fits_everything_is_told_of(name, kata, warm):
    gives, test, kinds = WEAK[name]
    rewrite(kata, gives, test)
    told = [problem for problem in problems(kata, warm.run) if problem.startswith("the tests take ")]
    assert {
        kind for kind in (EMPTY, ZEROS, NAN, EQUAL, ONE, NOTHING) if any(f"take {kind} that" in t for t in told)
    } == kinds
    assert all("that mine should give: " in problem for problem in told)


@pytest.mark.parametrize("name", STRONG)
def test_a_test_that_looks_at_type_shape_and_number_takes_none(name, kata, warm):
    rewrite(kata, *STRONG[name])
    assert not [problem for problem in problems(kata, warm.run) if problem.startswith("the tests take ")]


def test_gradients_that_fit_everything_are_tried_on_nodes(kata, warm):
    text = kata.test.read_text().replace(
        'check_gradients(nodes[-1], call="mine(a, b, product, L)")',
        "assert nodes[-1].grad == pytest.approx(1.0)",
    )
    kata.test.write_text(text)
    told = [problem for problem in problems(kata, warm.run) if problem.startswith("the tests take ")]
    assert any(f"take {EMPTY} that mine should give" in problem for problem in told)


def test_a_function_that_only_the_solution_calls_is_not_asked_for(kata, warm):
    rewrite(kata, "helper(x)\n\n\ndef helper(x):\n    return 2 * x", STRONG["a plain number"][1])
    assert not [problem for problem in problems(kata, warm.run) if "helper" in problem]
