"""One sheet on several pages: each verdict is that on the data that its page shows, whatever others do.

The pages here keep to what `sheet.js` and `memory.js` do, and hold no number of their own.
"""

import random

import pytest

from handgrad import compare, label, manual
from handgrad.arrays import array
from handgrad.number import show

from ..graphs import lecture
from .asking import ask, sheet_of

LEAVES, NODES = "abcf", "Ldfecab"
KINDS = ["set", "set", "fill", "fill", "fill", "undo", "redo", "reset", "descend", "look", "restart", "reload"]
FORMULAS = {
    "L": "1", "d": "L.grad * f", "f": "L.grad*d", "e": "d.grad", "c": "d.grad", "a": "e.grad*b", "b": "e.grad*a",
}  # fmt: skip


class Program:
    """A program that serves a sheet, and what a browser keeps of it."""

    def __init__(self):
        self.kept = None
        self.start()

    def start(self):
        self.sheet = sheet_of(lecture())


class Page:
    """A page of the sheet."""

    def __init__(self, program):
        self.program = program
        self.open()

    def open(self):
        self.run, kept = None, self.program.kept
        self.draw(self.send(do="open"))
        if kept:
            self.draw(self.send(**kept, do="restore"))

    def send(self, **message):
        return ask(self.program.sheet, **message)

    def ask(self, **message):
        reply = self.send(**message, run=self.run, version=self.version)
        if reply["type"] == "restarted":
            kept = self.program.kept
            is_later = kept["run"] != self.run or kept["version"] > self.version
            self.draw(self.send(**(kept if is_later else self.state), do="restore"))
            reply = self.send(**message, run=self.run, version=self.version)
        self.draw(reply)
        return reply

    def draw(self, reply):
        if "verdict" not in reply or (reply["run"] == self.run and reply["version"] == self.version):
            return
        self.run, self.version, self.state = reply["run"], reply["version"], reply["state"]
        self.data, self.verdict = reply["data"], reply["verdict"]
        self.cards = {**getattr(self, "cards", {}), **reply.get("cards", {})}
        self.program.kept = self.state

    @property
    def texts(self):
        return {name: entry["text"] for name, entry in self.verdict.items()}

    @property
    def shown(self):
        return self.data, self.texts


def truth(data):
    """The gradients of L = (a*b + c) * f, worked out by hand."""
    a, b, d, f = (data[name] for name in "abdf")
    return {"L": 1.0, "d": f, "f": d, "e": f, "c": f, "a": f * b, "b": f * a}


def texts_for(rng, page, name):
    """Something to type at a node: a formula, the number that is right for what the page shows, or another."""
    right = truth(page.data)[name]
    return rng.choice([FORMULAS[name], repr(right), repr(-right), "", "2 +", f"{name}.grad * 2"])


def check_verdicts(page):
    """What the page shows of each node is the comparator's verdict on the data and gradients that it shows."""
    root = lecture()
    nodes = {result.name: result.node for result in compare(root)}
    data = page.data
    for name, node in nodes.items():
        node.grad = page.verdict[name]["grad"]
        node.data = data[name]
    assert data["e"] == data["a"] * data["b"]
    assert data["d"] == data["e"] + data["c"]
    assert data["L"] == data["d"] * data["f"]
    statuses = {result.name: result.status.value for result in compare(root)}
    assert {name: page.verdict[name]["status"] for name in nodes} == statuses
    for name, gradient in truth(data).items():
        is_right = page.verdict[name]["grad"] is not None and abs(page.verdict[name]["grad"] - gradient) < 1e-9
        assert is_right == (page.verdict[name]["status"] == "correct"), name
        assert f"data {show(data[name])}" in page.cards[name]["described"]


def act(rng, program, pages):
    """Have something happen on a page, and return that page."""
    page = rng.choice(pages)
    kind = rng.choice(KINDS)
    if kind == "restart":
        before = program.kept["data"], program.kept["texts"]
        program.start()
        page.ask(do="state", key=program.sheet.key)
        assert (page.state["data"], page.state["texts"]) == before
    elif kind == "reload":
        before = program.kept["data"], program.kept["texts"]
        if rng.random() < 0.3:
            program.start()
        page.open()
        assert (page.state["data"], page.state["texts"]) == before
    elif kind == "look":
        page.ask(do="state", key=program.sheet.key)
    elif kind == "set":
        number, drag = rng.choice([1, 2, 3, -4, 0.5]), rng.choice([None, "one"])
        page.ask(do="set", node=rng.choice(LEAVES), text=str(number), drag=drag)
    elif kind == "fill":
        name = rng.choice(NODES)
        page.ask(do="fill", node=name, text=texts_for(rng, page, name))
    else:
        page.ask(do=kind, rate=0.5)
    return page


def play(seed, steps=12):
    rng = random.Random(seed)
    program = Program()
    pages = [Page(program) for _ in range(rng.randint(1, 3))]
    for _ in range(steps):
        check_verdicts(act(rng, program, pages))
    for page in pages:
        page.ask(do="state", key=program.sheet.key)
        check_verdicts(page)
        assert page.shown == pages[0].shown


@pytest.mark.parametrize("seed", range(30))
def test_a_verdict_is_that_on_the_data_which_its_page_shows(seed):
    play(seed)


def test_a_program_that_was_started_again_does_nothing_before_it_knows_what_its_page_shows():
    sheet = sheet_of(lecture())
    reply = ask(sheet, "fill", node="L", text="1", run="another", version=9)
    assert (reply["type"], sheet.root.grad) == ("restarted", None)


def test_of_two_pages_of_one_run_the_later_holds_until_something_is_done():
    sheet = sheet_of(lecture())
    for version, text, holds in ((5, "5", "5"), (4, "4", "5"), (6, "6", "6")):
        reply = ask(sheet, "restore", run="before", version=version, texts={"L": text})
        assert reply["verdict"]["L"]["text"] == holds
    ask(sheet, "fill", node="L", text="1")
    reply = ask(sheet, "restore", run="before", version=7, texts={"L": "7"})
    assert reply["verdict"]["L"]["text"] == "1"


def test_a_link_is_shown_whatever_stands_there_and_can_be_taken_back():
    sheet = sheet_of(lecture())
    ask(sheet, "fill", node="L", text="1")
    ask(sheet, "set", node="f", text="3")
    reply = ask(sheet, "restore", texts={"d": "7"}, data={"c": 4})
    assert (reply["state"]["texts"], reply["state"]["data"]) == ({"d": "7"}, {"c": 4.0})
    reply = ask(sheet, "undo")
    assert (reply["state"]["texts"], reply["state"]["data"]) == ({"L": "1"}, {"f": 3.0})


def test_a_gradient_that_the_program_now_begins_with_stands_and_one_that_was_typed_does_too():
    before = sheet_of(lecture({"d": 2.0, "c": 1.0, "f": 5.0}))
    for name, text in (("e", "3"), ("c", "9"), ("f", "")):
        ask(before, "fill", node=name, text=text)
    after = sheet_of(lecture({"d": -2.0, "c": 1.0, "f": 5.0}))
    reply = ask(after, **ask(before, "state")["state"] | {"do": "restore"})
    assert reply["state"]["texts"] == {"d": "-2", "e": "3", "c": "9"}


def test_a_formula_that_cannot_be_evaluated_again_comes_back_with_its_number():
    before, after = sheet_of(lecture({"d": -2.0})), sheet_of(lecture())
    for name, text in (("d", "-2.0"), ("e", "d.grad"), ("d", ""), ("a", "a.grad + 6"), ("b", "L.grad")):
        last = ask(before, "fill", node=name, text=text)
    reply = ask(after, **last["state"] | {"do": "restore"})
    assert (reply["verdict"]["e"]["text"], reply["verdict"]["e"]["grad"]) == ("d.grad", -2.0)
    assert reply["verdict"] == last["verdict"]


def test_arrays_that_were_moved_come_back():
    with manual():
        x = array([1.0, 2.0], "x")
        root = label((x * x).sum(), "L")
    before, after = sheet_of(root), sheet_of(replayed(root))
    ask(before, "set", node="x", text="x * 3")
    last = ask(before, "fill", node="x", text="x + x")
    reply = ask(after, **last["state"] | {"do": "restore"})
    assert (reply["data"], reply["verdict"]) == (last["data"], last["verdict"])
    for wrong in ([1.0], [[1.0, 2.0]], "no", 4.0, [1e999, 1.0], [None, 1.0]):
        assert ask(after, "restore", texts={}, data={"x": wrong})["data"]["x"] == [1.0, 2.0]


def replayed(root):
    with manual():
        x = array([1.0, 2.0], "x")
        return label((x * x).sum(), root.label)


def test_who_types_on_data_that_changed_elsewhere_is_told_so_where_it_is_wrong():
    sheet = sheet_of(lecture({"L": 1.0}))
    version = ask(sheet, "open")["version"]
    ask(sheet, "set", node="f", text="3")
    said = ask(sheet, "fill", node="d", text="-2", run=sheet.run, version=version)["say"]
    assert said.endswith("The data changed elsewhere before you typed this: look at it again.")
    assert "elsewhere" not in ask(sheet, "fill", node="d", text="3", run=sheet.run, version=version)["say"]
    assert "elsewhere" not in ask(sheet, "fill", node="d", text="2", run=sheet.run, version=sheet.version)["say"]


def test_what_a_program_writes_into_the_data_is_news():
    root = lecture()
    sheet = sheet_of(root)
    version = ask(sheet, "open")["version"]
    d, f = root.operands
    f.data, root.data = 3.0, d.data * 3.0
    reply = ask(sheet, "state", version=version, run=sheet.run, key=sheet.key)
    assert (reply["data"]["f"], reply["cards"]["f"]["shown"]) == (3.0, "3")


def test_the_cards_are_left_out_for_a_page_that_shows_the_data():
    sheet = sheet_of(lecture())
    version = ask(sheet, "open")["version"]
    reply = ask(sheet, "fill", node="L", text="1", run=sheet.run, version=version)
    assert "cards" not in reply
    assert reply["data"]["L"] == -8.0
    assert "cards" in ask(sheet, "set", node="f", text="3", run=sheet.run, version=reply["version"])
