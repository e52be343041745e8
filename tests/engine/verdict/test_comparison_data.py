"""What a comparison is made of, whoever has found it out."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Comparison, Status, Value, compare
from handgrad.arrays import array
from handgrad.names import Names
from handgrad.slips.slip import Slip
from handgrad.verdict.comparison import ComparisonData
from handgrad.verdict.rounding import Tolerance

from ..slips.lecture import filled


def apart(**more: object) -> tuple[Comparison, Value, Value, Value]:
    """A root that nobody looked at, on two nodes that were judged each by itself."""
    x = Value(2.0, "x")
    y = x.tanh()
    y.label = "y"
    root = y.exp()
    slip = Slip("rule", "it is another slope")
    statuses = [Status.SKIPPED, Status.WRONG, Status.CORRECT]
    evidence = ComparisonData(
        root, [root, y, x], [None, 5.0, 1.0], [0.0, 4.0, 1.0], statuses, Tolerance(), slips={y: slip}
    )
    return Comparison(evidence._replace(**more)), root, y, x


def test_slips_that_are_known_are_told_and_no_others_are_looked_for() -> None:
    nodes = filled(a=-6.0)
    evidence = compare(nodes["L"]).evidence
    assert Comparison(evidence)[nodes["a"]].slip.kind == "sign"
    assert Comparison(evidence._replace(slips={}))[nodes["a"]].slip is None


def test_a_node_may_stand_for_something_of_somebody_elses() -> None:
    thing = object()
    comparison, _, y, _ = apart()
    with pytest.raises(TypeError):
        comparison[thing]
    comparison, _, y, _ = apart()
    told = Comparison(comparison.evidence._replace(ours=lambda one: y if one is thing else None))
    assert told[thing] is told[y]


def test_a_line_that_is_known_is_told_as_json_too() -> None:
    comparison, _, y, _ = apart()
    told = Comparison(comparison.evidence._replace(sources={y: ("theirs.py", 3, "y = 5")}))
    assert told[y].source == ("theirs.py", 3, "y = 5")
    assert [node["source"] for node in told.to_dict()["nodes"]] == [None, ["theirs.py", 3, "y = 5"], None]
    assert "theirs.py:3: y = 5" in str(told)


def test_a_node_that_is_unlisted_has_no_row_and_is_not_counted_but_can_be_asked_for() -> None:
    comparison, root, y, x = apart()
    assert len(comparison) == 3
    fewer = Comparison(comparison.evidence._replace(unlisted=frozenset([root])))
    assert [result.node for result in fewer] == [y, x]
    assert len(fewer) == 2
    assert fewer.counts == {Status.WRONG: 1, Status.CORRECT: 1}
    assert fewer[root].status is Status.SKIPPED


def test_what_was_judged_by_itself_has_no_terms() -> None:
    comparison, _, y, _ = apart()
    assert len(comparison[y].terms) == 1
    assert Comparison(comparison.evidence._replace(is_apart=True))[y].terms == ()


def test_it_says_what_its_numbers_are_called() -> None:
    comparison, *_ = apart(slips={})
    assert "expected" in comparison.table()
    other = Comparison(comparison.evidence._replace(titles=("theirs", "measured")))
    assert other.titles == ("theirs", "measured")
    (header,) = (line for line in other.table().splitlines() if line.startswith("node"))
    assert header.split()[2:4] == ["theirs", "measured"]


def test_names_may_be_others_than_those_of_the_graph() -> None:
    class Same(Names):
        def __getitem__(self, node: Value) -> str:
            return "one"

    comparison, root, _, _ = apart()
    assert {r.name for r in Comparison(comparison.evidence._replace(names=Same(root)))} == {"one"}


def test_the_verdict_on_an_operation_that_made_an_array_is_on_one_number() -> None:
    x = array([1.0, 2.0], "x")
    comparison = Comparison(ComparisonData(x, [x], [3.0], [4.0], [Status.WRONG], Tolerance(), slips={}))
    assert comparison[x].shape == ()
    assert comparison.arrays == ()
    assert comparison[x].error == 1.0
    assert comparison[x].to_dict()["data"] == [1.0, 2.0]
    assert np.shape(comparison[x].node.data) == (2,)


def test_it_holds_what_is_to_be_said_of_the_whole_and_the_edit_that_fixes_it() -> None:
    comparison, *_ = apart()
    assert (comparison.remark, comparison.patch) == ("", "")
    told = Comparison(comparison.evidence._replace(remark="One thing more.", patch="--- a\n+++ b\n"))
    assert (told.remark, told.patch) == ("One thing more.", "--- a\n+++ b\n")
    assert "One thing more." in str(told)
