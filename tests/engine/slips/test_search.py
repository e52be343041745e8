"""Which mistake makes a number."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from handgrad import Comparison, Value, compare, functional, gradients, label, manual, op
from tests.graphs import fill_right

from .lecture import filled
from .slipped import slip_after, slip_of


def test_a_missing_path_names_the_uses_left_out_and_points_at_their_edges() -> None:
    with manual():
        x = Value(0.7, "x")
        p, q, r = x * 1.9, x.tanh(), x.exp()
        p.label, q.label, r.label = "p", "q", "r"
        root = p + q + r
    fill_right(root, gradients(root))
    x.grad = 1.9 + math.exp(0.7)
    slip = compare(root)[x].slip
    assert (slip.kind, slip.edges) == ("missing-path", ((q, 0),))
    assert slip.message == ("x: you left out the contribution from q; contributions add up (use +=, not =).")
    x.grad = 1.9
    slip = compare(root)[x].slip
    assert {consumer for consumer, _ in slip.edges} == {q, r}
    assert "you left out the contributions from r and q" in slip.message


def test_one_of_the_two_uses_in_x_times_x_is_a_missing_path() -> None:
    slip = slip_of(0.7, lambda x, y: x * x)
    assert slip.kind == "missing-path"
    assert len(slip.edges) == 1


@pytest.mark.parametrize("kept", range(1, 127))
def test_any_proper_subset_of_seven_paths_is_a_missing_path(kept: int) -> None:
    with manual():
        x = Value(0.7, "x")
        uses = [x * factor for factor in (1.10371, 2.31173, 4.70919, 9.10727, 18.90131, 37.30417, 75.70811)]
        root = uses[0]
        for use in uses[1:]:
            root = root + use
    fill_right(root, gradients(root))
    x.grad = sum(use.operands[1].data for i, use in enumerate(uses) if kept >> i & 1)
    slip = compare(root)[x].slip
    assert slip.kind == "missing-path"
    assert {consumer for consumer, _ in slip.edges} == {use for i, use in enumerate(uses) if not kept >> i & 1}


@pytest.mark.parametrize(
    ("kind", "grad", "build"),
    [
        ("sign", 1.3, lambda x, y: x * y),
        ("swapped", 0.7, lambda x, y: x * y),
        ("double", -2.6, lambda x, y: x * y),
        ("factor", -1.3 / 5, lambda x, y: x * y),
        ("forgot-upstream", -1.3, lambda x, y: (x * y) * 2.7),
        ("forgot-local", 2.7, lambda x, y: (x * y) * 2.7),
        ("rule", 1 - 0.7**2, lambda x, y: x.tanh()),
        ("rule", 1 / (1 + math.exp(-0.7)), lambda x, y: x.sigmoid()),
        ("rule", math.log(0.7), lambda x, y: x.log()),
        ("rule", 3 * 0.7**3, lambda x, y: x**3),
        ("rule", 0.7**2, lambda x, y: x**3),
        ("rule", 1.3, lambda x, y: y / x / (1 / 0.7)),
    ],
)
def test_each_kind_of_slip_is_named(kind: str, grad: float, build: Callable[[Value, Value], Value]) -> None:
    assert slip_of(grad, build).kind == kind


@pytest.mark.parametrize(
    ("typed", "right"), [(1e3, -4.0), (1e3, 4.0), (-0.5, 7.0), (1 / 3, 7.0), (70.0, 7.0), (7.0, 1.0)]
)
def test_a_whole_ratio_of_two_plain_numbers_is_chance_and_no_slip(typed: float, right: float) -> None:
    with manual():
        x, y = Value(3.0, "x"), Value(right, "y")
        root = x * y
    fill_right(root, gradients(root))
    x.grad = typed
    assert compare(root)[x].slip is None


@pytest.mark.parametrize("typed", [3.0 * 4.0, 3.0 / 4.0, -3.0 * 4.0])
def test_a_small_factor_is_a_slip_but_not_one_with_another_sign(typed: float) -> None:
    with manual():
        x, y = Value(5.0, "x"), Value(3.0, "y")
        root = x * y
    fill_right(root, gradients(root))
    x.grad = typed
    slip = compare(root)[x].slip
    assert (slip is not None and slip.kind == "factor") == (typed > 0.0)


def test_a_large_factor_is_a_slip_where_it_stands_in_the_graph_or_fits_to_many_digits() -> None:
    def mean_of_32(x: Value, y: Value) -> Value:
        total = x * 2.0
        for place in range(31):
            total = total + y * (place + 0.5)
        return total / 32

    assert slip_of(2.0 / 32 / 32, mean_of_32).kind == "factor"
    assert slip_of(7 * -1.2874, lambda x, y: x * y, y=-1.2874).kind == "factor"
    assert slip_of(-1.2874 / 32, lambda x, y: x * y, y=-1.2874).kind == "factor"


def test_the_minus_of_a_quotients_denominator_is_found_as_sign_or_rule() -> None:
    slip = slip_of(-1.3 / 0.7**2, lambda x, y: y / x)
    assert {slip.kind, *slip.also} >= {"sign", "rule"}


@pytest.mark.parametrize(
    ("written", "kind", "what"),
    [(-8.0, "rule", "that is the data of L, not its gradient"), (1 / 3, "factor", "off by a simple factor")],
)
def test_a_slip_at_the_root_asks_what_the_root_does_to_itself(written: float, kind: str, what: str) -> None:
    nodes = filled(L=written)
    slip = compare(nodes["L"])[nodes["L"]].slip
    assert slip.kind == kind
    assert slip.message == f"L: {what}; backward starts here: how much does L change when L itself does?"


def test_a_number_that_nothing_explains_has_no_slip() -> None:
    nodes = filled(a=17.31)
    assert compare(nodes["L"])[nodes["a"]].slip is None


def test_only_wrong_results_have_a_slip() -> None:
    nodes = filled(d=2.0, c=2.0, b=None)
    comparison = compare(nodes["L"])
    assert {name for name, node in nodes.items() if comparison[node].slip} == {"d"}


def test_the_slips_of_a_rounded_number_are_found_too() -> None:
    assert slip_of(-0.335, lambda x, y: x * 0.33476, y=1.0).kind == "sign"


def test_slips_are_taken_from_the_learners_own_upstream_gradients() -> None:
    nodes = filled(d=3.3, c=3.3, e=3.3, b=6.6, a=9.9)  # a should be -9.9, given the wrong d
    comparison: Comparison = compare(nodes["L"])
    assert [cause.name for cause in comparison.causes] == ["d", "a"]
    assert comparison[nodes["a"]].slip.kind == "sign"


def shared_interior() -> tuple[Value, Value]:
    with manual():
        a = Value(1.3, "a")
        b = a * 1.7
        b.label = "b"
        root = b * 2.9 + b.tanh() * 0.6
    fill_right(root, gradients(root))
    return root, a


def test_a_consumer_that_handed_on_an_incomplete_sum_is_pointed_at() -> None:
    root, a = shared_interior()
    a.grad = 2.9 * 1.7
    slip = compare(root)[a].slip
    assert slip.kind == "missing-path"
    assert slip.message == (
        "a: b propagated its gradient before all its uses had been summed; "
        "wait until every use of b is in (topological order)."
    )


def test_a_sum_handed_on_before_it_was_complete_is_told_beside_what_else_gives_a_one() -> None:
    with manual():
        x, y = Value(0.64, "x"), Value(-0.47, "y")
        d = label(x - y, "d")
        root = d + (d.tanh() * y).exp()
    true = gradients(root)
    fill_right(root, true)
    x.grad, y.grad = 1.0, true[y] + true[d] - 1.0
    for node in (x, y):
        assert "d propagated its gradient before all its uses had been summed" in compare(root)[node].slip.message


def test_recursion_once_a_use_is_pointed_at() -> None:
    root, a = shared_interior()
    first = 0.6 * (1 - math.tanh(1.3 * 1.7) ** 2)
    a.grad = 1.7 * (first + (first + 2.9))
    assert "b propagated its gradient more than once" in compare(root)[a].slip.message


def test_two_nodes_assigned_to_one_another_are_judged_and_shown() -> None:
    nodes = filled()
    nodes["a"].grad, nodes["b"].grad = nodes["b"], nodes["a"]
    comparison = compare(nodes["L"])
    assert [cause.slip.kind for cause in comparison.causes] == ["not-a-number", "not-a-number"]
    assert "WRONG" in str(comparison)
    assert repr(nodes["a"]) == "Value(data=2.0, grad=<Value>, label='a')"


def test_of_two_uses_of_which_one_is_dead_the_other_is_said_to_be_overwritten() -> None:
    slip = slip_after(
        lambda n: label(label(n["x"] * 2.5, "live") + label((n["x"] - 9.0).relu(), "dead"), "y"), "x", 0.0, x=1.3
    )
    assert slip.kind == "missing-path"
    assert "you left out the contribution from live" in slip.message


@pytest.mark.parametrize("seed", range(60))
def test_the_order_of_the_walk_is_named_whatever_the_rounding_of_a_sum(seed: int) -> None:
    """A diamond whose middle handed on its first contribution before the second was in."""
    rng = random.Random(seed)
    with manual():
        x = Value(rng.uniform(0.3, 1.7), "x")
        m = label(x * x, "m")
        root = label(m * rng.uniform(2.0, 5.0) + m.exp(), "y")
    true = gradients(root)
    for node, gradient in true.items():
        node.grad = gradient
    first = compare(root)[m].terms[0].contribution
    x.grad = 2.0 * x.data * first
    slip = compare(root)[x].slip
    assert slip is not None
    assert "m propagated its gradient before all its uses had been summed" in slip.message or "Either" in slip.message


@pytest.mark.parametrize(
    ("grad", "kind"), [(-1.0, "sign"), (0.0, "missing-path"), (2.0, "double"), (3.0, "factor"), (-8.0, "rule")]
)
def test_what_can_be_wrong_with_the_root_is_named(grad: float, kind: str) -> None:
    nodes = filled(L=grad)
    slip = compare(nodes["L"])[nodes["L"]].slip
    assert slip.kind == kind
    assert slip.message.startswith("L: ")
    assert compare(filled(L=0.37)["L"]).causes[0].slip is None


def test_an_upstream_gradient_so_large_that_nothing_follows_from_it_explains_nothing() -> None:
    with manual():
        a, b = Value(2.3, "a"), Value(3.6, "b")
        y = a * b
    y.grad, a.grad, b.grad = 1e308, 1.0, 2.0
    assert compare(y)[a].slip is None


def test_of_more_uses_than_ten_only_the_first_or_the_last_few_are_tried() -> None:
    with manual():
        x = Value(0.7, "x")
        uses = [x * (1.37 + 0.618 * i**1.5) for i in range(12)]
        root = uses[0]
        for use in uses[1:]:
            root = root + use
    fill_right(root, gradients(root))
    parts = [use.operands[1].data for use in uses]
    for kept in (range(12)[:5], range(12)[7:], range(12)[1:], [0]):
        x.grad = sum(parts[i] for i in kept)
        slip = compare(root)[x].slip
        assert slip.kind == "missing-path"
        assert {consumer for consumer, _ in slip.edges} == {use for i, use in enumerate(uses) if i not in kept}
    for by_chance in (parts[0] + parts[4] + parts[9], sum(parts) + 2.0 * parts[7]):
        x.grad = by_chance
        assert compare(root)[x].slip is None


def test_one_use_of_two_with_another_mistake_is_named_by_its_name() -> None:
    def build(n: dict[str, Value]) -> Value:
        return label(label(n["x"] * 2.3, "u") * 1.9 + label(n["x"] * 0.7, "v") * 3.1, "y")

    for number, kind in (
        (2.3 * 1.9 - 0.7 * 3.1, "sign"),
        (2.3 * 1.9 + 0.7, "forgot-upstream"),
        (2.3 * 1.9 + 3.1, "forgot-local"),
        (2.3 * 1.9 + 2.0 * 0.7 * 3.1, "double"),
        (2.3 * 1.9 + 0.7 * 3.1 / 5.0, "factor"),
    ):
        slip = slip_after(build, "x", number, x=0.4)
        assert slip.kind == kind
        assert re.search(r"\bv\b", slip.message)
        assert not re.search(r"\bu\b", slip.message)


def test_of_two_uses_one_alone_may_be_written_rounded_and_none_at_all_is_both_left_out() -> None:
    with manual():
        x = Value(0.7, "x")
        u, v = label(x * 1.23456, "u"), label(x * 4.56789, "v")
        root = u + v
    fill_right(root, gradients(root))
    x.grad = 1.235
    assert compare(root)[x].slip.edges == ((v, 0),)
    x.grad = 0.0
    slip = compare(root)[x].slip
    assert (slip.kind, {consumer for consumer, _ in slip.edges}) == ("missing-path", {u, v})


def test_a_small_number_that_is_no_simple_fraction_is_evidence_for_a_factor() -> None:
    assert slip_of(7.0 * 0.0034567891, lambda x, y: x * y, y=0.0034567891).kind == "factor"


def test_a_large_factor_is_not_believed_of_three_digits() -> None:
    with manual():
        x, y = Value(3.0, "x"), Value(1.2874, "y")
        root = x * y
    fill_right(root, gradients(root))
    x.grad = 42.5  # 33 times the gradient, rounded
    assert compare(root)[x].slip is None
    x.grad = 33 * 1.2874
    assert compare(root)[x].slip.kind == "factor"


def test_a_use_that_passes_nothing_on_is_not_said_to_be_missing() -> None:
    with manual():
        x = Value(0.7, "x")
        u, v, dead = label(x * 1.9, "u"), label(x.tanh(), "v"), label((x - 9.0).relu(), "dead")
        root = u + v + dead
    fill_right(root, gradients(root))
    x.grad = 1.9
    assert compare(root)[x].slip.edges == ((v, 0),)


def test_the_derivative_by_another_of_many_inputs_is_no_explanation() -> None:
    def slip(count: int) -> Any:
        factors = [1.31 + 0.617 * i**1.5 for i in range(count)]
        mixed = op("mixed", lambda *xs: sum(f * x for f, x in zip(factors, xs)), lambda *_: factors)
        with manual():
            leaves = [Value(0.1 * i + 0.3, f"x{i}") for i in range(count)]
            root = mixed(*leaves) * 1.7
        fill_right(root, gradients(root))
        leaves[0].grad = 1.7 * factors[3]
        return compare(root)[leaves[0]].slip

    assert slip(10).kind == "swapped"
    assert slip(11) is None


@pytest.mark.parametrize("digits", [None, 4, 3])
@pytest.mark.parametrize(
    ("times", "words"),
    [(4.0, "the 1/n of '/' in L is left out"), (0.5, "what comes down in front?"), (4 / 3, "or by n - 1?")],
    ids=["1/n missing", "2 missing", "n - 1"],
)
def test_a_squared_error_in_one_go_is_seen_through_though_its_steps_are_filled_in(times, words, digits):
    with manual():
        guesses = [Value(number, f"y{place}") for place, number in enumerate((0.37, -1.21, 0.84, 0.15))]
        root = label(functional.mse_loss(guesses, [0.52, -0.33, -0.71, 1.06]), "L")
    for node, right in gradients(root).items():
        number = times * right if node is guesses[1] else right
        node.grad = number if digits is None else round(number, digits)
    (cause,) = compare(root).causes
    assert cause.node is guesses[1]
    assert words in cause.slip.message


def test_a_slip_of_two_decimals_is_named_where_others_have_as_many():
    with manual():
        a, b = Value(0.7371, "a"), Value(-1.3317, "b")
        c = label(a * b, "c")
        root = label(label(c.tanh(), "t") * b, "L")
    for node, right in gradients(root).items():
        node.grad = round(right, 2)
    a.grad = round(-a.grad, 2)
    assert "right magnitude, wrong sign" in compare(root)[a].slip.message
