"""What the tests of a kata call by a name beside the nodes of its graph: sizes, indices, fixed arrays."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from handgrad import Comparison, HandgradError, Value, compare, gradients
from handgrad.graph import topological_order

from .checking import list_asked
from .course import Kata
from .graphs import find_given, is_equal, judged_graph


def kata_graph_with_names(kata: Kata, failed: Mapping[str, Any] | None = None) -> tuple[Comparison, dict[str, Any]]:
    """Return the graph as `kata_graph` does, and what else may be typed: the names of its test that are no answers.

    A fixed array of the graph, such as an upstream gradient, is labelled by its name in the test. A gradient that the
    test gives stands there.
    """
    judged = judged_graph(kata, failed)
    if failed is None:
        asked = list_asked(judged.root, judged.nodes)
        for name, gradient in find_given(kata).items():
            asked[name].grad = gradient
    order, truth = topological_order(judged.root), gradients(judged.root)
    fixed = [node for node in order if node.is_constant and node.shape]
    named = {node.label for node in order if node.label}
    more = {}
    for name, thing in read_names(judged.names, named).items():
        same = [node for node in fixed if is_equal(thing, node.data)]
        for node in same:
            node.label = node.label or name
        if same or not any(is_equal(thing, gradient) for gradient in truth.values()):
            more[name] = thing
    return compare(judged.root, nodes=judged.nodes), more


def read_names(names: Mapping[str, Any], named: Collection[str]) -> dict[str, Any]:
    """Return the sizes, indices and fixed arrays that a test calls by a name."""
    found: dict[str, Any] = {}
    for name, thing in names.items():
        if name in named or isinstance(thing, (bool, Value)):
            continue
        if isinstance(thing, (int, float)):
            found[name] = float(thing)
        elif isinstance(thing, list) or type(thing).__module__ == "numpy":
            array = _array(thing)
            if array is not None and array.dtype.kind in "if":
                found[name] = array
    return found


def _array(thing: Any) -> Any:
    """Return an array of it; None where there is none, or no NumPy."""
    try:
        import numpy as np  # which a page has for its katas of arrays alone

        return np.asarray(thing)
    except (ImportError, ValueError, HandgradError):  # ValueError: rows of several lengths; HandgradError: nodes
        return None
