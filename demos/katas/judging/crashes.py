"""What broke an answer off, as its author wants to read it: where in the own file, what, and what to write instead."""

from __future__ import annotations

import ast
import builtins
import codecs
import difflib
import errno
import linecache
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from handgrad import Value
from handgrad.graph import topological_order

from ...error_places import calls_in, places_in

ELSEWHERE = {
    "_prev": "operands", "_children": "operands", "children": "operands", "parents": "operands", "_parents": "operands",
    "_op": "op", "name": "label", "value": "data", "gradient": "grad",
}  # fmt: skip
"""What other engines call an attribute of a node, and what it is called here."""

_STILL_EMPTY = re.compile(r"(\w+)\.grad is still empty\. .*")
_ASSIGNED = re.compile(r"\s*(\w+)\.grad\s*[-+*/]?=(?!=)")
_OF_MATMUL = re.compile(r"matmul: .*size (\d+) is different from (\d+)")
_OF_A_NUMBER = re.compile(r"matmul: Input operand (\d) does not have enough dimensions")
_OF_DOT = re.compile(r"shapes (\(.*?\)) and (\(.*?\)) not aligned: (\d+) \(dim \d+\) != (\d+) \(dim \d+\)")
_OF_INDEX = re.compile(r"out of bounds for (axis \d+)")
ASK_FOR_INDEX = r" Which of the indices in the brackets is that of \1?"
_OF_BROADCAST = re.compile(r"operands could not be broadcast together with (?:remapped )?shapes (.*)")


def looks_like_utf16(content: bytes) -> bool:
    """Return whether a file's bytes are text with two bytes a letter, not UTF-8."""
    return content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content[:2]


def explain_crash(error: BaseException, answer: Path, content: bytes) -> str:
    """Return an error as the learner wants to read it.

    Args:
        error: as it was caught.
        answer: the learner's file.
        content: what is in it.
    """
    what = "".join(traceback.format_exception_only(error)).strip().replace(str(answer), answer.name)
    if isinstance(error, SyntaxError):
        return what
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        what = "Stopped: it prints, or writes to a file, without end."
    if isinstance(error, SystemExit):
        what = f"the program asked to exit (SystemExit: {error.code})"
    calls = calls_in(answer, error)
    if isinstance(error, ImportError) and error.name == answer.stem and not calls:
        # What the tests import from the answer.
        if not content.strip():
            return f"{answer.name} is empty."
        name = what.split("'")[1]
        return f"{answer.name} has no {'' if name.isupper() else 'function '}{name}."
    if calls:
        what = explain(error, what, *calls[-1])
    places = places_in(answer, error)
    if not places and (inside := places_in(answer.with_name(f"test_{answer.name}"), error)):
        places = [f"Its test failed on what {answer.name} returned or changed:", *inside]
    return "\n".join([*places, what])


def explain(error: BaseException, what: str, frame: FrameType, line: int) -> str:
    """Explain an error of Python's or NumPy's to its author.

    Args:
        error: as it was caught.
        what: it, in Python's words.
        frame: the call in the author's own program that it comes from.
        line: the line of that program.
    """
    if isinstance(error, ValueError):
        return _shapes(str(error), frame, line) or what
    if isinstance(error, IndexError) and (listed := _list_shapes(frame, line)):
        axis = _OF_INDEX.search(what)
        return f"{what.rstrip('.')}.{listed}{axis.expand(ASK_FOR_INDEX) if axis else ''}"
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], Value):
        node = error.args[0].label or error.args[0].op
        return f"KeyError: nothing is stored for the node {node} yet. Was every node that uses it visited before?"
    if isinstance(error, TypeError):
        return _STILL_EMPTY.sub(lambda said: _ask_for_data(said, frame, line), what)
    advice = ""
    if isinstance(error, NameError) and error.name:
        advice = _find_holder(error.name, frame) or _suggest(
            error.name, {*frame.f_locals, *frame.f_globals, *dir(builtins)}
        )
    elif isinstance(error, AttributeError):
        advice = _attribute(error, what)
    return what if not advice or "Did you mean" in what else f"{what.rstrip('.')}. {advice}"


def _ask_for_data(said: re.Match[str], frame: FrameType, line: int) -> str:
    """Return what to say of an empty grad of a node into which the node of the line's left side does not go."""
    text = linecache.getline(frame.f_code.co_filename, line, frame.f_globals)
    assigned = _ASSIGNED.match(text)
    known = {**frame.f_globals, **frame.f_locals}
    if not assigned:
        return said[0]
    name, target = said[1], assigned[1]
    node, operand = known.get(name), known.get(target)
    if not isinstance(node, Value) or not isinstance(operand, Value) or operand in topological_order(node):
        return said[0]
    return f"{name}.grad is still empty, and {target} does not go into {name}. Did you mean {name}.data?"


def _attribute(error: AttributeError, what: str) -> str:
    """Return what an attribute that is not there is called."""
    name, owner = error.name, error.obj
    if not name:  # a slot that was assigned to, before Python 3.12
        of_value = re.search(r"'Value' object has no attribute '(\w+)'", what)
        name, owner = (of_value[1], Value) if of_value else ("", None)
    is_node = owner is Value or isinstance(owner, Value)
    if is_node and name in ELSEWHERE:
        return f"Here that is .{ELSEWHERE[name]}."
    return _suggest(name, [known for known in dir(owner) if not known.startswith("_")])


def _suggest(name: str, names: Any) -> str:
    near = difflib.get_close_matches(name, sorted(names), 1, cutoff=0.7)
    return f"Did you mean {near[0]!r}?" if near else ""


def _find_holder(name: str, frame: FrameType) -> str:
    """Return whether a name is a key or attribute of what the function was given."""
    for holder, value in frame.f_locals.items():
        if isinstance(value, dict) and name in value:
            return f"It is in {holder}[{name!r}]."
        if name in getattr(value, "__dict__", ()):
            return f"It is in {holder}.{name}."
    return ""


def _shapes(message: str, frame: FrameType, line: int) -> str:
    """Return NumPy's complaint about shapes with those of the arrays in the line; "" for another."""
    of_both = ""
    number = _OF_A_NUMBER.search(message)
    found = _OF_MATMUL.search(message) or _OF_DOT.search(message)
    if number:
        side = ("left", "right")[int(number[1])]
        rule = f"the {side} operand of @ is a single number, and @ multiplies arrays. For a number write *"
    elif found:
        left, right = found.groups()[-2:] if found.re is _OF_DOT else found.groups()[::-1]
        rule = f"a product pairs the columns of the left operand, {left}, with the rows of the right one, {right}"
    else:
        found = _OF_BROADCAST.search(message)
        if not found:
            return ""
        rule = "each axis must be as long in both, or 1 in one of them"
        pair = re.findall(r"\(.*?\)", found[1])
        of_both = " " + " and ".join(shape.replace(",", ", ").replace(", )", ",)") for shape in pair)
    return f"The shapes{of_both} do not fit: {rule}.{_list_shapes(frame, line)}{_find_lost_axis(frame)}"


def _list_shapes(frame: FrameType, line: int) -> str:
    """Say which arrays a line reads, with their shapes; "" for none."""
    read = {text: getattr(value, "shape", None) for text, value in _read(frame, line)}
    listed = ", ".join(f"{text} {shape}" for text, shape in read.items() if shape and isinstance(shape, tuple))
    return f" In this line: {listed}." if listed else ""


def _find_lost_axis(frame: FrameType) -> str:
    """Say which gradient lacks an axis of length 1 that its array has; "" for none."""
    shapes = {name: getattr(value, "shape", ()) for name, value in frame.f_locals.items()}
    shapes = {name: shape for name, shape in shapes.items() if isinstance(shape, tuple)}
    for name, whole in shapes.items():
        shape = shapes.get(f"d{name}", whole)
        if len(shape) < len(whole) and [n for n in shape if n != 1] == [n for n in whole if n != 1]:
            return f" And d{name} has shape {shape}, {name} {whole}: a sum without keepdims=True drops an axis."
    return ""


def _read(frame: FrameType, line: int) -> Iterator[tuple[str, Any]]:
    """Yield the names, attributes and entries that a line reads, with their values."""
    try:
        source = Path(frame.f_code.co_filename).read_text(encoding="utf-8")
        tree = ast.parse(source)
    except (OSError, ValueError, SyntaxError):
        return
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and node.lineno == line and node not in inside and _is_plain(node):
            inside.update(ast.walk(node))
            try:
                yield ast.unparse(node), _value(node, frame)
            except (LookupError, AttributeError, TypeError):
                continue


def _is_plain(node: ast.expr) -> bool:
    """Return whether it is a name, an attribute of one, or an entry by a key or a name."""
    match node:
        case ast.Name(ctx=ast.Load()):
            return True
        case ast.Attribute(value=value, attr="grad" | "data" | "T", ctx=ast.Load()):
            return _is_plain(value)
        case ast.Subscript(value=value, slice=ast.Constant() | ast.Name(), ctx=ast.Load()):
            return _is_plain(value)
    return False


def _value(node: ast.expr, frame: FrameType) -> Any:
    match node:
        case ast.Name(id=name):
            return frame.f_locals[name] if name in frame.f_locals else frame.f_globals[name]
        case ast.Attribute(value=value, attr=attribute):
            return getattr(_value(value, frame), attribute)
        case ast.Subscript(value=value, slice=ast.Constant(value=key)):
            return _value(value, frame)[key]
        case ast.Subscript(value=value, slice=ast.Name() as key):
            return _value(value, frame)[_value(key, frame)]
    raise LookupError(node)
