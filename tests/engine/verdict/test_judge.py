"""The verdict from the output on: the same entry by entry, and none on what is right."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from handgrad import Comparison, Status, compare, gradients, manual
from handgrad.arrays import array, fill

from ..slips.array_nets import Net, attention, batch_norm, tanh_layers
from ..slips.array_programs import entries_of, program, run

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


@pytest.mark.drawn(3)
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
