"""A rule that passes on a wrong number, named by the one diagnosis."""

import pytest

from handgrad.adapters.micrograds.exercise import likeliest, wrong_in

from .cases import MUL, load
from .stages import Stages


def wrong(node, *names):
    stages = Stages(node)
    operation = stages.operation(node, "op")
    return [wrong_in(trial, operation, stages.engine, names, "out") for trial in stages.trials(node)]


def test_of_a_right_rule_nothing_is_wrong():
    engine = load("closures")
    assert not any(wrong(engine.Value(2.0) * engine.Value(3.0), "a", "b"))


@pytest.mark.parametrize(
    ("new", "kind"),
    [("self.data * out.grad", "swapped"), ("other.data", "forgot-upstream"), ("-other.data * out.grad", "sign")],
)
def test_a_wrong_one_is_named_for_the_operand_that_it_is_wrong_for(tmp_path, new, kind):
    engine = load("closures", tmp_path, (MUL, "other.data * out.grad", new))
    for found in wrong(engine.Value(2.0) * engine.Value(-3.0), "a", "b"):
        (one,) = found
        assert (one.which, one.kind) == (0, kind)
        assert one.true == pytest.approx(one.trial.inputs[1] * one.trial.upstream)
        assert one.clause
        assert not one.clause.startswith("a: ")


def test_the_slip_that_fits_at_most_points_is_the_likeliest(tmp_path):
    engine = load("closures", tmp_path, ("def exp", "out.data * out.grad", "self.data * out.grad"))
    found = [one for each in wrong(engine.Value(1.5).exp(), "x") for one in each]
    assert likeliest(found).kind == "rule"
    unnamed = [one._replace(slip=None) for one in found]
    assert likeliest(unnamed) is unnamed[0]
    assert likeliest([unnamed[0], found[1]]) is found[1]
