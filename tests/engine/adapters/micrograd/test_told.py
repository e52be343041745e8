"""What `probe` gives behaves as what `compare` gives."""

import json

import pytest

from handgrad import Comparison, Status, Value, probe, viz
from handgrad.errors import NotANodeError

from .cases import load


@pytest.fixture
def exp_wrong(tmp_path):
    engine = load("closures", tmp_path, ("def exp", "out.data * out.grad", "self.data * out.grad"))
    a, b = engine.Value(0.5, label="a"), engine.Value(-1.5, label="b")
    c = a * b
    d = c.exp()
    root = d + a
    root.backward()
    return probe(root), a, b, c, root


@pytest.mark.rest
def test_it_is_a_comparison_and_is_false_where_there_are_causes(exp_wrong):
    comparison, *_ = exp_wrong
    assert isinstance(comparison, Comparison)
    assert bool(comparison) is comparison.ok is False
    assert len(comparison) == len(comparison.results) == len(list(comparison)) == 5


@pytest.mark.rest
def test_it_is_asked_by_their_nodes(exp_wrong):
    comparison, _, b, c, root = exp_wrong
    assert comparison[c].status is Status.WRONG
    assert comparison[c].name == "c"
    assert (comparison[b].status, comparison[root].status) == (Status.CARRIED, Status.CORRECT)
    assert comparison[c] is comparison[comparison[c].node]
    with pytest.raises(NotANodeError):
        comparison["a"]


@pytest.mark.rest
def test_causes_are_wrong_and_what_follows_is_carried(exp_wrong):
    comparison, a, b, c, _ = exp_wrong
    assert [one.node for one in comparison.causes] == [comparison[c].node]
    assert {one.node for one in comparison.wrong} == {comparison[node].node for node in (a, b, c)}
    assert comparison.missing == ()


@pytest.mark.rest
def test_numbers_are_theirs_and_the_true_ones(exp_wrong):
    comparison, _, b, c, _ = exp_wrong
    assert comparison[c].actual == c.grad == c.data
    assert comparison[c].expected == pytest.approx(0.4723665527410147)
    assert comparison[b].actual == b.grad


@pytest.mark.rest
def test_the_text_names_the_rule_its_line_and_the_question(exp_wrong):
    comparison, *_ = exp_wrong
    text = str(comparison)
    assert "exp (closures.py:88), what it passes to" in text
    assert "is it the input or the output that" in text
    assert "Fix first" in text
    assert "0.29145" in text
    assert "0.29145" not in comparison.table(reveal=False)


@pytest.mark.rest
def test_as_a_dict_it_holds_the_line(exp_wrong):
    comparison, *_ = exp_wrong
    told = json.loads(json.dumps(comparison.to_dict()))
    assert told["ok"] is False
    (cause,) = [node for node in told["nodes"] if node["status"] == "wrong"]
    assert cause["source"][1:] == [88, "self.grad += self.data * out.grad"]
    assert cause["slip"]["kind"] == "rule"


@pytest.mark.rest
def test_the_picture_is_of_their_graph_in_their_labels(exp_wrong):
    comparison, *_ = exp_wrong
    picture = viz.draw(comparison).source
    assert "<B>a</B>" in picture
    assert "<B>b</B>" in picture
    assert "color=red" in picture
    assert "exp" in picture


def test_a_graph_of_arrays_gives_results_on_arrays(tmp_path):
    engine = load("tensors", tmp_path, ("def __matmul__", "other.data.T", "other.data"))
    x, w = engine.Tensor([[1.0, 2.0], [0.5, -1.0]]), engine.Tensor([[0.3, -0.7], [1.1, 0.2]])
    root = (x @ w).sum()
    root.backward()
    comparison = probe(root)
    assert comparison[x].shape == (2, 2)
    assert comparison[x].slip.kind == "transposed"
    assert comparison[x].source.text == "self.grad = self.grad + out.grad @ other.data"
    assert comparison[w].status is Status.CORRECT
    assert "color=red" in viz.draw(comparison).source


@pytest.mark.rest
def test_its_root_is_a_node_to_draw_or_walk(exp_wrong):
    comparison, _, _, _, root = exp_wrong
    assert isinstance(comparison.root, Value)
    assert comparison.root is comparison[root].node
    assert comparison.root.data == root.data


def test_a_root_of_several_entries_is_judged_for_the_gradient_it_began_with():
    engine = load("functions")
    x = engine.Tensor([[1.0, -2.0], [3.0, 0.5]])
    root = x * x
    root.backward()
    assert probe(root).ok
