"""Engines whose nodes are made by a helper, several at once, or get their numbers later than their operands."""

import pytest

from handgrad import probe

from .cases import build_of, from_file, load


def test_a_tape_that_makes_nodes_by_one_method_is_right_though_a_slope_of_0_is_off_by_roundings():
    found = probe(build_of(load("makers").program))
    assert found.ok, str(found)


def test_paths_that_a_node_does_not_record_are_missed_where_several_are_made_at_once(tmp_path):
    change = (
        "def shares",
        "spots, [p[i] * ((i == j) - p[j]) for j in range(len(p))]",
        "[spots[i]], [p[i] * (1 - p[i])]",
    )
    found = probe(build_of(load("makers", tmp_path, change).program))
    assert {one.source.text for one in found.causes} == {
        "return [self.make(p[i], [spots[i]], [p[i] * (1 - p[i])]) for i in range(len(p))]"
    }


def test_a_wrong_slope_is_told_in_the_operation_and_not_in_the_helper_that_makes_the_node(tmp_path):
    change = "def times", "(other.value, one.value)", "(one.value, other.value)"
    (cause,) = probe(build_of(load("makers", tmp_path, change).program)).causes
    assert cause.source.text == "return self.make(one.value * other.value, (one, other), (one.value, other.value))"


def test_operations_of_a_tape_are_called_by_its_methods(tmp_path):
    change = "def times", "(other.value, one.value)", "(one.value, other.value)"
    (cause,) = probe(build_of(load("makers", tmp_path, change).program), quick=True).causes
    assert cause.slip.message.startswith("times (makers.py:")


def test_numbers_that_are_computed_after_the_graph_was_built_are_judged():
    found = probe(build_of(load("later").program))
    assert found.ok, str(found)


@pytest.mark.parametrize(
    ("after", "right", "wrong"),
    [("class Tanh", "self.number**2", "one**2"), ("class Softsign", "(1 + abs(one)) ** 2", "(1 + abs(one))")],
)
def test_a_wrong_rule_of_an_engine_that_computes_later_is_told(after, right, wrong, tmp_path):
    (cause,) = probe(build_of(load("later", tmp_path, (after, right, wrong)).program)).causes
    assert wrong in cause.source.text


def test_a_node_that_was_never_computed_is_in_the_way_of_no_verdict(tmp_path):
    unused = "root = Tanh", "root = Tanh", "unused(x, 2)\n    root = Tanh"
    made = "def program", "def program", "def unused(one, number):\n    return Tanh(one)\n\n\ndef program"
    found = probe(build_of(load("later", tmp_path, made, unused).program))
    assert found.ok, str(found)


def test_an_operation_that_raises_wherever_its_operands_are_moved_is_said_to_be_taken_as_it_is(tmp_path):
    change = "class Softsign", "one / (1 + abs(one))", "{-1.3: 0.7319}[one]"
    found = probe(build_of(load("later", tmp_path, change).program))
    assert found.ok, str(found)
    assert "could not be asked alone" in found.remark


def test_closures_of_a_loop_that_all_see_its_last_turn_are_blamed_and_not_the_walk(tmp_path):
    path = tmp_path / "late.py"
    path.write_text(LATE, "utf-8")
    (cause,) = probe(from_file(path).build).causes
    assert cause.source.text == "one.d += share * out.d"


LATE = """\
class Node:
    def __init__(self, v, parts=()):
        self.v, self.d, self.parts, self.pull = v, 0.0, parts, lambda: None

    def backward(self):
        order = []
        def visit(node):
            if node not in order:
                for part in node.parts:
                    visit(part)
                order.append(node)
        visit(self)
        self.d = 1.0
        for node in reversed(order):
            node.pull()


def blend(shares, nodes):
    out, pulls = Node(sum(share * one.v for share, one in zip(shares, nodes)), nodes), []
    for share, one in zip(shares, nodes):
        def pull():
            one.d += share * out.d
        pulls.append(pull)
    out.pull = lambda: [pull() for pull in pulls]
    return out


def build():
    root = blend((0.2, 0.5, 0.3), [Node(1.5), Node(-0.7), Node(0.4)])
    root.backward()
    return root
"""
