"""The sheets that a page may open, by their keys."""

import random

import pytest

from handgrad.demos.katas.drills.drill import make_drill
from handgrad.number import show


@pytest.mark.parametrize(
    "key", ["softmax/steps", "softmax/fused", "drill/4/7/3", "drill/7/7/2", "kata/neuron", "own/L = a*b"]
)
def test_every_kind_of_sheet_opens(session, key):
    assert session.handle({"do": "open", "sheet": key})["type"] == "sheet"


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_a_drill_is_the_one_that_practice_asks_for_with_the_same_seed(session, level):
    rng = random.Random(f"7 {level}")
    make_drill(rng, level)
    expected = make_drill(rng, level)
    nodes = session.handle({"do": "open", "sheet": f"drill/{level}/7/2"})["nodes"]
    found = {node["id"]: node["data"] for node in nodes}
    assert all(show(found[leaf.label]) == show(leaf.data) for leaf in expected.leaves)


def test_a_katas_sheet_takes_the_names_of_its_test(session):
    session.handle({"do": "open", "sheet": "kata/mlp_batchnorm"})
    reply = session.handle({"do": "fill", "sheet": "kata/mlp_batchnorm", "node": "hpreact", "text": "dh * (1 - h**2)"})
    assert reply["verdict"]["hpreact"]["status"] == "correct"
