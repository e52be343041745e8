"""The graph of a kata, to look at or fill in outside its file."""

from __future__ import annotations

import contextlib
import inspect
import io
import itertools
import math
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from handgrad import Comparison, HandgradError, Value, compare, gradients
from handgrad.graph import topological_order
from handgrad.names import Names

from ..loading import load
from .checking import list_asked
from .course import Kata

MOST = 40
"""A kata checks a few graphs, of which each has other numbers."""


class NoGraphError(HandgradError):
    """A kata's tests judge something else than one graph."""

    def __init__(self, kata: str) -> None:
        self.kata = kata
        super().__init__(
            f"{kata} has no graph of its own to fill in: its tests ask for something else. The katas that ask for a "
            "backward pass have one, such as diamond."
        )


class NoGradientError(HandgradError):
    """A kata asks for no gradient of that name."""

    def __init__(self, kata: str, name: str, names: list[str]) -> None:
        super().__init__(f"{kata} asks for no gradient of {name}. It asks, in this order, for {', '.join(names)}.")


class _EnoughError(Exception):
    """All that was looked for is there."""


def kata_graph(kata: Kata, failed: Mapping[str, Any] | None = None) -> Comparison:
    """Return the graph that a kata's tests judge first, not filled in.

    Args:
        kata: its tests are run on its own solution, or its stub, to see what they build.
        failed: a comparison as `Comparison.to_dict` gives it: then the graph that has its numbers, filled in as there.

    Raises:
        NoGraphError: its tests judge no graph.
    """
    judged = judged_graph(kata, failed)
    return compare(judged.root, nodes=judged.nodes)


def judged_graph(kata: Kata, failed: Mapping[str, Any] | None) -> Judged:
    """Return the first graph that a kata's tests judge, or the one that has a failed comparison's numbers, filled in.

    Raises:
        NoGraphError: its tests judge no graph.
    """
    judged = collect_judged(kata, 1 if failed is None else MOST)
    if not judged:
        raise NoGraphError(kata.name)
    if failed is None:
        return judged[0]
    # Graphs of one test may share leaves, and so names and numbers.
    found, filled = max(((each, _find_filled(each.root, failed)) for each in judged), key=lambda pair: len(pair[1]))
    for node, grad in filled:
        node.grad = grad if isinstance(grad, (float, list)) else node.grad
    return found


def find_asked(kata: Kata, name: str) -> tuple[str, list[str]]:
    """Return which gradient a name such as "h", "dh" or "h.grad" means, and all that a kata asks for, in its order.

    Raises:
        NoGraphError: its tests judge no graph.
        NoGradientError: they ask for no such gradient.
    """
    judged = judged_graph(kata, None)
    names = list(list_asked(judged.root, judged.nodes))
    plain = name.removesuffix(".grad")
    for meant in (plain, plain.removeprefix("d")):
        if meant in names:
            return meant, names
    raise NoGradientError(kata.name, name, names)


class Judged(NamedTuple):
    """A graph that a test judges.

    Attributes:
        root: where the pass starts.
        nodes: those asked for; None for all.
        filled: the gradients that the answer, or the test itself, has filled in, by the names of their nodes.
        names: what else the test calls by a name.
        functions: the names of the test's functions that are running, the outermost first.
    """

    root: Value
    nodes: list[Value] | None
    filled: dict[str, Any]
    names: dict[str, Any]
    functions: tuple[str, ...]


def find_given(kata: Kata) -> dict[str, Any]:
    """Return the arrays that a kata's test gives as gradients of its first graph, by name: those right of the stub's.

    A stub that fills in all is a program to be corrected; nothing is given there.
    """
    for root, nodes, filled, *_ in collect_judged(kata, 1, kata.stub):
        truth = gradients(root)
        asked = list_asked(root, nodes)
        right = {name: grad for name, grad in filled.items() if name in asked and is_equal(grad, truth[asked[name]])}
        return right if len(filled) < len(asked) else {}
    return {}


def is_equal(array: Any, answer: Any) -> bool:
    """Return whether two things are arrays of the same numbers; the answer is the graph's own."""
    shape = getattr(answer, "shape", ())
    if not shape:
        return False
    import numpy as np  # a page has none for its katas of numbers

    return bool(np.shape(array) == shape and np.allclose(array, answer))


def collect_judged(kata: Kata, most: int = MOST, answer: Path | None = None) -> list[Judged]:
    """Return what the tests hand to `check_gradients`, without the gradients: the first graphs, at most so many.

    Args:
        answer: what the tests are run on, by default the kata's `builder`.
    """
    found: list[Judged] = []

    def judge(root: Value, nodes: Any = None, *_: Any, **__: Any) -> None:
        names, filled = Names(root), {}
        for node in topological_order(root):
            if node.grad is not None and not node.is_constant:
                filled[names[node]] = node.grad
            node.grad = None
        found.append(Judged(root, None if nodes is None else list(nodes), filled, *_look_at_test(kata)))
        if len(found) == most:
            raise _EnoughError

    with contextlib.redirect_stdout(io.StringIO()), _replace_answer(kata.name, answer or kata.builder):
        tests = load(kata.test, f"test_{kata.name}")
        if not hasattr(tests, "check_gradients"):
            return []
        tests.check_gradients = judge  # type: ignore[attr-defined]
        for name, test in list(vars(tests).items()):
            if name.startswith("test_") and callable(test):
                for arguments in _arguments(test):
                    try:
                        test(**arguments)
                    except _EnoughError:
                        return found
                    except Exception:  # another kind of test: what follows may still judge a graph
                        continue
    return found


def _look_at_test(kata: Kata) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the names that the kata's running test knows, and its functions that are running."""
    names: dict[str, Any] = {}
    functions: list[str] = []
    frame = inspect.currentframe()
    while frame is not None:
        if Path(frame.f_code.co_filename) == kata.test:
            names = {**frame.f_locals, **names}
            functions.insert(0, frame.f_code.co_name)
        frame = frame.f_back
    return names, tuple(functions)


def _arguments(test: Any) -> Iterator[dict[str, Any]]:
    """Yield what pytest would call a test with, by its `parametrize` marks."""
    choices = []
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            given, cases = mark.args[:2]
            names = [name.strip() for name in given.split(",")] if isinstance(given, str) else list(given)
            rows = [getattr(case, "values", case) for case in cases]
            choices.append([dict(zip(names, row if len(names) > 1 else [row])) for row in rows])
    for chosen in itertools.product(*choices):
        yield {name: value for arguments in chosen for name, value in arguments.items()}


@contextlib.contextmanager
def _replace_answer(name: str, file: Path) -> Iterator[None]:
    """Import this answer wherever the tests import the answer by name."""
    before = sys.modules.get(name)
    sys.modules[name] = load(file, name)
    try:
        yield
    finally:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before


def _find_filled(root: Value, failed: Mapping[str, Any]) -> list[tuple[Value, Any]]:
    """Return the nodes of a graph that a comparison names, with its gradients; [] where it is of other numbers."""
    names = Names(root)
    by_name = {names[node]: node for node in topological_order(root) if not node.is_constant}
    entries = [entry for entry in failed["nodes"] if entry["name"] in by_name]
    if any(_data_of(by_name[entry["name"]]) != entry["data"] for entry in entries):
        return []
    return [(by_name[entry["name"]], entry["actual"]) for entry in entries]


def _data_of(node: Any) -> Any:
    """Return what a node holds, as `Comparison.to_dict` gives it: an entry that is no finite number as None."""
    return _finite(node.data.tolist()) if node.shape else node.data


def _finite(thing: Any) -> Any:
    if isinstance(thing, list):
        return [_finite(entry) for entry in thing]
    return thing if math.isfinite(thing) else None
