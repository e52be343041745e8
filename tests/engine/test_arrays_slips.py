"""Which mistake makes the numbers of a wrong array."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from handgrad import Slip, Status, Value, compare, gradients, label, manual
from handgrad.arrays import array, fill
from handgrad.checking.array_scale import simple_factor

from .array_exercise import MISTAKES, RULES, Exercise, targets


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return Exercise(batch=12, seed=11)


def slip_of(exercise: Exercise, name: str) -> Slip | None:
    (result,) = [r for r in compare(exercise.values.loss).arrays if r.status is Status.WRONG]
    assert result.name == name
    return result.slip


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: f"{m.array}-{m.kinds[0]}")
def test_each_mistake_is_named_as_what_it_is(exercise, mistake):
    d = exercise.fill({mistake.array: mistake.rule})
    slip = slip_of(exercise, mistake.array)
    assert slip.kind in mistake.kinds
    assert slip.message.startswith(mistake.array)
    telling = np.abs(getattr(d, mistake.array)).ravel()[:50]
    assert not any(f"{number:.4g}" in slip.message for number in telling if 0.0 < number != round(number))


PAIRS = [(MISTAKES[i], MISTAKES[(i * 7 + 20) % len(MISTAKES)]) for i in range(0, len(MISTAKES), 3)]


@pytest.mark.parametrize(
    "pair",
    [(one, other) for one, other in PAIRS if one.array != other.array],
    ids=lambda p: f"{p[0].array}-{p[0].kinds[0]}+{p[1].array}-{p[1].kinds[0]}",
)
def test_each_of_two_mistakes_is_named(exercise, pair):
    exercise.fill({mistake.array: mistake.rule for mistake in pair})
    comparison = compare(exercise.values.loss)
    for mistake in pair:
        assert comparison[getattr(exercise.values, mistake.array)].slip.kind in mistake.kinds


@pytest.mark.parametrize("mistake", MISTAKES[::2], ids=lambda m: f"{m.array}-{m.kinds[0]}")
def test_a_mistake_in_numbers_of_four_digits_is_named(exercise, mistake):
    d = exercise.fill({mistake.array: mistake.rule})
    typed = np.vectorize(lambda x: float(f"{x:.4g}"))(getattr(d, mistake.array))
    fill(getattr(exercise.values, mistake.array), typed)
    assert compare(exercise.values.loss)[getattr(exercise.values, mistake.array)].slip.kind in mistake.kinds


def one_go(exercise: Exercise, name: str, gradient, given=None):
    """The slip of one array that is filled in alone, or beside another."""
    d = exercise.fill()
    for array_name in RULES:
        getattr(exercise.values, array_name).grad = None
    if given:
        fill(getattr(exercise.values, given), getattr(d, given))
    fill(getattr(exercise.values, name), gradient(exercise.numbers, d))
    return slip_of(exercise, name)


@pytest.mark.parametrize(
    ("kind", "gradient"),
    [
        ("one-hot", lambda x, d: x.probs / x.n),
        ("one-hot", lambda x, d: x.probs / x.n - targets(x)),
        ("factor", lambda x, d: x.probs - targets(x)),
        ("sign", lambda x, d: (targets(x) - x.probs) / x.n),
    ],
)
def test_a_slip_in_cross_entropy_in_one_go_is_named(exercise, kind, gradient):
    assert one_go(exercise, "logits", gradient).kind == kind


def _batch_norm(x, d, *, mean=1.0, spread=1.0, bessel=True, factor=1.0):
    n, g = x.n, d.hpreact
    varied = (n / (n - 1) if bessel else 1.0) * x.bnraw * (g * x.bnraw).sum(0)
    return factor * x.bngain * x.bnvar_inv / n * (n * g - mean * g.sum(0) - spread * varied)


@pytest.mark.parametrize(
    ("kind", "slips", "word"),
    [
        ("factor", {"bessel": False}, "n, or by n - 1"),
        ("missing-path", {"mean": 0.0}, "through the mean of hprebn is not added"),
        ("missing-path", {"spread": 0.0}, "through the variance of hprebn is not added"),
        ("missing-path", {"mean": 0.0, "spread": 0.0}, "through mean and variance of hprebn is not added"),
        ("sign", {"mean": -1.0}, "through the mean of hprebn has the wrong sign"),
        ("sign", {"spread": -1.0}, "through the variance of hprebn has the wrong sign"),
        ("factor", {"factor": 12.0}, "what comes from hpreact is off by a constant factor: which number"),
        ("factor", {"mean": 7.0}, "what comes from bnmeani is off by a constant factor"),
        ("double", {"mean": 2.0}, "what comes from bnmeani is counted twice"),
    ],
)
def test_a_slip_in_batch_norm_in_one_go_is_named(exercise, kind, slips, word):
    slip = one_go(exercise, "hprebn", lambda x, d: _batch_norm(x, d, **slips), given="hpreact")
    assert slip.kind == kind
    assert word in slip.message


def named(net: SimpleNamespace, wrong: Mapping[str, Any], blank: tuple[str, ...] = ()) -> Slip | None:
    """The slip of the first array of `wrong`, the others filled in rightly or left blank."""
    true = gradients(net.loss)
    for name, node in vars(net).items():
        if name != "loss":
            node.grad = None if name in blank else wrong.get(name, true[node])
    return compare(net.loss)[getattr(net, next(iter(wrong)))].slip


def made(build: Callable[[Any], Value], **leaves: Any) -> SimpleNamespace:
    """The leaves as labelled nodes, and what `build` makes of them: it names nodes, and returns the loss."""
    with manual():
        net = SimpleNamespace(**{name: array(np.array(numbers), label=name) for name, numbers in leaves.items()})

        def name(node: Any, text: str) -> Any:
            setattr(net, text, label(node, text))
            return node

        net.loss = build(name, **vars(net))
    return net


def random(*shape: int, seed: int = 2) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


def square() -> tuple[SimpleNamespace, Any, Any, Any]:
    """y = x @ w + b with a square w and as many rows as columns, so that shapes catch nothing."""
    X, W, B = random(4, 4), random(4, 4, seed=3), random(4, seed=4)
    net = made(lambda name, x, w, b: (name(x @ w + b, "y") ** 2).mean(), x=X, w=W, b=B)
    return net, X, W, 2.0 * (X @ W + B) / 16


@pytest.mark.parametrize(
    ("name", "kind", "word", "gradient"),
    [
        (
            "x",
            "transposed",
            "the gradient of x@w and w, w has a transpose too many or too few",
            lambda X, W, dy: dy @ W,
        ),
        ("x", "transposed", "rows and columns", lambda X, W, dy: (dy @ W.T).T),
        (
            "w",
            "transposed",
            "the gradient of x@w and x, x has a transpose too many or too few",
            lambda X, W, dy: X @ dy,
        ),
        ("w", "transposed", "rows and columns", lambda X, W, dy: dy.T @ X),
        ("b", "wrong-axis", "summed over the wrong axis", lambda X, W, dy: dy.sum(1)),
        ("b", "wrong-axis", "summed over the wrong axis", lambda X, W, dy: np.full(4, dy.sum())),
        ("b", "wrong-axis", "summed over the wrong axis", lambda X, W, dy: np.full(4, dy.mean())),
        ("b", "not-summed", "one row or column of y", lambda X, W, dy: dy[0]),
        ("b", "not-summed", "one row or column of y", lambda X, W, dy: dy[2]),
        ("b", "factor", "a mean taken where a sum belongs", lambda X, W, dy: dy.mean(0)),
        ("y", "factor", "'mean'", lambda X, W, dy: 16 * dy),
        ("y", "double", "counted twice", lambda X, W, dy: 2 * dy),
        ("y", "factor", "multiplied in too often", lambda X, W, dy: 7 * dy),
        ("y", "missing-path", "nothing has arrived", lambda X, W, dy: 0 * dy),
        ("w", "forgot-upstream", "gradient of y is not multiplied in", lambda X, W, dy: X.T @ np.ones_like(dy)),
        ("x", "forgot-local", "gradient of y is passed on as it is", lambda X, W, dy: dy),
        ("w", "rule", "w.data", lambda X, W, dy: W),
    ],
)
def test_square_matrices_hide_no_mistake(name, kind, word, gradient):
    net, X, W, dy = square()
    leaves = ("x", "w", "b") if name == "y" else ()  # with right leaves, a factor at y may be a convention
    slip = named(net, {name: gradient(X, W, dy)}, blank=leaves)
    assert slip.kind == kind
    assert word in slip.message


def used_thrice() -> tuple[SimpleNamespace, Any]:
    """x goes into u, v and t; what arrives through each is given too."""
    X, A = random(3, 4), random(3, 4, seed=5)

    def build(name, x, a):
        u, v, t = name(x * a, "u"), name(x**3, "v"), name(np.tanh(x), "t")
        return (u**3).sum() + (v * v).sum() + (t * a).sum()

    return made(build, x=X, a=A), (3.0 * X**2 * A**3, 6.0 * X**5, A * (1 - np.tanh(X) ** 2))


def test_one_use_alone_of_several_is_named_with_its_edges():
    net, (by_u, by_v, by_t) = used_thrice()
    assert "only what comes from u is there" in named(net, {"x": by_u}).message
    slip = named(net, {"x": by_v + by_t})
    assert (slip.kind, slip.edges) == ("missing-path", ((net.u, 0),))
    slip = named(net, {"x": by_u + by_v - by_t})
    assert "the part that comes from t has the wrong sign" in slip.message
    slip = named(net, {"x": by_u + 7 * by_v + by_t})
    assert slip.message == (
        "x: what comes from v is off by a constant factor: which number is multiplied in too often, or left out?"
    )


def recurrence(steps: int = 6) -> SimpleNamespace:
    def build(name, w, x):
        h = x
        for step in range(steps):
            h = name(np.tanh(h @ w), f"h{step}")
        return (h * h).sum()

    return made(build, w=random(3, 3), x=random(2, 3, seed=8))


STEPS = tuple(f"h{step}" for step in range(6))


def _by_hand(net: SimpleNamespace, steps: int = 6, *, with_local: bool = True) -> list[Any]:
    """What each step adds to the gradient of w, the last step first."""
    w, h = net.w.data, [net.x.data]
    for _ in range(steps):
        h.append(np.tanh(h[-1] @ w))
    found, d = [], 2.0 * h[-1]
    for before, after in reversed(list(pairwise(h))):
        dz = d * (1.0 - after**2) if with_local else d
        found.append(before.T @ dz)
        d = dz @ w.T
    return found


@pytest.mark.parametrize("blank", [(), STEPS], ids=["filled", "blank"])
def test_the_first_or_last_steps_of_a_recurrence_alone_are_named(blank):
    net = recurrence()
    parts = _by_hand(net)
    assert sum(parts) == pytest.approx(gradients(net.loss)[net.w])
    made_last_first = [consumer for consumer, _ in compare(net.loss).uses[net.w]]
    for first, last, words in (
        (0, 1, "what comes from h4 is not added" if blank else "only what comes from h5 is there"),
        (0, 3, "only 3 of its 6 uses are there"),
        (2, 6, "only 4 of its 6 uses are there"),
        (5, 6, "only what comes from h0 is there"),
        (1, 6, "what comes from the use in h4@w is not added" if blank else "what comes from h5 is not added"),
    ):
        slip = named(net, {"w": sum(parts[first:last])}, blank=blank)
        assert slip.kind == "missing-path"
        assert words in slip.message
        assert slip.edges == tuple((c, 1) for c in made_last_first[:first] + made_last_first[last:])


def test_one_rule_that_is_wrong_at_every_step_of_a_recurrence_is_named():
    net = recurrence()
    slip = named(net, {"w": sum(_by_hand(net, with_local=False))}, blank=STEPS)
    assert slip.message == "w: the local derivative of each 'tanh' is not multiplied in: what is it?"


def test_a_maximum_that_passes_its_gradient_to_all_is_named():
    X = random(3, 4)
    net = made(lambda name, x: (name(x.max(1, keepdims=True), "m") ** 2).sum() + (x**3).sum(), x=X)
    everywhere = np.broadcast_to(2.0 * X.max(1, keepdims=True), X.shape)
    slip = named(net, {"x": everywhere + 3 * X**2})
    assert slip.kind == "one-hot"
    assert "which entries does 'max' in m depend on?" in slip.message


def picked() -> tuple[SimpleNamespace, Any]:
    """One entry of each row is used."""
    net = made(lambda name, p: (name(p[range(3), [1, 0, 3]], "q") ** 2).sum(), p=random(3, 4))
    return net, gradients(net.loss)[net.p]


def test_entries_that_are_not_picked_and_get_a_gradient_are_named():
    net, true = picked()
    for wrong in (np.broadcast_to(true.sum(1, keepdims=True), true.shape), np.where(true == 0.0, 0.25, true)):
        slip = named(net, {"p": wrong})
        assert slip.kind == "one-hot"
        assert "only one entry of each row is used further on" in slip.message


def test_one_wrong_entry_is_not_called_a_slip_of_all_rows(exercise):
    d = exercise.fill()
    wrong = d.logits.copy()
    wrong[3, exercise.Yb[3]] += 1.0 / 12
    fill(exercise.values.logits, wrong)
    result = compare(exercise.values.loss)[exercise.values.logits]
    assert result.slip is None
    place = f"logits[3, {exercise.Yb[3]}]"
    assert result.note == f"logits: only {place} is off, and the other entries are right."


@pytest.mark.parametrize(
    ("factor", "kind", "words"),
    [
        (-1.0, "sign", "The size fits there, the sign does not."),
        (0.0, "missing-path", "Nothing has arrived there."),
        (2.0, "double", "It is off by a simple factor there."),
        (0.25, "factor", "It is off by a simple factor there."),
    ],
)
def test_what_is_wrong_with_a_few_entries_is_said_of_these_alone(exercise, factor, kind, words):
    d = exercise.fill()
    wrong = d.W2.copy()
    wrong[5, 7] *= factor
    wrong[60, 2] *= factor
    fill(exercise.values.W2, wrong)
    slip = slip_of(exercise, "W2")
    assert slip.kind == kind
    assert slip.message == f"W2: only W2[5, 7] and W2[60, 2] are off, and the other entries are right. {words}"


@pytest.mark.parametrize(("word", "way"), [("last", 1), ("first", -1)])
def test_an_index_that_occurs_twice_and_is_overwritten_is_named(word, way):
    table, index = random(4, 2), [1, 3, 1, 1]
    weights = np.arange(8.0).reshape(4, 2)
    net = made(lambda name, table: (name(table[index], "rows") * weights).sum(), table=table)
    wrong = np.zeros((4, 2))
    for place, i in list(enumerate(index))[::way]:
        wrong[i] = weights[place]
    slip = named(net, {"table": wrong})
    assert slip.kind == "missing-path"
    assert f"only the {word} of several uses of an entry in rows is kept" in slip.message


def test_letters_of_einsum_that_are_exchanged_are_named():
    A, B = random(3, 3), random(3, 3, seed=4)
    net = made(lambda name, a, b: (name(np.einsum("ij,jk->ik", a, b), "y") ** 3).sum(), a=A, b=B)
    dy = 3.0 * (A @ B) ** 2
    for wrong, of in ((dy @ B, "axes of b"), (dy.T @ B.T, "axes of its gradient")):
        slip = named(net, {"a": wrong})
        assert slip.kind == "transposed"
        assert f"on the way back through y, {of} are exchanged" in slip.message


def test_one_row_and_column_of_what_was_broadcast_along_two_axes_is_named():
    X = random(2, 3, 4)
    net = made(lambda name, x, b: (name(x + b, "y") ** 3).sum(), x=X, b=random(4, seed=4))
    dy = gradients(net.loss)[net.y]
    assert named(net, {"b": dy[0, 0]}).kind == "not-summed"
    assert named(net, {"b": dy.sum(0)[0]}).kind == "not-summed"


@pytest.mark.parametrize("reduce", ["sum", "mean"])
def test_what_is_broadcast_back_along_another_axis_is_named(reduce):
    X = random(4, 4)
    net = made(lambda name, x: (name(getattr(x, reduce)(0), "s") ** 2).sum(), x=X)
    ds = gradients(net.loss)[net.s] * (0.25 if reduce == "mean" else 1.0)
    slip = named(net, {"x": np.broadcast_to(ds[:, None], (4, 4))})
    assert slip.kind == "wrong-axis"
    assert "broadcast along the wrong axis" in slip.message


def test_a_sum_that_is_not_broadcast_back_is_named(exercise):
    def first_row(x, d):
        found = np.zeros_like(x.bndiff2)
        found[0] = d.bnvar / (x.n - 1)
        return found

    exercise.fill({"bndiff2": first_row})
    assert slip_of(exercise, "bndiff2").kind == "not-broadcast"


def test_a_local_derivative_that_is_multiplied_in_twice_is_named(exercise):
    exercise.fill({"hpreact": lambda x, d: (1.0 - x.h**2) ** 2 * d.h})
    slip = slip_of(exercise, "hpreact")
    assert slip.kind == "rule"
    assert slip.message == "hpreact: the local derivative of 'tanh' in h is multiplied in once too often."


def test_the_derivative_by_the_other_operand_is_named():
    A, B, C = random(3, 2), random(3, 2, seed=4), random(3, 2, seed=5)
    net = made(lambda name, a, b, c: (name(a * b, "u") * c).sum(), a=A, b=B, c=C)
    slip = named(net, {"a": C * A})
    assert slip.kind == "swapped"
    assert "'*' in u passes to the other operand, b" in slip.message


def test_the_upstream_gradient_of_one_consumer_of_two_that_is_left_out_is_named():
    net, (by_u, by_v, _) = used_thrice()
    slip = named(net, {"x": by_u + by_v + 1 - np.tanh(net.x.data) ** 2})
    assert (slip.kind, slip.message) == (
        "forgot-upstream",
        "x: in what comes from t, the local derivative stands alone; its upstream gradient is not multiplied in.",
    )


def test_local_derivatives_alone_are_named():
    net, _parts = used_thrice()
    x, a = net.x.data, net.a.data
    slip = named(net, {"x": a + 3.0 * x**2 + 1.0 - np.tanh(x) ** 2})
    assert slip.kind == "forgot-upstream"
    assert "the upstream gradient of t, v and u is not multiplied in" in slip.message


def test_a_factor_too_many_or_too_few_is_named():
    X, C = random(3, 2), random(3, 2, seed=5)
    net = made(lambda name, x, c: (name(x * x * x, "u") * c).sum(), x=X, c=C)
    slip = named(net, {"x": 3.0 * X * C})
    assert (slip.kind, slip.message) == ("forgot-local", "x: the factor x is multiplied in once too little.")
    slip = named(net, {"x": 3.0 * X**3 * C})
    assert (slip.kind, slip.message) == ("rule", "x: the factor x is multiplied in once too often.")


def test_a_gradient_taken_from_the_wrong_array_is_named(exercise):
    exercise.fill({"W1": lambda x, d: x.embcat.T @ d.bndiff})
    slip = slip_of(exercise, "W1")
    assert slip.kind == "wrong-upstream"
    assert "bndiff" in slip.message


def test_an_array_that_a_wrong_gradient_was_passed_on_to_is_not_called_its_source():
    net = made(
        lambda name, x, c: (name(name(x + 1.0, "y") * c, "z") ** 2).sum(), x=random(3, 2), c=random(3, 2, seed=5)
    )
    wrong = random(3, 2, seed=6)
    assert named(net, {"y": wrong, "x": wrong}) is None
    assert named(net, {"y": wrong}, blank=("x",)) is None


def test_the_upstream_gradient_added_to_the_local_derivative_is_named(exercise):
    exercise.fill({"hpreact": lambda x, d: 1.0 - x.h**2 + d.h})
    slip = slip_of(exercise, "hpreact")
    assert slip.kind == "rule"
    assert "are added here" in slip.message


def test_a_gradient_handed_on_before_it_was_complete_is_named():
    X, A = random(3, 2), random(3, 2, seed=5)

    def build(name, x, a):
        h = name(np.sin(x), "h")
        return (name(h * a, "u") ** 2).sum() + (name(h**3, "v") ** 2).sum()

    net = made(build, x=X, a=A)
    h = np.sin(X)
    slip = named(net, {"x": np.cos(X) * 2 * h * A**2})
    assert slip.kind == "missing-path"
    assert "h handed its gradient on before it was complete" in slip.message


def softmax(*, with_maximum: bool) -> tuple[SimpleNamespace, Any, Any]:
    """Shares by row, their logits, and the gradient of the shares; all between is left blank."""

    def build(name, z, c):
        e = np.exp(z - z.max(1, keepdims=True)) if with_maximum else np.exp(z)
        return (name(e / e.sum(1, keepdims=True), "p") ** 2 * c).sum()

    net = made(build, z=random(3, 4), c=random(3, 4, seed=5))
    return net, net.p.data, 2.0 * net.p.data * net.c.data


@pytest.mark.parametrize("with_maximum", [False, True])
def test_a_slip_in_a_softmax_in_one_go_is_named(with_maximum):
    net, p, dp = softmax(with_maximum=with_maximum)
    shared = (dp * p).sum(1, keepdims=True)
    assert gradients(net.loss)[net.z] == pytest.approx(p * (dp - shared))
    for wrong, kind, words in (
        (p * dp, "missing-path", "that is p times its upstream gradient alone"),
        (p * (dp + shared), "sign", "has the wrong sign"),
        (p * (dp - shared) * p, "rule", "the factor p is multiplied in once too often"),
        (p * (1.0 - p) * dp, "missing-path", "only what an entry of p passes to z in its own place is there"),
    ):
        slip = named(net, {"z": wrong})
        assert slip.kind == kind
        assert words in slip.message


def test_the_share_that_a_sigmoid_of_primitives_leaves_out_is_named_at_its_slice():
    def build(name, x, c):
        f, g = name(1.0 / (1.0 + np.exp(-x[:, :2])), "f"), name(np.tanh(x[:, 2:]), "g")
        return (f * g * c).sum()

    net = made(build, x=random(3, 4), c=random(3, 2, seed=5))
    f, g, c = net.f.data, net.g.data, net.c.data
    by_g = f * c * (1.0 - g**2)
    slip = named(net, {"x": np.concatenate([g * c * f, by_g], axis=1)})
    assert (slip.kind, slip.message) == (
        "rule",
        "x: for the slope of sigmoid in f that is f: is that the sigmoid itself, or its slope?",
    )
    slip = named(net, {"x": np.concatenate([g * c * f * (1.0 - f) ** 2, by_g], axis=1)})
    assert slip.kind == "rule"
    assert "the factor 1 - f is multiplied in once too often in what comes from" in slip.message


def test_another_array_in_the_place_of_a_factor_is_named():
    X, H = random(5, 3), random(5, 3, seed=5)
    net = made(lambda name, x, h, w: (name(np.tanh(h) @ w + x, "y") ** 2).sum(), x=X, h=H, w=random(3, 3, seed=7))
    slip = named(net, {"w": X.T @ gradients(net.loss)[net.y]})
    assert slip.kind == "rule"
    assert slip.message == "w: that is computed from x. Which array stands beside w in tanh(h)@w?"


def test_numbers_that_no_mistake_explains_have_no_slip_and_a_way_to_go_on(exercise):
    exercise.fill({"W2": lambda x, d: np.random.default_rng(0).normal(size=x.W2.shape)})
    assert slip_of(exercise, "W2") is None
    note = compare(exercise.values.loss)[exercise.values.W2].note
    assert note.startswith("W2: no usual mistake gives these numbers. The nudge test helps: move W2[0, 0] by 0.001")


def test_a_part_that_is_smaller_than_the_tolerance_explains_nothing():
    A = random(3, 4)
    net = made(lambda name, x, a: name(x * a, "u").sum() + 0.9e-6 * name(x * a, "v").sum(), x=random(3, 4, seed=5), a=A)
    assert named(net, {"x": A * (1.0 - 0.5e-6)}) is None


def test_a_maximum_that_matters_is_not_passed_over():
    net = made(lambda name, x: (name(x.max(1, keepdims=True) * x, "y") ** 3).sum(), x=random(3, 4))
    dy, largest = gradients(net.loss)[net.y], net.x.data.max(1, keepdims=True)
    slip = named(net, {"x": -dy * largest})
    assert slip is None, slip


def test_a_bias_of_zeros_explains_nothing():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        net = made(
            lambda name, x, w, b: (np.tanh(name(x @ w + b, "y")) ** 2).sum(),
            x=rng.normal(size=(5, 3)),
            w=rng.normal(size=(3, 4)),
            b=np.zeros(4),
        )
        for name in ("b", "y", "w"):
            slip = named(net, {name: rng.normal(size=getattr(net, name).shape)})
            assert slip is None, slip


def test_a_wrong_sign_is_not_called_a_factor():
    net, _X, _W, dy = square()
    slip = named(net, {"y": -3.0 * dy})
    assert slip is None or "constant factor" not in slip.message


@pytest.mark.parametrize(
    ("name", "gradient", "words"),
    [
        (
            "w",
            lambda d: d.T,
            "has shape (3, 2), and its gradient has shape (2, 3). That is the transpose. Which factor",
        ),
        ("b", lambda d: d.T, "has shape (1, 2), and its gradient has shape (2, 1). That is the transpose. Which axis"),
        ("b", lambda d: d[0], "has shape (2,). An axis of length 1 is missing: a sum with keepdims=True keeps it"),
        ("b", lambda d: d[None], "has shape (1, 1, 2). An axis of length 1 is too many, or in another place"),
        ("b", lambda d: np.ones((4, 2)), "That is the shape of y: what was broadcast forward is summed backward."),
        ("y", lambda d: d.sum(1), "That is the shape of s: what was summed forward is broadcast backward."),
        ("w", lambda d: d.ravel(), "The numbers are as many: what was reshaped forward is reshaped back."),
        ("w", lambda d: 1.5, "its gradient is one number. Is an axis summed that was not broadcast forward"),
        ("x", lambda d: np.ones((9, 9)), "A gradient has the shape of what it is the gradient of"),
    ],
)
def test_another_shape_is_a_verdict_with_both_shapes_and_the_rest_is_judged(name, gradient, words):
    def build(node, x, w, b):
        return (node(node(x @ w + b, "y").sum(1), "s") ** 2).sum()

    net = made(build, x=random(4, 3), w=random(3, 2, seed=3), b=random(1, 2, seed=4))
    slip = named(net, {name: gradient(gradients(net.loss)[getattr(net, name)])})
    assert slip.kind == "shape"
    assert words in slip.message
    comparison = compare(net.loss)
    assert [result.name for result in comparison.causes] == [name]
    assert all(r.status is Status.CORRECT for r in comparison.arrays if r.name != name)


@pytest.mark.parametrize(
    ("grad", "kind", "words"),
    [
        (np.array([[1.0, np.inf], [1.0, 1.0]]), "not-finite", "y[0, 1] is inf. A gradient is a finite number"),
        (np.array([[1.0, 1.0], ["a", 1.0]], dtype=object), "not-a-number", "y[1, 0] holds a str, not a number."),
        ("a", "not-a-number", "The gradient of y is a str, not real numbers."),
        (np.ones((2, 2)) > 0, "not-a-number", "holds truth values"),
        (np.ones((2, 2)) * 1j, "not-a-number", "holds complex numbers"),
        ([[1.0], [1.0, 2.0]], "not-a-number", "a list of rows of different lengths"),
        (array(np.ones((2, 2))), "not-a-number", "is a node, not numbers. Write its .grad or its .data."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_array_of_finite_numbers_is_named(grad, kind, words):
    net = made(lambda name, x: (name(x * 2.0, "y") ** 2).sum(), x=random(2, 2))
    slip = named(net, {"y": grad})
    assert slip.kind == kind
    assert words in slip.message


def test_a_number_among_arrays_is_diagnosed_too():
    net = made(lambda name, x, s: (name(x * s, "y") ** 2).sum(), x=random(3, 2), s=1.5)
    true = gradients(net.loss)[net.s]
    assert named(net, {"s": -true}).kind == "sign"
    assert named(net, {"s": gradients(net.loss)[net.y].sum()}).kind == "forgot-local"
    assert named(net, {"s": float("nan")}).kind == "not-finite"


@pytest.mark.parametrize(
    ("ratio", "factor"),
    [
        (32.0, 32.0),
        (1 / 32, 1 / 32),
        (31 / 32, 31 / 32),
        (32 / 31, 32 / 31),
        (-2.0, None),
        (1.37, None),
        (32.01, None),
        (1.0, None),
    ],
)
def test_only_simple_factors_count(ratio, factor):
    assert simple_factor(ratio) == (None if factor is None else pytest.approx(factor))
