"""The layout where no program can be run: every box in its rank, none upon another, every edge from box to box."""

import itertools
import random

import pytest

from handgrad.viz import renderer
from handgrad.viz.errors import NoRendererError
from handgrad.viz.sheet import layers
from handgrad.viz.sheet.layout import lay_out_with_graphviz, places

from ..graphs import lecture
from .asking import ask, sheet_of


def some_graph(seed):
    """Sizes of boxes, and edges of which some are long and some double, as of a node that is used twice."""
    generator = random.Random(seed)
    count = generator.randrange(2, 40)
    sizes = {f"n{i}": (generator.uniform(20, 120), generator.uniform(20, 90)) for i in range(count)}
    edges = [
        (f"n{tail}", f"n{head}")
        for head in range(1, count)
        for tail in generator.choices(range(head), k=generator.randrange(1, 3))
    ]
    return sizes, edges


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("down", [False, True])
def test_no_box_lies_upon_another_and_all_lie_within_the_picture(seed, down):
    sizes, edges = some_graph(seed)
    found = places(sizes, edges, layers.lay_out, down=down)
    assert {name: (box.width, box.height) for name, box in found.boxes.items()} == {
        name: pytest.approx(size, abs=0.02) for name, size in sizes.items()
    }
    for one, other in itertools.combinations(found.boxes.values(), 2):
        apart_x = abs(one.x - other.x) - (one.width + other.width) / 2
        apart_y = abs(one.y - other.y) - (one.height + other.height) / 2
        assert max(apart_x, apart_y) > 10
    for box in found.boxes.values():
        assert box.x - box.width / 2 >= -0.1
        assert box.x + box.width / 2 <= found.width + 0.1
        assert box.y - box.height / 2 >= -0.1
        assert box.y + box.height / 2 <= found.height + 0.1


@pytest.mark.parametrize("seed", range(20))
def test_operands_are_on_the_left_and_in_an_upright_picture_below(seed):
    sizes, edges = some_graph(seed)
    across, upright = (places(sizes, edges, layers.lay_out, down=down) for down in (False, True))
    for tail, head in edges:
        assert across.boxes[tail].x + across.boxes[tail].width / 2 < across.boxes[head].x - across.boxes[head].width / 2
        assert upright.boxes[tail].y > upright.boxes[head].y


def test_an_edge_begins_and_ends_at_its_boxes():
    sizes, edges = some_graph(3)
    found = places(sizes, edges, layers.lay_out)
    assert [(curve.tail, curve.head) for curve in found.curves] == edges
    for curve in found.curves:
        first, last = curve.path[1:].partition("C")[0], curve.path.rsplit(" ", 1)[-1]
        x, y = map(float, first.split(","))
        assert (x, y) == pytest.approx(
            (found.boxes[curve.tail].x + found.boxes[curve.tail].width / 2, found.boxes[curve.tail].y), abs=0.2
        )
        x, y = map(float, last.split(","))
        assert (x, y) == pytest.approx(
            (found.boxes[curve.head].x - found.boxes[curve.head].width / 2, found.boxes[curve.head].y), abs=0.2
        )


def test_the_same_graph_has_the_same_places():
    sizes, edges = some_graph(7)
    assert places(sizes, edges, layers.lay_out) == places(sizes, edges, layers.lay_out)


def test_a_single_box_and_none_are_laid_out():
    assert places({"a": (72.0, 36.0)}, [], layers.lay_out).boxes["a"].x == 36.0
    assert places({}, [], layers.lay_out).boxes == {}


def test_where_there_is_no_renderer_a_sheet_is_shown_all_the_same(monkeypatch):
    def missing(source):
        raise NoRendererError("'dot' is not installed")

    monkeypatch.setattr(renderer, "lay_out", missing)
    reply = ask(sheet_of(lecture(), layout=lay_out_with_graphviz), "open")
    assert len(reply["nodes"]) == 7


@pytest.mark.rest
def test_its_time_grows_with_the_graph_and_no_faster_than_its_long_edges():
    """A chain whose first node every other one uses: half a million passed ranks would not end."""
    count = 150
    sizes = {f"n{i}": (50.0, 40.0) for i in range(count)}
    edges = [(f"n{i}", f"n{i + 1}") for i in range(count - 1)] + [("n0", f"n{i}") for i in range(2, count)]
    assert len(places(sizes, edges, layers.lay_out).curves) == len(edges)
