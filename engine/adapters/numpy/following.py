"""The user's forward, run on Boxes: the graph of what it computes, and the names that its parts have there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...arrays.making import array
from ...arrays.opaque import root_with_gradient
from ...errors import HandgradError
from ...graph import topological_order
from ...manual import manual
from ...value import Value
from .box import boxed, node_of
from .creation import instead_of, making_boxes
from .inputs import Inputs, Leaf
from .recorder import Named, recording
from .state import State
from .trace import Lost, Trace, tracing


class Followed(NamedTuple):
    """A graph of the user's forward.

    Attributes:
        root: the loss; of a layer the sum of its results times the gradients that arrive.
        outs: the nodes of the results, None for one that depends on no input.
        leaves: the nodes of the inputs, by their names.
        lost: what could not be followed.
        is_coarse: whether less than double precision was met.
    """

    root: Value | None
    outs: tuple[Any, ...]
    leaves: dict[str, Value]
    lost: list[Lost]
    is_coarse: bool


def unfollowed(why: str) -> Followed:
    """Return what is known of a forward that cannot run on Boxes."""
    return Followed(None, (), {}, [Lost(why, None)], False)


def follow(
    run: Callable[[Mapping[str, Any]], Any],
    inputs: Inputs,
    wanted: Sequence[Leaf],
    state: State,
    held: Mapping[int, str],
    split: Callable[[Any], tuple[Any, ...]],
    upstream: Sequence[Any],
) -> Followed:
    """Run the user's forward on Boxes.

    Args:
        run: calls it with inputs.
        wanted: the inputs that are followed; the others are as they are.
        state: what it can reach: its arrays are Boxes for as long as it runs.
        held: the names of those of these arrays that are followed too, by `id`.
        split: of what it gives, the results that a gradient arrives for.
        upstream: these gradients; () where the result is the loss.
    """
    with manual(), tracing() as trace:
        leaves: dict[str, Value] = {}
        shared: dict[int, Any] = {}

        def leaf(value: Any, name: str) -> Any:
            data = np.array(value) if isinstance(value, np.ndarray) else np.float64(value)
            data = data if data.dtype.kind == "f" else data.astype(float)
            node = leaves[name] = array(data, label=name)
            return boxed(data, node)

        values = inputs.copied()
        for one in inputs.leaves:
            if one in wanted:
                values = inputs.with_leaf(values, one, leaf(one.value, one.name))
            elif one.is_array:
                values = inputs.with_leaf(values, one, _held(np.array(one.value)))
        for thing, put in state.arrays:
            put(_in_place_of(thing, held, shared, leaf))
        with making_boxes() as spaces, recording(on_frame=spaces.enter) as recorder:
            given = run(values)
        outs = split(given)
        nodes = tuple(_node_of_out(out, trace) for out in outs)
        root = _with_all(_root(nodes, upstream), leaves.values())
    if root is not None:
        _label(root, nodes, recorder.named, has_upstream=bool(upstream))
    return Followed(root, nodes, leaves, trace.lost, trace.is_coarse)


def _in_place_of(thing: Any, held: Mapping[int, str], shared: dict[int, Any], leaf: Callable[[Any, str], Any]) -> Any:
    if isinstance(thing, tuple):
        if hasattr(thing, "_fields") or not any(isinstance(part, np.ndarray) for part in thing):
            return thing
        return tuple(_in_place_of(part, held, shared, leaf) for part in thing)
    if type(thing) is not np.ndarray:
        instead = instead_of(thing)
        return thing if instead is None else instead
    if id(thing) not in shared:
        shared[id(thing)] = leaf(thing, held[id(thing)]) if id(thing) in held else _held(thing.copy())
    return shared[id(thing)]


class _Counts(np.ndarray[Any, Any]):
    """Whole numbers or truth values: an array's own `dot` asks nobody, so it is NumPy's function here."""

    def dot(self, *args: Any, **kwargs: Any) -> Any:
        return np.dot(self.view(np.ndarray), *args, **kwargs)


def _held(data: Any) -> Any:
    """Return an array that no gradient is asked of, wrapped for the run on Boxes."""
    return data.view(_Counts) if data.dtype.kind in "iub" else boxed(data)


def _node_of_out(out: Any, trace: Trace) -> Any:
    node = node_of(out)
    if node is None and type(out) is float:  # return float(loss)
        return next((one for one in reversed(trace.taken) if not one.shape and one.data == out), None)
    return node


def _root(nodes: Sequence[Any], upstream: Sequence[Any]) -> Value | None:
    if not upstream:
        node = nodes[0]
        return node if node is None or not node.shape else node.sum() if node.data.size == 1 else None
    root: Any = None
    for node, gradient in zip(nodes, upstream):
        if node is None:
            continue
        try:
            part = root_with_gradient(node, np.asarray(gradient, dtype=float))
        except HandgradError:
            return None
        root = part if root is None else root + part
    return root


def _with_all(root: Value | None, leaves: Iterable[Any]) -> Value | None:
    """Return the root with the inputs that it does not depend on, whose gradient is 0."""
    met = set() if root is None else set(topological_order(root))
    for leaf in leaves:
        if root is not None and leaf not in met:
            nothing = leaf * 0.0
            root = root + (nothing.sum() if nothing.shape else nothing)
    return root


def _label(root: Value, outs: Sequence[Any], named: Iterable[Named], *, has_upstream: bool) -> None:
    """Give each node a name for people: what the outermost user function calls it."""
    best: dict[Value, Named] = {}
    for one in named:
        if one.node not in best or one.depth < best[one.node].depth:
            best[one.node] = one
    for node in topological_order(root):
        if not node.label and not node.is_constant and node in best:
            node.label = best[node].text
    for place, node in enumerate(outs):
        if node is not None and not node.label and node is not root:
            node.label = "out" if len(outs) == 1 else f"out{place + 1}"
    root.label = root.label or ("sum(out*dout)" if has_upstream else "loss")
