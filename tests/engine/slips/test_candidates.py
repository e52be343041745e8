"""One mistake at one use of several, or at all that are alike: both are tried, and told apart."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pytest

from handgrad.slips.candidates import Candidate, Edit, at_one_or_all
from handgrad.slips.neighborhood import Neighborhood

from .nets import Net, named, normal
from .small_nets import STEPS, recurrence


def region_of(net: Net, name: str, blank: tuple[str, ...] = ()) -> Neighborhood:
    comparison = net.compared(name, lambda x, d: np.zeros(net.nodes[name].shape), blank)
    return Neighborhood(comparison[net.nodes[name]], comparison)


def doubled(region: Neighborhood, alike: tuple[str, ...]) -> list[Edit]:
    """The local derivative of each use taken twice; uses of one letter are alike."""
    return [
        Edit("rule", use, use.local * 2.0 if isinstance(use.local, float) else _twice(use), f"at {i}", letter, "all")
        for i, (use, letter) in enumerate(zip(region.direct, alike))
    ]


def _twice(use):
    spread = use.local.spread
    return type(use.local)(lambda g, c: 2.0 * spread(g, c), use.local.coefficient)


def thrice() -> Net:
    def build(name, x, c):
        return sum((name(text, f(x)) * c).sum() for text, f in (("u", np.sin), ("v", np.cos), ("t", np.tanh)))

    return Net(build, x=normal(2, 3), c=normal(2, 3, seed=5))


def test_each_change_is_tried_alone_and_then_those_that_are_alike_together():
    net = thrice()
    region = region_of(net, "x")
    found = list(at_one_or_all(region, doubled(region, ("a", "b", "a"))))
    assert [guess.clause for guess in found] == ["at 0", "at 1", "at 2", "all"]
    parts = [np.asarray(use.contribution) for use in region.direct]
    expected = [sum(parts) + parts[0], sum(parts) + parts[1], sum(parts) + parts[2], sum(parts) + parts[0] + parts[2]]
    for guess, numbers in zip(found, expected):
        assert guess.kind == "rule"
        np.testing.assert_allclose(guess.numbers, numbers, rtol=1e-12)


def test_a_change_without_one_like_it_is_not_tried_twice():
    net = thrice()
    region = region_of(net, "x")
    assert len(list(at_one_or_all(region, doubled(region, ("a", "b", "c"))))) == 3


def weights_gradient(net: Net, slopes: Collection[int]) -> Any:
    """The gradient of w where only these of the six steps are gone back through with the slope of tanh."""
    h = [net.x.data, *(net.nodes[text].data for text in STEPS)]
    d, found = 2.0 * h[-1], 0.0
    for step in reversed(range(6)):
        dz = d * (1.0 - h[step + 1] ** 2) if step in slopes else d
        found, d = found + h[step].T @ dz, dz @ net.w.data.T
    return found


@pytest.mark.parametrize(
    ("slopes", "said"), [(range(5), "'tanh' in h5"), ((0, 1, 2, 4, 5), "'tanh' in h3"), ((), "each 'tanh'")]
)
def test_a_rule_that_is_wrong_at_one_step_is_told_by_its_step_and_at_all_of_them_by_each(slopes, said):
    net = recurrence()
    np.testing.assert_allclose(weights_gradient(net, range(6)), net.true[net.w], rtol=1e-10)
    slip = named(net, {"w": weights_gradient(net, slopes)}, blank=STEPS)
    assert slip.kind == "forgot-local"
    assert said in slip.message


def test_the_sentence_of_a_guess_is_made_when_it_is_asked_for():
    made = []
    guess = Candidate("sign", -1.0, lambda: made.append("") or "turn it round")
    assert not made
    assert guess.clause == "turn it round"
    assert (guess.edges, guess.subsumes) == ((), "")
    assert Candidate("sign", -1.0, "turn it round").clause == "turn it round"


def test_an_edit_that_is_like_no_other_is_tried_at_its_use_alone():
    net = thrice()
    region = region_of(net, "x")
    edits = [edit._replace(alike=None) for edit in doubled(region, ("a", "a", "a"))]
    assert len(list(at_one_or_all(region, edits))) == 3
