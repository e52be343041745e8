"""A graph that backward() itself has freed cannot be read, and the line that frees it is told."""

import pytest

from handgrad import Status, probe
from handgrad.adapters.errors import UnreadableGraphError

from .cases import load


@pytest.mark.parametrize(
    "freeing", ["node._prev = set()", "node._prev = ()", "node._prev.clear()", "node._prev = None"]
)
def test_the_line_that_frees_it_is_told(freeing, tmp_path):
    changed = f"node._backward()\n            {freeing}"
    changed = f"{changed}\n            node._backward = None"
    engine = load("closures", tmp_path, ("def backward", "node._backward()", changed))
    root = engine.program()
    root.backward()
    with pytest.raises(UnreadableGraphError, match="backward\\(\\) freed the graph before it could be read") as raised:
        probe(root)
    assert freeing in str(raised.value)


def test_a_leaf_of_an_engine_that_frees_nothing_is_called_a_leaf():
    engine = load("closures")
    with pytest.raises(UnreadableGraphError, match="a leaf was made by no operation"):
        probe(engine.Value(1.0))


def test_a_backward_that_raises_when_called_again_is_not_run_again_and_what_stands_there_is_judged(tmp_path):
    once = "assert not hasattr(Value, 'walked')\n        Value.walked = True\n        topo = []"
    engine = load("closures", tmp_path, ("def backward(self)", "topo = []", once))
    a = engine.Value(2.0)
    root = a * a
    root.backward()
    assert "was not tried" in probe(root).remark
    a.grad = 5.0
    found = probe(root)
    assert [one.status for one in found.wrong] == [Status.WRONG]
    assert "fresh copy" not in str(found)
