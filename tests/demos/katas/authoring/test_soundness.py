"""What `handgrad verify` says of tests that take any answer, and of numbers that do not follow."""

import pytest

from handgrad.demos.katas.authoring.making import make_kata
from handgrad.demos.katas.authoring.numbers import wrong_numbers
from handgrad.demos.katas.authoring.soundness import problems
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.warm import WarmProcess


@pytest.fixture(scope="module")
def warm():
    process = WarmProcess()
    yield process
    process.close()


@pytest.fixture
def kata(tmp_path):
    return Course(make_kata(tmp_path, "mine")).katas[0]


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


RIGHT = [
    "The slope is `3 * 5**2 = 75`, and `5.01**3 - 5**3` is 0.7515: about 75 to one.",
    "`tanh(0.5)` is 0.4621, so its slope there is 1 - 0.4621^2 = 0.7864.",
    "Nudge `b` to 4.1: 6/4.1 is 1.463. Then `dy/da` is 1/4 = 0.25 and `dy/db` is -6/16 = -0.375.",
    "The sum is `y = a + b`.\n\nExample: `a = 3`, `b = 5`, `y = 8`. Nudge `a` to 3.1 and `y` is 8.1.",
    "    p = exp(z)     q = p + 1\n\nExample: z = 0, so p = 1 and q = 2.",
    "Example: n = 3.\n\n    dout   = [3, 0, 0]\n    n*dout = [9, 0, 0]",
    "    np.ones((2, 2)) + np.array([1, 5]) = [[2, 6], [2, 6]]",
    '`TWICE["*"](3.0)` is `6.0`, `twice(2.5)` is 5, and `pair(1.0)` is `(1.0, 2.0)`.',
    "    y = exp(x)     y = log(x)\n\nExample: x = 3, y = 7.",
    "It is 3 of 4, the last is near log(6) = 1.79, 2 is at least 1 and dL/dm is 0, whatever x is.",
    ">>> twice(1/3)\n0.6667\n>>> print('twice')\ntwice",
    "No number at all.",
]
WRONG = [
    ("The slope is `3 * 5**2 = 70`.", "3 * 5**2 is 75, not 70."),
    ("Its slope there is 1 - 0.4621^2 = 0.7846.", "1 - 0.4621^2 is 0.786464, not 0.7846."),
    ("dy/db is -6/16 = 0.375.", "-6/16 is -0.375, not 0.375."),
    ("`y = a + b`.\n\nExample: `a = 3`, `b = 5`, `y = 9`.", "y = a + b is 8, not 9."),
    ("    p = exp(z)     q = p + 1\n\nExample: z = 0, so q = 3.", "q = p + 1 is 2, not 3."),
    ("n = 3.\n\n    dout   = [3, 0, 0]\n    n*dout = [9, 0, 1]", "n*dout is [9., 0., 0.], not [9, 0, 1]."),
    ('`TWICE["*"](3.0)` is `5.0`.', 'TWICE["*"](3.0) is 6, not 5.0.'),
    ("`pair(1.0)` is `(1.0, 3.0)`.", "pair(1.0) is [1., 2.], not (1.0, 3.0)."),
    (">>> twice(1/3)\n0.6668\n", "Expected: 0.6668 Got: 0.6666666666666666"),
]
NAMES = {"twice": lambda x: 2 * x, "TWICE": {"*": lambda x: 2 * x}, "pair": lambda x: (x, 2 * x)}


@pytest.mark.parametrize("text", RIGHT)
def test_numbers_that_follow_are_passed_over(text):
    assert wrong_numbers(text, NAMES) == []


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_number_that_does_not_follow_is_told_with_the_one_that_does(text, said):
    (told,) = wrong_numbers(text, NAMES)
    assert told == said or (text.startswith(">>>") and said in told)


def test_verify_checks_the_numbers_of_the_text_by_the_solutions_own_functions(kata, warm):
    text = kata.folder / "kata.md"
    assert "make L = -9" in text.read_text()
    text.write_text(text.read_text().replace("make L = -9", "make L = -8") + '\n`TABLE["*"](2.0)` is 5.\n')
    kata.solution.write_text(kata.solution.read_text() + '\n\nTABLE = {"*": lambda x: 2 * x}\n')
    told = [problem for problem in problems(kata, warm.run) if problem.startswith("kata.md")]
    assert told == ["kata.md: L = a * b + a is -9, not -8.", 'kata.md: TABLE["*"](2.0) is 4, not 5.']
