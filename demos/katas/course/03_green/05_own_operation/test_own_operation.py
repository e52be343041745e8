"""Checks swish by gradcheck, and holds_at on rules that are right and rules that are wrong somewhere."""

import math
from contextlib import suppress

from own_operation import holds_at, swish

from handgrad import Value, gradcheck, op
from handgrad.demos.katas.checking import say_known
from handgrad.ops import Op
from handgrad.testing import GradientError


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


# On both sides of zero, and no 0 or 1, so that a slip changes the answer.
POINTS = (-2.6, -1.4, -0.6, 0.4, 0.7, 1.7, 3.1)

# What people take for the rule, with s for the sigmoid and y for the output, and what to ask.
MISTAKES = (
    (lambda x, s, y: s, "only what comes through the factor x is there. Does the sigmoid not move with x?"),
    (lambda x, s, y: x * s * (1 - s), "only what comes through the sigmoid is there. Where else does x stand?"),
    (lambda x, s, y: s * (1 - s), "that is the slope of the sigmoid alone. By what is the sigmoid multiplied?"),
    (lambda x, s, y: s + s * (1 - s), "of a product, by what is the slope of the second factor multiplied?"),
    (lambda x, s, y: x + s * (1 - s), "of a product, by what is the slope of each factor multiplied?"),
    (lambda x, s, y: 1 + s * (1 - s), "of a product, by what is the slope of each factor multiplied?"),
    (lambda x, s, y: s - x * s * (1 - s), "one of the two contributions comes with the wrong sign."),
    (
        lambda x, s, y: x * s * s * (1 - s),
        "the two contributions are multiplied. What does the chain rule do with them?",
    ),
    (lambda x, s, y: s + x * (1 - s), "the slope of the sigmoid has two factors: where is the other?"),
    (lambda x, s, y: s + x * s, "the slope of the sigmoid has two factors: where is the other?"),
    (lambda x, s, y: s + x * (1 - s * s), "is that the slope of the sigmoid, or of tanh?"),
    (lambda x, s, y: s + x * x * (1 - x), "the sigmoid's slope is that of its output: is x its output?"),
    (
        lambda x, s, y: s + x * y * (1 - y),
        "the sigmoid's slope is that of its output: is y its output, or that of swish?",
    ),
    (lambda x, s, y: s + y * (1 - y), "is y the output of the sigmoid, or of swish?"),
    (lambda x, s, y: y * (1 - y), "is y the output of the sigmoid, or of swish?"),
    (
        lambda x, s, y: s + x * s * (1 - x),
        "the slope of the sigmoid is that of its output, s*(1 - s): is x its output?",
    ),
    (lambda x, s, y: s + x * s * (1 + s), "the slope of the sigmoid is s*(1 - s): where is the minus?"),
    (lambda x, s, y: s + x * s * s, "the slope of the sigmoid is s*(1 - s): where is 1 - s?"),
    (
        lambda x, s, y: s + s * s * (1 - s),
        "the slope of the sigmoid is multiplied by s. By what does swish multiply the sigmoid?",
    ),
    (
        lambda x, s, y: 1 + x * s * (1 - s),
        "what comes through the factor x is 1 there. By what is x multiplied?",
    ),
    (
        lambda x, s, y: x + x * s * (1 - s),
        "what comes through the factor x is x there. By what is x multiplied?",
    ),
    (
        lambda x, s, y: y + x * s * (1 - s),
        "what comes through the factor x is swish itself there. By what is x multiplied?",
    ),
    (lambda x, s, y: -s - x * s * (1 - s), "the size is right, the sign is not."),
    (lambda x, s, y: s * (1 - s) * s, "the two contributions are multiplied, and x is left out."),
    (
        lambda x, s, y: sigmoid(y) + x * sigmoid(y) * (1 - sigmoid(y)),
        "the sigmoid is that of y there. What goes into it in the forward pass?",
    ),
    (
        lambda x, s, y: y + x * y * (1 - y),
        "y stands for the sigmoid there. Is y its output, or that of swish?",
    ),
    (lambda x, s, y: 1.0, "that is 1, the slope of x alone. By what is x multiplied?"),
    (lambda x, s, y: y, "that is swish itself, not its slope."),
)

# What people take for swish, and what to ask.
FORWARDS = (
    (lambda x: x * sigmoid(-x), "That is x * sigmoid(-x): which sign does the exponent have?"),
    (lambda x: -x * sigmoid(x), "The size is right, the sign is not."),
    (sigmoid, "That is the sigmoid alone: by what is it multiplied?"),
    (lambda x: x + sigmoid(x), "That is x + sigmoid(x): the two are to be multiplied."),
    (lambda x: x / sigmoid(x), "That is x divided by the sigmoid, x * (1 + exp(-x)): the sum belongs below the line."),
    (lambda x: sigmoid(x) / x, "That is the sigmoid divided by x: the two are to be multiplied."),
    (lambda x: x * x * sigmoid(x), "There x is multiplied in twice: by what is the sigmoid multiplied?"),
    (lambda x: x * sigmoid(x) * (1.0 - sigmoid(x)), "That is x * the slope of the sigmoid, not x * the sigmoid."),
    (lambda x: sigmoid(x) * (1.0 - sigmoid(x)), "That is the slope of the sigmoid: what is its value?"),
    (lambda x: sigmoid(x) * sigmoid(x), "That is the sigmoid squared: by what is it multiplied?"),
    (lambda x: sigmoid(x * sigmoid(x)), "That is the sigmoid of swish: is it taken twice?"),
    (lambda x: sigmoid(x * x), "That is sigmoid(x * x): is x multiplied within the sigmoid, or after it?"),
    (lambda x: x * math.tanh(x), "That is x * tanh(x): tanh is another curve than the sigmoid."),
    (lambda x: x / (1.0 - math.exp(-x)), "That is x / (1 - exp(-x)): the sigmoid has a plus there."),
    (lambda x: x / math.exp(-x), "That is x / exp(-x): what stands below the line besides exp(-x)?"),
    (lambda x: x * math.exp(-x), "That is x * exp(-x): the sigmoid is 1 over something."),
    (lambda x: x / 1.0 + math.exp(-x), "That is x / 1 + exp(-x): the sum below the line belongs in brackets."),
    (lambda x: x * max(0.0, x), "That is x * relu(x), not x * sigmoid(x)."),
    (lambda x: max(0.0, x), "That is relu: where is the sigmoid?"),
    (lambda x: x, "That is x alone: by what is it multiplied?"),
)


def the_operation():
    is_declared = isinstance(swish, Op)
    assert is_declared, (
        f"Looked up swish.\nIt is {swish!r}.\nExpected: an operation.\n"
        'Is it declared with op("swish", forward, derivative)?'
    )
    return swish


def test_swish_has_the_right_value():
    operation = the_operation()
    for x in POINTS:
        got, expected = operation(x).data, x * sigmoid(x)
        is_right = abs(got - expected) <= 1e-9
        assert is_right, (
            f"Called swish({x}).\nIts data is {got:.6g}.\nExpected: x * sigmoid(x).\n"
            f"Look at the forward rule, the second argument of op.{usual_forward(operation)}"
        )


def test_the_rule_of_swish_agrees_with_central_differences():
    operation = the_operation()
    for x in POINTS:
        check = gradcheck(operation, Value(x, "x"))
        if not check.ok:
            raise GradientError(
                f"Called gradcheck(swish, {x}).\n\n{usual_mistake(operation)}{check.table()}\n\n"
                "Expected: a rule that gives what central differences measure, the sum over both uses of x.",
                check,
            )
        # And by a formula, as an operation with no value beside these points has no slope to measure.
        (got,), s = operation.derivatives(x, operation(x).data), sigmoid(x)
        is_right = abs(got - (s + x * s * (1.0 - s))) <= 1e-9
        assert is_right, (
            f"Called the rule of swish at {x}.\nIt gave {got:.6g}.\nExpected: the slope of x * sigmoid(x).\n"
            "Does swish have a value, and a slope, at every x?"
        )


def usual_forward(operation):
    """What to say of a value that is a usual mistake at every one of the points; "" of another."""
    with suppress(ArithmeticError, ValueError, TypeError):
        return say_known(values(operation), (([wrong(x) for x in POINTS], says) for wrong, says in FORWARDS))
    return ""


def usual_mistake(operation):
    """What to say of a rule that is a usual mistake at every one of the points; "" of another."""
    with suppress(ArithmeticError, ValueError, TypeError):
        given = [(x, sigmoid(x), y) for x, y in zip(POINTS, values(operation))]
        slopes = [operation.derivatives(x, y)[0] for x, _, y in given]
        if says := say_known(slopes, (([wrong(*each) for each in given], says) for wrong, says in MISTAKES)):
            return f"Your derivative:{says}\n\n"
    return ""


def values(operation):
    return [operation(x).data for x in POINTS]


CUBE = op("cube", lambda x: x**3, lambda x, y: 3 * x**2)
WRONG_CUBE = op("cube", lambda x: x**3, lambda x, y: 3 * x**3)
SIZE = op("size", abs, lambda x, y: 1.0)

# What holds_at is asked: an operation, points, and what its answer should be.
RIGHT = (CUBE, [-1.3, 0.7, 2.6], True)
NOWHERE = (WRONG_CUBE, [-1.3, 0.7, 2.6], False)
LAST, FIRST, MIDDLE = ((SIZE, points, False) for points in ([0.7, 1.3, -1.6], [-1.6, 0.7, 1.3], [0.7, -1.6, 1.3]))
QUESTIONS = (RIGHT, NOWHERE, LAST, FIRST, MIDDLE)

# What people answer to all of these, and what to ask.
ANSWERS = (
    ([True, True, True, True, True], "It says True of every operation: is what gradcheck finds of this one looked at?"),
    ([False, False, False, False, False], "It says False of every operation, of a right one too."),
    ([False, True, True, True, True], "It says the opposite: True is for a rule that is right."),
    ([True, False, True, True, True], "It says True where any of the points is right: is one enough?"),
    ([True, False, True, False, True], "It looks at the first point alone: when does the loop return?"),
    ([True, False, False, True, True], "It looks at the last point alone: does each answer replace the one before?"),
)


def judge(operation, points, expected, meaning):
    got = holds_at(operation, points)
    is_right = bool(got) is expected
    assert is_right, (
        f"Called holds_at({operation.name}, {points}).\nIt returned {got!r}.\nExpected: {expected}. {meaning}\n"
        f"{usual_answers()}"
    )


def usual_answers():
    """What to ask about answers that are usual mistakes, or others."""
    answers = [bool(holds_at(operation, points)) for operation, points, _ in QUESTIONS]
    return say_known(answers, ANSWERS).strip() or "Does it ask gradcheck about the rule, at every one of the points?"


def test_a_right_rule_holds():
    judge(*RIGHT, "The slope of x^3 is 3*x^2 everywhere.")


def test_a_wrong_rule_does_not_hold():
    judge(*NOWHERE, "The exponent of that rule is not lowered.")


def test_a_rule_that_is_wrong_at_one_point_does_not_hold():
    for question in (LAST, FIRST, MIDDLE):
        judge(*question, "The slope of |x| is 1 above zero only.")
