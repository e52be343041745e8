"""What a `watch` block has found, as a Comparison."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Status, viz
from handgrad.adapters.torch.report import WHOLE, read, skipped
from handgrad.adapters.torch.verdict import Judge
from handgrad.verdict.comparison import Comparison

from . import entrywise as e
from .calls import recorded
from .cases import randn


@pytest.fixture
def found() -> Comparison:
    calls = [recorded(e.Exp, randn(3)), recorded(e.ExpTwice, randn(3)), recorded(e.Tanh, randn(2))]
    verdicts = [Judge().verdict(calls[0]), Judge().verdict(calls[1]), skipped(calls[2])]
    return Comparison(read(verdicts, [[], [0], [1]]).evidence)


def test_results_are_the_calls_by_the_name_of_their_class_the_last_first(found: Comparison) -> None:
    assert [result.name for result in found] == ["Tanh", "ExpTwice", "Exp"]
    assert [result.status for result in found.results] == [Status.SKIPPED, Status.WRONG, Status.CORRECT]
    assert found.counts == {Status.CORRECT: 1, Status.WRONG: 1, Status.SKIPPED: 1}
    assert len(found) == 3
    assert [one.name for one in found.arrays] == ["ExpTwice", "Exp"]
    assert not found.ok


def test_a_wrong_one_has_both_gradients_and_its_line(found: Comparison) -> None:
    (cause,) = found.causes
    assert not np.allclose(cause.actual, cause.expected)
    assert cause.source.text.endswith("# wrong")
    assert found[cause.node] is found[cause.node]
    assert found.terms(cause.node) == ()


def test_the_picture_is_of_the_calls_in_their_order(found: Comparison) -> None:
    assert found.root.label == WHOLE
    exp_twice = found.results[1].node
    assert [node.label for node in exp_twice.operands] == ["Exp"]
    assert "ExpTwice" in viz.draw(found).source


def test_before_anything_was_found_it_is_right_and_empty() -> None:
    found = Comparison(read().evidence)
    assert found.ok
    assert found.results == ()
    assert len(found) == 0
