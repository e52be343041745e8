"""The forward pass once more, held against the same program on plain numbers, over random graphs."""

import math
import random

import pytest

from handgrad import Value, gradients, manual
from handgrad.graph import topological_order
from tests.graphs import random_program, run, shared_functions

from .asking import ask, sheet_of

PLAIN = {
    **shared_functions(math.tanh, math.sin, math.cos, math.exp, math.log, math.sqrt),
    "sigmoid": lambda x: 1.0 / (1.0 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
    "softplus": lambda x: math.log1p(math.exp(x)) if x < 30 else x,
    "abs": abs,
}
"""The functions of a random graph on plain numbers."""

OURS = {
    **shared_functions(
        lambda x: x.tanh(),
        lambda x: x.sin(),
        lambda x: x.cos(),
        lambda x: x.exp(),
        lambda x: x.log(),
        lambda x: x.sqrt(),
    ),
    **{name: (lambda x, name=name: getattr(x, name)()) for name in ("sigmoid", "relu", "softplus")},
    "abs": abs,
}


class Twin:
    """A random graph, its sheet, and the same program on plain numbers."""

    def __init__(self, seed):
        rng = random.Random(seed)
        self.program = random_program(rng, 4, rng.randrange(4, 18))
        self.numbers = [round(rng.uniform(-2.0, 2.0), 3) or 0.5 for _ in range(4)]
        with manual():
            leaves = [Value(number, f"x{place}") for place, number in enumerate(self.numbers)]
            made = run(self.program, leaves, OURS)
        for place, node in enumerate(made[4:]):
            node.label = node.label or f"n{place}"
        self.root, self.made = made[-1], made
        used = set(topological_order(self.root))
        self.leaves = [place for place in range(4) if leaves[place] in used]
        self.sheet = sheet_of(self.root)

    def forward(self, numbers):
        """By the names of its nodes, what each holds for other numbers in the leaves."""
        plain = run(self.program, list(numbers), PLAIN)
        named = {node.label: number for node, number in zip(self.made, plain)}
        return {name: named[name] for name in self.sheet.by_id if name in named}


SEEDS = range(60)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_leaf_that_is_set_moves_what_an_independent_forward_moves(seed):
    twin = Twin(seed)
    place = twin.leaves[seed % len(twin.leaves)]
    numbers = [*twin.numbers]
    numbers[place] = round(numbers[place] + 0.375, 3)
    reply = ask(twin.sheet, "set", node=f"x{place}", text=str(numbers[place]))
    after = twin.forward(numbers)
    assert {name: reply["data"][name] for name in after} == pytest.approx(after, rel=1e-9, abs=1e-12)
    assert twin.sheet.handle({"do": "state", "version": -1})["type"] == "verdict"  # which is not stale


@pytest.mark.drawn(20)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_step_downhill_goes_where_the_gradients_say(seed):
    twin = Twin(seed)
    truth = gradients(twin.root)
    for node in truth:
        node.grad = truth[node] if node.label else None
    reply = ask(twin.sheet, "descend", rate=1e-4)
    numbers = [n - 1e-4 * truth.get(leaf, 0.0) for n, leaf in zip(twin.numbers, twin.made)]
    assert reply["type"] == "descent"
    assert reply["after"] == pytest.approx(twin.forward(numbers)[twin.root.label], rel=1e-9, abs=1e-12)
    slope = sum(truth.get(leaf, 0.0) ** 2 for leaf in twin.made[:4])
    if slope > 1e-3:
        assert reply["after"] < reply["before"]
        assert "fell" in reply["say"]


@pytest.mark.drawn(12)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_nudge_measures_the_gradient_at_leaves_and_inside_and_changes_nothing(seed):
    twin = Twin(seed)
    truth = gradients(twin.root)
    before = {node: node.data for node in truth}
    version = ask(twin.sheet, "state", version=-1)["version"]
    for node in truth:
        if node.is_constant or node not in twin.sheet.drawn.ids:
            continue
        reply = ask(twin.sheet, "nudge", node=twin.sheet.drawn.ids[node])
        assert reply["slope"] == pytest.approx(truth[node], rel=1e-3, abs=1e-6), (node, reply["h"])
        assert reply["h"] >= 0.99e-6 * abs(node.data)
        ends = {moved["node"]: moved for moved in reply["moved"]}
        assert ends[twin.sheet.drawn.ids[node]]["after"] == pytest.approx(node.data + reply["h"], rel=1e-12)
        root = twin.sheet.drawn.ids[twin.root]
        if root in ends:
            rise = ends[root]["after"] - ends[root]["before"]
            assert rise / reply["h"] == pytest.approx(reply["slope"], rel=1e-9, abs=1e-12)
    assert {node: node.data for node in truth} == before
    assert ask(twin.sheet, "state", version=-1)["version"] == version


@pytest.mark.drawn(4)
@pytest.mark.parametrize("seed", range(20))
def test_what_was_done_is_taken_back_step_by_step_and_made_again(seed):
    rng, twin = random.Random(seed), Twin(seed)
    ids = [twin.sheet.drawn.ids[node] for node in twin.sheet.marks.asked]

    def seen(reply):
        return [(name, entry["status"], entry["text"]) for name, entry in reply["verdict"].items()]

    def held():
        return [node.data for node in topological_order(twin.root)]

    states = [(seen(ask(twin.sheet, "check")), held())]
    for _ in range(8):
        leaf = f"x{rng.choice(twin.leaves)}"
        do = rng.choice(
            [
                {"do": "fill", "node": rng.choice(ids), "text": f"{rng.uniform(-3, 3):.3f}"},
                {"do": "set", "node": leaf, "text": f"{rng.uniform(-2, 2):.4f}"},
                {"do": "reset"},
            ]
        )
        reply = twin.sheet.handle(do)
        if reply["type"] == "verdict" and reply["can"]["undo"]:
            now = (seen(reply), held())
            if now != states[-1]:
                states.append(now)
    for past in reversed(states[:-1]):
        assert (seen(ask(twin.sheet, "undo")), held()) == past
    assert ask(twin.sheet, "undo")["say"] == "There is nothing to undo."
    for later in states[1:]:
        assert (seen(ask(twin.sheet, "redo")), held()) == later
    assert ask(twin.sheet, "redo")["say"] == "There is nothing to redo."
    assert (seen(ask(twin.sheet, "state")), held()) == states[-1]
