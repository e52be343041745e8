"""A layout without Graphviz, for where no program can be run, as in a browser: layers, in Sugiyama's four steps.

Ranks by longest paths, long edges by way of each rank between, an order in each rank by barycentres, places by least
squares that keep the order. Source: Sugiyama, Tagawa & Toda, IEEE Trans. SMC 11(2), 1981; the last step is isotonic
regression by pooling adjacent violators.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

SWEEPS = 24
_SETTING = re.compile(r"(rankdir|nodesep|ranksep)=([\w.]+)")
_NODE = re.compile(r"(\w+)\[width=([\d.]+),height=([\d.]+)\]")
_EDGE = re.compile(r"(\w+)->(\w+)")


@dataclass
class _Box:
    """A node, or where a long edge passes a rank: its extents along the ranks and across them, in inches."""

    name: str
    along: float = 0.0
    across: float = 0.0
    rank: int = 0
    before: list[_Box] = field(default_factory=list)
    after: list[_Box] = field(default_factory=list)
    place: float = 0.0


def lay_out(source: str) -> str:
    """Return the layout in Graphviz's plain format.

    Args:
        source: DOT as `layout.places` writes it: a line of settings, a line a node, a line an edge.
    """
    settings = dict(_SETTING.findall(source))
    is_upright = settings.get("rankdir") == "BT"
    boxes = {}
    for name, *size in _NODE.findall(source):
        width, height = map(float, size)
        boxes[name] = _Box(name, height, width) if is_upright else _Box(name, width, height)
    edges = [(boxes[tail], boxes[head]) for tail, head in _EDGE.findall(source)]
    _rank(list(boxes.values()), edges)
    paths = [_path(tail, head) for tail, head in edges]
    ranks = _ranks([*boxes.values(), *(box for path in paths for box in path[1:-1])])
    _order(ranks)
    _spread(ranks, float(settings.get("nodesep", 0.25)))
    strips = _strips(ranks, float(settings.get("ranksep", 0.35)))
    return _plain(list(boxes.values()), paths, strips, is_upright)


def _rank(boxes: Sequence[_Box], edges: Sequence[tuple[_Box, _Box]]) -> None:
    """Rank each box above all that lead to it, no farther from its heads than need be."""
    heads: dict[str, list[_Box]] = {box.name: [] for box in boxes}
    waits = dict.fromkeys(heads, 0)
    for tail, head in edges:
        heads[tail.name].append(head)
        waits[head.name] += 1
    order = [box for box in boxes if not waits[box.name]]
    for box in order:
        for head in heads[box.name]:
            head.rank = max(head.rank, box.rank + 1)
            waits[head.name] -= 1
            if not waits[head.name]:
                order.append(head)
    for box in reversed(order):
        if heads[box.name]:
            box.rank = min(head.rank for head in heads[box.name]) - 1


def _path(tail: _Box, head: _Box) -> list[_Box]:
    """Return an edge by way of every rank between its ends."""
    path = [tail, *(_Box("", rank=rank) for rank in range(tail.rank + 1, head.rank)), head]
    for one, other in pairwise(path):
        one.after.append(other)
        other.before.append(one)
    return path


def _ranks(boxes: Sequence[_Box]) -> list[list[_Box]]:
    ranks: list[list[_Box]] = [[] for _ in range(max((box.rank for box in boxes), default=-1) + 1)]
    for box in boxes:
        ranks[box.rank].append(box)
    return ranks


def _order(ranks: list[list[_Box]]) -> None:
    """Order the boxes of each rank by their neighbours, from both sides."""
    for rank in ranks:
        _number(rank)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 1
        for rank in ranks if forward else reversed(ranks):
            wanted = {id(box): _mean(box.before if forward else box.after, box.place) for box in rank}
            rank.sort(key=lambda box: wanted[id(box)])
            _number(rank)


def _number(rank: Sequence[_Box]) -> None:
    for place, box in enumerate(rank):
        box.place = float(place)


def _mean(boxes: Sequence[_Box], otherwise: float) -> float:
    return fmean(box.place for box in boxes) if boxes else otherwise


def _spread(ranks: list[list[_Box]], gap: float) -> None:
    """Place the boxes of each rank as near to their neighbours as order and sizes allow."""
    for rank in ranks:
        at = 0.0
        for box in rank:
            box.place = at + box.across / 2.0
            at += box.across + gap
    for sweep in range(SWEEPS):
        for rank in ranks if sweep % 2 else reversed(ranks):
            wanted = [_mean([*box.before, *box.after], box.place) for box in rank]
            offsets, at = [], 0.0
            for box in rank:
                offsets.append(at + box.across / 2.0)
                at += box.across + gap
            level = _rising([want - offset for want, offset in zip(wanted, offsets)])
            for box, base, offset in zip(rank, level, offsets):
                box.place = base + offset
    least = min((box.place - box.across / 2.0 for rank in ranks for box in rank), default=0.0)
    for rank in ranks:
        for box in rank:
            box.place -= least


def _rising(numbers: Sequence[float]) -> list[float]:
    """Return the numbers that never fall and are nearest to some, in least squares."""
    pools: list[tuple[float, int]] = []
    for number in numbers:
        mean, count = number, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        pools.append((mean, count))
    return [mean for mean, count in pools for _ in range(count)]


def _strips(ranks: list[list[_Box]], gap: float) -> list[tuple[float, float]]:
    """Return where each rank begins and ends, along them."""
    strips, at = [], 0.0
    for rank in ranks:
        size = max((box.along for box in rank), default=0.0)
        strips.append((at, at + size))
        at += size + gap
    return strips


def _route(path: Sequence[_Box], strips: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the points of an edge: from its tail, straight through each rank between, to its head."""
    places = []
    for box in path:
        begin, end = strips[box.rank]
        if box.name:
            begin, end = (begin + end - box.along) / 2.0, (begin + end + box.along) / 2.0
        places += [(begin, box.place), (end, box.place)]
    return places[1:-1]


def _plain(boxes: Sequence[_Box], paths: list[list[_Box]], strips: list[tuple[float, float]], is_upright: bool) -> str:
    def point(along: float, across: float) -> tuple[float, float]:
        return (across, along) if is_upright else (along, across)

    along = strips[-1][1] if strips else 0.0
    across = max((box.place + box.across / 2.0 for box in boxes), default=0.0)
    width, height = point(along, across)
    lines = [f"graph 1 {width:.4f} {height:.4f}"]
    for box in boxes:
        x, y = point(sum(strips[box.rank]) / 2.0, box.place)
        w, h = point(box.along, box.across)
        lines.append(f'node {box.name} {x:.4f} {y:.4f} {w:.4f} {h:.4f} "" solid box black lightgrey')
    for path in paths:
        places = _route(path, strips)
        points = [places[0]]
        for (a, b), (c, d) in pairwise(places):
            middle = (a + c) / 2.0
            points += [(middle, b), (middle, d), (c, d)]
        numbers = " ".join(f"{number:.4f}" for at in points for number in point(*at))
        lines.append(f"edge {path[0].name} {path[-1].name} {len(points)} {numbers} solid black")
    return "\n".join([*lines, "stop"]) + "\n"
