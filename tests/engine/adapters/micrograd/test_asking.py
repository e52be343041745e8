"""Each rule asked alone."""

import pytest

from handgrad.rulecheck.rule import UPSTREAM

from .cases import ADD, MUL, load
from .stages import Stages


def asked(made):
    stages = Stages(made)
    return stages.sittings(made)


def test_a_right_rule_gives_slope_times_upstream_and_keeps_what_stood_there():
    engine = load("closures")
    sittings = asked(engine.Value(2.0) * engine.Value(-3.0))
    assert len(sittings) > 3  # where it stands, and elsewhere
    for sitting in sittings:
        told = sitting.asked
        a, b = told.rule.inputs
        assert told.given == pytest.approx((b * told.upstream, a * told.upstream))
        assert told.rule.output == pytest.approx(a * b)
        assert told.kept == (True, True)
        assert (told.changed, sitting.spoilt, sitting.repeats, told.is_coarse) == ((), (), False, False)


def test_an_assignment_is_seen_by_what_stood_there_before(tmp_path):
    engine = load("closures", tmp_path, (MUL, "other.grad +=", "other.grad ="))
    assert {one.asked.kept for one in asked(engine.Value(2.0) * engine.Value(-3.0))} == {(True, False)}


def test_a_rule_that_changes_its_own_gradient_or_an_operand_is_seen(tmp_path):
    engine = load("closures", tmp_path, ("def __neg__", "self.grad +=", "out.grad *= 2.0\n            self.grad +="))
    assert {one.asked.changed for one in asked(-engine.Value(2.0))} == {(UPSTREAM,)}
    engine = load("closures", tmp_path, ("def exp", "self.grad +=", "self.data = 0.0\n            self.grad +="))
    assert {one.asked.changed for one in asked(engine.Value(2.0).exp())} == {(0,)}


def test_an_operand_in_two_places_is_given_both_parts_in_the_first():
    a = load("closures").Value(3.0)
    for sitting in asked(a * a):
        told = sitting.asked
        assert told.given == (pytest.approx(2 * told.rule.inputs[0] * told.upstream), None)


def test_a_rule_that_hands_on_what_came_earlier_repeats(tmp_path):
    new = "gradient = self.gradient = self.gradient + gradient"
    engine = load("recursive", tmp_path, ("def backward", "self.gradient += gradient", new))
    stages = Stages(engine.program())
    node = next(one for one in stages.graph.order if len(stages.graph[one].operands) == 2)
    assert any(sitting.repeats for sitting in stages.sittings(node))


def test_what_is_written_to_an_operand_that_the_node_does_not_record_is_seen(tmp_path):
    engine = load("closures", tmp_path, (ADD, "(self, other), ", "(self,), "))
    node = engine.Value(2.0) + engine.Value(3.0)
    stages = Stages(node)
    assert stages.asker.writes_to_unrecorded(stages.graph[node])
