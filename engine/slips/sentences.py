"""What is said of the slips that numbers and arrays have in common; `of` is what the gradient comes from."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from ..verdict.sentences import listed


def sign(of: str) -> str:
    return f"the size fits, the sign does not: look for a lost or an extra minus on the way from {of}."


def sign_of_a_part(of: str) -> str:
    return f"the part that comes from {of} has the wrong sign: look for a lost or an extra minus."


def no_upstream(of: str) -> str:
    return f"that is the local derivative alone; the upstream gradient of {of} is not multiplied in."


def no_upstream_in_a_part(of: str) -> str:
    return f"in what comes from {of}, the local derivative stands alone; its upstream gradient is not multiplied in."


def no_local(of: str) -> str:
    return f"the upstream gradient of {of} is passed on as it is; what is the local derivative there?"


def local_left_out(where: str) -> str:
    return f"the local derivative of {where} is not multiplied in: what is it?"


def mask_left_out(where: str) -> str:
    return f"what {where} keeps out gets a gradient too: is the mask applied on the way back?"


def mask_without_scale(where: str) -> str:
    return f"the mask of {where} lets the gradient through as it is: what does it multiply by on the way forward?"


def mask_drawn_anew(where: str) -> str:
    return (
        f"some of what {where} keeps out gets the gradient, and some of what it lets through gets none: is that the "
        "mask of the forward pass, or one drawn anew?"
    )


def mask_turned_round(where: str) -> str:
    return (
        f"exactly the entries that {where} keeps out get the gradient, and none that it lets through: which are which?"
    )


def masked(entry: str, number: float, of: str) -> str:
    """An entry that is not finite where an array of the forward pass is -inf."""
    what = f"that is what {of} holds there in the forward pass"
    if number != -math.inf:
        what = f"{of} is -inf there in the forward pass, and to compute with -inf hardly ever gives a number"
    return f"{entry} is {number!r}: {what}. Nothing comes back through a masked entry: which number says so?"


def factor_left_out(name: str, of: str = "") -> str:
    """An array that is a factor is missing once; `of` is the part in which it is, "" for all."""
    return f"{_factor(name)} is left out once{_in(of)}."


def factor_too_often(name: str, of: str = "") -> str:
    """An array that is a factor stands there once more; see `factor_left_out`."""
    return f"{_factor(name)} is multiplied in once too often{_in(of)}."


def _factor(name: str) -> str:
    return name if name.startswith(("the ", "a ")) else f"the factor {name}"


def _in(of: str) -> str:
    return f" in what comes from {of}" if of else ""


def swapped(where: str, other: str, one: str = "one") -> str:
    return f"that is what {where} passes to the other operand, {other}. Which is for this {one}?"


def swapped_everywhere() -> str:
    return "that is what belongs to the other operands. Which number does each operation pass to this node?"


def local_twice(where: str) -> str:
    return f"the local derivative of {where} is multiplied in once too often."


def another_gradient(name: str, other: str, *, is_used_once: bool) -> str:
    if is_used_once:
        return f"these numbers are computed from the gradient of {other}. Into which array does {name} go first?"
    return f"the gradient of {other} stands here in the place of another. Which arrays does {name} go into?"


def gradient_of_another(other: str, name: str) -> str:
    """The gradient of another node as it is."""
    return f"that is the gradient of {other}. What does {name} go into?"


def from_the_gradient(other: str, name: str) -> str:
    """The gradient of another node as the upstream gradient."""
    return f"that is computed from the gradient of {other}. What does {name} go into first?"


def slope_from(where: str, of: str) -> str:
    """Another array in the slope of an operation."""
    return f"the slope of {where} is computed from {of}. Of which array is it taken?"


def another_factor(other: str, factor: str, product: str) -> str:
    """The data of another node in a rule."""
    return f"that is computed from {other}. Is it {other} that stands in {product}, or {factor}?"


def transposed_gradient(other: str, name: str) -> str:
    """The gradient of the node whose two indices are exchanged."""
    return f"the two indices are exchanged: that is the gradient of {other}. By what is {name} multiplied?"


def transposed_factor(other: str, factor: str, name: str) -> str:
    """The node whose two indices are exchanged in the place of a factor, in each product."""
    return f"the two indices are exchanged: {other} stands where {factor} belongs. Which of them multiplies {name}?"


SIGN_TURNED = "the sign is turned round"


def mean_left_out(where: str) -> str:
    return f"the 1/n of {where} is left out"


def two_things(one: str, other: str) -> str:
    """Two slips in one gradient."""
    return f"two things at once: {one}, and {other}"


def two_rules(where: str, other: str) -> str:
    """A wrong local derivative at each of two uses, perhaps of one operation."""
    if where == other:
        return f"two things at once: for both operands of {where} you used a wrong local derivative. What is each?"
    return f"two things at once: the slope of {where} is another one, and so is that of {other}. What is each?"


def twice(of: str) -> str:
    return f"what comes from {of} is counted twice."


def nothing(of: str) -> str:
    return f"nothing has arrived here from {of}."


def zero(of: str) -> str:
    """The same of a number: somebody has written it."""
    return f"0 is written here, as if nothing has arrived from {of}: what comes back from there?"


def not_added(consumers: Sequence[str]) -> str:
    are = f"the use in {consumers[0]} is" if len(consumers) == 1 else f"the uses in {listed(consumers)} are"
    return f"{are} not added. Uses add up: was a gradient overwritten (=) where += belongs?"


def half(of: str) -> str:
    """That of a product of a node with itself one of the two shares is there."""
    return f"only half of what comes from {of} is there: it stands in that twice."


def only_some(count: int, total: int, consumers: str) -> str:
    """That some of a node's uses are there, where it cannot be told which."""
    are = "is" if count == 1 else "are"
    return (
        f"it is used {_in_words(total)} times, in {consumers}, and only {_in_words(count)} of these {are} there. "
        "Uses add up: was a gradient overwritten (=) where += belongs?"
    )


def _in_words(count: int) -> str:
    names = ("none", "one", "two", "three", "four", "five", "six")
    return names[count] if count < len(names) else str(count)


def factor(of: str, has_constant: bool) -> str:
    if has_constant:
        return f"off by a simple factor: is there a mean's division, or a constant, on the way from {of}?"
    return f"off by a simple factor: is what comes from {of} added up too often, or divided where it should not be?"


def added(of: str) -> str:
    return (
        f"the upstream gradient of {of} and the local derivative are added here. What does the chain rule do with them?"
    )


def data(of: str, what: str = "a number") -> str:
    of = of if _is_one_word(of) else f"({of})"
    return f"that is {of}.data, {what} of the forward pass. Which gradient arrives here?"


def data_passed_on(of: str) -> str:
    return f"the data of {of} stand here where its gradient belongs."


def data_passed_on_everywhere() -> str:
    return "data stand here where the gradients of what it is used in belong: what does .data hold, and what .grad?"


def gradient_for_data(of: str) -> str:
    """The gradient of an operand, or of what comes out, in a rule."""
    return f"that is computed from the gradient of {of}, where its data belong."


def gradients_for_data() -> str:
    return "that is computed from gradients where data belong: of what is a local derivative made?"


def only_a_part(of: str) -> str:
    return f"only a part of the gradient of {of} goes into this; {wait(of)}"


def too_early(of: str) -> str:
    return f"{of} handed its gradient on before it was complete; {wait(of)}"


def multiplied(consumers: str) -> str:
    """The uses of a node multiplied where they are to be added."""
    return f"the parts from {consumers} are multiplied with each other (*=). What does the chain rule do with uses?"


def wait(of: str) -> str:
    return f"wait until every use of {of} is in (topological order)."


def operation(name: object) -> str:
    """An operation or a layer by its name, in quotes: a sign, or a word such as "where", would be lost without them."""
    return f"'{name}'"


def application(op: object, consumer: str) -> str:
    """An operation and where it stands."""
    return f"{operation(op)} in {consumer}"


def some(axes: Sequence[int], count: int, which: str = "one") -> str:
    """One place along some axes of an array of `count` axes: "one row", "one entry along axis 2"."""
    if len(axes) == count:
        return f"{which} entry"
    if count == 2:
        return f"{which} row" if axes[0] == 0 else f"{which} column"
    said = f"axis {axes[0]}" if len(axes) == 1 else f"axes {listed(map(str, axes))}"
    return f"{which} entry along {said}"


def line(axis: int, count: int) -> str:
    """What runs along an axis of an array of `count` axes, as a row runs along the last of two."""
    if count == 2:
        return "row" if axis else "column"
    return f"line along axis {axis}" if count > 2 else "array"


OF_EACH = {"x": "its input", "a": "its first operand", "b": "its second operand", "y": "its output"}
"""What the letters of a `mistakes.Mistake` stand for where several applications are meant."""


def letters(consumer: str, operands: Sequence[str]) -> dict[str, str]:
    """What they stand for in one application: the names of a node and of what it was made from."""
    return {**dict(zip("ab", operands)), "x": operands[0], "y": consumer}


def slope(where: str, words: str, question: str, named: Mapping[str, str] = OF_EACH) -> str:
    """A wrong local derivative: of which operation, what was written for it, and what to ask.

    Args:
        where: see `application`.
        words, question: of a `mistakes.Mistake`.
        named: what its letters stand for.
    """
    written = in_own_names(words, named)
    if words in ("{x}", "{a}", "{b}") and named is not OF_EACH:
        written += ", the input" if words == "{x}" else ", an operand"
    return f"for the slope of {where} that is {written}: {in_own_names(question, named)}"


_BESIDE_AN_OPERATOR = r"(?<=[-*/^|]){0}|{0}(?=[-*/^|])|(?<= [-+*/] ){0}|{0}(?= [-+*/] )"


def _is_one_word(name: str) -> bool:
    return all(c.isalnum() or c in "_.'" for c in re.sub(r"\[[^]]*\]", "", name))


_IN_BRACKETS = re.compile(r"\([^()]*\)")


def in_own_names(template: str, letters: Mapping[str, str]) -> str:
    """A formula or a question with names for its letters; an expression gets the brackets that it needs."""
    for letter, name in letters.items():
        marked = f"{{{letter}}}"
        if not _is_one_word(name) and not _IN_BRACKETS.fullmatch(name):
            template = re.sub(_BESIDE_AN_OPERATOR.format(re.escape(marked)), f"({marked})", template)
        template = template.replace(marked, name)
    return template
