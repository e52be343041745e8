"""The mutation operators: small changes of a statement, each a slip that people make, undone.

A row says which slip it undoes, what it costs, what is said of it, and what may stand in the place of a part. What
costs less is tried first, and preferred: a change of what stands there is cheaper than something put in.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, permutations, product
from typing import NamedTuple

from .places import ENTRYWISE, INDEXED, REDUCING, Place, index_text, target_of, text_of

Texts = Iterable[str]
Rule = Callable[[Place], Texts]

INDEX = "an index in `{}` is another one: which entry belongs here?"
SIGN = "the sign is wrong in `{}`: look for a lost or an extra minus."
TRANSPOSED = "something in `{}` is transposed and should not be, or the other way round: write the shapes beside it."
ORDER = "the order of a product in `{}` is the other one: write the shapes beside it."
FACTOR = "a number, or a division, in `{}` does not belong there, or one is missing: which?"
MEAN = "a sum stands for a mean in `{}`, or a mean for a sum: what did the forward do?"
OTHER = "another function belongs in `{}`: what is the slope of what the forward did?"
OWN = "another function of yours belongs in `{}`: what did the forward do at this place?"
MASK = "the mask in `{}` lets the wrong entries through: which are passed on, by what number?"
COPY = "`{}` gives a second name to the same array, and what is written to one is written to both."
ALONG = "`{}` goes along another axis than the forward does: which one is it?"
AXIS = "`{}` adds up over another axis than the forward spread over: which one was it?"
POWER = "a power in `{}` is not right: is there a square, or a root, too much or too few?"
TOO_MUCH = "a factor in `{}` is one too many."
ADDED = "`{}` adds something that does not belong to this gradient, or adds it twice."
WALK = "`{}` goes through the steps in the wrong order: which gradient has to be there first?"
UNDONE = "`{}` puts the entries in an order once more where it is to be undone: where did each of them stand?"
INSIDE = "two steps are in each other's order in `{}`: which came last in the forward, and so comes first here?"
ANOTHER = "`{}` uses one array where another belongs: which one did the forward use here?"
SLOPE = "`{}` has a function where its slope belongs, or the slope of another, or at another number."
BRACKETS = "look at the brackets in `{}`: what is multiplied by what?"
DECIDED = "`{}` decides wrongly here."
SUMMED = "`{}` is one number for each example: what was broadcast forward is summed on the way back."
MISSING_FACTOR = "a factor is missing in `{}`: what did the forward multiply, or divide, by?"
MISSING_TERM = "a path is missing in `{}`: through what else does it reach the loss?"
OVERWRITTEN = "`{}` writes over what was there before: what comes through other uses is lost."
REVERSED = "`{}` reads its entries from the wrong end: which of them comes first?"
EXCHANGED = "`{}` has two arrays in each other's place: which of them belongs where?"
CONJUGATED = "something complex in `{}` is conjugated and should not be, or the other way round."
OCCURS_TWICE = "`{}` counts an index that occurs twice only once."

_AXES = ("0", "1", "-1", "2", "(0, 1)", "(0, 2)", "(1, 2)", "(0, 2, 3)", "None")
_SWAPS = ("-1, -2", "0, 1", "0, 2", "1, 2")
_SLOPES = ("(1 - ({0}) ** 2)", "({0}) * (1 - ({0}))", "(({0}) > 0)", "(1 - ({0}))")
_LENGTHS = tuple(f"({{0}}) / ({{1}}){part}" for part in (".shape[0]", ".shape[1]", ".shape[-1]", ".size"))
_INSTEAD = {
    "argmax": "argmin", "maximum": "minimum", "max": "min", "sin": "cos", "sinh": "cosh", "zeros_like": "ones_like",
    "floor": "ceil", "var": "std", "exp": "log", "clamp_min": "clamp_max", "triu": "tril", "gt": "lt", "ge": "le",
}  # fmt: skip
_ADDING = {
    "scatter_": "scatter_add_", "scatter": "scatter_add", "index_copy_": "index_add_", "index_copy": "index_add",
    "set": "add",
}  # fmt: skip
"""Methods that write entries, each with the one that adds to them."""
_FLIPPED = ("(0,)", "(-1,)", "(0, 1)", "(-2, -1)")
_REVERSED = ("A[::-1]", "A[::-1, ::-1]", "A[..., ::-1, ::-1]", "A[:, :, ::-1, ::-1]", "A[:, ::-1]")
_LENGTH = re.compile(r"len\([\w.]+\)|[\w.]+\.(shape\[-?\d+\]|size(\(-?\d+\))?)")
_COMPARED = ("A > B", "A < B", "A >= B", "A <= B", "A != B", "A == B")


def rewrite(*patterns: str, to: Sequence[str] = (), is_index: bool | None = False) -> Rule:
    """Return the rule that writes what one pattern matches as the others say, or as `to` does.

    Args:
        patterns: expressions; each of A to D is any expression.
        is_index: whether within an index; None for both.
    """
    parsed = {pattern: ast.parse(pattern, mode="eval").body for pattern in patterns}

    def apply(place: Place) -> Texts:
        for pattern, node in parsed.items() if is_index in (None, place.is_index) else ():
            found = _match(node, place)
            for text in to or [one for one in patterns if one != pattern] if found is not None else ():
                yield _substitute(text, found or {})

    return apply


def _match(pattern: ast.expr, place: Place) -> Mapping[str, str] | None:
    """Return the texts that A to D stand for; None for no match."""
    if isinstance(pattern, ast.BinOp) and isinstance(pattern.left, ast.Name) and isinstance(pattern.right, ast.Name):
        operands = place.operands(type(pattern.op))  # or of a call that does the same
        return dict(zip((pattern.left.id, pattern.right.id), operands)) or None
    found: dict[str, str] = {}
    return found if _is_match(pattern, place.node, found) else None


def _is_match(pattern: ast.AST, node: ast.AST, found: dict[str, str]) -> bool:
    """Tell whether an expression has a pattern's form; note in `found` what A to D stand for."""
    if isinstance(pattern, ast.Name) and pattern.id in ("A", "B", "C", "D"):
        return found.setdefault(pattern.id, text_of(node)) == text_of(node)
    inner = list(ast.iter_child_nodes(pattern)), list(ast.iter_child_nodes(node))
    is_same = type(pattern) is type(node) and len(inner[0]) == len(inner[1])
    own = "value" if isinstance(pattern, ast.Constant) else "attr"
    is_same = is_same and getattr(pattern, own, "") == getattr(node, own, "")
    return is_same and all(_is_match(one, other, found) for one, other in zip(*inner))


def _substitute(text: str, found: Mapping[str, str]) -> str:
    return found[text] if text in found else re.sub(r"\b[ABCD]\b", lambda one: f"({found[one[0]]})", text)


def fill(applies: Callable[[Place], bool], *templates: str, of: str = "") -> Rule:
    """Return the rule that writes the templates with an expression and, if so, with each thing `of` its Place."""

    def apply(place: Place) -> Texts:
        for other in place.things(of) if applies(place) else ():
            if not of or not f"{place.target}[".startswith(f"{other}["):
                yield from (template.format(place.text, other) for template in templates)

    return apply


def call(names: Iterable[str], *templates: str, is_alone: bool = False) -> Rule:
    """Return the rule that writes the templates with the arrays of a call; `is_alone` where it has no more."""
    names, least = tuple(names), 1 + max(template.count("{1}") + template.count("{2}") for template in templates)

    def apply(place: Place) -> Texts:
        found = None if place.is_index else place.call(*names)
        if found is not None and len(found.arrays) >= least and not (is_alone and (found.rest or found.arrays[1:])):
            yield from (template.format(*found.arrays, name=found.name, call=place.text) for template in templates)

    return apply


def rename(pairs: Mapping[str, str], *, is_mutual: bool = True) -> Rule:
    """Return the rule that calls the second function of a pair for the first, or `is_mutual` either for the other."""
    others = {**pairs, **({other: one for one, other in pairs.items()} if is_mutual else {})}

    def apply(place: Place) -> Texts:
        found = None if place.is_index else place.call(*others)
        if found is not None:
            yield found.rename(others[found.name])

    return apply


def constant(values: Callable[[float], Iterable[float]], *, is_index: bool) -> Rule:
    """Return the rule that writes another number."""

    def apply(place: Place) -> Texts:
        number = place.node.value if isinstance(place.node, ast.Constant) else None
        if isinstance(number, (int, float)) and not isinstance(number, bool) and place.is_index == is_index:
            for value in dict.fromkeys(values(number)):
                if value != number and (not is_index or value == int(value)):
                    yield repr(int(value) if isinstance(number, int) and value == int(value) else value)

    return apply


def either(*rules: Rule) -> Rule:
    """Return the rule that applies each of some."""
    return lambda place: (text for rule in rules for text in rule(place))


def is_term(place: Place) -> bool:
    return place.is_term and place.is_value


def is_root(place: Place) -> bool:
    return place.is_root and place.is_value


def is_part(place: Place) -> bool:
    return place.is_value and not place.is_index


def is_name(place: Place) -> bool:
    return not place.is_index and place.text in place.names


def takes_minus(place: Place) -> bool:
    has_none = isinstance(place.node, (ast.UnaryOp, ast.Tuple, ast.List, ast.Dict)) or _LENGTH.fullmatch(place.text)
    return place.is_term and not has_none


def may_be_matrix(place: Place) -> bool:
    kinds = (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp, ast.Call)
    return not place.is_index and isinstance(place.node, kinds) and not place.text.endswith(".T")


def swap_in_index(place: Place) -> Texts:
    for one, other in combinations(dict.fromkeys(_index_names(place.node)), 2):
        yield substitute_names(place.node, {one: other, other: one})
    if isinstance(place.node, ast.Subscript):
        yield from _swap_entries(place.node)


def _swap_entries(node: ast.Subscript) -> Texts:
    """Exchange the two entries of an index."""
    match node.slice:
        case ast.Tuple([one, other]):
            yield f"{text_of(node.value)}[{text_of(other)}, {text_of(one)}]"


def swap_arrays(place: Place) -> Texts:
    """Exchange two arrays of one shape, or two that stand in indices, each in all its places."""
    shapes, indices = place.material.shapes, {name for one in ast.walk(place.node) for name in _index_names(one)}
    for one, other in combinations(dict.fromkeys(_names_read(place)), 2):
        if {*shapes.get(one, ())} & {*shapes.get(other, ())} or {one, other} <= indices:
            yield substitute_names(place.node, {one: other, other: one})


def _index_names(node: ast.AST) -> list[str]:
    match node:
        case ast.Subscript(slice=index):
            return [one.id for one in ast.walk(index) if isinstance(one, ast.Name)]
        case ast.Call(func=ast.Attribute(attr=name), args=[_, ast.Name(index), *_]) if name in INDEXED:
            return [index]
    return []


def substitute_names(node: ast.AST, others: Mapping[str, str]) -> str:
    """Return the text of an expression with other names in it, of a subscript in its index alone."""
    changed = ast.parse(text_of(node), mode="eval").body
    for one in ast.walk(changed.slice if isinstance(changed, ast.Subscript) else changed):
        if isinstance(one, ast.Name):
            one.id = others.get(one.id, one.id)
    return text_of(changed)


def swap_difference(place: Place) -> Texts:
    """Write B - A for A - B, but for 1 - A, which seldom stands for the other."""
    operands = [] if place.is_index else place.operands(ast.Sub)
    if operands and operands[0] not in ("1", "1.0"):
        yield f"({operands[1]}) - ({operands[0]})"


def negate_name(place: Place) -> Texts:
    """Negate a name that is read more than once, in all its places: a rotation the other way round."""
    yield from (substitute_names(place.node, {name: f"(-{name})"}) for name in _names_read_twice(place))


def rename_array(place: Place) -> Texts:
    """Put another array of its shape in the place of one that is read more than once, in all its places."""
    shapes, read = place.material.shapes, _names_read(place)
    for name, other in product(_names_read_twice(place), place.names):
        is_size = place.text.count(f"{name}.shape[") == read.count(name)  # of which alone its lengths are read
        if name != other and (is_size or {*shapes.get(name, ())} & {*shapes.get(other, ())}):
            yield substitute_names(place.node, {name: other})


def _names_read_twice(place: Place) -> list[str]:
    read = _names_read(place)
    return list(dict.fromkeys(one for one in read if read.count(one) > 1))


def swap_bounds(place: Place) -> Texts:
    """Clip at the other end."""
    match place.node:
        case ast.Call(func, args, [ast.keyword("min" | "max" as end, bound)]):
            yield text_of(ast.Call(func, args, [ast.keyword("max" if end == "min" else "min", bound)]))
        case ast.Call(func, [*args, one, other], []) if "None" in (text_of(one), text_of(other)):
            yield text_of(ast.Call(func, [*args, other, one], []))


def _names_read(place: Place) -> list[str]:
    """Return the variables that all of the right side reads, none that a comprehension binds."""
    inner = [one for one in ast.walk(place.node) if isinstance(one, ast.Name)] if is_root(place) else []
    bound = {one.id for one in inner if isinstance(one.ctx, ast.Store)}
    return [one.id for one in inner if one.id in place.names and one.id not in bound]


def invert_order(place: Place) -> Texts:
    """Undo an order in the place of applying it."""
    match place.node:
        case ast.Subscript(value, ast.Name(index)) if not place.is_index:
            yield f"{text_of(value)}[np.argsort({index})]"


def slope_of_call(place: Place) -> Texts:
    """Put a slope in the place of the function."""
    node = place.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args and not place.is_index:
        argument = node.args[0].value if isinstance(node.args[0], ast.Starred) else node.args[0]
        yield from (template.format(text_of(argument)) for template in (*_SLOPES, "{0}"))


def decide_otherwise(place: Place) -> Texts:
    """Decide the other way, or ask whether something is there and not whether it is true."""
    if place.is_test:
        yield from ("True", "False", f"not ({place.text})", *rewrite("not A", to=["A is None"])(place))


def swap_arguments(place: Place) -> Texts:
    """Exchange the first two arguments of a function of the user's own."""
    match place.node:
        case ast.Call(ast.Name(), [one, other, *rest], keywords) if not place.is_index:
            yield text_of(ast.Call(place.node.func, [other, one, *rest], keywords))


def add_from_the_end(place: Place) -> Texts:
    """Add up from the last entry, as the gradient of sums from the first does."""
    found = place.call("cumsum")
    if found is not None and found.arrays:
        given = [*found.rest, *(one.value for one in found.node.keywords if one.arg in ("axis", "dim"))]
        axis = text_of(given[0]) if given else "0"
        yield f"np.flip(np.cumsum(np.flip({found.arrays[0]}, ({axis},)), {axis}), ({axis},))"


def call_another(place: Place) -> Texts:
    """Call another function of the user's, or one in the place of a reshape."""
    found = place.call("reshape", "view", "transpose", "permute", "swapaxes")
    arrays = [] if found is None else found.arrays[:1]
    if isinstance(place.node, ast.Call) and text_of(place.node.func) in place.material.own:
        arrays = [*map(text_of, place.node.args)]
    yield from (f"{name}({', '.join(arrays)})" for name in place.material.own if arrays)


def scale_inside(place: Place) -> Texts:
    """Scale what a function is given in the place of what it gives, or the other way: a map and its adjoint."""
    match place.node:
        case ast.BinOp(left, ast.Mult(), right) if not place.is_index:
            for scale, scaled in ((left, right), (right, left)):
                if isinstance(scaled, ast.Call) and scaled.args and not isinstance(scaled.args[0], ast.Starred):
                    inner = ast.BinOp(scale, ast.Mult(), scaled.args[0])
                    yield text_of(ast.Call(scaled.func, [inner, *scaled.args[1:]], scaled.keywords))
        case ast.Call(function, [ast.BinOp(left, ast.Mult(), right), *rest], keywords):
            for scale, scaled in ((left, right), (right, left)):
                yield text_of(ast.BinOp(scale, ast.Mult(), ast.Call(function, [scaled, *rest], keywords)))


def reverse_walk(place: Place) -> Texts:
    if place.is_root and isinstance(place.statement, ast.For):
        found = place.call("reversed")
        yield found.arrays[0] if found is not None and found.arrays else f"reversed({place.text})"


def shift_slices(place: Place) -> Texts:
    """Begin and end all slices of an index one later, or so much."""
    node = place.node
    if not isinstance(node, ast.Subscript) or place.is_index:
        return
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    ends = [one.upper if isinstance(one, ast.Slice) and one.lower is None else None for one in parts]
    for name in ("1", *place.names) if any(ends) else ():
        texts = (f"{name}:{name} + ({text_of(end)})" if end else text_of(one) for end, one in zip(ends, parts))
        yield f"{text_of(node.value)}[{', '.join(texts)}]"


def scale_elsewhere(place: Place) -> Texts:
    """Put a part of what a mask lets through in the place of the 0 that it puts elsewhere."""
    found = place.call("where")
    parts = [] if found is None else found.arrays
    if isinstance(place.node, ast.Compare) and not (place.is_index or place.is_test):
        parts = [place.text, "", "0"]
    if len(parts) == 3 and parts[2] in ("0", "0.0"):
        numbers = [one for one in place.names if place.material.shapes.get(one, {()}) == {()}]
        for one in (*place.material.factors, *numbers):
            yield f"np.where({parts[0]}, {parts[1] or 1.0}, {one}{f' * ({parts[1]})' if parts[1] else ''})"


def along_another_axis(place: Place) -> Texts:
    """Give an axis that stands elsewhere, or another one to a function that does not reduce."""
    axes = [*place.material.axes, *(() if place.call(*REDUCING) else ("0", "1", "-1"))]
    match place.node:
        case ast.Call(func, args, keywords):
            for given, axis in product(keywords, axes):
                changed = (ast.keyword(one.arg, ast.Name(axis)) if one is given else one for one in keywords)
                if given.arg in ("axis", "dim"):
                    yield text_of(ast.Call(func, args, [*changed]))


def permute_axes(place: Place) -> Texts:
    """Transpose by another order of the axes, or swap two of them."""
    found = place.call("transpose")
    if found is not None and found.arrays:
        if len(found.rest) == 2:
            yield from (f"np.swapaxes({found.arrays[0]}, {pair})" for pair in _SWAPS)
        axes = found.rest[0].elts if len(found.rest) == 1 and isinstance(found.rest[0], ast.Tuple) else found.rest
        if 2 <= len(axes) <= 4:
            for order in permutations(map(text_of, axes)):
                yield f"np.transpose({found.arrays[0]}, ({', '.join(order)}))"


def add_up(place: Place) -> Texts:
    """Write += where = stands."""
    targets = place.node.targets if isinstance(place.node, ast.Assign) else []
    if len(targets) == 1 and isinstance(targets[0], (ast.Name, ast.Subscript, ast.Attribute)):
        value = place.text[len(place.target) + 3 :]
        if not value.startswith(f"{place.target} "):  # it is added up already, or scaled
            yield f"{place.target} += {value}"
    match place.node:
        case ast.Assign([ast.Tuple([_, _, *_] as parts)], given) if all(isinstance(one, ast.Name) for one in parts):
            names = list(map(text_of, parts))
            for name in names:
                beside = ", ".join(f"{one}_more" if one == name else one for one in names)
                yield f"{beside} = {text_of(given)}\n{name} = {name} + {name}_more"


def assign(place: Place) -> Texts:
    if isinstance(place.node, ast.AugAssign):
        yield f"{place.target} = {text_of(place.node.value)}"


def flip_sign(place: Place) -> Texts:
    if isinstance(place.node, ast.AugAssign) and isinstance(place.node.op, (ast.Add, ast.Sub)):
        symbol = "-=" if isinstance(place.node.op, ast.Add) else "+="
        yield f"{place.target} {symbol} {text_of(place.node.value)}"


def add_at(place: Place) -> Texts:
    statement, target = place.node, target_of(place.statement)
    if isinstance(target, ast.Subscript) and isinstance(statement, (ast.Assign, ast.AugAssign)):
        name = "subtract" if isinstance(getattr(statement, "op", None), ast.Sub) else "add"
        yield f"np.{name}.at({text_of(target.value)}, np.s_[{index_text(target)}], {text_of(statement.value)})"


def leave_out(place: Place) -> Texts:
    is_store = isinstance(place.node, ast.Assign) and isinstance(place.node.targets[0], ast.Subscript)
    if isinstance(place.node, (ast.AugAssign, ast.Expr)) or is_store:
        yield "pass"


def project(place: Place) -> Texts:
    """Take away what goes along an array, as the gradient of what is scaled to a length or a variance has none."""
    for axis in dict.fromkeys(["-1", *place.material.axes]) if is_root(place) else ():
        for one, name in product(("sum", "mean"), place.things("partners")):
            yield f"({place.text}) - {name} * np.{one}(({place.text}) * {name}, axis={axis}, keepdims=True)"


def index_of_target(place: Place) -> Texts:
    target, rest = target_of(place.statement), place.text[len(place.target) :]
    if isinstance(target, ast.Subscript):
        for name, other in product(dict.fromkeys(_index_names(target)), place.names):
            if other != name and other.isidentifier():
                yield substitute_names(target, {name: other}) + rest
        yield from (one + rest for one in _swap_entries(target))
    match ast.parse(place.text).body:
        case [ast.Assign([ast.Subscript() as to], ast.Subscript() as of) as whole]:  # a shift the other way
            to.slice, of.slice = of.slice, to.slice
            yield ast.unparse(whole)


class Row(NamedTuple):
    """A mutation operator.

    Attributes:
        kind: the slip that it undoes.
        cost: how unlikely it is.
        hint: what is said of the slip: a question, and never the edit itself; `{}` is the statement.
        depth: the rows of a depth are tried when those of the ones before have fixed nothing.
        rule: what may stand in its place, as text; nothing where the row does not match.
        is_whole: whether it is of a whole statement, and not of an expression in it.
        is_of_right: whether it is tried where what is written is right, too: that may be over what was there.
    """

    kind: str
    cost: float
    hint: str
    depth: int
    rule: Rule
    is_whole: bool = False
    is_of_right: bool = False


ROWS: Sequence[Row] = (
    Row("missing-path", 1.0, OVERWRITTEN, 0, add_up, True, True),
    Row("double", 1.0, ADDED, 0, assign, True),
    Row("sign", 1.0, SIGN, 0, flip_sign, True),
    Row("missing-path", 1.2, OCCURS_TWICE, 0, add_at, True),
    Row("wrong-index", 1.5, INDEX, 0, index_of_target, True),
    Row("double", 2.0, ADDED, 0, leave_out, True),
    Row("wrong-index", 0.9, INDEX, 0, constant(lambda n: (n + 1, n - 1), is_index=True)),
    Row("sign", 1.0, SIGN, 0, either(rewrite("-A", to=["A"]), rewrite("A + B", "A - B"), swap_difference)),
    Row("sign", 1.6, SIGN, 0, negate_name),
    Row("transposed", 1.0, TRANSPOSED, 0, either(
        rewrite("A.T", to=["A"], is_index=None), call(("transpose", "swapaxes", "permute", "t"), "{0}"), permute_axes)),
    Row("transposed", 1.1, TRANSPOSED, 0, fill(may_be_matrix, "({0}).T", "np.swapaxes({0}, -1, -2)")),
    Row("factor", 1.0, FACTOR, 0, rewrite("A * B", "A / B")),
    Row("factor", 1.0, MEAN, 0, rename({"sum": "mean"})),
    Row("rule", 1.0, OTHER, 0, rename(_INSTEAD)),
    Row("missing-path", 1.0, OCCURS_TWICE, 0, rename(_ADDING, is_mutual=False)),
    Row("wrong-index", 1.0, INDEX, 0, swap_in_index),
    Row("swapped", 1.5, EXCHANGED, 0, swap_arrays),
    Row("rule", 1.7, ANOTHER, 0, rename_array),
    Row("wrong-index", 1.1, INDEX, 0,
        fill(lambda one: one.is_index and isinstance(one.node, ast.Name), "{0} - 1", "{0} + 1")),
    Row("wrong-index", 1.0, INDEX, 0, rewrite("A + B", "A - B", is_index=True)),
    Row("rule", 1.2, MASK, 0, either(rewrite(*_COMPARED, is_index=None), swap_bounds)),
    Row("rule", 1.3, MASK, 0, rewrite("~A", to=["A"], is_index=None)),
    Row("rule", 1.0, MASK, 0, fill(lambda one: one.call("arange") is not None, "np.flatnonzero({1})", of="others")),
    Row("rule", 1.2, MASK, 0, call(["where"], "np.where({0}, {2}, {1})")),
    Row("rule", 1.4, MASK, 0, scale_elsewhere),
    Row("rule", 1.4, SLOPE, 0, rewrite("1 - A", to=["A"])),
    Row("rule", 1.8, SLOPE, 0, fill(lambda one: is_name(one) and one.text in one.material.shapes, "(1 - {})")),
    Row("rule", 1.4, SLOPE, 0, either(
        rewrite("1 - A ** 2", "A * (1 - A)"), rewrite("B * A * (1 - A)", to=["B * (1 - A ** 2)"]))),
    Row("forgot-local", 1.4, MISSING_FACTOR, 0, rewrite("1 - A", to=["A * (1 - A)"])),
    Row("wrong-index", 1.0, INDEX, 0,
        either(*(rewrite(f"A[{one}:-1]", f"A[{one}1:]") for one in ("", ":, ", ":, :, ", "..., ")))),
    Row("wrong-index", 1.2, INDEX, 0, shift_slices),
    Row("wrong-index", 1.4, UNDONE, 0, invert_order),
    Row("wrong-index", 1.5, REVERSED, 0, either(rewrite(*_REVERSED, to=["A"]), call(["flip"], "{0}"))),
    Row("wrong-index", 1.9, REVERSED, 1, fill(is_name, *(f"np.flip({{0}}, {axes})" for axes in _FLIPPED))),
    Row("rule", 1.5, CONJUGATED, 0, either(
        call(["conj"], "{0}"), fill(lambda one: is_name(one) and "fft" in text_of(one.statement), "np.conj({})"))),
    Row("in-place", 1.2, COPY, 0,
        fill(lambda one: one.is_root and isinstance(one.node, (ast.Name, ast.Attribute, ast.Subscript)), "{0}.copy()")),
    Row("wrong-axis", 1.3, AXIS, 0,
        call(REDUCING, *(f"np.{{name}}({{0}}, axis={one}, keepdims={keep})"
                         for one in _AXES for keep in ("True", "False")))),
    Row("wrong-axis", 1.3, ALONG, 0, along_another_axis),
    Row("rule", 1.4, POWER, 0, rewrite("A ** B", to=["B ** A"], is_index=None)),
    Row("rule", 1.5, POWER, 0, rewrite("A ** B", to=["A", "A ** (B - 1)", "A ** (B + 1)"])),
    Row("factor", 1.5, TOO_MUCH, 0, either(rewrite("A * B", to=["A", "B"]), rewrite("A / B", to=["A"]))),
    Row("double", 1.5, ADDED, 0, rewrite("A + B", "A - B", to=["A", "B"])),
    Row("wrong-index", 1.5, INDEX, 0, rewrite("A + B", "A - B", "A * B", "A // B", to=["A", "B"], is_index=True)),
    Row("transposed", 1.5, ORDER, 0, rewrite("A @ B", to=["B @ A"], is_index=None)),
    Row("transposed", 1.5, TRANSPOSED, 0, rewrite("A.T @ B @ A", "A @ B @ A.T")),
    Row("transposed", 1.5, ORDER, 0, either(
        call(("dot", "matmul", "mm"), "np.{name}({1}, {0})", "np.outer({0}, {1})"),
        call(["outer"], "np.dot({1}, {0})", "np.dot({0}, {1})"))),
    Row("swapped", 1.5, EXCHANGED, 0, swap_arguments),
    Row("rule", 1.5, OWN, 0, call_another),
    Row("order", 0.9, WALK, 0, reverse_walk),
    Row("order", 1.6, INSIDE, 0, scale_inside),
    Row("order", 1.5, REVERSED, 0, either(add_from_the_end, rewrite("np.cumsum(A[::-1])[::-1]", to=["np.cumsum(A)"]))),
    Row("factor", 1.5, FACTOR, 0, constant(lambda n: (n + 1, n - 1, 2 * n, n / 2, 0, 1), is_index=False)),
    Row("wrong-index", 1.5, INDEX, 0, constant(lambda n: (2 * n, 0, 1, -n), is_index=True)),
    Row("missing-path", 1.4, MISSING_TERM, 0, fill(is_part, "({}) + {}", "({}) - {}", of="unread")),
    Row("forgot-local", 1.4, MISSING_FACTOR, 0, fill(is_part, "({}) * {}", "({}) / {}", of="unread")),
    Row("rule", 1.4, ANOTHER, 0, fill(lambda one: not one.is_index and not one.is_test, "{1}", of="unread")),
    Row("rule", 1.6, ANOTHER, 0, fill(is_name, "{1}", of="others")),
    Row("wrong-index", 1.6, INDEX, 0, fill(lambda one: one.is_index and one.text in one.names, "{1}", of="others")),
    Row("rule", 1.8, SLOPE, 0, either(
        slope_of_call, call(("sigmoid", "tanh"), *(one.replace("{0}", "{call}") for one in _SLOPES)))),
    Row("rule", 1.8, OTHER, 0, call(ENTRYWISE, "{0}", is_alone=True)),
    Row("sign", 2.0, SIGN, 0, fill(takes_minus, "-({})")),
    Row("rule", 2.0, BRACKETS, 0, either(
        *(rewrite(f"A {one} (B {two} C)", f"(A {one} B) {two} C", is_index=None) for one, two in product("*/", "+-")),
        *(rewrite(f"(A / B) {one} C", to=[f"A / (B {one} C)"], is_index=None) for one in "*/"),
        *(rewrite(f"A * ({one}) * B", to=[text]) for one, text in (
            ("C + D", "A * (C + D * B)"), ("C - D", "A * (C - D * B)"))))),
    Row("rule", 2.0, DECIDED, 0, decide_otherwise),
    Row("missing-path", 2.0, MISSING_TERM, 0, call(["sum"], *(
        f"{{call}} {sign} np.sum({{0}}, axis={axis})" for sign in "-+" for axis in ("0", "1")))),
    Row("not-broadcast", 2.0, AXIS, 0, call(REDUCING, "{0}")),
    Row("not-summed", 2.0, SUMMED, 0,
        fill(is_root, *(f"np.sum({{}}, axis={axis}{keep})" for axis in _AXES[:5] for keep in ("", ", keepdims=True")))),
    Row("not-summed", 2.2, SUMMED, 0, fill(
        lambda one: is_term(one) and bool(one.operands(ast.Mult)), "np.sum({}, axis=-1, keepdims=True)", "np.sum({})")),
    Row("rule", 2.2, POWER, 0, fill(is_term, "({}) ** 2", "({}) ** 3")),
    Row("double", 2.6, ADDED, 0, fill(is_term, "np.zeros_like({})")),
    Row("rule", 3.0, POWER, 0, fill(is_term, "np.sqrt({})", "1 / ({})")),
    Row("rule", 2.6, OTHER, 1, fill(is_term, "{1}({0})", of="functions")),
    Row("factor", 2.1, MISSING_FACTOR, 1, fill(is_term, "({}) * {}", "({}) / {}", of="factors")),
    Row("factor", 2.1, MISSING_FACTOR, 1, rewrite("A ** B", to=["(B + 1) * A ** B", "B * A ** (B - 1)"])),
    Row("factor", 2.1, MEAN, 1, rewrite("A.shape[B]", to=["A.size", "A.size // A.shape[1]", "A.size // A.shape[-1]"])),
    Row("forgot-local", 2.2, MISSING_FACTOR, 1, fill(is_term, "({}) * {}", of="partners")),
    Row("factor", 2.4, FACTOR, 1, fill(is_term, "2 * ({})", "({}) / 2")),
    Row("forgot-local", 2.3, MISSING_FACTOR, 1, fill(is_term, "({}) / {}", of="partners")),
    Row("missing-path", 3.0, MISSING_TERM, 1, fill(is_root, "({}) + {}", "({}) - {}", of="partners")),
    Row("rule", 3.0, SLOPE, 2, fill(is_name, *_SLOPES)),
    Row("forgot-local", 3.0, MISSING_FACTOR, 2,
        fill(is_term, "({0}) * (1 - {1})", "({0}) * (1 - {1} ** 2)", "({0}) * {1} * (1 - {1})", "({0}) * ({1} > 0)",
           "({0}) * np.sign({1})", of="partners")),
    Row("factor", 3.0, MISSING_FACTOR, 2, fill(is_term, *_LENGTHS, of="partners")),
    Row("factor", 3.0, MISSING_FACTOR, 2, fill(is_term, "({0}) / {1}[:, None]", "({0}) * {1}[:, None]", of="vectors")),
    Row("missing-path", 3.0, MISSING_TERM, 2,
        fill(lambda one: is_term(one) and not one.is_root, "({}) + {}", "({}) - {}", of="partners")),
    Row("missing-path", 3.2, MISSING_TERM, 2,
        fill(is_root, "({0}) - {1} * np.sum({0}, axis=-1, keepdims=True)",
             "({0}) - np.sum(({0}) * {1}, axis=-1, keepdims=True)", of="partners")),
    Row("missing-path", 3.2, MISSING_TERM, 2, project),
    Row("missing-path", 3.2, MISSING_TERM, 2,
        fill(is_term, "({0}) - np.mean({0}, axis=-1, keepdims=True)", "({0}) - np.mean({0}, axis=0)")),
)  # fmt: skip


def mutations(place: Place, depth: int, sooner: bool) -> Iterator[tuple[Row, str]]:
    """Yield what may stand in a place by the rows of a depth, or `sooner` of the next as well."""
    for row in ROWS:
        if row.is_whole == isinstance(place.node, ast.stmt) and max(row.depth - sooner, 0) == depth:
            yield from ((row, text) for text in row.rule(place) if text != place.text)
