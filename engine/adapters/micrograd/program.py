"""A program of the user's that builds a graph and walks back, run again with some of its numbers moved."""

from __future__ import annotations

import sys
from abc import ABC
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from types import CodeType, FrameType, FunctionType
from typing import Any, Generic

import numpy as np

from ...arrays.amounts import is_anything, shape_of
from ...repair.source import function_behind
from ...repair.user_code import is_their_code, is_theirs
from ..reached import reached
from .engine import Engine, get
from .walks import functions_of, required, walker_of

_NO_BASES = (object, ABC, Generic)
MOST_FRAMES = 4


class UnrepeatedError(Exception):
    """Run again, the program makes other nodes."""


class _Enough(BaseException):
    """The forward is done, and no more is asked for."""


@dataclass(eq=False)
class Made:
    """A node, and how it was made.

    Attributes:
        given: what its constructor was given.
        held: the variables of the function that made it, its parameters first; {} for none.
        frames: where it was made, as (code, line), the innermost first.
    """

    node: Any
    given: Sequence[Any] = ()
    held: Mapping[str, Any] = field(default_factory=dict)
    frames: Sequence[tuple[CodeType, int]] = ()


class Program:
    """The program.

    Attributes:
        classes: those of the nodes, and those beside them in their modules.
        functions: those that may be called, those of the classes among them.
        walker: the function that walks back; None where none is found.
        nodes: of the last run, in the order in which they were made; those that were there before come last.
        grads: the gradients of these at its end, as they hold them.
        data: their data when the walk began.
        roots: the nodes at which a walk began.
        is_inside: whether a walk is on its way.
        left: the places of the nodes that had a gradient then, but for what was put there.
    """

    def __init__(self, build: Callable[[], Any], root: Any, restore: Callable[[], None] = lambda: None) -> None:
        """Read the classes and functions of a program that has run once.

        Args:
            root: what it gave.
            restore: puts back what a run of it has changed.
        """
        self._build, self._restore, self.engine = build, restore, Engine(root)
        base = [one for one in type(root).__mro__ if one not in _NO_BASES and is_theirs({"__name__": one.__module__})]
        self.kinds = list(_derived(base[-1])) if base else [type(root)]
        spaces = {id(one.__globals__): one.__globals__ for kind in self.kinds for _, one in functions_of(kind)}
        names = {kind.__module__ for kind in self.kinds}
        held = [one for space in spaces.values() for one in space.values() if isinstance(one, type)]
        self.classes = list(dict.fromkeys([*self.kinds, *(one for one in held if one.__module__ in names)]))
        own = [function for kind in self.classes for _, function in functions_of(kind)]
        behind = function_behind(build)
        self.functions = [one for one in reached([build, *own], self.classes) if one is not behind]
        self.walker = function_behind(walker_of(root))
        spaces = {id(one.__globals__): one.__globals__ for one in [*self.functions, *([behind] if behind else [])]}
        self._spaces = [one for one in spaces.values() if any(held is self.walker for held in one.values())]
        self.outside: list[Any] = []
        self.nodes: list[Any] = []
        self._count: int | None = None

    def node_at(self, place: int) -> Any:
        """Return the node at a place; None for one that is not made yet."""
        count = self._count or 0
        if place >= count:
            return self.outside[place - count] if place - count < len(self.outside) else None
        return self.nodes[place] if place < len(self.nodes) else None

    def __call__(
        self,
        moves: Mapping[int, Any] | None = None,
        *,
        clamp: Sequence[Any] | None = None,
        preset: Callable[[int], Any] | None = None,
        between: Callable[[], None] = lambda: None,
        made: list[Made] | None = None,
    ) -> Any:
        """Run the program, and put everything back.

        Args:
            moves: what is added to the data of some nodes right after they are made.
            clamp: the data that all nodes are given, for the forward alone; what they would have is left in `raw`.
            preset: gives what stands in the gradient of a node when the walk begins.
            between: called when it begins.
            made: where to note how the nodes are made.

        Returns:
            The root; None for the forward alone.
        """
        self._moves, self._clamp, self._preset, self._between = moves or {}, clamp, preset, between
        self.is_inside, self._made = False, made
        self.nodes = []
        self.raw: dict[int, Any] = {}
        self.roots: list[Any] = []
        self._busy: set[int] = set()
        root = None
        try:
            with self._wrapped(), np.errstate(all="ignore"):
                for place, node in enumerate(self.outside):
                    held = self.engine.grad(node)
                    if self._count and is_anything(held):  # of an earlier step of the user's
                        self.engine.set_grad(node, as_grad(self.engine, node, 0.0 * held))
                    if (number := (self._count or 0) + place) in self._moves:
                        self._set(node, self.engine.data(node) + self._moves[number])
                with suppress(_Enough):
                    root = self._build()
                    if not self.roots:
                        self.begin(root)
            self.nodes += self.outside
            if self._count is not None and len(self.nodes) != self._count + len(self.outside):
                raise UnrepeatedError
            self._count = len(self.nodes) - len(self.outside)
            self.grads = [self.engine.raw_grad(node) for node in self.nodes]
            self.grads = [one.copy() if isinstance(one, np.ndarray) else one for one in self.grads]
        finally:
            self._restore()
        return root

    @contextmanager
    def _wrapped(self) -> Iterator[None]:
        before: list[tuple[Any, str, Any]] = []
        walker = self.walker
        try:
            for kind in self.kinds:
                for name, held in list(vars(kind).items()):
                    if isinstance(held, FunctionType) and (name == "__init__" or held is walker):
                        before.append((kind, name, held))
                        setattr(kind, name, self._making(held) if name == "__init__" else self._walking(held))
            for space in self._spaces if walker is not None else ():
                for name in [name for name, held in space.items() if held is walker]:
                    before.append((space, name, walker))
                    space[name] = self._walking(walker)
            yield
        finally:
            for holder, name, held in before:
                if isinstance(holder, type):
                    setattr(holder, name, held)
                else:
                    holder[name] = held

    def _making(self, init: Any) -> Any:
        def __init__(node: Any, *given: Any, **words: Any) -> None:
            if self.is_inside or id(node) in self._busy:
                init(node, *given, **words)
                return
            self._busy.add(id(node))
            try:
                init(node, *given, **words)
            finally:
                self._busy.discard(id(node))
            self._note(node, (*given, *words.values()), sys._getframe(1))

        return __init__

    def _walking(self, walk: Any) -> Any:
        def backward(*given: Any, **words: Any) -> Any:
            if self.is_inside:
                return walk(*given, **words)
            self.begin(given[0] if given else None)
            self.is_inside = True
            try:
                return walk(*given, **words)
            finally:
                self.is_inside = False

        return backward

    def begin(self, root: Any) -> None:
        """Note that the walk begins, and set any preset gradients."""
        engine, nodes = self.engine, [*self.nodes, *self.outside]
        self.is_inside = True
        if not self.roots or self.roots[-1] is not root:
            self.data = [engine.data(node) for node in nodes]
            self.left = [place for place, node in enumerate(nodes) if is_anything(engine.grad(node))]
            for place, node in enumerate(nodes):
                if self._preset is not None and node is not root:
                    engine.set_grad(node, as_grad(engine, node, self._preset(place)))
        self.roots.append(root)
        if self._clamp is not None:
            raise _Enough
        self._between()

    def _note(self, node: Any, given: Sequence[Any], frame: FrameType | None) -> None:
        if self._made is not None:
            frames: list[tuple[CodeType, int]] = []
            held: Mapping[str, Any] = {}
            while frame is not None and len(frames) < MOST_FRAMES:
                code = frame.f_code
                if is_their_code(code, frame.f_globals) and code.co_name != "__init__":
                    held = held or {**frame.f_locals}
                    frames.append((code, frame.f_lineno))
                frame = frame.f_back
            self._made.append(Made(node, given, held, frames))
        place = len(self.nodes)
        self.nodes.append(node)
        if self._clamp is not None and place < len(self._clamp):
            self.raw[place] = self.engine.data(node)
            self._set(node, self._clamp[place] + self._moves.get(place, 0.0))
        elif place in self._moves:
            self._set(node, self.engine.data(node) + self._moves[place])

    def _set(self, node: Any, amount: Any) -> None:
        before = getattr(node, self.engine.data_name)
        if isinstance(before, np.ndarray):
            amount = np.asarray(amount, dtype=before.dtype if before.dtype.kind == "f" else float)
        elif not shape_of(amount):
            amount = type(before)(amount) if isinstance(before, np.floating) else float(amount)
        self.engine.set_data(node, amount)


class WalkAgain:
    """A program that walks a finished graph back once more, from gradients as fresh nodes have them.

    Attributes:
        times: how often it walks, the gradients left as they are in between.
        has_begun: whether the walk has set the root's gradient itself, the last time.
    """

    def __init__(self, root: Any, nodes: Sequence[Any]) -> None:
        """Read which gradient a fresh node of the graph has."""
        self._root, self._nodes, self._engine = root, nodes, Engine(root)
        self.times, self.has_begun = 1, True
        held, fresh = self._engine.raw_grad(root), _constructed(type(root))
        self._first = (
            (None if held is None else held * 0) if fresh is None else get(fresh, self._engine.grad_name or "")
        )

    def __call__(self) -> Any:
        engine, root = self._engine, self._root
        data, held = engine.data(root), engine.grad(root)
        is_whole = held is not None and bool(shape_of(held)) and shape_of(held) == shape_of(data)
        seed = held if is_whole else np.ones(shape_of(data)) if shape_of(data) else 1.0
        for node in self._nodes:
            engine.set_grad(node, self._fresh(node))
        for _ in range(self.times):
            walker = walker_of(root)
            insists = not np.all(np.equal(seed, 1.0)) and _takes(walker)
            given = [as_grad(engine, root, seed)] if insists or required(walker) else []
            assert walker is not None
            walker(*given)
            self.has_begun = any(is_anything(engine.grad(node)) for node in self._nodes)
            if not self.has_begun:  # one that leaves it to the caller to set the root's
                engine.set_grad(root, as_grad(engine, root, seed))
                walker(*given)
        return root

    def _fresh(self, node: Any) -> Any:
        if isinstance(self._first, np.ndarray):
            return np.zeros(shape_of(getattr(node, self._engine.data_name)))
        return as_grad(self._engine, node, 0.0) if self._engine.is_node(self._first) else self._first


def walked(root: Any) -> Any:
    """Return a root after its backward pass."""
    walker = walker_of(root)
    assert walker is not None
    walker(*([as_grad(Engine(root), root, np.ones(shape_of(Engine(root).data(root))))] if required(walker) else []))
    return root


def _takes(walker: Any) -> bool:
    function = function_behind(walker)
    bound = isinstance(walker, partial) or hasattr(walker, "__self__")
    return function is not None and function.__code__.co_argcount > bound


def as_grad(engine: Engine, root: Any, amount: Any) -> Any:
    """Return an amount as the user's nodes hold a gradient."""
    like = getattr(root, engine.data_name)
    held = np.array(amount, dtype=float) if isinstance(like, np.ndarray) or shape_of(amount) else float(amount)
    return type(root)(held) if engine.grads_are_nodes else held


def _constructed(kind: type) -> Any:
    """Return a new node that wants a gradient, by the class's own call.

    None where that takes more.
    """
    for words in ({"requires_grad": True}, {}):
        for data in (0.5, np.array([0.5])):
            try:
                return kind(data, **words)
            except Exception:  # whatever their class says of it
                continue
    return None


def _derived(base: type) -> Iterator[type]:
    yield base
    own: list[type] = base.__subclasses__()
    for one in own:
        yield from _derived(one)
