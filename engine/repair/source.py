"""The user's text: where a line stands, what Python's parser reads there, and which lines run."""

from __future__ import annotations

import ast
import inspect
import linecache
import pickle
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, wraps
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple

Line = tuple[str, int]
"""A file and the number of a line in it."""
_OF_MANY = ("<string>", "<stdin>")
"""What any text may be called that is carried out: since Python 3.13 the lines of the one given by `-c` are kept so."""
COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.FunctionDef,
            ast.AsyncFunctionDef, ast.ClassDef)  # fmt: skip
"""What has a body of its own."""
_BEFORE = (
    r"[dD][A-Za-z]*_d_?", r"[dD](?:L|J|E|C|l|loss|Loss)_?[dD]_?", r"[dD](?:L|J)_?", r"[dD]_?(?!elta|iff|eriv)",
    r"grad(?:ient)?s?_?", r"delta_?", r"g_", r"gr_", r"bar_", r"g(?=[A-Za-z]\w{0,2}$)", r"g(?=\w+_\w)",
)  # fmt: skip
_AFTER = (r"_?grad(?:ient)?s?", r"_d", r"_?delta", r"_bar", r"_g")


class Source(NamedTuple):
    """A line of user code.

    Attributes:
        file: the file's name as Python knows it; "<string>" and the like where there is none.
        line: its number, from 1.
        text: what stands there, without the spaces around it; "" where it cannot be read.
    """

    file: str
    line: int
    text: str

    @property
    def place(self) -> str:
        """Return the line as a compiler would tell it: "layers.py:12"."""
        return f"{self.file.replace(chr(92), '/').rpartition('/')[2]}:{self.line}"


def lines_of(file: str) -> list[str]:
    """Return the lines of a file as it stands; [] where they cannot be read."""
    linecache.checkcache(file)
    return [] if file in _OF_MANY else linecache.getlines(file)


def source_at(file: str, line: int) -> Source:
    """Return the source of a line by its number."""
    lines = lines_of(file)
    return Source(file, line, lines[line - 1].strip() if 0 < line <= len(lines) else "")


def source_in(code: CodeType, line: int) -> Source:
    return source_at(code.co_filename, line)


def source_of(function: Any) -> Source | None:
    """Find the `def` of a function, behind decorators; None for what is not in Python."""
    code = code_of(function)
    if code is None:
        return None
    definition = function_of(code)  # begins below its decorators
    return source_at(code.co_filename, code.co_firstlineno if definition is None else definition.lineno)


def return_line(function: Any) -> Source | None:
    """Return the last line on which a function returns; its `def` where none is to be had."""
    source, code = source_of(function), code_of(function)
    returns = [one for one in _own(None if code is None else function_of(code)) if isinstance(one, ast.Return)]
    return source_at(source.file, returns[-1].lineno) if source is not None and returns else source


def function_behind(thing: Any) -> FunctionType | None:
    """Return the Python function behind a method, a partial or a decorator; None for none."""
    for _ in range(20):
        if thing is None or isinstance(thing, FunctionType):
            return thing
        held = (getattr(thing, name, None) for name in ("__func__", "func", "__wrapped__"))
        thing = next((one for one in held if one is not None), None)
    return None


def code_of(function: Any) -> CodeType | None:
    """Return the code that runs when it is called, behind decorators; None for a class, and for none in Python."""
    if inspect.isclass(function):
        return None
    behind = function_behind(function)
    while isinstance(behind, FunctionType) and hasattr(behind, "__wrapped__"):
        behind = function_behind(behind.__wrapped__)
    code = getattr(behind if behind is not None else vars(type(function)).get("__call__"), "__code__", None)
    return code if isinstance(code, CodeType) else None


def codes_within(code: CodeType) -> list[CodeType]:
    """Return a function's code, and that of the functions written inside it."""
    found = [code]
    for part in found:  # it grows as it is walked
        found += [constant for constant in part.co_consts if isinstance(constant, CodeType)]
    return found


def line_at_work(is_theirs: Callable[[FrameType], bool]) -> Source | None:
    """Return the innermost line of user code that is running; None for none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_theirs(frame):
        frame = frame.f_back
    return None if frame is None else source_in(frame.f_code, frame.f_lineno)


@contextmanager
def lines_noted(functions: Iterable[FunctionType], into: set[Line]) -> Iterator[None]:
    """Note which lines of some functions, and of those written in them, run in this block."""
    codes = {code for one in functions for code in codes_within(one.__code__)}

    def note(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            into.add((frame.f_code.co_filename, frame.f_lineno))
        return note

    with trace_by(lambda frame, *_: note if frame.f_code in codes else None):
        yield


_TRACERS: list[Callable[[FrameType, str, Any], Any] | None] = []


@contextmanager
def trace_by(trace: Callable[[FrameType, str, Any], Any]) -> Iterator[None]:
    """Trace calls in this block; whoever traced before does so again afterwards."""
    before = sys.gettrace()
    sys.settrace(trace)
    _TRACERS.append(trace)
    try:
        yield
    finally:
        _TRACERS.remove(trace)
        sys.settrace(before)


def untraced(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function with no call traced in it by `trace_by`: of ours most would be, and each is dear."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        trace = sys.gettrace()
        if trace not in _TRACERS:
            return function(*args, **kwargs)
        sys.settrace(None)
        try:
            return function(*args, **kwargs)
        finally:
            sys.settrace(trace)

    return call


def tree_of(file: str) -> ast.Module | None:
    """Return the syntax of a file as it stands; None where there is none."""
    return _REPLACED.get(file) or _parse("".join(lines_of(file)))


_REPLACED: dict[str, ast.Module] = {}


@contextmanager
def read_as(file: str, tree: ast.Module) -> Iterator[None]:
    """Read a file as this tree, while this lasts, such as one of functions that were cut out of a script."""
    _REPLACED[file] = tree
    try:
        yield
    finally:
        del _REPLACED[file]


@lru_cache(maxsize=64)
def _parse(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def function_of(code: CodeType) -> ast.FunctionDef | None:
    """Return the `def` of a function's code; None where its text is not to be had."""
    nodes = ast.walk(tree_of(code.co_filename) or ast.Module([], []))
    defs = (one for one in nodes if isinstance(one, ast.FunctionDef) and one.name == code.co_name)
    return next((one for one in defs if first_line(one) == code.co_firstlineno), None)


def copy_of(node: Any) -> Any:
    """Return a deep copy of some syntax: `copy.deepcopy` takes several times as long."""
    return pickle.loads(pickle.dumps(node))


def first_line(node: Any) -> int:
    """Return the line on which a statement begins: of a function, that of its first decorator."""
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])


def own_lines(statement: ast.stmt | ast.Lambda) -> range:
    """Return the lines of a statement; of one with a body those of its head."""
    last = statement.end_lineno or statement.lineno
    if isinstance(statement, COMPOUND):
        last = max(statement.lineno, statement.body[0].lineno - 1)
    return range(statement.lineno, last + 1)


def array_of(target: ast.expr) -> ast.expr:
    """Return what an entry, or a part, is of: x of x[i][j]."""
    while isinstance(target, ast.Subscript):
        target = target.value
    return target


def operand_line(code: CodeType, line: int, which: int, count: int, upstream: Collection[str] = ()) -> int:
    """Return the line on which a function computes what it hands over for an operand: a gradient, or a local one.

    Args:
        line: of the statement that hands it over, or adds it to what stands there.
        which, count: which of how many operands.
        upstream: what it calls the gradient that arrives, as text.
    """
    function = function_of(code)
    handing = (ast.Return, ast.Assign, ast.AugAssign, ast.Expr)
    own = (one for one in _own(function) if isinstance(one, handing))
    around = [one for one in own if one.lineno <= line <= (one.end_lineno or one.lineno)]
    if function is None or not around:
        return line
    statement = min(around, key=lambda one: (one.end_lineno or one.lineno) - one.lineno)
    if isinstance(statement, (ast.AugAssign, ast.Expr)):
        value = statement.value
        given = value.args if isinstance(statement, ast.Expr) and isinstance(value, ast.Call) else [value]
        return next(filter(None, (_computed_at(function, one, upstream) for one in given)), line)
    found = None if statement.value is None else _one_of(statement.value, which, count)
    return line if found is None else _computed_at(function, found, upstream) or found.lineno


def written_by(call: ast.expr) -> list[ast.expr]:
    """Return what a call may write into: its `out`, the array of a method such as `add_`, or its first argument."""
    if not isinstance(call, ast.Call):
        return []
    given = [one.value for one in call.keywords if one.arg == "out"] or call.args[:1]
    if isinstance(call.func, ast.Attribute) and re.search("[^_]_$", call.func.attr):
        if isinstance(call.func.value, ast.Call):  # of several in a row
            return written_by(call.func.value)
        given = [call.func.value]
    return [one for one in given if isinstance(array_of(one), (ast.Name, ast.Attribute))]


def _computed_at(function: ast.FunctionDef, part: ast.expr, upstream: Collection[str]) -> int | None:
    """Return the last line that computes the variable handed over, or handed over times the upstream gradient."""
    name = part.id if isinstance(part, ast.Name) else ""
    read = (ast.Attribute, ast.Name)  # what such an assignment only gives other names: `x = self.x`, or `x, w = cache`
    assigns = (one for one in _own(function) if isinstance(one, ast.Assign))
    naming = (one for one in assigns if not isinstance(one.targets[0], ast.Name) or isinstance(one.value, read))
    reads = {to: one for one in naming for to in _stored_names(one.targets)}
    if name in reads and ast.unparse(reads[name].value) in upstream:  # what arrives by another name: `g = self.grad`
        return None
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
        sides = [(side, ast.unparse(side)) for side in (part.left, part.right)]
        names = [text for side, text in sides if isinstance(side, ast.Name) or text in upstream]
        others = [name for name in names if name not in upstream]
        name = others[0] if len(names) == 2 and len(others) == 1 and others[0] not in reads else ""
    written = (one for one in _own(function) if one.lineno < part.lineno + (not isinstance(one, ast.Expr)))
    return max((one.lineno for one in written if name and name in _names_set(one)), default=None)


def _names_set(statement: ast.stmt) -> set[str]:
    """Return the names that it computes a value for, or changes; to take a collection apart computes nothing."""
    if isinstance(statement, ast.Expr):
        return set(_stored_names(written_by(statement.value)))
    if not isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)) or statement.value is None:
        return set()
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    is_apart = isinstance(targets[0], (ast.Tuple, ast.List)) and not isinstance(statement.value, (ast.Tuple, ast.List))
    is_none = isinstance(statement.value, ast.Constant) and statement.value.value is None
    return set() if is_apart or is_none else set(_stored_names(targets))


def _stored_names(targets: Sequence[ast.expr]) -> Iterator[str]:
    """Yield the variables that an assignment writes to, in whole or in part."""
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, (ast.Subscript, ast.Starred)):
            yield from _stored_names([target.value])
        elif isinstance(target, (ast.Tuple, ast.List)):
            yield from _stored_names(target.elts)


def _own(function: ast.FunctionDef | None) -> Iterator[ast.stmt]:
    """Yield the statements of a function, without those of functions inside it."""
    waiting: list[ast.AST] = [] if function is None else list(function.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting = [*ast.iter_child_nodes(node), *waiting]


def _one_of(value: ast.expr, which: int, count: int) -> ast.expr | None:
    """Return the expression for one operand: of a tuple, or of the last tuple that a call is given."""
    if isinstance(value, ast.Call):
        given = [*value.args, *(word.value for word in value.keywords)]
        fits = [one for one in given if isinstance(one, (ast.Tuple, ast.List)) and len(one.elts) == count]
        found = fits[-1].elts[which] if fits else None
        return (getattr(found, "elts", None) or [found])[-1]  # it may be a pair of an operand and its own
    each: list[ast.expr] = getattr(value, "elts", [value])
    return each[which] if len(each) == count else None


def calling_line(code: CodeType, names: Collection[str]) -> int | None:
    """Return the first line of a function that calls one of these; None for none."""
    calls = [one for one in _nodes(code) if isinstance(one, ast.Call)]
    return min((one.lineno for one in calls if ast.unparse(one.func).rpartition(".")[2] in names), default=None)


def deciding_line(code: CodeType, line: int) -> int:
    """Return the line of the `if` that decides about a line alone, else that line."""
    tests = (one for one in _nodes(code) if isinstance(one, ast.If) and [part.lineno for part in one.body] == [line])
    return next((one.lineno for one in tests), line)


def setting_line(code: CodeType, names: Collection[str]) -> int | None:
    """Return the last line of a function that sets an attribute of these names; None for none."""
    targets = [to for one in _nodes(code) if isinstance(one, ast.Assign) for to in one.targets]
    return max((to.lineno for to in targets if getattr(to, "attr", "") in names), default=None)


def saving_line(savers: Iterable[CodeType], readers: Iterable[CodeType], own: Collection[str] = ()) -> Source | None:
    """Return the line on which a function saves what others read; None where several functions may.

    Of several lines it is the last. What it saves in a variable, or in what is its `own`, others do not see.
    """
    names = {name for code in readers for name in (*code.co_names, *code.co_freevars)}
    found: dict[CodeType, int] = {}
    for code in savers:
        seen = names.difference(code.co_varnames, code.co_cellvars)
        for thing in (array_of(to) for one in _nodes(code) for to in _saved_by(one)):
            is_seen = thing.attr in names if isinstance(thing, ast.Attribute) else getattr(thing, "id", "") in seen
            if is_seen and re.split(r"\W", ast.unparse(thing))[0] not in own:
                found[code] = max(thing.lineno, found.get(code, 0))
    return source_in(*found.popitem()) if len(found) == 1 else None


_SAVING = frozenset({"append", "appendleft", "add", "extend", "insert", "put", "setdefault", "update"})


def _saved_by(node: ast.AST) -> list[ast.expr]:
    """Return what a statement assigns to, or a method of what it calls to put something in."""
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [part for one in targets for part in getattr(one, "elts", [one])]
    call: Any = node.value if isinstance(node, ast.Expr) else None
    method = getattr(getattr(call, "func", None), "attr", "")
    return [call.func.value] if method in _SAVING else written_by(call) if method.endswith("_") else []


@lru_cache(maxsize=256)
def past_names(code: CodeType, line: int) -> frozenset[str]:
    """Return the variables of the loops of a function that do not run at a line: what they hold is left over."""
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for one in _nodes(code):
        if isinstance(one, ast.For):
            names[one.body[0].lineno <= line <= (one.end_lineno or line)].update(_stored_names([one.target]))
        elif isinstance(one, ast.Assign):
            names[True].update(_stored_names(one.targets))
    return frozenset(names[False] - names[True])


@lru_cache(maxsize=16)
def branch_lines(code: CodeType, attribute: str) -> list[int]:
    """Return the first lines of the branches that add to an attribute, where a function has three or more."""
    bodies = (one.body for one in _nodes(code) if isinstance(one, (ast.If, ast.match_case)))
    added = ((body[0].lineno, [getattr(one, "target", None) for one in body]) for body in bodies)
    found = [line for line, targets in added if attribute in [getattr(one, "attr", "") for one in targets]]
    return found if len(found) > 2 else []


def _nodes(code: CodeType) -> Iterator[ast.AST]:
    return ast.walk(function_of(code) or ast.Module([], []))


@lru_cache(maxsize=1024)
def whose(name: str) -> tuple[str, ...]:
    """Return the names of what it may be the gradient of, the likeliest first; () where it says nothing."""
    if name.endswith("]"):
        whole, _, place = name.rpartition("[")
        return tuple(f"{of}[{place}" for of in whose(whole))
    found = [name[match.end() :] for one in _BEFORE if (match := re.match(one, name))]
    found += [name[: match.start()] for one in _AFTER if (match := re.search(f"{one}$", name))]
    return tuple(filter(None, dict.fromkeys(part.strip("_") for part in found)))
