"""What may stand in the place of an expression where an axis, or the order of axes, is another: slips undone."""

from __future__ import annotations

import ast
from itertools import permutations

from .expressions import Texts
from .places import REDUCING, Place, text_of

_AXES = ("0", "1", "-1", "2", "(0, 1)", "(0, 2)", "(1, 2)", "(0, 2, 3)", "None")
_PAIRS = ((-1, -2), (0, 1), (0, 2), (1, 2))


def not_transposed(place: Place) -> Texts:
    if isinstance(place.node, ast.Attribute) and place.node.attr == "T":
        yield text_of(place.node.value)
    call = place.call("transpose", "swapaxes", "permute", "t")
    if call is not None and call.arrays:
        yield call.arrays[0]


def transposed(place: Place) -> Texts:
    kinds = (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp, ast.Call)
    if not place.is_index and isinstance(place.node, kinds) and not text_of(place.node).endswith(".T"):
        yield f"({place.text}).T"
        yield f"np.swapaxes({place.text}, -1, -2)"


def other_axes(place: Place) -> Texts:
    call = place.call("transpose")
    if call is None or not call.arrays:
        return
    if len(call.rest) == 2:
        yield from (f"np.swapaxes({call.arrays[0]}, {one}, {two})" for one, two in _PAIRS)
    axes = call.rest[0].elts if len(call.rest) == 1 and isinstance(call.rest[0], ast.Tuple) else call.rest
    if 2 <= len(axes) <= 4:
        for order in permutations(map(text_of, axes)):
            yield f"np.transpose({call.arrays[0]}, ({', '.join(order)}))"


def dot_turned_round(place: Place) -> Texts:
    call = place.call("dot", "matmul", "mm", "outer")
    if call is not None and len(call.arrays) == 2:
        name = "dot" if call.name == "outer" else call.name
        yield f"np.{name}({call.arrays[1]}, {call.arrays[0]})"
        yield f"np.{'dot' if call.name == 'outer' else 'outer'}({call.arrays[0]}, {call.arrays[1]})"


def other_axis(place: Place) -> Texts:
    call = place.call(*REDUCING)
    if call is not None and call.arrays:
        for axis in _AXES:
            for kept in ("True", "False"):
                yield f"np.{call.name}({call.arrays[0]}, axis={axis}, keepdims={kept})"


def not_reduced(place: Place) -> Texts:
    call = place.call(*REDUCING)
    if call is not None and call.arrays:
        yield call.arrays[0]


def summed(place: Place) -> Texts:
    if place.is_root and place.is_value:
        for axis in _AXES[:5]:
            yield f"np.sum({place.text}, axis={axis})"
            yield f"np.sum({place.text}, axis={axis}, keepdims=True)"
