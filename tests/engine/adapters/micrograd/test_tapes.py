"""Engines that write down what they compute, and whose walk goes through that with a branch for each operation."""

import pytest

from handgrad import probe

from .cases import build_of, load


def test_a_right_tape_is_let_be():
    assert probe(build_of(load("tapes").program)).ok


@pytest.mark.parametrize(
    ("right", "wrong", "kinds"),
    [
        ("g / (2 * number.v)", "g / (2 * operands[0].v)", {"rule"}),
        ("operands[1].d -= g", "operands[1].d += g", {"sign"}),
        ("in reversed(TAPE)", "in TAPE", {"order", "missing-path"}),
        ("in reversed(TAPE)", "in sorted(TAPE, key=lambda entry: entry[1].v)", {"order", "missing-path"}),
    ],
)
def test_a_wrong_line_of_a_tape_is_named_where_it_stands(right, wrong, kinds, tmp_path):
    (cause,) = probe(build_of(load("tapes", tmp_path, ("def backward", right, wrong)).program), quick=True).causes
    assert wrong in cause.source.text
    assert kinds & {cause.slip.kind, *cause.slip.also}
    assert "nothing in this graph shows it" not in cause.slip.message


def test_operations_are_called_as_they_are_written_and_not_by_the_variables_of_the_engine(tmp_path):
    found = probe(
        build_of(load("tapes", tmp_path, ("def backward", "operands[1].d -= g", "operands[1].d += g")).program)
    )
    assert "operands" not in "".join(one.name for one in found)


def test_a_walk_that_assigns_what_a_square_gives_twice_is_named_and_not_the_rule(tmp_path):
    change = ("def backward(self)", "x.grad = gx if x.grad is None else x.grad + gx", "x.grad = gx")
    engine = load("creators", tmp_path, change)

    def program():
        x = engine.Variable(0.7, "x")
        return engine.Exp()(x * x)

    (cause,) = probe(build_of(program)).causes
    assert (cause.slip.kind, cause.source.text) == ("overwrites", "x.grad = gx")
