"""A program of the user's that builds a graph and walks back, run again with some of its numbers moved."""

from __future__ import annotations

import ast
import sys
from abc import ABC
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from inspect import CO_VARARGS
from types import CodeType, FrameType, FunctionType
from typing import Any, Generic, NamedTuple

import numpy as np

from ...amounts import is_anything, shape_of
from ...repair.source import function_behind, function_of
from ...repair.user_code import find_reachable, identity, is_their_code, is_theirs, spaces_of
from .engine import Engine, are_needed, functions_of, get, root_of, walker_of

MOST_FRAMES = 4
MOST_MET = 8
"""A walk along a tape brings a gradient to one of so many nodes that were met first."""
MOST_MADE = 3_000  # of a program with more, many steps of a training, the last graph alone is checked


class UnrepeatedError(Exception):
    """Run again, the program makes other nodes, or makes too many."""


class _Enough(BaseException):
    """The forward is done, and no more is asked for."""


_WITHIN = frozenset({"__init__", "<listcomp>", "<genexpr>", "<setcomp>", "<dictcomp>"})
"""What nodes are made in on behalf of the function that calls it."""


class Made(NamedTuple):
    """A node; the arguments of its constructor; and of what made it the (code, line)s inside out, and the variables."""

    node: Any
    arguments: Sequence[Any] = ()
    scopes: Sequence[Mapping[str, Any]] = ()
    frames: Sequence[tuple[CodeType, int]] = ()

    @property
    def held(self) -> Mapping[str, Any]:
        """Return the variables of the innermost function."""
        return self.scopes[0] if self.scopes else {}

    @property
    def code(self) -> CodeType | None:
        """Return the code of the innermost function; None where it is not known."""
        return self.frames[0][0] if self.frames else None

    @property
    def owner(self) -> type | None:
        """Return the class whose method it is; None for none."""
        held = self.held.get("cls", self.held.get("self"))
        return held if held is None or isinstance(held, type) else type(held)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return what the function that made it was called with, by name; all that it holds where that is not known."""
        code = self.code
        if code is None:
            return self.held
        count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & CO_VARARGS)
        return {name: self.held[name] for name in code.co_varnames[:count] if name in self.held}


class Program:
    """The program.

    Attributes:
        restore: puts back what a run of it has changed.
        classes: those of the nodes, and those beside them in their modules.
        nodes: of the last run, in the order in which they were made; those that were there before come last.
        data, grads: of these, when the walk began, and at its end, as they hold them.
        raw: of clamped nodes, the data that they would have.
        roots: the nodes at which a walk began.
        is_inside: whether a walk is on its way.
        left: the places of the nodes that had a gradient when it began, but for what was put there.
    """

    def __init__(self, build: Callable[[], Any], root: Any) -> None:
        """Read the classes and functions of a program that has run once, and given this root."""
        self.build: Callable[[], Any] = lambda: root_of(build())
        self.engine = Engine(root)
        self.restore: Callable[[], None] = lambda: None
        no_bases = (object, ABC, Generic)
        base = [one for one in type(root).__mro__ if one not in no_bases and is_theirs({"__name__": one.__module__})]
        self.kinds: list[type] = base[-1:] or [type(root)]
        for one in self.kinds:  # it grows as it is walked
            derived: list[type] = one.__subclasses__()
            self.kinds += [kind for kind in derived if kind not in self.kinds]
        spaces = spaces_of([*find_reachable([build]), *(one for kind in self.kinds for one in functions_of(kind))])
        names = {kind.__module__ for kind in self.kinds}
        held = [one for space in spaces for one in space.values() if isinstance(one, type)]
        self.classes = list(dict.fromkeys([*self.kinds, *(one for one in held if one.__module__ in names)]))
        own = [function for kind in self.classes for function in functions_of(kind)]
        reachable = find_reachable([build, *own], self.classes)
        self.functions = [one for one in reachable if one is not function_behind(build)]
        self.spaces = spaces_of(reachable)
        self.outside: list[Any] = []
        self.nodes: list[Any] = []
        self._count: int | None = None
        first = function_behind(walker_of(root))
        self.walker = first if first is not None and _has_loop(first) else self._find_walker() or first

    def _find_walker(self) -> FunctionType | None:
        """Run the program, and return the outermost function by which gradients arrive below a node of the graph."""
        waiting: list[tuple[FrameType, Any, list[Any]]] = []
        found: list[tuple[CodeType, Any]] = []

        is_tape = not self.engine.operands(self.engine.root)  # of which no node knows what is below it
        met: dict[int, Any] = {}

        def has_arrived(nodes: Sequence[Any]) -> bool:
            return any(is_anything(self.engine.grad(one)) for one in nodes)

        def note(frame: FrameType, event: str, _: Any) -> None:
            if event == "call" and is_their_code(frame.f_code, frame.f_globals):
                node = next(filter(self.engine.is_node, frame.f_locals.values()), None)
                below = [] if node is None else self.engine.operands(node)
                if is_tape:
                    below = list(met.values())
                    met.update({identity(node): node} if node is not None and len(met) < MOST_MET else {})
                if below and not has_arrived(below):
                    waiting.append((frame, node, below if node is None or has_arrived([node]) else [node, *below]))
            elif event == "return" and waiting and waiting[-1][0] is frame:
                _, node, fresh = waiting.pop()
                found.extend([(frame.f_code, node)] * has_arrived(fresh))

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            root = self.build()
        finally:
            sys.setprofile(before)
        codes = [code for code, node in found if node is root or is_tape]
        walks = (one for code in reversed(codes) for one in self.functions if one.__code__ is code)
        return next(filter(_has_loop, walks), None)

    def __call__(
        self,
        moves: Mapping[int, Any] | None = None,
        *,
        clamp: Sequence[Any] | None = None,
        preset: Sequence[Any] | None = None,
        between: Callable[[], None] = lambda: None,
        made: list[Made] | None = None,
    ) -> Any:
        """Run the program, put everything back, and return the root; None for the forward alone.

        Args:
            moves: what is added to the data of some nodes right after they are made.
            clamp: the data that all nodes are given, for the forward alone.
            preset: what stands in the gradients when the walk begins, and what it begins with.
            between: called when it begins.
            made: where to note how the nodes are made.
        """
        self._moves, self._clamp, self._preset, self._between = moves or {}, clamp, preset, between
        self.is_inside, self._made, self._is_seeded = False, made, preset is None
        self.nodes, self.raw, self.roots = [], dict[int, Any](), list[Any]()
        self._busy: set[int] = set()
        root = None
        try:
            with self._note_runs(), np.errstate(all="ignore"):
                for place, node in enumerate(self.outside, self._count or 0):
                    held = self.engine.grad(node)
                    if self._count and is_anything(held):  # of an earlier step of the user's
                        self.engine.set_grad(node, 0.0 * held)
                    if place in self._moves:
                        self.engine.move(node, self.engine.data(node) + self._moves[place])
                with suppress(_Enough):
                    root = self.build()
                    if not self.roots:
                        self.begin(root)
            if self._count not in (None, len(self.nodes)) or len(made or self.nodes) != len(self.nodes):
                raise UnrepeatedError
            self._count = len(self.nodes)
            self.nodes += self.outside
            grads = map(self.engine.raw_grad, self.nodes)
            self.grads = [one.copy() if isinstance(one, np.ndarray) else one for one in grads]
        finally:
            self.restore()
        return root

    @contextmanager
    def _note_runs(self) -> Iterator[None]:
        """Note in this block which nodes are made, and where a walk begins."""
        before: list[tuple[Any, str, Any]] = []
        for kind in self.kinds:
            if isinstance(init := vars(kind).get("__init__"), FunctionType):
                before.append((kind, "__init__", self._wrap_init(init)))
        walker = self.walker
        for holder in (*self.classes, *map(_Names, self.spaces)) if walker is not None else ():
            before += [(holder, name, self._wrap_walk(walker)) for name, held in vars(holder).items() if held is walker]
        if not self._is_seeded:
            kind = type(self.engine.root)
            before.append((kind, "__setattr__", self._wrap_setattr(kind.__setattr__)))
        replaced = [(holder, name, vars(holder).get(name)) for holder, name, _ in before]
        try:
            for holder, name, held in before:
                setattr(holder, name, held)
            yield
        finally:
            for holder, name, held in replaced:
                delattr(holder, name) if held is None else setattr(holder, name, held)

    def _wrap_init(self, init: Any) -> Any:
        """Return an __init__ that also notes each node made on the way forward, and from where."""

        def __init__(node: Any, *arguments: Any, **words: Any) -> None:
            if self.is_inside or self._count == 0 or id(node) in self._busy:
                init(node, *arguments, **words)
                return
            self._busy.add(id(node))
            try:
                init(node, *arguments, **words)
            finally:
                self._busy.discard(id(node))
            self._note(node, (*arguments, *words.values()), sys._getframe(1))

        return __init__

    def _wrap_walk(self, walk: Any) -> Any:
        """Return a backward() that also notes where it begins and ends."""

        @wraps(walk)
        def backward(*arguments: Any, **words: Any) -> Any:
            if self.is_inside:
                return walk(*arguments, **words)
            self.begin(next(filter(self.engine.is_node, (*arguments, *words.values())), None))
            try:
                return walk(*arguments, **words)
            finally:
                self.is_inside = False

        return backward

    def _wrap_setattr(self, put: Any) -> Any:
        """Return a way to set attributes by which the walk begins with what is preset for the root."""

        def __setattr__(node: Any, name: str, held: Any) -> None:
            if not self._is_seeded and name == self.engine.grad_name and node is next(reversed(self.roots), None):
                self._is_seeded = True
                held = self.engine.make_grad(node, self._seed)
            put(node, name, held)

        return __setattr__

    def begin(self, root: Any) -> None:
        """Note that the walk begins, and set any preset gradients."""
        engine, nodes = self.engine, [*self.nodes, *self.outside]
        self.is_inside = True
        if not self.roots or self.roots[-1] is not root:
            self.data = [engine.data(node) for node in nodes]
            self.left = [place for place, node in enumerate(nodes) if is_anything(engine.grad(node))]
            for node, amount in zip(nodes, self._preset or ()):
                if node is root:
                    self._seed = amount
                else:
                    engine.set_grad(node, amount)
        self.roots.append(root)
        if self._clamp is not None:
            raise _Enough
        self._between()

    def _note(self, node: Any, arguments: Sequence[Any], frame: FrameType | None) -> None:
        """Note a new node, and move its data where an experiment asks for it."""
        place, engine = len(self.nodes), self.engine
        self.nodes.append(node)
        if self._made is not None:
            if place >= MOST_MADE:
                raise UnrepeatedError
            frames, scopes = list[tuple[CodeType, int]](), list[Mapping[str, Any]]()
            while frame is not None and len(frames) < MOST_FRAMES:
                code = frame.f_code
                if is_their_code(code, frame.f_globals) and code.co_name not in _WITHIN:
                    scopes.append({**frame.f_locals})
                    frames.append((code, frame.f_lineno))
                frame = frame.f_back
            self._made.append(Made(node, arguments, scopes, frames))
        if self._clamp is not None:
            self.raw[place] = engine.data(node)
            engine.move(node, self._clamp[place] + self._moves.get(place, 0.0))
        elif place in self._moves:
            engine.move(node, engine.data(node) + self._moves[place])


def _has_loop(walker: FunctionType) -> bool:
    """Tell whether a function goes through nodes itself, and does not leave that to another."""
    written = function_of(walker.__code__)
    inner = [] if written is None else list(ast.walk(written))
    is_method = "." in walker.__qualname__.rpartition("<locals>.")[2]  # else a method of its name is another function
    calls = (one.func for one in inner if isinstance(one, ast.Call))
    names = (getattr(one, "id", getattr(one, "attr", "") if is_method else "") for one in calls)
    return any(isinstance(one, (ast.For, ast.While)) for one in inner) or walker.__name__ in names


class _Names:
    """The global names of a module, as attributes."""

    def __init__(self, space: dict[str, Any]) -> None:
        self.__dict__ = space


class WalkAgain:
    """A program that walks a finished graph back once more, from gradients as fresh nodes have them.

    Attributes:
        standing: the gradients that stood there before.
        times: how often it walks, the gradients left as they are in between.
        has_begun: whether the walk has set the root's gradient itself, the last time.
    """

    def __init__(self, program: Program, root: Any, standing: Sequence[Any]) -> None:
        self._program, self._root, self.standing = program, root, standing
        self.times, self.has_begun = 1, True

    def __call__(self) -> Any:
        root, engine, nodes = self._root, self._program.engine, self._program.outside
        data, held = engine.data(root), engine.grad(root)
        is_whole = held is not None and bool(shape_of(held)) and shape_of(held) == shape_of(data)
        seed = held if is_whole else np.ones(shape_of(data))
        held, fresh = engine.raw_grad(root), _make_node(type(root))
        first = (None if held is None else held * 0) if fresh is None else get(fresh, engine.grad_name)
        for node in nodes:
            zeros = np.zeros(shape_of(engine.data(node))) if isinstance(first, np.ndarray) else 0.0
            engine.set_grad(node, None if first is None else zeros)
        for _ in range(self.times):
            walk_back(root, engine, seed)
            self.has_begun = any(is_anything(engine.grad(node)) for node in nodes)
            if not self.has_begun:  # one that leaves it to the caller to set the root's
                engine.set_grad(root, seed)
                walk_back(root, engine, seed)
        return root


def walk_back(root: Any, engine: Engine, seed: Any = None) -> Any:
    """Return a root after its backward pass, from a gradient of 1 or another one where it lets itself be told."""
    walker = walker_of(root)
    assert walker is not None
    needed = are_needed(walker)
    seed = np.ones(shape_of(engine.data(root))) if seed is None else seed
    is_taken = needed and (needed[0] or not np.all(np.equal(seed, 1.0)))
    walker(*([engine.make_grad(root, seed)] if is_taken else []))
    return root


def _make_node(kind: type) -> Any:
    """Return a new node that wants a gradient, by the class's own call; None where that takes more."""
    for words in ({"requires_grad": True}, {}):
        for data in (0.5, np.array([0.5])):
            with suppress(Exception):  # whatever their class says of it
                return kind(data, **words)
    return None
