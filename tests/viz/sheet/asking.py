"""Messages in plain Python."""

import json
import re

from handgrad import manual, viz
from tests.graphs import random_graph

_BOX = re.compile(r"^(\w+)\[width=([\d.]+),height=([\d.]+)\]", re.MULTILINE)
_EDGE = re.compile(r"^(\w+)->(\w+)", re.MULTILINE)


def in_a_row(source):
    """A layout that asks no program: one box beside the other, in Graphviz's plain format."""
    boxes, x = {}, 0.0
    for name, width, height in _BOX.findall(source):
        boxes[name] = (x + float(width) / 2, 1.0, float(width), float(height))
        x += float(width) + 0.5
    lines = [f"graph 1 {x} 2", *(f"node {name} {' '.join(map(str, box))}" for name, box in boxes.items())]
    for tail, head in _EDGE.findall(source):
        ends = [f"{boxes[end][0]} 1.0" for end in (tail, tail, head, head)]
        lines.append(f"edge {tail} {head} 4 {' '.join(ends)}")
    return "\n".join([*lines, "stop"])


def sheet_of(target, **options):
    """A sheet of which only the messages matter."""
    return viz.Sheet(target, **{"layout": in_a_row, **options})


def ask(sheet, do, **parts):
    """The reply, as it is after a journey as JSON."""
    return json.loads(json.dumps(sheet.handle({"do": do, **parts}), allow_nan=False))


def in_manual_mode(seed, **sizes):
    with manual():
        return random_graph(seed, **sizes)
