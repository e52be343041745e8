"""Slips planted in random graphs: their place and their kind are found."""

from __future__ import annotations

import random
from collections import Counter

from handgrad import compare, gradients
from tests.graphs import fill_right, random_graph

from .planted import KINDS, Planted, backward_with_slip


def test_the_cause_and_the_kind_of_planted_slips_are_found() -> None:
    planted_count, placed, named, named_with_also = Counter(), Counter(), Counter(), Counter()
    for kind in KINDS:
        for seed in range(25):
            planted = Planted(kind, random.Random(f"{kind} {seed}"))
            root = random_graph(seed, steps=4 + seed % 20)
            if not backward_with_slip(root, planted, carries=seed % 2 == 0):
                continue
            planted_count[kind] += 1
            comparison = compare(root)
            placed[kind] += [cause.node for cause in comparison.causes] == [planted.node]
            slip = comparison[planted.node].slip
            named[kind] += slip is not None and slip.kind == kind
            named_with_also[kind] += slip is not None and kind in (slip.kind, *slip.also)
    total = planted_count.total()
    assert min(planted_count.values()) >= 20
    assert placed.total() >= 0.98 * total
    assert named_with_also.total() >= 0.95 * total
    assert named.total() >= 0.88 * total


def test_200_right_graphs_of_random_shape_give_not_one_wrong() -> None:
    for seed in range(1000, 1200):
        root = random_graph(seed, leaves=1 + seed % 6, steps=seed % 40)
        fill_right(root, gradients(root))
        assert compare(root).ok, seed


def test_no_message_prints_the_right_number() -> None:
    for seed in range(60):
        planted = Planted(KINDS[seed % len(KINDS)], random.Random(seed))
        root = random_graph(seed, steps=12)
        if backward_with_slip(root, planted, carries=False):
            slip = compare(root)[planted.node].slip
            right = gradients(root)[planted.node]
            if len(repr(right)) < 8:
                continue  # a short number may stand in a node's name: 0.5*x1
            for digits in (3, 4, 6, 12):
                assert slip is None or f"{abs(right):.{digits}g}" not in slip.message
