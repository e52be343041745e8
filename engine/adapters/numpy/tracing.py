"""What a run of the user's functions shows from outside, and the graph of a forward that is run on Boxes."""

from __future__ import annotations

import ast
import dis
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any, NamedTuple

import numpy as np

from ...arrays.making import array
from ...gradients import root_with_gradient
from ...graph import topological_order
from ...manual import manual
from ...repair.places import text_of
from ...repair.source import trace_by, tree_of
from ...repair.trial import name_of
from ...repair.user_code import is_their_code
from ...value import Value
from .blocks import Trace, tracing
from .box import Box, is_written, node_of, wrap
from .calling import Inputs
from .functions import instead_of, making_boxes
from .gradients import Leaf
from .state import State

MOST_ENTRIES = 8
"""Of a dict with more, as a loop fills it, only the last are looked at before the function returns."""


class Recorder:
    """What `recording` fills.

    Attributes:
        lines: every line that ran, as (file, line).
        steps: how often a line ran.
        functions: every function that was called, as (file, name).
        mentioned: the global names and the attributes that user code mentions.
        handed_in: the parameters that were given one of some numbers.
        return_names: what the parts are called of what was returned last; "" for an expression.
        names: in a traced run of each node the variable that held it, with so many calls around it as few as can be.
    """

    def __init__(self, given: Sequence[Any] = (), on_frame: Callable[[FrameType], None] | None = None) -> None:
        self.lines: set[tuple[str, int]] = set()
        self.steps = 0
        self.functions: set[tuple[str, str]] = set()
        self.mentioned: set[str] = set()
        self.handed_in: set[str] = set()
        self.names: dict[Value, tuple[int, str]] = {}
        self._given, self._on_frame, self._depth = given, on_frame, 0
        self._last: tuple[CodeType, int] | None = None

    @property
    def return_names(self) -> list[str]:
        if self._last is None:
            return []
        code, line = self._last
        tree = tree_of(code.co_filename)
        ends = (one for one in ast.walk(tree) if isinstance(one, ast.Return)) if tree is not None else ()
        return next((_parts(one.value) for one in ends if one.lineno <= line <= (one.end_lineno or 0)), [])

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        """Trace a new call; Python calls this for each."""
        code = frame.f_code
        if not is_their_code(code, frame.f_globals):
            return None
        if self._on_frame is not None:
            self._on_frame(frame)
        self.functions.add((code.co_filename, code.co_name))
        self.mentioned.update(code.co_names, code.co_freevars)
        self._depth += 1
        for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if self._given else ():
            value: Any = frame.f_locals.get(name)
            if any(type(value) is type(one) and np.array_equal(value, one) for one in self._given):
                self.handed_in.add(name)
        met = {name: node_of(value) for name, value in frame.f_locals.items() if type(value) is Box}
        names, before = _names_by_line(code), frame.f_lineno

        def within(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal before
            if event in ("line", "return") and self._on_frame is not None:
                own, others, is_last = frame.f_locals, frame.f_globals, event == "return"
                some = (*code.co_names, *own) if is_last else names.get(before, ())
                self._note_names({name: own.get(name, others.get(name)) for name in some}, met, is_last=is_last)
            if event == "line":
                self.steps += 1
                before = frame.f_lineno
                self.lines.add((code.co_filename, before))
            elif event == "return":
                self._depth -= 1
                self._last = code, frame.f_lineno
            return within

        return within

    def _note_names(self, variables: dict[str, Any], met: dict[str, Any], *, is_last: bool) -> None:
        """Note which nodes have come under a variable, or an entry of a dict in one, since the last line.

        What is only written into is one node in the end, and not one a line.
        """
        for key, value in list(variables.items()):
            entries = list(value.items()) if type(value) is dict else [(key, value)]
            for name, one in entries if is_last else entries[-MOST_ENTRIES:]:
                node = node_of(one) if is_last or not is_written(one) else None
                if node is not None and met.get(name) is not node:
                    met[name] = node
                    if self._depth < self.names.get(node, (sys.maxsize,))[0]:
                        self.names[node] = self._depth, name if isinstance(name, str) else f"{key}[{name!r}]"


@lru_cache(maxsize=256)
def _names_by_line(code: CodeType) -> dict[int, dict[str, None]]:
    """Return the names that each line of a function mentions: no other variable has another value after it."""
    found: dict[int, dict[str, None]] = {}
    line, starts = code.co_firstlineno, dict(dis.findlinestarts(code))
    for one in dis.get_instructions(code):
        line = starts.get(one.offset) or line
        names = one.argval if isinstance(one.argval, tuple) else (one.argval,)
        found.setdefault(line, {}).update((name, None) for name in names if isinstance(name, str))
    return found


def _parts(value: ast.expr | None) -> list[str]:
    if isinstance(value, (ast.Tuple, ast.List)):
        return [name for one in value.elts for name in (_parts(one) if isinstance(one, ast.Dict) else [_name(one)])]
    if isinstance(value, ast.Dict):
        return [str(one.value) if isinstance(one, ast.Constant) else "" for one in value.keys]
    if isinstance(value, ast.Call) and text_of(value.func) == "dict":
        return [one.arg or "" for one in value.keywords]
    return [] if value is None else [_name(value)]


def _name(node: ast.expr) -> str:
    """Return a variable's name; of an entry that of what it is in, "hs[]"."""
    if not isinstance(node, ast.Subscript):
        return name_of(node)
    whole = "" if isinstance(node.slice, ast.Constant) else name_of(node.value)
    return f"{whole}[]" if whole else ""


@contextmanager
def recording(given: Sequence[Any] = (), on_frame: Callable[[FrameType], None] | None = None) -> Iterator[Recorder]:
    """Record what the user's functions do in this thread, in a traced run with each new call given to `on_frame`."""
    recorder = Recorder(given, on_frame)
    with trace_by(recorder.trace):
        yield recorder


class TracedForward(NamedTuple):
    """A graph of the user's forward, or why there is none.

    Attributes:
        lost: why it was not followed, or what of it; "" for nothing.
        root: the loss; of a layer the sum of its results times the gradients that arrive.
        outs: the nodes of the results, None for one that depends on no input.
        leaves: the nodes of the inputs, by their names.
    """

    lost: str
    root: Value | None = None
    outs: tuple[Any, ...] = ()
    leaves: Mapping[str, Value] = {}
    is_coarse: bool = False

    def gives(self, results: Sequence[Any]) -> bool:
        """Tell whether the traced run has the same results to the last bit."""
        pairs = zip(self.outs, results)
        return bool(self.outs) and all(node is not None and np.array_equal(node.data, one) for node, one in pairs)


def trace_forward(
    run: Callable[[Mapping[str, Any]], tuple[Any, ...]],
    inputs: Inputs,
    wanted: Sequence[Leaf],
    state: State,
    held: Mapping[int, str],
    upstream: Sequence[Any],
) -> TracedForward:
    """Run the user's forward on Boxes.

    Args:
        wanted: the inputs that are followed; the others are as they are.
        state: what it can reach: its arrays are Boxes for as long as it runs, those `held` by `id` under their names.
        upstream: the gradients that arrive for its results, () for a loss.
    """
    leaves: dict[str, Value] = {}
    shared: dict[int, Any] = {}

    def leaf(value: Any, name: str) -> Any:
        data = np.array(value) if isinstance(value, np.ndarray) else np.float64(value)
        data = data if data.dtype.kind == "f" else data.astype(float)
        node = leaves[name] = array(data, label=name)
        return wrap(data, node)

    def substitute(thing: Any) -> Any:
        if isinstance(thing, tuple):
            is_plain = hasattr(thing, "_fields") or not any(isinstance(part, np.ndarray) for part in thing)
            return thing if is_plain else tuple(map(substitute, thing))
        if type(thing) is not np.ndarray:
            return instead_of(thing)
        if id(thing) not in shared:
            shared[id(thing)] = leaf(thing, held[id(thing)]) if id(thing) in held else _wrap_without_node(thing.copy())
        return shared[id(thing)]

    with manual(), tracing() as trace:
        values = inputs.copy()
        for one in inputs.leaves:
            if one in wanted:
                values = inputs.replace_leaf(values, one, leaf(one.value, one.name))
            elif one.is_array:
                values = inputs.replace_leaf(values, one, _wrap_without_node(np.array(one.value)))
        for thing, put in state.arrays:
            put(substitute(thing))
        with making_boxes() as enter, recording(on_frame=enter) as recorder:
            outs = run(values)
        nodes = tuple(_node_of_out(out, trace) for out in outs)
        root = _root(nodes, upstream)
        if root is not None:
            met = set(topological_order(root))
            unused = [node for node in leaves.values() if node not in met]  # their gradient is 0
            root = sum((root_with_gradient(node, np.zeros(node.shape)) for node in unused), root)
            _label(root, nodes, recorder.names, has_upstream=bool(upstream))
    return TracedForward(trace.lost, root, nodes, leaves, trace.is_coarse)


class _Counts(np.ndarray[Any, Any]):
    """Whole numbers or truth values: an array's own `dot` asks nobody, so it is NumPy's function here."""

    def dot(self, *args: Any, **kwargs: Any) -> Any:
        return np.dot(self.view(np.ndarray), *args, **kwargs)


def _wrap_without_node(data: Any) -> Any:
    """Return an array that no gradient is asked of, wrapped for the run on Boxes."""
    return data.view(_Counts) if data.dtype.kind in "iub" else wrap(data)


def _node_of_out(out: Any, trace: Trace) -> Any:
    node = node_of(out)
    if node is None and type(out) is float:  # return float(loss)
        return next((one for one in reversed(trace.taken) if not one.shape and one.data == out), None)
    return node


def _root(nodes: Sequence[Any], upstream: Sequence[Any]) -> Value | None:
    """Return the node where backward starts: the loss, or the outputs weighted by their upstream gradients."""
    if not upstream:
        node = nodes[0]
        return node if node is None or not node.shape else node.sum()
    given = [(node, np.asarray(up, dtype=float)) for node, up in zip(nodes, upstream) if node is not None]
    parts = [root_with_gradient(*one) for one in given]
    return sum(parts[1:], parts[0]) if parts else None


def _label(root: Value, outs: Sequence[Any], names: Mapping[Value, tuple[int, str]], *, has_upstream: bool) -> None:
    """Give each node a name for people: what the outermost user function calls it."""
    for node, (_, name) in names.items():
        if not node.label and not node.is_constant:
            node.label = name
    for place, node in enumerate(outs):
        if node is not None and not node.label and node is not root:
            node.label = "out" if len(outs) == 1 else f"out{place + 1}"
    root.label = root.label or ("sum(out*dout)" if has_upstream else "loss")
