"""What the diagnosis of a number tries: a use, and a mistake with its number; the order of belief among them."""

from __future__ import annotations

from handgrad import Value, compare, manual
from handgrad.slips.hypothesis import ANYTHING, Hypothesis, Use

from .slipped import slip_of


def test_a_use_contributes_its_local_derivative_times_the_upstream_gradient() -> None:
    x = Value(2.0)
    assert Use(x * 3.0, 0, 3.0, -0.5).contribution == -1.5


def test_a_hypothesis_points_at_no_edge_and_restates_nothing_unless_it_says_so() -> None:
    plain = Hypothesis("sign", -1.0, "turn it round")
    assert (plain.edges, plain.same_as) == ((), "")


def test_what_gives_anything_is_told_only_where_nothing_else_gives_the_number() -> None:
    # 1.3 is the data of y, and the local derivative without its upstream gradient.
    slip = slip_of(1.3, lambda x, y: (x * y) * 2.7, y=1.3)
    assert (slip.kind, slip.also) == ("forgot-upstream", ())
    # The data of a node two steps off is nothing else here.
    with manual():
        x, y = Value(0.7, "x"), Value(-1.3, "y")
        root = (x * y + 5.0).tanh() * 2.0
        root.label = "root"
    for node in compare(root):
        node.node.grad = node.expected
    x.grad = -1.3 * 0.7
    assert "(x*y).data" in compare(root)[x].slip.message
    assert ANYTHING == "anything"
