"""The numbers of a graph touched: against a forward of its own, and what is said of it."""

import json
import math
import random
import re

import numpy as np
import pytest

from handgrad import Value, gradients, manual
from handgrad.arrays import array
from handgrad.graph import topological_order
from tests.graphs import random_program, run, shared_functions

from ..graphs import lecture
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
    before = twin.forward(twin.numbers)
    numbers = [*twin.numbers]
    numbers[place] = round(numbers[place] + 0.375, 3)
    reply = ask(twin.sheet, "set", node=f"x{place}", text=str(numbers[place]))
    after = twin.forward(numbers)
    held = {**before, **reply["data"]}
    assert {name: held[name] for name in after} == pytest.approx(after, rel=1e-9, abs=1e-12)
    unmoved = set(after) - set(reply["data"])
    assert all(after[name] == pytest.approx(before[name], rel=1e-12) for name in unmoved)
    assert twin.sheet.handle({"do": "state", "version": -1})["type"] == "verdict"  # which is not stale


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
    assert ask(twin.sheet, "undo")["say"] == "There is nothing to take back."
    for later in states[1:]:
        assert (seen(ask(twin.sheet, "redo")), held()) == later
    assert ask(twin.sheet, "redo")["data"] == {}


def filled(texts):
    sheet = sheet_of(lecture())
    for name, text in texts.items():
        ask(sheet, "fill", node=name, text=text)
    return sheet


def statuses(reply):
    return {name: entry["status"] for name, entry in reply["verdict"].items()}


FORMULAS = {
    "L": "1",
    "d": "L.grad * f",
    "f": "L.grad * d",
    "e": "d.grad",
    "c": "d.grad",
    "a": "e.grad*b",
    "b": "e.grad*a",
}


def test_a_right_formula_stays_right_whatever_the_leaves_hold():
    sheet = filled(FORMULAS)
    for name, text in (("a", "0.5"), ("f", "7"), ("c", "-3"), ("b", "a * 2")):
        reply = ask(sheet, "set", node=name, text=text)
        assert set(statuses(reply).values()) == {"correct"}
        assert reply["verdict"]["d"]["text"] == "L.grad * f"


def test_a_number_that_was_right_goes_stale_and_that_is_said():
    sheet = filled({**FORMULAS, "d": "-2"})
    reply = ask(sheet, "set", node="f", text="3")
    assert statuses(reply)["d"] == "wrong"
    assert statuses(reply)["a"] == "carried"
    assert "d" in reply["outrun"]
    assert "was right before the data moved" in reply["verdict"]["d"]["slip"]
    assert "right, and" in reply["say"]
    assert statuses(ask(sheet, "set", node="f", text="-2"))["d"] == "correct"


def test_a_number_that_was_wrong_before_is_told_as_before():
    sheet = filled({"L": "1", "d": "2"})
    reply = ask(sheet, "set", node="c", text="11")
    assert "was right" not in reply["verdict"]["d"]["slip"]
    assert reply["outrun"] == []


@pytest.mark.parametrize(
    ("node", "text"),
    [("d", "3"), ("L", "3"), ("a", ""), ("a", "1/0"), ("a", "nothing"), ("a", "1e999"), ("a", "b.grad")],
)
def test_what_cannot_be_set_is_a_typo_that_changes_nothing(node, text):
    sheet = filled(FORMULAS if text != "b.grad" else {})
    before = [n.data for n in topological_order(sheet.root)]
    reply = ask(sheet, "set", node=node, text=text)
    assert reply["type"] == "typo"
    assert reply["message"]
    assert [n.data for n in topological_order(sheet.root)] == before


def test_a_number_without_a_value_further_up_and_a_constant_are_typos():
    with manual():
        a = Value(2.0, "a")
        L = (a - 1.0).log()
    L.label = "L"
    sheet = sheet_of(L)
    assert ask(sheet, "set", node="a", text="0.5")["type"] == "typo"
    assert a.data == 2.0
    constant = next(name for name, node in sheet.by_id.items() if node.is_constant)
    assert ask(sheet, "set", node=constant, text="2")["type"] == "typo"
    assert ask(sheet, "set", node="zz", text="2")["type"] == "error"
    assert ask(sheet, "nudge", node=constant)["type"] == "typo"


def test_a_step_without_every_leafs_gradient_names_those_that_are_missing():
    reply = ask(filled({"L": "1", "d": "-2", "f": "4"}), "descend", rate=0.1)
    assert reply["type"] == "typo"
    for name in "abc":
        assert re.search(rf"\b{name}\b", reply["message"])
    assert " f" not in reply["message"].split(":")[1]


@pytest.mark.parametrize("rate", [0, -1, "x", "", "1/0"])
def test_a_rate_is_a_number_above_0(rate):
    assert ask(filled(FORMULAS), "descend", rate=rate)["type"] == "typo"


@pytest.mark.parametrize("rate", [None, True, [], {}])
def test_a_rate_that_is_no_text_is_an_error(rate):
    assert ask(filled(FORMULAS), "descend", rate=rate)["type"] == "error"


def bowl(text):
    with manual():
        x = Value(1.0, "x")
        y = x * x
    y.label = "y"
    sheet = sheet_of(y)
    ask(sheet, "fill", node="y", text="1")
    ask(sheet, "fill", node="x", text=text)
    return sheet


@pytest.mark.parametrize(
    ("gradient", "rate", "said"),
    [
        ("2", 0.1, "y fell from 1 to 0.64, as promised."),
        ("2", 3, "the rate did it"),
        ("-2", 0.1, "A wrong gradient did it"),
        ("4", 3, "The rate did it"),
        ("-4", 3, "A wrong gradient points up, and the rate is too large as well."),
        ("1", 0.1, "not every gradient is right"),
        ("0", 0.1, "stayed at 1"),
    ],
)
def test_a_step_that_leads_up_is_blamed_on_the_gradient_or_on_the_rate(gradient, rate, said):
    assert said in ask(bowl(gradient), "descend", rate=rate)["say"]


def test_reset_puts_the_leaves_back_as_well_and_can_be_undone():
    sheet = filled(FORMULAS)
    ask(sheet, "set", node="f", text="5")
    reply = ask(sheet, "reset")
    assert reply["data"] == {"f": -2.0, "L": -8.0}
    assert set(statuses(reply).values()) == {"missing"}
    reply = ask(sheet, "undo")
    assert reply["data"] == {"f": 5.0, "L": 20.0}
    assert set(statuses(reply).values()) == {"correct"}


def test_the_backward_pass_is_told_in_the_new_numbers():
    sheet = filled(FORMULAS)
    ask(sheet, "steps")
    ask(sheet, "set", node="f", text="5")
    assert ask(sheet, "steps")["steps"][0]["contribution"] in (5.0, 4.0)
    assert ask(sheet, "nudge", node="d")["slope"] == pytest.approx(5.0, rel=1e-3)


def test_what_follows_a_hand_is_taken_back_as_one():
    sheet = filled(FORMULAS)
    for number in range(5):
        ask(sheet, "set", node="f", text=str(number), drag="one")
    ask(sheet, "set", node="f", text="9", drag="two")
    ask(sheet, "set", node="c", text="9")
    assert [ask(sheet, "undo")["data"].get("f") for _ in range(3)] == [None, 4.0, -2.0]


def test_a_slope_counts_as_a_hint_in_a_kata_alone():
    sheet = sheet_of(lecture(), counts_hints=True)
    assert ask(sheet, "nudge", node="d")["level"] == 1
    assert ask(sheet, "hint", node="d")["level"] == 2
    assert "level" not in ask(sheet_of(lecture()), "nudge", node="d")


def test_a_sheet_that_judges_on_demand_tells_nothing_of_what_was_right():
    sheet = sheet_of(lecture())
    ask(sheet, "judge", when="on demand")
    for name, text in (("L", "1"), ("d", "-2")):
        ask(sheet, "fill", node=name, text=text)
    reply = ask(sheet, "set", node="f", text="3")
    assert reply["outrun"] == []
    assert statuses(reply)["d"] == "typed"


def test_formulas_that_refer_to_each_other_stay_numbers():
    sheet = sheet_of(lecture({"d": -2.0}))
    ask(sheet, "fill", node="e", text="d.grad")
    ask(sheet, "fill", node="d", text="e.grad")
    ask(sheet, "fill", node="c", text="c.data + d.grad")
    reply = ask(sheet, "set", node="c", text="3")
    assert reply["verdict"]["d"]["text"] == "e.grad"
    assert reply["type"] == "verdict"


def test_an_array_is_set_and_nudged_by_entry_too():
    rng = np.random.default_rng(0)
    with manual():
        x, w = array(rng.normal(size=(2, 3)), "x"), array(rng.normal(size=(3,)), "w")
        loss = ((x @ w) ** 2).sum()
    loss.label = "loss"
    sheet = sheet_of(loss)
    for at in ("0, 1", "1, 2"):
        reply = ask(sheet, "nudge", node="x", at=at)
        assert reply["slope"] == pytest.approx(gradients(loss)[x][tuple(map(int, at.split(",")))], rel=1e-3)
    assert ask(sheet, "nudge", node="x", at="5, 5")["type"] == "typo"
    new = np.asarray(w.data) * 2.0
    reply = ask(sheet, "set", node="w", text="w * 2")
    assert reply["data"]["loss"] == pytest.approx(float(((np.asarray(x.data) @ new) ** 2).sum()))
    assert ask(sheet, "set", node="w", text="2")["type"] == "typo"


def test_what_a_page_remembers_of_the_data_is_put_back():
    sheet = sheet_of(lecture())
    reply = ask(sheet, "restore", texts={"d": "L.grad*f", "L": "1"}, data={"f": 3, "a": "no", "L": 4})
    assert reply["data"]["f"] == 3.0
    assert statuses(reply)["d"] == "correct"
    assert ask(sheet, "restore", texts={}, data=[])["type"] == "error"
    assert statuses(ask(sheet, "restore", texts={"d": "2"}))["d"] == "correct"
    assert statuses(ask(sheet, "restore", texts={"d": "2"}, over=True))["d"] == "wrong"


def test_the_picture_is_what_viz_draws():
    sheet = filled({"L": "1", "d": "2"})
    reply = ask(sheet, "picture", format="svg")
    assert reply["type"] == "picture"
    assert reply["text"].lstrip().startswith("<?xml")
    assert "red" in reply["text"]
    assert ask(sheet, "picture", format="gif")["type"] == "error"
    drawn = sheet_of(lecture(), renderer=lambda dot: f"<svg>{len(dot)}</svg>")
    assert ask(drawn, "picture", format="svg")["text"].startswith("<svg>")


def test_every_reply_is_json():
    sheet = filled(FORMULAS)
    for message in ({"do": "set"}, {"do": "nudge"}, {"do": "descend"}, {"do": "picture"}, {"do": "set", "node": 3}):
        assert json.dumps(sheet.handle(message), allow_nan=False)
