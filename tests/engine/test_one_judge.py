"""One comparator for numbers and arrays: the same verdict entry by entry, and none on what is right."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from handgrad import Comparison, Status, Value, compare, gradients, label, manual
from handgrad.arrays import array, fill, grads

from .array_nets import Net, attention, batch_norm, tanh_layers
from .array_programs import entries_of, program, run

FILLINGS = (
    ("own",) * 6 + ("three", "four", "decimals") + ("noise", "sign", "half more", "few", "nan", "true", "missing")
)


def filled(kind: str, own: Any, true: Any, rng: random.Random) -> Any:
    """What a learner writes for an array whose consumers give `own`."""
    numbers = np.array(true if kind == "true" else own)
    if kind == "missing":
        return None
    if kind in ("three", "four"):
        digits = {"three": 3, "four": 4}[kind]
        return np.vectorize(lambda x: float(f"{x:.{digits}g}"))(numbers)
    if kind in ("few", "nan"):
        wrong = rng.choice((1e-7, 1e-3, 0.5)) if kind == "few" else np.nan
        numbers.flat[rng.randrange(numbers.size)] += wrong
        return numbers
    factor = {"sign": -1.0, "half more": 1.5, "noise": 1.0 + 1e-13}.get(kind, 1.0)
    return numbers.round(3) if kind == "decimals" else factor * numbers


@pytest.mark.parametrize("batch", range(6))
def test_a_program_gets_the_same_verdicts_on_arrays_and_on_their_entries(batch):
    met = set()
    for seed in range(30 * batch, 30 * batch + 30):
        rng, made = random.Random(seed), program(seed)
        with manual():
            arrays, root = run(made, array)
            objects, root_of_numbers = run(made, entries_of)
        true, true_numbers = gradients(root), gradients(root_of_numbers)
        asked = [place for place in made.own if arrays[place] in true and rng.random() < 0.7]
        order = [*true]
        asked.sort(key=lambda place: order.index(arrays[place]))
        nodes = [arrays[place] for place in asked]
        for place in asked:
            node = arrays[place]
            own = np.broadcast_to(compare(root, nodes=nodes).upstream[node], node.shape)
            numbers = filled(rng.choice(FILLINGS), own, true[node], rng)
            for at, entry in np.ndenumerate(objects[place]):
                if numbers is not None and entry not in true_numbers:
                    numbers[at] = 0.0  # nothing is computed from it
                entry.grad = None if numbers is None else float(numbers[at])
            node.grad = numbers
        by_array = compare(root, nodes=nodes)
        entries = [e for place in asked for e in objects[place].ravel() if e in true_numbers]
        by_number = compare(root_of_numbers, nodes=entries)
        for place in asked:
            for at, entry in np.ndenumerate(objects[place]):
                if entry in true_numbers:
                    status = by_number[entry].status
                    met.add(status)
                    assert by_array[arrays[place]][at].status is status, (seed, place, at)
    assert met == {Status.CORRECT, Status.WRONG, Status.CARRIED, Status.MISSING}


NETS = {
    "tanh": tanh_layers(),
    "saturated tanh": tanh_layers(gain=4.0),
    "batch norm by steps": batch_norm(in_one_go=False),
    "batch norm in one go": batch_norm(in_one_go=True),
    "batch norm of large numbers": batch_norm(scale=1e3, in_one_go=True),
    "batch norm of four": batch_norm(n=4, in_one_go=True),
    "batch norm of two": batch_norm(n=2, in_one_go=True),
    "attention": attention(),
}


def judged(nodes: SimpleNamespace, by_hand: SimpleNamespace, names: list[str]) -> Comparison:
    for name in names:
        fill(getattr(nodes, name), getattr(by_hand, name))
    return compare(nodes.loss, nodes=[getattr(nodes, name) for name in names])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("net", NETS.values(), ids=list(NETS))
def test_a_right_backward_pass_is_never_accused_whatever_is_left_blank(net: Net, dtype):
    for seed in range(8):
        nodes, by_hand = net.made(seed, dtype)
        names = list(vars(by_hand))
        share = (1.0, 0.7, 0.4, 0.15)[seed % 4]
        some = [name for name in names if random.Random(f"{seed}{name}").random() <= share] or names[-1:]
        comparison = judged(nodes, by_hand, some)
        assert comparison.ok, f"seed {seed}\n{comparison}"


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("net", [NETS["tanh"], NETS["batch norm in one go"], NETS["attention"]])
def test_a_mistake_among_blanks_is_placed(net: Net, dtype):
    for seed in range(12):
        rng = random.Random(seed)
        nodes, by_hand = net.made(seed, dtype)
        names = [name for name in vars(by_hand) if rng.random() < 0.6 and name != "b1"]  # b1 has a gradient of zero
        wrong = rng.choice(names)
        gradient = getattr(by_hand, wrong)
        mistake = rng.choice(("sign", "percent", "row", "entry"))
        if mistake == "sign":
            gradient *= -1
        elif mistake == "percent":
            gradient *= gradient.dtype.type(1.01)
        elif mistake == "row":
            gradient[0] = 0
        else:
            gradient.flat[np.abs(gradient).argmax()] *= gradient.dtype.type(1.001)
        comparison = judged(nodes, by_hand, names)
        assert [result.name for result in comparison.causes] == [wrong], (seed, mistake)


def test_a_bias_before_batch_norm_may_be_off_by_what_blank_arrays_leave_of_float_noise():
    for seed in range(30):
        nodes, by_hand = NETS["batch norm of large numbers"].made(seed, np.float64)
        comparison = judged(nodes, by_hand, ["b1"])
        assert comparison.ok
        assert not comparison.arrays[0].can_witness
        by_hand.b1 += 1e-4
        assert not judged(nodes, by_hand, ["b1"]).ok


def test_a_nan_behind_a_rounding_is_the_only_mistake():
    with manual():
        a = array([1.0 / 3.0, 2.0 / 7.0], label="a")
        c = label(a * [1.7, 2.3], "c")
        loss = (c**2).sum()
    true = gradients(loss)
    fill(c, [round(float(true[c][0]), 3), np.nan])
    fill(a, [c.grad[0] * 1.7, true[a][1]])
    comparison = compare(loss)
    assert [[comparison[node][i].status for i in (0, 1)] for node in (c, a)] == [
        [Status.CORRECT, Status.WRONG],
        [Status.CORRECT, Status.CORRECT],
    ]
    assert comparison[c][1].actual is None


def test_half_of_the_last_of_seventeen_digits_makes_no_coarse_number_right():
    long, typed = 0.0049516693147246, 0.01
    for as_leaf in (array, entries_of):
        with manual():
            x = as_leaf(np.array([0.3, 0.4]))
            y = x * 2.0
            loss = (y * y).sum()
        for nodes, grad in ((y, long), (x, typed)):
            if isinstance(nodes, np.ndarray):
                for node in nodes:
                    node.grad = grad
            else:
                fill(nodes, [grad, grad])
        comparison = compare(loss, nodes=[x, y])
        for nodes in (y, x):
            found = [comparison[n].status for n in nodes] if as_leaf is entries_of else [comparison[nodes][0].status]
            assert set(found) == {Status.WRONG}


def test_what_is_not_finite_on_the_way_makes_nothing_right():
    with manual():
        x = array([1.0, 2.0], label="x")
        y = label(x * 1e200, "y")
        loss = (y * 1e-200).sum()
    fill(y, [1e200, 1e-200])
    fill(x, [123.0, 1.0])
    comparison = compare(loss)
    assert comparison[x][0].status is Status.WRONG
    assert comparison[x][1].status is Status.CORRECT


@pytest.mark.parametrize("seed", range(15))
def test_the_terms_of_an_entry_add_up_to_what_the_chain_rule_gives(seed):
    made = program(seed)
    with manual():
        arrays, root = run(made, array)
        objects, root_of_numbers = run(made, entries_of)
    true = gradients(root_of_numbers)
    comparison = compare(root)
    for place in made.own:
        if arrays[place] in comparison._places:
            for at, entry in list(np.ndenumerate(objects[place]))[:6]:
                terms = comparison[arrays[place]][at].terms
                assert sum(term.local * term.upstream for term in terms) == pytest.approx(
                    true.get(entry, 0.0), 1e-9, 1e-12
                )


def test_a_term_names_the_entry_that_an_entry_goes_into():
    with manual():
        w = array([[1.0, 2.0], [3.0, 4.0]], label="w")
        x = array([[5.0, 6.0]], label="x")
        y = label(x @ w, "y")
        loss = (y * y).sum()
    fill(y, [[0.5, 0.25]])
    (term,) = compare(loss)[w][1, 0].terms
    assert (term.consumer, term.at, term.local, term.upstream, term.contribution) == (y, (0, 0), 6.0, 0.5, 3.0)


def test_an_index_of_one_entry_must_fit_the_array():
    with manual():
        w = array([[1.0, 2.0]], label="w")
        loss = (w * w).sum()
    result = compare(loss)[w]
    assert result[-1, -1].index == (0, 1)
    for index in (0, (0, 2), (0, 0, 0), slice(None)):
        with pytest.raises((IndexError, TypeError)):
            result[index]


def test_empty_arrays_are_judged_like_others():
    with manual():
        x, b = array(np.zeros((0, 3)), label="x"), array([1.0, 2.0, 3.0], label="b")
        y = label(x * b, "y")
        loss = (y**2).sum() + (b**2).sum()
    assert {r.name: r.status for r in compare(loss).arrays} == {
        "y": Status.CORRECT, "x": Status.CORRECT, "b": Status.MISSING,  # there is nothing to fill in
    }  # fmt: skip
    fill(y, np.zeros((0, 3)))
    fill(x, np.zeros((0, 3)))
    fill(b, [2.0, 4.0, 6.0])
    assert compare(loss).ok
    assert "All correct" in str(compare(loss))
    json.dumps(compare(loss).to_dict(), allow_nan=False)


@pytest.mark.parametrize("grad", [np.inf, np.array([np.nan, 1.0]), "a", [1.0], np.array([1.0, None]), {}, 1j])
def test_whatever_is_filled_in_can_be_written_as_json(grad):
    with manual():
        x = array([1.0, 2.0], label="x")
        mask = label(x + [0.0, -np.inf], "masked")
        loss = np.exp(mask).sum()
    x.grad = mask.grad = grad
    comparison = compare(loss)
    assert [r.status for r in comparison.arrays] == [Status.WRONG, Status.WRONG]
    written = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert {node["name"]: node["data"] for node in written["nodes"]}["masked"] == [1.0, None]
    assert str(comparison)


def test_an_array_labelled_after_its_use_has_its_name_and_its_gradient():
    with manual():
        x = array([[1.0, 2.0], [3.0, 4.0]], label="x")
        h = x * 2.0
        loss = (h[:1] ** 2).sum() + h.sum()
        assert label(h, "h") is h
    fill(h, [[5.0, 9.0], [1.0, 1.0]])
    comparison = compare(loss)
    assert comparison[h].name == "h"
    assert comparison[h].status is Status.CORRECT
    assert gradients(loss)[h] == pytest.approx(h.grad)
    assert gradients(loss)[x] == pytest.approx(2.0 * h.grad)


def test_a_slice_that_is_named_is_a_node_of_its_own_and_no_silent_zero():
    x = array([[1.0, 2.0], [3.0, 4.0]], label="x")
    h = label(x * 2.0, "h")
    top = label(h[:1], "top")
    unused = label(h[1:], "unused")
    loss = (top**2).sum()
    loss.backward()
    assert grads(top) == pytest.approx(np.array([[4.0, 8.0]]))
    assert grads(h) == pytest.approx(np.array([[4.0, 8.0], [0.0, 0.0]]))
    with pytest.raises(ValueError, match="unused"):
        grads(unused)
    assert {r.name for r in compare(loss).arrays} == {"x", "h", "top"}


def test_a_relabelled_array_is_one_node_with_its_last_name():
    with manual():
        x = array([1.0, 2.0], label="x")
        h = label(label(x * 2.0, "first"), "second")
        loss = (h * h).sum()
    comparison = compare(loss)
    assert [r.name for r in comparison.arrays] == ["second", "x"]
    assert gradients(loss)[h] == pytest.approx(np.array([4.0, 8.0]))


def test_a_number_and_an_array_in_one_graph_are_judged_together():
    with manual():
        s = Value(3.0, "s")
        x = array([1.0, 2.0], label="x")
        y = label(x * s, "y")
        loss = (y * y).sum() * s
    fill(y, 6.0 * y.data)
    fill(x, 18.0 * y.data)
    s.grad = float((y.data**2).sum() + (x.data * y.grad).sum())
    assert compare(loss).ok
    s.grad = float((x.data * y.grad).sum())
    comparison = compare(loss)
    assert [(r.name, r.slip.kind) for r in comparison.causes] == [("s", "missing-path")]
    fill(y, -y.grad)
    assert comparison[x].status is Status.CORRECT
    assert [r.status for r in (compare(loss)[y], compare(loss)[x])] == [Status.WRONG, Status.CORRECT]
