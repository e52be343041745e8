"""What `probe` can read, and what it says of what it cannot."""

import pytest

from handgrad import HandgradError, Value, probe
from handgrad.adapters.errors import OwnGraphError, UnreadableGraphError

from .cases import THEIRS, build_of, from_file, load


def test_a_leaf_is_no_graph():
    with pytest.raises(UnreadableGraphError, match=r"no operands .* made by no operation"):
        probe(load("closures").Value(2.0))


@pytest.mark.parametrize("thing", [3.0, "loss", None, [1.0], object()])
def test_what_is_no_node_is_refused(thing):
    with pytest.raises(UnreadableGraphError, match="has no data that can be read"):
        probe(thing)


def test_a_node_whose_data_is_a_node_is_refused_by_what_it_holds():
    engine = load("closures")
    with pytest.raises(UnreadableGraphError, match=r"Its data is a Value\."):
        probe(engine.Value(engine.Value(2.0)))


def test_a_class_without_gradient_is_refused():
    class Number:
        def __init__(self, data, children=()):
            self.data, self.children = data, children

    with pytest.raises(UnreadableGraphError, match="no gradient"):
        probe(Number(1.0, (Number(2.0),)))


def test_a_graph_of_ours_is_sent_to_compare():
    with pytest.raises(OwnGraphError, match="compare"):
        probe(Value(2.0) * 3.0)


def test_what_is_not_finite_is_an_error_with_its_name(tmp_path):
    engine = load("closures")
    a = engine.Value(float("inf"), label="a")
    root = a * 2.0
    with pytest.raises(HandgradError, match="the data of a: inf is not finite"):
        probe(root)


def test_children_may_stand_in_attributes_of_any_name():
    class Node:
        def __init__(self, wert, links=None, rechts=None):
            self.wert, self.links, self.rechts, self.grad = wert, links, rechts, 0.0

        def __mul__(self, other):
            return Node(self.wert * other.wert, self, other)

        def backward(self, upstream=1.0):
            self.grad += upstream
            if self.links is not None:
                self.links.backward(upstream * self.rechts.wert)
                self.rechts.backward(upstream * self.rechts.wert)

    a, b = Node(2.0), Node(-3.0)
    root = a * b
    root.backward()
    (cause,) = probe(root).causes
    assert cause.source.text == "self.rechts.backward(upstream * self.rechts.wert)"
    assert cause.slip.kind == "swapped"


class Hidden:
    """It keeps its rules where nobody looks for them."""

    def __init__(self, data, kids=(), how=None):
        self.data, self.grad, self.kids, self.how = data, 0.0, list(kids), how or {}

    def __add__(self, other):
        return Hidden(self.data + other.data, (self, other), {"x": 1.0, "y": 1.0})

    def __mul__(self, other):
        return Hidden(self.data * other.data, (self, other), {"x": other.data, "y": self.data})

    def __sub__(self, other):
        return Hidden(self.data - other.data, (self, other), {"x": 1.0, "y": 1.0})

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for kid in node.kids:
                    visit(kid)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for kid, local in zip(node.kids, node.how.values()):
                kid.grad += local * node.grad


def test_where_no_rules_are_found_the_numbers_are_judged():
    a, b = Hidden(2.0), Hidden(3.5)
    right = (a * b + a) * b
    right.backward()
    assert probe(right).ok
    c = Hidden(1.5)
    (cause,) = probe(build_of(lambda: (a - c) * b)).causes
    assert (cause.name, cause.slip.kind) == ("c", "sign")
    assert cause.source.text.startswith("return Hidden(self.data - other.data")


def test_a_class_without_a_file_is_probed_without_the_text_of_its_lines():
    text = (THEIRS / "closures.py").read_text("utf-8").replace("self.grad += -out.grad", "self.grad += out.grad")
    space = {}
    exec(text, space)
    root = space["program"]()
    root.backward()
    (cause,) = probe(root).causes
    assert (cause.slip.kind, cause.source) == ("sign", ("<string>", 73, ""))


def test_rules_that_call_one_another_are_probed(tmp_path):
    """As the first micrograd did, which counted a path again for each use."""
    path = tmp_path / "calling.py"
    path.write_text(
        "class V:\n    def __init__(self, data):\n"
        "        self.data, self.grad, self.backward = data, 0, lambda: None\n\n"
        "    def __mul__(self, other):\n        out = V(self.data * other.data)\n\n"
        "        def backward():\n            self.grad += other.data * out.grad\n"
        "            other.grad += self.data * out.grad\n            self.backward()\n            other.backward()\n\n"
        "        out.backward = backward\n        return out\n",
        "utf-8",
    )
    engine = from_file(path)
    a, b = engine.V(2.0), engine.V(-3.0)
    c = a * b
    root = c * c
    root.grad = 1.0
    root.backward()
    (cause,) = probe(root).causes
    assert cause.slip.kind == "double"
    assert cause.source.text == "self.backward()"
    tree = engine.V(2.0) * engine.V(3.0) * engine.V(4.0)
    tree.grad = 1.0
    tree.backward()
    assert probe(tree).ok


class Quantity:
    """Its attributes have names that nobody knows."""

    def __init__(self, size, feeds=()):
        self.size, self.rank, self.slope, self.feeds = size, 0, 0.0, feeds

    def __mul__(self, other):
        return Quantity(self.size * other.size, ((self, other.size), (other, self.size)))

    def gradient(self):
        return self.slope

    def backward(self):
        self.slope = 1.0
        for feed, partial in self.feeds:
            feed.slope += partial * self.slope


@pytest.mark.parametrize("sizes", [(1.0, 1.0), (2.5, -0.4), (3, 2)])
def test_data_and_gradient_are_known_by_their_numbers_where_their_names_are_not(sizes):
    def build():
        a, b = map(Quantity, sizes)
        root = a * b
        root.backward()
        return root

    found = probe(build)
    assert found.ok
    assert [one.node.data for one in found.results if one.name in ("a", "b")] == [*reversed(sizes)]


@pytest.mark.parametrize("beside", [lambda a: {"a": a}, lambda a: [a]])
def test_a_program_may_give_back_more_than_the_root(beside):
    def build():
        a = Quantity(2.0)
        root = a * Quantity(3.0)
        root.backward()
        return root, beside(a)

    assert probe(build).ok
