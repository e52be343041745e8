"""Slips: the learner's mistake is named. The mistakes are made by a backward pass that makes them.

`backward_with_slip` is a hand-written backward pass of its own: it goes node by node and adds to its
operands, as micrograd's closures do, and one statement of it is wrong. The diagnosis instead looks at
one node from its consumers.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from handgrad import Comparison, Slip, Value, compare, gradients, manual, op
from handgrad.checking.mistakes import Mistake, mistakes_with
from handgrad.ops import BUILT_IN, Op
from tests.engine.test_compare import filled
from tests.graphs import fill_right, random_graph

# The derivatives by the inputs, written again from a table of calculus.
CALCULUS: dict[str, Callable[..., tuple[float, ...]]] = {
    "+": lambda a, b: (1.0, 1.0),
    "-": lambda a, b: (1.0, -1.0),
    "*": lambda a, b: (b, a),
    "/": lambda a, b: (1 / b, -a / b**2),
    "**": lambda a, b: (b * a ** (b - 1), 0.0),
    "neg": lambda x: (-1.0,),
    "abs": lambda x: (math.copysign(1.0, x),),
    "exp": lambda x: (math.exp(x),),
    "log": lambda x: (1 / x,),
    "sqrt": lambda x: (1 / (2 * math.sqrt(x)),),
    "sin": lambda x: (math.cos(x),),
    "cos": lambda x: (-math.sin(x),),
    "tanh": lambda x: (1 / math.cosh(x) ** 2,),
    "sigmoid": lambda x: (math.exp(-x) / (1 + math.exp(-x)) ** 2,),
    "relu": lambda x: (1.0 if x > 0 else 0.0,),
    "softplus": lambda x: (1 / (1 + math.exp(-x)),),
}

# Wrong rules that people write, in terms of the input alone; other than the sign and a plain factor.
WRONG_RULES: dict[str, Callable[[float], float]] = {
    "tanh": lambda x: 1 - x**2,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "exp": lambda x: x * math.exp(x - 1),
    "log": lambda x: math.log(x),
    "sqrt": lambda x: 1 / (2 * x),
    "sin": lambda x: math.sin(x),
    "cos": lambda x: math.cos(x),
}


@dataclass
class Planted:
    """One slip of one kind, at the first place in a random order where it changes the number."""

    kind: str
    rng: random.Random
    node: Value | None = None

    def contributions(self, node: Value, consumer: Value, place: int, local: float, upstream: float) -> list[float]:
        """What the faulty statement adds to `node`."""
        name, inputs = consumer.op.name, [operand.data for operand in consumer.operands]
        right = local * upstream
        if self.kind == "sign":
            return [-right]
        if self.kind == "forgot-upstream":
            return [local]
        if self.kind == "forgot-local":
            return [upstream]
        if self.kind == "double":
            return [right, right]
        if self.kind == "factor":
            return [right * self.rng.choice([1 / 3, 1 / 4, 3, 5])]
        if self.kind == "swapped":
            return [CALCULUS[name](*inputs)[1 - place] * upstream] if len(inputs) == 2 else [right]
        if self.kind == "rule":
            return [WRONG_RULES[name](inputs[0]) * upstream] if name in WRONG_RULES else [right]
        raise AssertionError(self.kind)


def backward_with_slip(root: Value, planted: Planted, carries: bool) -> bool:
    """Fill in every grad with one slip at one node; False where the slip fits nowhere."""
    order = list(gradients(root))
    candidates = [node for node in order if not node.is_constant and node is not root]
    planted.rng.shuffle(candidates)
    true = dict(gradients(root))
    for culprit in candidates:
        is_overwritten = planted.kind == "missing-path"
        written = _overwritten(order, culprit) if is_overwritten else _swept(order, culprit, planted)
        changed = abs(written[culprit] - true[culprit]) > 1e-3 * abs(true[culprit]) and math.isfinite(written[culprit])
        if changed and true[culprit]:
            planted.node = culprit
            for node in order:
                node.grad = written[node] if carries or node is culprit else true[node]
            return True
    return False


def _swept(order: list[Value], culprit: Value, planted: Planted) -> dict[Value, float]:
    written = dict.fromkeys(order, 0.0)
    written[order[0]] = 1.0
    for consumer in order:
        for place, operand in enumerate(consumer.operands):
            local = CALCULUS[consumer.op.name](*[o.data for o in consumer.operands])[place]
            parts = [local * written[consumer]]
            if operand is culprit:
                parts = planted.contributions(operand, consumer, place, local, written[consumer])
            for part in parts:
                written[operand] += part
    return written


def _overwritten(order: list[Value], culprit: Value) -> dict[Value, float]:
    """= where += belongs, at the culprit alone: only the last contribution stays."""
    written = dict.fromkeys(order, 0.0)
    written[order[0]] = 1.0
    for consumer in order:
        for place, operand in enumerate(consumer.operands):
            part = CALCULUS[consumer.op.name](*[o.data for o in consumer.operands])[place] * written[consumer]
            written[operand] = part if operand is culprit else written[operand] + part
    return written


KINDS = ("sign", "missing-path", "forgot-upstream", "forgot-local", "swapped", "double", "factor", "rule")


def test_the_cause_and_the_kind_of_planted_slips_are_found() -> None:
    planted_count, placed, named, named_with_also = Counter(), Counter(), Counter(), Counter()
    for kind in KINDS:
        for seed in range(60):
            planted = Planted(kind, random.Random(f"{kind} {seed}"))
            root = random_graph(seed, steps=4 + seed % 20)
            if not backward_with_slip(root, planted, carries=seed % 2 == 0):
                continue
            planted_count[kind] += 1
            comparison = compare(root)
            placed[kind] += [cause.node for cause in comparison.causes] == [planted.node]
            slip = comparison[planted.node].slip
            named[kind] += slip is not None and slip.kind == kind
            named_with_also[kind] += slip is not None and kind in (slip.kind, *slip.also)
    total = planted_count.total()
    assert min(planted_count.values()) >= 50
    assert placed.total() >= 0.98 * total
    assert named_with_also.total() >= 0.95 * total
    assert named.total() >= 0.88 * total


def test_200_right_graphs_of_random_shape_give_not_one_wrong() -> None:
    for seed in range(1000, 1200):
        root = random_graph(seed, leaves=1 + seed % 6, steps=seed % 40)
        fill_right(root, gradients(root))
        assert compare(root).ok, seed


def slip_of(grad: float, build: Callable[[Value, Value], Value], x: float = 0.7, y: float = -1.3) -> Slip:
    """The slip of x where root = build(x, y) is right everywhere else."""
    with manual():
        a, b = Value(x, "x"), Value(y, "y")
        root = build(a, b)
    fill_right(root, gradients(root))
    a.grad = grad
    found = compare(root)[a].slip
    assert found is not None
    return found


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
    assert slip.message == (
        "x: the use in q is not added. Uses add up: was a gradient overwritten (=) where += belongs?"
    )
    x.grad = 1.9
    slip = compare(root)[x].slip
    assert {consumer for consumer, _ in slip.edges} == {q, r}
    assert "the uses in r and q are not added" in slip.message


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


def test_a_gradient_let_through_a_closed_relu_is_a_slip_of_its_rule() -> None:
    assert slip_of(2.7, lambda x, y: x.relu() * 2.7, x=-0.7).kind == "rule"


def test_the_minus_of_a_quotients_denominator_is_found_as_sign_or_rule() -> None:
    slip = slip_of(-1.3 / 0.7**2, lambda x, y: y / x)
    assert {slip.kind, *slip.also} >= {"sign", "rule"}


def test_a_slip_at_the_root_asks_what_the_root_does_to_itself() -> None:
    nodes = filled(L=-8.0)
    slip = compare(nodes["L"])[nodes["L"]].slip
    assert slip.kind == "rule"
    assert slip.message == (
        "L: that is the data of L, not its gradient; backward starts here: how much does L change when L itself does?"
    )


def test_a_number_that_nothing_explains_has_no_slip() -> None:
    nodes = filled(a=17.31)
    assert compare(nodes["L"])[nodes["a"]].slip is None


def test_only_wrong_results_have_a_slip() -> None:
    nodes = filled(d=2.0, c=2.0, b=None)
    comparison = compare(nodes["L"])
    assert {name for name, node in nodes.items() if comparison[node].slip} == {"d"}


@pytest.mark.parametrize("data", [1.0, 2.0, 0.0])
def test_data_that_make_slips_coincide_give_no_confident_sentence(data: float) -> None:
    with manual():
        x, y = Value(data, "x"), Value(data, "y")
        h = x * y
        root = h * 1.0 + 0.0 * y
        h.label = "h"
    for wrong in (0.0, 1.0, 2.0, -1.0, -2.0, 4.0):
        fill_right(root, gradients(root))
        x.grad = wrong
        slip = compare(root)[x].slip
        if slip is not None and set(slip.also) - {"factor", "double"}:
            assert "more than one mistake gives this number. Either" in slip.message


def test_no_message_prints_the_right_number() -> None:
    for seed in range(60):
        planted = Planted(KINDS[seed % len(KINDS)], random.Random(seed))
        root = random_graph(seed, steps=12)
        if backward_with_slip(root, planted, carries=False):
            slip = compare(root)[planted.node].slip
            right = gradients(root)[planted.node]
            if len(repr(right)) < 8:
                continue  # a short number may stand in a node's name: 0.5*x1
            for digits in (3, 4, 6, 12):
                assert slip is None or f"{abs(right):.{digits}g}" not in slip.message


@pytest.mark.parametrize("operation", BUILT_IN, ids=str)
def test_every_operation_lists_at_least_two_usual_slips_that_differ_from_its_rule(operation: Op) -> None:
    assert len(mistakes_with(operation)) >= 2
    inputs = [0.83, 1.37][: len(operation.rule)]
    right = operation.derivatives(*inputs, operation.forward(*inputs))
    if operation.name == "relu":
        inputs = [-0.83]
    for mistake in mistakes_with(operation):
        assert mistake.operand < len(operation.rule)
        assert mistake.question.endswith("?")
        elsewhere = [-x for x in inputs] if operation.name in ("abs", "relu", "leaky_relu") else inputs[::-1]
        wrong = [mistake.local(*at, operation.forward(*at)) for at in (inputs, elsewhere)]
        rights = [operation.derivatives(*at, operation.forward(*at))[mistake.operand] for at in (inputs, elsewhere)]
        assert wrong != rights, mistake.words
    assert len(right) == len(operation.rule)


def test_an_operation_of_ones_own_may_list_its_slips() -> None:
    cube = op(
        "cube",
        lambda x: x**3,
        lambda x: 3 * x**2,
        slips=[Mistake(0, "3*x", lambda x, y: 3 * x, "which power is left?")],
    )
    slip = slip_of(2.1, lambda x, y: cube(x))
    assert slip.kind == "rule"
    assert slip.message == "x: for the slope of 'cube' in cube(x) that is 3*x: which power is left?"


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
        "a: b handed its gradient on before it was complete; wait until every use of b is in (topological order)."
    )


def test_recursion_once_a_use_is_pointed_at() -> None:
    root, a = shared_interior()
    first = 0.6 * (1 - math.tanh(1.3 * 1.7) ** 2)
    a.grad = 1.7 * (first + (first + 2.9))
    assert "b handed its gradient on more than once" in compare(root)[a].slip.message


def test_a_lost_minus_is_not_told_twice() -> None:
    with manual():
        x, y = Value(1.3, "x"), Value(2.9, "y")
        root = (x - y) * 1.7
    fill_right(root, gradients(root))
    y.grad = 1.7
    slip = compare(root)[y].slip
    assert (slip.kind, "rule" in slip.also) == ("sign", True)
    assert "more than one mistake" not in slip.message


def test_two_nodes_assigned_to_one_another_are_judged_and_shown() -> None:
    nodes = filled()
    nodes["a"].grad, nodes["b"].grad = nodes["b"], nodes["a"]
    comparison = compare(nodes["L"])
    assert [cause.slip.kind for cause in comparison.causes] == ["not-a-number", "not-a-number"]
    assert "WRONG" in str(comparison)
    assert repr(nodes["a"]) == "Value(data=2.0, grad=<Value>, label='a')"


def slip_after(build: Callable[..., Value], wrong: str, number: float, **leaves: float) -> Any:
    """The slip where one node of a right backward pass holds another number."""
    with manual():
        nodes = {name: Value(data, name) for name, data in leaves.items()}
        root = build(nodes)
    true = gradients(root)
    for node, gradient in true.items():
        node.grad = gradient
    (node,) = [n for n in true if n.label == wrong]
    node.grad = number
    return compare(root)[node].slip


def named(node: Value, name: str) -> Value:
    node.label = name
    return node


def test_letters_of_a_rule_are_never_taken_for_the_learners_own_names() -> None:
    # y = b/a: the a and b of the rule of a quotient are the other way round here.
    slip = slip_after(lambda n: named(n["b"] / n["a"], "y"), "a", 2.7 / 1.3**2, a=1.3, b=2.7)
    assert slip.kind == "sign"
    slip = slip_after(lambda n: named(n["b"] / n["a"], "y"), "a", -1.0 / 1.3**2, a=1.3, b=2.7)
    assert "that is -1/a^2" in slip.message
    # y = exp(u) in a graph whose x is another node.
    slip = slip_after(lambda n: named(named(n["x"] * 2.5, "u").exp(), "y"), "u", 0.75, x=0.3)
    assert slip.message.startswith("u: for the slope of 'exp' in y that is u, the input: ")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (lambda t, g: 1.0 - t**2 * g, "1 - t**2*upstream"),
        (lambda t, g: (1.0 - t * 2.0) * g, "1 - t*2"),
        (lambda t, g: (1.0 - t * t) + g, "are added here"),
        (lambda t, g: t, "that is t.data"),
    ],
)
def test_a_lost_bracket_a_sum_and_data_taken_for_a_gradient_are_named(number: Any, words: str) -> None:
    t = math.tanh(0.37)
    slip = slip_after(lambda n: named(named(n["x"].tanh(), "t") * 1.7, "y"), "x", number(t, 1.7), x=0.37)
    assert words in slip.message


@pytest.mark.parametrize(
    "number",
    [lambda x, g: (3.0 * x**3 - 1.0) * g, lambda x, g: 3.0 * x**3 - g, lambda x, g: g * 3.0 * x**3 - 1.0],
    ids=["n*x**n-1", "n*x**n-1*g", "g*n*x**n-1"],
)
def test_an_exponent_without_its_brackets_is_named(number: Any) -> None:
    slip = slip_after(lambda n: named((n["x"] ** 3) * 1.7, "y"), "x", number(0.83, 1.7), x=0.83)
    assert "3*x**3-1" in slip.message


def test_a_quotient_whose_square_lost_its_brackets_is_named() -> None:
    for number, words in ((-1.3 / 2.7 * 2.0, "-p/q*2"), (-1.3, "-p/q*q")):
        slip = slip_after(lambda n: named((n["p"] / n["q"]) * 1.7, "y"), "q", number * 1.7, p=1.3, q=2.7)
        assert words in slip.message


def test_equal_operands_of_a_maximum_are_asked_about_as_equal() -> None:
    slip = slip_after(lambda n: named(n["a"].maximum(n["b"]) * 1.7, "y"), "a", 1.7, a=1.5, b=1.5)
    assert "a and b are equal here" in slip.message
    slip = slip_after(lambda n: named(n["a"].maximum(n["b"]) * 1.7, "y"), "b", 1.7, a=1.5, b=0.5)
    assert "does the smaller one move the maximum?" in slip.message


def test_of_two_uses_of_which_one_is_dead_the_other_is_said_to_be_overwritten() -> None:
    slip = slip_after(
        lambda n: named(named(n["x"] * 2.5, "live") + named((n["x"] - 9.0).relu(), "dead"), "y"), "x", 0.0, x=1.3
    )
    assert slip.kind == "missing-path"
    assert "the use in live is not added" in slip.message


@pytest.mark.parametrize("seed", range(60))
def test_the_order_of_the_walk_is_named_whatever_the_rounding_of_a_sum(seed: int) -> None:
    """A diamond whose middle handed on its first contribution before the second was in."""
    rng = random.Random(seed)
    with manual():
        x = Value(rng.uniform(0.3, 1.7), "x")
        m = named(x * x, "m")
        root = named(m * rng.uniform(2.0, 5.0) + m.exp(), "y")
    true = gradients(root)
    for node, gradient in true.items():
        node.grad = gradient
    first = compare(root)[m].terms[0].contribution
    x.grad = 2.0 * x.data * first
    slip = compare(root)[x].slip
    assert slip is not None
    assert "m handed its gradient on before it was complete" in slip.message or "Either" in slip.message


def test_an_unlabelled_node_is_told_by_its_expression_and_not_by_an_invented_name() -> None:
    zs = {f"z{i}": v for i, v in enumerate((2.0, 1.0, 0.3))}
    with manual():
        nodes = {name: Value(data, name) for name, data in zs.items()}
        total = nodes["z0"].exp() + nodes["z1"].exp() + nodes["z2"].exp()
        root = total.log() * 1.7
    for node, gradient in gradients(root).items():
        node.grad = gradient
    total.grad *= -1.0
    assert "on the way from log(" in compare(root)[total].slip.message


def test_where_nothing_fits_that_is_said_and_the_nudge_test_is_offered() -> None:
    nodes = filled(a=-6.5)
    result = compare(nodes["L"])[nodes["a"]]
    assert result.slip is None
    assert result.note.startswith("a: no usual mistake gives this number. The nudge test helps: move a by 0.001")
