"""The places of everything on a sheet: cards of fixed size, so that a verdict never moves the graph.

Graphviz finds the places. It is asked for its `plain` format, the one that holds nothing but numbers and names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from .. import renderer
from ..errors import NoRendererError
from . import layers

Layout = Callable[[str], str]
"""DOT -> Graphviz's plain format; TooSlowError where that takes too long."""

INCH = 72.0
"""Pixels: Graphviz counts in inches."""


class Box(NamedTuple):
    """A card or a disc: its middle and its size, in pixels."""

    x: float
    y: float
    width: float
    height: float


class Curve(NamedTuple):
    """An edge as an SVG path, from tail to head."""

    tail: str
    head: str
    path: str


class Places(NamedTuple):
    """The laid out graph."""

    width: float
    height: float
    boxes: dict[str, Box]
    curves: list[Curve]


def lay_out_with_graphviz(source: str) -> str:
    """Return Graphviz's layout, if it takes no longer than it has; else our own.

    Raises:
        TooSlowError: it did not end in time, and was stopped.
        RenderError: it failed.
    """
    try:
        return renderer.lay_out(source)
    except NoRendererError:
        return layers.lay_out(source)


def places(
    sizes: Mapping[str, tuple[float, float]],
    edges: Iterable[tuple[str, str]],
    layout: Layout,
    *,
    down: bool = False,
    is_tight: bool = False,
) -> Places:
    """Lay boxes of given sizes out, operands on the left.

    Args:
        sizes: of each box, by a name of letters and digits, its width and height in pixels.
        edges: (tail, head), as often as they are drawn.
        layout: what finds the places.
        down: whether the root is at the top and its operands are below, as a narrow screen has it.
        is_tight: whether there is little room between one and the next.
    """
    direction = (
        "rankdir=BT;nodesep=.14;ranksep=.3" if down else f"rankdir=LR;nodesep=.25;ranksep={0.22 if is_tight else 0.35}"
    )
    lines = [f'digraph{{{direction};node[shape=box,label="",fixedsize=true];edge[arrowhead=none]']
    lines += [f"{name}[width={width / INCH:.4f},height={height / INCH:.4f}]" for name, (width, height) in sizes.items()]
    lines += [f"{tail}->{head}" for tail, head in edges]
    return _read(layout("\n".join(lines) + "}"))


def _read(plain: str) -> Places:
    width = height = 0.0
    boxes: dict[str, Box] = {}
    curves: list[Curve] = []
    for line in plain.splitlines():
        kind, *words = line.split()
        if kind == "graph":
            width, height = float(words[1]) * INCH, float(words[2]) * INCH
        elif kind == "node":
            x, y, w, h = (float(word) * INCH for word in words[1:5])
            boxes[words[0]] = Box(x, height - y, w, h)
        elif kind == "edge":
            count = int(words[2])
            numbers = [float(word) * INCH for word in words[3 : 3 + 2 * count]]
            points = [f"{x:.1f},{height - y:.1f}" for x, y in zip(numbers[::2], numbers[1::2])]
            curves.append(Curve(words[0], words[1], f"M{points[0]}C{' '.join(points[1:])}"))
    return Places(width, height, boxes, curves)
