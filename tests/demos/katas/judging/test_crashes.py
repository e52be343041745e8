"""An error as the learner wants to read it."""

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.judge import judge

COURSE = Course()


def message(kata, text, warm, answer):
    return judge(COURSE[kata], answer(text), run=warm.run).message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a.grad = ygrd", "name 'ygrd' is not defined. Did you mean 'ygrad'?"),
        ("a.grad = y.grda", "Did you mean 'grad'?"),
        ("a.gard = 1.0", "Did you mean 'grad'?"),
        ("a.grad = y._prev", "Here that is .operands."),
        ("a.grad = y.nothing_like_it", "has no attribute 'nothing_like_it'"),
        ("a.grad = zzz", "name 'zzz' is not defined"),
    ],
)
def test_a_name_that_is_none_is_told_with_the_one_that_was_meant(line, said, warm, answer):
    text = f"def backward(a, b, y):\n    ygrad = 1.0\n    y.grad = ygrad\n    {line}\n"
    found = message("add", text, warm, answer)
    assert found.startswith(f"add.py, line 4: {line}")
    assert said in found
    assert found.count("Did you mean") == said.count("Did you mean")


def test_an_empty_grad_of_a_node_beside_is_asked_whether_its_data_were_meant(warm, answer):
    text = "def backward(a, b, y):\n    y.grad = 1.0\n    a.grad = y.grad * b.grad\n"
    found = message("multiply", text, warm, answer)
    assert "b.grad is still empty, and a does not go into b. Did you mean b.data?" in found


def test_an_empty_grad_of_a_node_above_is_not_taken_for_data(warm, answer):
    text = "def backward(a, b, y):\n    a.grad = y.grad * b.data\n"
    found = message("multiply", text, warm, answer)
    assert "y.grad is still empty. Backward starts at the output" in found
    assert "y.data" not in found


def test_a_name_that_stands_in_what_was_given_is_told_where(warm, answer):
    text = COURSE["makemore_mlp"].solution.read_text("utf-8").replace('params["W2"].T', "W2.T")
    assert "name 'W2' is not defined. It is in params['W2']." in message("makemore_mlp", text, warm, answer)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("dk = dscores.T @ q", "dk = dscores @ q", "In this line: dscores (4, 6), q (4, 2)."),
        ("dk = dscores.T @ q", "dk = np.dot(dscores, q)", "In this line: dscores (4, 6), q (4, 2)."),
        ("dk = dscores.T @ q", "dk = 2.0 @ q", "the left operand of @ is a single number"),
        ("dk = dscores.T @ q", "dk = dscores + q", "The shapes (4, 6) and (4, 2) do not fit: each axis"),
    ],
)
def test_shapes_that_do_not_fit_are_told_in_plain_words_with_the_arrays_of_the_line(old, new, said, warm, answer):
    text = COURSE["attention"].solution.read_text("utf-8")
    assert old in text
    found = message("attention", text.replace(old, new), warm, answer)
    assert " do not fit: " in found
    assert said in found
    assert "gufunc" not in found


def test_an_axis_that_a_sum_before_the_line_dropped_is_told(warm, answer):
    text = COURSE["layernorm_steps"].solution.read_text("utf-8").replace("(dnorm * diff).sum(1, keepdims=True)", "{}")
    found = message("layernorm_steps", text.format("(dnorm * diff).sum(1)"), warm, answer)
    assert found.endswith("And dinv has shape (3,), inv (3, 1): a sum without keepdims=True drops an axis.")


def test_of_another_shape_that_does_not_fit_no_dropped_axis_is_told(warm, answer):
    text = "def softmax_rows(p, dp):\n    dp = dp.sum(0)\n    return p * dp[:2]\n"
    found = message("softmax_rows", text, warm, answer)
    assert "do not fit" in found
    assert "keepdims" not in found


def test_an_index_out_of_bounds_is_told_with_the_shapes_of_its_line(warm, answer):
    text = "def pick(p, y, dpicked):\n    dp = 0.0 * p\n    dp[y, [0, 1]] = dpicked\n    return dp\n"
    found = message("pick", text, warm, answer)
    assert "with size 2. In this line: dpicked (2,), dp (2, 3), y (2,). Which of the indices" in found
    assert found.endswith("is that of axis 0?")


def test_the_shapes_that_numpy_met_are_told_where_those_of_the_names_would_fit(warm, answer):
    text = "def softmax_rows(p, dp):\n    return p * (dp - (dp * p).sum(1))\n"
    found = message("softmax_rows", text, warm, answer)
    assert "The shapes (3, 5) and (3,) do not fit: each axis" in found
    assert "In this line: p (3, 5), dp (3, 5)." in found


def test_a_node_that_a_walk_in_another_order_has_nothing_for_is_told_by_its_name(warm, answer):
    text = COURSE["backward"].solution.read_text("utf-8").replace("dict.fromkeys(order, 0.0)", "{}")
    text = text.replace("gradient[operand] +=", "gradient[operand] = gradient.get(operand, 0.0) +")
    found = message("backward", text.replace("reversed(order)", "order"), warm, answer)
    assert found.endswith("KeyError: nothing is stored for the node e yet. Was every node that uses it visited before?")


def test_another_value_error_is_told_as_it_is(warm, answer):
    found = message("add", "def backward(a, b, y):\n    y.grad = float('x')\n", warm, answer)
    assert "could not convert string to float: 'x'" in found


@pytest.mark.parametrize("change", ["y._first = None", "y.op = None", "y.label = 3"])
def test_where_the_test_itself_breaks_it_is_said_that_the_answer_is_the_cause(change, warm, answer):
    found = message("add", f"def backward(a, b, y):\n    y.grad = a.grad = b.grad = 1.0\n    {change}\n", warm, answer)
    assert found.startswith("Its test failed on what add.py returned or changed:\ntest_add.py, line ")


def test_an_interruption_by_the_answer_itself_is_told_with_its_line(warm, answer):
    found = message("add", "def backward(a, b, y):\n    raise KeyboardInterrupt\n", warm, answer)
    assert found == "add.py, line 2: raise KeyboardInterrupt\nKeyboardInterrupt"


@pytest.mark.parametrize("member", ["comparison = property(lambda self: 1 / 0)", "def __str__(self): raise self"])
def test_an_error_that_breaks_whoever_looks_at_it_is_told_with_its_line(member, warm, answer):
    text = f"class Odd(AssertionError):\n    {member}\n\n\ndef backward(a, b, y):\n    raise Odd\n"
    assert "add.py, line 6: raise Odd\nadd.Odd" in message("add", text, warm, answer)
