"""A picture that would be larger than one can look at is drawn of what is nearest to a mistake."""

import re
from xml.etree import ElementTree

import pytest

from handgrad import Value, compare, viz
from handgrad.graph import topological_order

from .drawn import cards

PIXELS = 4 / 3


def chain(size):
    node = Value(0.5, "x")
    for step in range(size // 2):
        node = node + 0.1 if step % 2 else node.tanh()
    return node


def tree(size):
    row = [Value(0.3 + 0.1 * (place % 7), f"x{place}") for place in range((size + 1) // 2)]
    while len(row) > 1:
        row = [a * b if place % 2 else a + b for place, (a, b) in enumerate(zip(row[::2], row[1::2]))] + row[
            len(row) & ~1 :
        ]
    return row[0]


def with_a_mistake(root, share):
    """Flip the sign of one gradient, so far from the first node."""
    root.label = "L"
    root.backward()
    nodes = [node for node in topological_order(root)[:-1] if not node.is_constant and node.grad]
    nodes[int(share * (len(nodes) - 1))].grad *= -1.0
    return compare(root)


def look(svg):
    """The width of a picture, and the right end of its first red card, in pixels."""
    tree = ElementTree.fromstring(svg)
    shapes = [element.attrib for element in tree.iter() if element.get("stroke") == "red"]
    causes = [shape for shape in shapes if float(shape.get("stroke-width", 1)) >= 3]
    ends = [max(float(x) for x in re.findall(r"(-?[\d.]+),", shape.get("d", shape.get("points")))) for shape in causes]
    return float(tree.get("width").removesuffix("pt")) * PIXELS, min(ends) * PIXELS


@pytest.mark.rest
@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("size", [20, 60, 200, 3000])
@pytest.mark.parametrize("build", [chain, tree])
def test_a_mistake_stands_where_one_looks_first(build, size, share):
    width, end = look(viz.draw(with_a_mistake(build(size), share)).pipe("svg", encoding="utf-8"))
    assert width <= 2000
    assert end <= 1200


def test_what_is_too_large_is_drawn_whole_where_a_limit_is_given_and_where_nothing_is_wrong():
    found = with_a_mistake(chain(20), 0.5)
    assert viz.draw(found).closer()
    assert not viz.draw(found, limit=20).closer()
    assert not viz.draw(found.root).closer()
    assert len(cards(viz.draw(found))) > len(cards(viz.draw(found).closer()[0]))
