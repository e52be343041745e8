"""The numbers of a kata's text: those that follow, and those that do not."""

import pytest

from handgrad.demos.katas.authoring.numbers import wrong_numbers

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
    ">>> float(np.maximum(1.0, math.sqrt(4.0)))\n2.0",
    "exp(0) is 1, log(1) is 0, sqrt(4) is 2, tanh(0) is 0, sin(0) is 0, cos(0) is 1 and sigmoid(0) is 0.5.",
    "abs(-2) is 2, relu(-1) is 0, relu(3) is 3, max([1, 3]) is 3, min([1, 3]) is 1 and sum([1, 3]) is 4.",
    "With x = 0.333 it is 3*x = 1.000, as x is rounded.",
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
    ("`pair(1/3)` is `(1.0, 2.0)`.", "pair(1/3) is [0.333333, 0.666667], not (1.0, 2.0)."),
    ("With x = 3 it is 2*x = 6.5.", "2*x is 6, not 6.5."),
    ("With x = 3.1 it is 2*x = 6.25.", "2*x is 6.2, not 6.25."),
    ("With x = 0.333 it is 3*x = 1.002.", "3*x is 0.999, not 1.002."),
    ("sigmoid(0) is 1.", "sigmoid(0) is 0.5, not 1."),
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
