"""Taking the answers out of a copy of the engine: what works gradients out refuses, and no operation has its rule.

Where the rules are is read off the program. An operation is made by `Op(name, forward, derivatives, ...)`, by
`ArrayOp` or by `op`, and the local derivative of an array by `Edge`, or by what makes one: so a rule that is
written as the others are goes with them.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import PurePosixPath

OPERATIONS = frozenset({"Op", "ArrayOp", "op"})
"""What makes an operation; its third argument is the rule."""

ABOUT_RULES = frozenset({"slips", "cancelling", "ties"})
"""What an operation is given by name that tells of its rule: the usual mistakes in it, the terms that cancel in it."""

EDGES = frozenset({"Edge", "moved", "entrywise"})
"""What makes the local derivative of an array."""

_REFUSE = "(lambda *_, **__: __import__('handgrad.manual', fromlist=['refuse']).refuse())"

_REFUSAL = ast.parse(f"{_REFUSE}()", mode="eval").body
"""Read and never changed, so that one is enough for all functions."""

_Function = ast.FunctionDef | ast.Lambda


def without_answers(programs: Mapping[str, str], judges: Iterable[str], rules: Iterable[str]) -> dict[str, str]:
    """The engine's programs, rewritten.

    Args:
        programs: the text of each file by its path in the engine, as in "nn/functional.py".
        judges: files, and folders of files, in which every function is to refuse.
        rules: those in which each operation is to lose its local derivatives, and every function that is of no use
            then is to refuse.
    """
    judging, ruling = _among(programs, judges), _among(programs, rules)
    rewritten = {path: _refusing(programs[path]) for path in judging}
    trees = {path: ast.parse(programs[path]) for path in ruling}
    for tree in trees.values():
        _Rules(tree).take_out()
    if trees:
        reached: set[str] = set()
        for path in programs.keys() - rewritten.keys() - trees.keys():
            reached |= _reached_from(programs[path])
        _refuse(_of_no_use(list(trees.values()), reached))
    rewritten.update((path, ast.unparse(tree) + "\n") for path, tree in trees.items())
    return {**programs, **rewritten}


def _among(programs: Iterable[str], names: Iterable[str]) -> list[str]:
    """The paths of files, and of those in folders, of these names."""
    places = [PurePosixPath(name) for name in names]
    return [path for path in programs for place in places if PurePosixPath(path).is_relative_to(place)]


@lru_cache(maxsize=256)  # the same in each tree of a grading, as is what programs reach
def _refusing(program: str) -> str:
    """A program in which every function refuses, but for the making of objects, which loading a module may take."""
    tree = ast.parse(program)
    waiting: list[ast.AST] = [tree]
    for node in waiting:
        if isinstance(node, _Function) and getattr(node, "name", "") != "__init__":
            _refuse([node])  # what stands in it goes, and need not be looked at
        waiting.extend(inner for inner in ast.iter_child_nodes(node) if inner is not _REFUSAL)
    return ast.unparse(tree) + "\n"


def _refuse(functions: Iterable[_Function]) -> None:
    for function in functions:
        if isinstance(function, ast.Lambda):
            function.body = _REFUSAL
        else:
            function.body = [ast.Expr(_REFUSAL)]


class _Rules:
    """The local derivatives of one file."""

    def __init__(self, tree: ast.Module) -> None:
        self._calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        self._functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        self._outer = {inner: outer for outer in ast.walk(tree) for inner in ast.iter_child_nodes(outer)}
        self._known = _imported(tree.body) | {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        self._taken: set[_Function] = set()

    def take_out(self) -> None:
        """Have every function refuse that is a rule, or makes an edge, or that a rule alone makes use of."""
        for call in self._calls:
            name = _called(call)
            if name in OPERATIONS & self._known and len(call.args) > 2:
                self._take_what_tells(call)
                self._take_argument(call, 2)
            elif name in EDGES:
                self._taken.update(self._around(call)[:1])
        before = -1
        while before < (before := len(self._taken)):
            for function in self._functions:
                self._take_what_is_handed_to(function)
        _refuse(self._taken)

    def _take_what_tells(self, call: ast.Call) -> None:
        """What tells of an operation's rule goes, with the functions that it is made by."""
        telling = [keyword for keyword in call.keywords if keyword.arg in ABOUT_RULES]
        named = {node.id for keyword in telling for node in ast.walk(keyword) if isinstance(node, ast.Name)}
        call.keywords = [keyword for keyword in call.keywords if keyword not in telling]
        self._taken.update(function for function in self._functions if function.name in named)

    def _take_what_is_handed_to(self, function: ast.FunctionDef) -> None:
        """Where a function uses a parameter for its rule and nothing else, what it is given is a part of the rule."""
        used = {
            node.id
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and self._taken.isdisjoint(self._around(node))
        }
        by_place, by_name = function.args.args, (*function.args.args, *function.args.kwonlyargs)
        for call in self._calls if any(parameter.arg not in used for parameter in by_name) else ():
            if _called(call) != function.name:
                continue
            for place, parameter in enumerate(by_place[: len(call.args)]):
                if parameter.arg not in used:
                    self._take_argument(call, place)
            idle = {parameter.arg for parameter in by_name} - used
            call.keywords = [keyword for keyword in call.keywords if keyword.arg not in idle or not _is_made(keyword)]

    def _take_argument(self, call: ast.Call, place: int) -> None:
        given = call.args[place]
        if isinstance(given, ast.Name):
            self._taken.update(function for function in self._functions if function.name == given.id)
        if isinstance(given, (ast.Lambda, ast.Name)):
            call.args[place] = ast.parse(_REFUSE, mode="eval").body

    def _around(self, node: ast.AST) -> list[_Function]:
        """The functions that a node stands in, the innermost first."""
        found: list[_Function] = []
        outer = self._outer.get(node)
        while outer is not None:
            if isinstance(outer, _Function):
                found.append(outer)
            outer = self._outer.get(outer)
        return found


def _is_made(keyword: ast.keyword) -> bool:
    """Whether a function is given."""
    return isinstance(keyword.value, (ast.Lambda, ast.Name))


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _imported(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that some statements import."""
    statements = (node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)))
    return {alias.asname or alias.name for statement in statements for alias in statement.names}


@lru_cache(maxsize=256)
def _reached_from(program: str) -> frozenset[str]:
    """The names of other files' functions that a program may reach."""
    tree = ast.parse(program)
    imported = _imported(ast.walk(tree))
    return frozenset(imported | _mentioned(tree, imported, ()))


def _of_no_use(trees: Iterable[ast.Module], reached: set[str]) -> list[_Function]:
    """The functions that are reached neither from elsewhere nor from what is no function in these files."""
    waiting: dict[ast.FunctionDef, set[str]] = {}
    for tree in trees:
        modules, functions = _imported(tree.body), _functions(tree)
        reached |= _mentioned(tree, modules, functions)
        waiting.update((function, _mentioned(function, modules, functions)) for function in functions)
    while found := [function for function in waiting if function.name in reached]:
        reached = reached.union(*map(waiting.pop, found))
    left: list[_Function] = [*waiting]
    return left


def _functions(tree: ast.Module) -> set[ast.FunctionDef]:
    """The functions of a file, but for the methods of classes."""
    methods = {node for outer in ast.walk(tree) if isinstance(outer, ast.ClassDef) for node in outer.body}
    return {node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node not in methods}


def _mentioned(top: ast.AST, modules: Collection[str], apart: Collection[ast.AST]) -> set[str]:
    """The names that a part of a program mentions, but for what stands in the functions apart from it.

    Args:
        modules: what is imported at the top of the file: `module.name` mentions the name.
    """
    names: set[str] = set()
    waiting = list(ast.iter_child_nodes(top))
    for node in waiting:
        if node in apart:
            continue
        waiting.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            names.add(node.attr)
        elif isinstance(node, ast.Assign) and "__all__" in map(ast.unparse, node.targets):
            names.update(ast.literal_eval(node.value))
    return names
