"""The loop that trains."""

import ast

import pytest

from handgrad.adapters.script.loop import Turn, moved_in_part, strip_rate, turn_of, updates_in

from .networks import ELEVEN_LINES, RECURRENT, TWO_LAYERS


def first_line(text):
    return ast.unparse(turn_of(ast.parse(text)).body[0]).splitlines()[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (ELEVEN_LINES, "l1 = 1 / (1 + np.exp(-np.dot(X, syn0)))"),
        (TWO_LAYERS, "hidden = np.maximum(0, np.dot(X, W) + b)"),
        (RECURRENT, "if p + 4 >= len(text) or n == 0:"),
    ],
)
def test_the_turn_is_that_of_the_loop_that_moves_the_parameters(text, line):
    assert first_line(text) == line


def test_of_loops_within_loops_the_inner_one_counts_and_the_variables_of_all_are_there():
    text = "w = 1.0\nfor epoch in range(3):\n  order = [2, 0]\n  for i in order:\n    dw = w * i\n    w -= 0.1 * dw\n"
    turn = turn_of(ast.parse(text))
    assert ast.unparse(turn.body[0]) == "dw = w * i"
    space = {}
    exec(compile(ast.Module(turn.before, []), "net.py", "exec"), space)
    assert (space["epoch"], space["i"], space["w"]) == (0, 2, 1.0)


def test_a_loop_in_the_block_of_a_program_is_found():
    text = "w = 1.0\nif __name__ == '__main__':\n  for i in range(3):\n    dw = 2 * w\n    w = w - 0.1 * dw\n"
    assert first_line(text) == "dw = 2 * w"


def test_without_a_loop_the_turn_is_what_follows_the_parameters():
    turn = turn_of(ast.parse("w = 2.0\nb = 1.0\nh = w * 3\nloss = h + b\ndh = 1.0\ndw = 3 * dh\ndb = 1.0\n"))
    assert ast.unparse(turn.body[0]) == "h = w * 3"


def test_a_step_is_left_out_of_what_moves_a_parameter():
    turn = turn_of(ast.parse("lr = 0.1\nw = 1.0\nfor i in range(3):\n  g = w * 2\n  w += -lr * (g / 4)\n"))
    (update,) = updates_in(turn.body)
    assert (update.name, update.sign) == ("w", 1)
    assert ast.unparse(strip_rate(update.by, turn.before)) == "g / 4"


def test_a_loop_over_examples_is_the_turn_and_one_over_parameters_is_within_it():
    examples = "w = 1.0\nfor _ in range(3):\n  for x, y in zip(X, Y):\n    dw = w * x - y\n    w -= 0.1 * dw\n"
    assert first_line(examples) == "dw = w * x - y"
    parameters = "w = 1.0\nfor _ in range(3):\n  dw = w * x\n  for p, d in zip([w], [dw]):\n    p -= 0.1 * d\n"
    assert first_line(parameters) == "dw = w * x"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("-rate * delta @ h.T", "delta @ h.T"),
        ("rate * dw / n", "dw / n"),
        ("rate * 2 * (p - y) * x", "2 * (p - y) * x"),
        ("2 * rate * (p - y) * x", "(p - y) * x"),
        ("0.1 * 2 * x", "x"),
        ("2 * x * rate", "2 * x"),
    ],
)
def test_a_step_is_left_out_in_front_of_a_product_and_behind_it(text, wanted):
    left = strip_rate(ast.parse(text, mode="eval").body, ast.parse("rate = 0.1").body)
    assert ast.unparse(left) == wanted
    assert f"({ast.get_source_segment(text, left)}".endswith(wanted)  # a bracket in front has no place of its own


def test_what_moves_a_part_of_a_parameter_is_found():
    body = ast.parse("delta = p - y\nW[rows] -= rate * delta\ncount[0] += 1\nown = W * 1\nown[0] += delta").body
    before = ast.parse("W, count = 1.0, [0]").body
    assert list(moved_in_part(Turn(before, body))) == [("W[rows]", 2)]
